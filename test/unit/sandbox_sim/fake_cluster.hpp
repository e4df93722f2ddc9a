// A Cluster in memory, with as much of an API server's behaviour as the simulator leans on: revisions, generations, conflicts,
// graceful deletion of pods, dependents that go with their owner. For tests of the simulator alone.
#pragma once

#include "adapters/sandbox/cluster.hpp"
#include "adapters/sandbox/sim/json_path.hpp"
#include "core/base/mutex.hpp"

#include <boost/json/array.hpp>

#include <map>

namespace xtn::sandbox::test {

namespace json = boost::json;

class FakeCluster final : public Cluster {
  public:
    ApiResult<json::object> get(const ResourceName &resource, std::string_view ns, std::string_view name) override {
        const MutexLock lock(mutex_);
        const auto *found = find(resource, ns, name);
        if (found == nullptr) return failure(404, "not found");
        return *found;
    }

    std::vector<json::object> list(const ResourceName &resource, std::string_view ns) override {
        const MutexLock lock(mutex_);
        std::vector<json::object> out;
        for (const auto &[key, object] : objects_[resource])
            if (ns.empty() || key.first == ns) out.push_back(object);
        return out;
    }

    ApiResult<json::object> create(const ResourceName &resource, std::string_view ns, json::object object,
                                   const WriteOptions &) override {
        const MutexLock lock(mutex_);
        auto &meta = object["metadata"].as_object();
        if (!meta.contains("name")) meta["name"] = sim::text_at(object, "metadata.generateName") + "x" + std::to_string(++names_);
        const auto name = sim::name_of(object);
        if (find(resource, ns, name) != nullptr) return failure(409, "already exists");
        meta["namespace"] = ns;
        meta["uid"] = "uid-" + std::to_string(++uids_);
        meta["creationTimestamp"] = "2026-01-01T00:00:00Z";
        meta["generation"] = 1;
        return store(resource, std::move(object), ChangeType::added);
    }

    ApiResult<json::object> update(const ResourceName &resource, std::string_view ns, json::object object,
                                   const WriteOptions &options) override {
        const MutexLock lock(mutex_);
        const auto *live = find(resource, ns, sim::name_of(object));
        if (live == nullptr) return failure(404, "not found");
        const auto given = sim::text_at(object, "metadata.resourceVersion");
        if (!given.empty() && given != sim::text_at(*live, "metadata.resourceVersion"))
            return failure(409, "the object has been modified");
        json::object next = *live;
        if (options.subresource == "status") {
            next["status"] = object["status"];
        } else {
            next = std::move(object);
            if (live->contains("status")) next["status"] = live->at("status");
        }
        return replace(resource, *live, std::move(next));
    }

    ApiResult<json::object> merge_patch(const ResourceName &resource, std::string_view ns, std::string_view name,
                                        json::object patch, const WriteOptions &) override {
        const MutexLock lock(mutex_);
        const auto *live = find(resource, ns, name);
        if (live == nullptr) return failure(404, "not found");
        json::value next = *live;
        merge(next, patch);
        return replace(resource, *live, std::move(next.as_object()));
    }

    ApiResult<json::object> remove(const ResourceName &resource, std::string_view ns, std::string_view name,
                                   const DeleteOptions &options) override {
        const MutexLock lock(mutex_);
        const auto *live = find(resource, ns, name);
        if (live == nullptr) return failure(404, "not found");
        if (options.uid && *options.uid != sim::uid_of(*live)) return failure(409, "uid");
        return remove_object(resource, json::object(*live), options.grace_period_seconds.value_or(30));
    }

    std::shared_ptr<void> listen(Listener listener) override {
        const MutexLock lock(mutex_);
        auto held = std::make_shared<Listener>(std::move(listener));
        listeners_.push_back(held);
        return held;
    }

  private:
    using Key = std::pair<std::string, std::string>;

    static ApiFailure failure(int code, const char *message) { return {code, {{"message", message}}}; }

    const json::object *find(const ResourceName &resource, std::string_view ns, std::string_view name) XTN_REQUIRES(mutex_) {
        auto &kind = objects_[resource];
        const auto found = kind.find({std::string(ns), std::string(name)});
        return found == kind.end() ? nullptr : &found->second;
    }
    static void merge(json::value &into, const json::object &patch) {
        if (!into.is_object()) into.emplace_object();
        auto &object = into.as_object();
        for (const auto &[key, value] : patch) {
            if (value.is_null())
                object.erase(key);
            else if (value.is_object())
                merge(object[key], value.as_object());
            else
                object[key] = value;
        }
    }
    json::object replace(const ResourceName &resource, const json::object &live, json::object next) XTN_REQUIRES(mutex_) {
        if (next == live) return next;
        const bool spec_changed = sim::object_at(next, "spec") != sim::object_at(live, "spec");
        next["metadata"].as_object()["generation"] = sim::number_at(live, "metadata.generation") + (spec_changed ? 1 : 0);
        return store(resource, std::move(next), ChangeType::modified);
    }
    json::object store(const ResourceName &resource, json::object object, ChangeType type) XTN_REQUIRES(mutex_) {
        object["metadata"].as_object()["resourceVersion"] = std::to_string(++revision_);
        objects_[resource][{sim::namespace_of(object), sim::name_of(object)}] = object;
        tell(resource, object, type);
        return object;
    }
    void tell(const ResourceName &resource, const json::object &object, ChangeType type) XTN_REQUIRES(mutex_) {
        for (const auto &weak : listeners_)
            if (const auto listener = weak.lock()) (*listener)(Change{type, resource, revision_, object});
    }
    json::object remove_object(const ResourceName &resource, json::object live, std::int64_t grace) XTN_REQUIRES(mutex_) {
        if (resource.plural == "pods" && grace > 0) {
            if (sim::is_deleting(live)) return live;
            live["metadata"].as_object()["deletionTimestamp"] = "2026-01-01T00:00:30Z";
            live["metadata"].as_object()["deletionGracePeriodSeconds"] = grace;
            return store(resource, std::move(live), ChangeType::modified);
        }
        objects_[resource].erase({sim::namespace_of(live), sim::name_of(live)});
        live["metadata"].as_object()["resourceVersion"] = std::to_string(++revision_);
        tell(resource, live, ChangeType::deleted);
        std::vector<std::pair<ResourceName, json::object>> dependents;
        for (const auto &[kind, all] : objects_)
            for (const auto &[key, object] : all)
                if (sim::is_controlled_by(object, sim::uid_of(live))) dependents.emplace_back(kind, object);
        for (auto &[kind, object] : dependents)
            remove_object(kind, std::move(object), 30);
        return live;
    }

    Mutex mutex_;
    std::map<ResourceName, std::map<Key, json::object>> objects_ XTN_GUARDED_BY(mutex_);
    std::vector<std::weak_ptr<Listener>> listeners_ XTN_GUARDED_BY(mutex_);
    std::uint64_t revision_ XTN_GUARDED_BY(mutex_) = 0;
    int uids_ XTN_GUARDED_BY(mutex_) = 0;
    int names_ XTN_GUARDED_BY(mutex_) = 0;
};

} // namespace xtn::sandbox::test
