#include "adapters/sandbox/api/store.hpp"

#include "adapters/sandbox/api/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

std::string_view metadata_string(const json::object &object, std::string_view member) {
    const auto *metadata = object.if_contains("metadata");
    if (!metadata || !metadata->is_object()) return {};
    const auto *value = metadata->get_object().if_contains(member);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::vector<std::string> owner_uids(const json::object &object) {
    std::vector<std::string> out;
    const auto *metadata = object.if_contains("metadata");
    const auto *owners = metadata && metadata->is_object() ? metadata->get_object().if_contains("ownerReferences") : nullptr;
    if (!owners || !owners->is_array()) return out;
    for (const auto &owner : owners->get_array()) {
        const auto *uid = owner.is_object() ? owner.get_object().if_contains("uid") : nullptr;
        if (uid && uid->is_string()) out.emplace_back(std::string_view(uid->get_string()));
    }
    return out;
}

// In the place that a real server writes it at: after the uid.
void set_resource_version(json::object &object, std::uint64_t revision) {
    auto &value = object["metadata"];
    if (!value.is_object()) value.emplace_object();
    auto &metadata = value.get_object();
    if (auto *known = metadata.if_contains("resourceVersion")) {
        *known = std::to_string(revision);
        return;
    }
    json::object ordered;
    for (auto &member : metadata) {
        ordered[member.key()] = std::move(member.value());
        if (member.key() == "uid") ordered["resourceVersion"] = std::to_string(revision);
    }
    ordered["resourceVersion"] = std::to_string(revision);
    metadata = std::move(ordered);
}

} // namespace

Result<std::unique_ptr<Store>> Store::open(const Options &options) {
    auto store = std::unique_ptr<Store>(new Store(options.history));
    if (options.directory.empty()) return store;
    auto disk = Disk::open(options.directory);
    if (!disk.ok()) return std::move(disk).error();
    auto revision = (*disk)->load([&](std::string_view path, std::string_view text) { return store->load(path, text); });
    if (!revision.ok()) return std::move(revision).error();
    store->disk_ = std::move(*disk);
    const MutexLock lock(store->mutex_);
    store->head_ = store->floor_ = *revision;
    return store;
}

Status Store::load(std::string_view path, std::string_view text) {
    ObjectKey key;
    const auto name = path.rfind('/');
    const auto ns = name == std::string_view::npos || name == 0 ? std::string_view::npos : path.rfind('/', name - 1);
    if (ns == std::string_view::npos) return make_error(Code::data_corrupted, "a key of an unknown form");
    key.resource = path.substr(0, ns);
    key.ns = path.substr(ns + 1, name - ns - 1);
    key.name = path.substr(name + 1);
    auto read = read_json(text);
    if (!read.ok()) return make_error(Code::data_corrupted, read.error().message);
    if (!read->value.is_object()) return make_error(Code::data_corrupted, "not an object");
    const MutexLock lock(mutex_);
    auto object = std::make_shared<const json::object>(std::move(read->value.get_object()));
    index(key, nullptr, object.get());
    objects_[key] = std::move(object);
    return ok();
}

void Store::index(const ObjectKey &key, const json::object *before, const json::object *after) {
    if (before) {
        for (const auto &uid : owner_uids(*before)) {
            const auto [first, last] = owned_.equal_range(uid);
            const auto found = std::find_if(first, last, [&](const auto &entry) { return entry.second == key; });
            if (found != last) owned_.erase(found);
        }
        if (const auto found = uids_.find(metadata_string(*before, "uid")); found != uids_.end()) uids_.erase(found);
    }
    if (after) {
        for (auto &uid : owner_uids(*after))
            owned_.emplace(std::move(uid), key);
        uids_.insert_or_assign(std::string(metadata_string(*after, "uid")), key);
    }
}

ObjectPtr Store::get(const ObjectKey &key) const {
    const MutexLock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
}

Result<Store::Listed> Store::list(std::string_view resource, std::string_view ns, std::optional<std::uint64_t> revision) const {
    const MutexLock lock(mutex_);
    if (revision && *revision > head_) return make_error(Code::invalid_argument, fmt::format("{}", head_));
    if (revision && *revision < floor_) return make_error(Code::gone, fmt::format("{}", floor_));
    std::map<ObjectKey, ObjectPtr> found;
    const auto wanted = [&](const ObjectKey &key) { return key.resource == resource && (ns.empty() || key.ns == ns); };
    for (auto it = objects_.lower_bound(ObjectKey{std::string(resource), std::string(ns), ""});
         it != objects_.end() && wanted(it->first); ++it)
        found.emplace(*it);
    if (revision) { // undo what came later
        for (auto change = history_.rbegin(); change != history_.rend() && change->revision > *revision; ++change) {
            if (!wanted(change->key)) continue;
            if (change->before)
                found[change->key] = change->before;
            else
                found.erase(change->key);
        }
    }
    Listed out;
    out.revision = revision.value_or(head_);
    out.objects.reserve(found.size());
    for (auto &[key, object] : found)
        out.objects.push_back(std::move(object));
    return out;
}

Result<ObjectPtr> Store::put(const ObjectKey &key, const ObjectPtr &expected, json::object next) {
    return commit(key, expected, std::move(next), false);
}
Result<ObjectPtr> Store::remove(const ObjectKey &key, const ObjectPtr &expected, json::object last) {
    return commit(key, expected, std::move(last), true);
}

Result<ObjectPtr> Store::commit(const ObjectKey &key, const ObjectPtr &expected, json::object object, bool removed) {
    const MutexLock lock(mutex_);
    const auto found = objects_.find(key);
    const ObjectPtr current = found == objects_.end() ? nullptr : found->second;
    if (current != expected) return make_error(Code::conflict, key.path());
    const auto revision = head_ + 1;
    set_resource_version(object, revision);
    auto stored = std::make_shared<const json::object>(std::move(object));
    if (disk_) {
        auto text = removed ? std::optional<std::string>() : std::optional(write_json(*stored));
        if (auto written = disk_->write(key.path(), text, revision); !written.ok()) return std::move(written).error();
    }
    head_ = revision;
    index(key, current.get(), removed ? nullptr : stored.get());
    if (removed)
        objects_.erase(found);
    else
        objects_[key] = stored;
    const auto type = removed ? ChangeType::deleted : current ? ChangeType::modified : ChangeType::added;
    history_.push_back(StoredChange{.type = type, .revision = revision, .key = key, .before = current, .after = stored});
    if (history_.size() > history_limit_) floor_ = std::max(floor_, history_[history_.size() - history_limit_ - 1].revision);
    if (compact_every_ > 0 && ++writes_ % compact_every_ == 0) floor_ = head_;
    trim();
    changed_.notify_all();
    return stored;
}

// Drops what neither a new reader nor a follower can ask for any more.
void Store::trim() {
    auto needed = floor_;
    for (auto it = positions_.begin(); it != positions_.end();) {
        if (const auto position = it->lock()) {
            needed = std::min(needed, position->at_);
            ++it;
        } else {
            it = positions_.erase(it);
        }
    }
    while (!history_.empty() && history_.front().revision <= needed)
        history_.pop_front();
}

std::uint64_t Store::head() const {
    const MutexLock lock(mutex_);
    return head_;
}

Result<std::vector<StoredChange>> Store::changes_after(std::uint64_t revision, std::size_t limit) const {
    const MutexLock lock(mutex_);
    if (revision < floor_) return make_error(Code::gone, fmt::format("{}", floor_));
    auto it = std::upper_bound(history_.begin(), history_.end(), revision,
                               [](std::uint64_t at, const StoredChange &change) { return at < change.revision; });
    std::vector<StoredChange> out;
    for (; it != history_.end() && out.size() < limit; ++it)
        out.push_back(*it);
    return out;
}

void Store::compact() {
    const MutexLock lock(mutex_);
    floor_ = head_;
    trim();
}
void Store::compact_every(int writes) {
    const MutexLock lock(mutex_);
    compact_every_ = writes;
    writes_ = 0;
}

std::vector<ObjectKey> Store::dependents(std::string_view uid) const {
    const MutexLock lock(mutex_);
    std::vector<ObjectKey> out;
    const auto [first, last] = owned_.equal_range(uid);
    for (auto it = first; it != last; ++it)
        out.push_back(it->second);
    return out;
}
std::optional<ObjectKey> Store::by_uid(std::string_view uid) const {
    const MutexLock lock(mutex_);
    const auto found = uids_.find(uid);
    return found == uids_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<Store::Position> Store::follow() {
    const MutexLock lock(mutex_);
    auto position = std::make_shared<Position>(head_);
    positions_.push_back(position);
    return position;
}

std::vector<StoredChange> Store::next(Position &position, std::size_t limit, Deadline deadline) {
    const MutexLock lock(mutex_);
    while (position.at_ == head_ && position.wakes_ == wakes_)
        if (!changed_.wait_until(mutex_, deadline)) break;
    position.wakes_ = wakes_;
    auto it = std::upper_bound(history_.begin(), history_.end(), position.at_,
                               [](std::uint64_t at, const StoredChange &change) { return at < change.revision; });
    std::vector<StoredChange> out;
    for (; it != history_.end() && out.size() < limit; ++it)
        out.push_back(*it);
    if (!out.empty()) position.at_ = out.back().revision;
    return out;
}
std::uint64_t Store::seen(const Position &position) const {
    const MutexLock lock(mutex_);
    return position.at_;
}
void Store::wake() {
    const MutexLock lock(mutex_);
    ++wakes_;
    changed_.notify_all();
}

} // namespace xtn::sandbox
