#include "adapters/kube/ingest/ledger.hpp"

#include "adapters/kube/own_writes.hpp"
#include "core/event/canonical.hpp"
#include "core/event/upcast.hpp"
#include "kubeclient/object.hpp"

#include <array>

namespace xtn::ingest {
namespace json = boost::json;

namespace {

enum class Effect { said, exists, gone };

// Which object an event speaks of. An empty kind stands in the payload.
struct Rule {
    std::string_view event;
    std::string_view kind;
    Effect effect;
};
constexpr std::array rules{
    Rule{"runtime.spec.applied", "XTrinode", Effect::said},
    Rule{"runtime.spec.rejected", "XTrinode", Effect::said},
    Rule{"runtime.spec.deleted", "XTrinode", Effect::gone},
    Rule{"catalog.spec.applied", "XTrinodeCatalog", Effect::said},
    Rule{"catalog.spec.rejected", "XTrinodeCatalog", Effect::said},
    Rule{"catalog.spec.deleted", "XTrinodeCatalog", Effect::gone},
    Rule{"deployment.observed", "Deployment", Effect::said},
    Rule{"pod.observed", "Pod", Effect::said},
    Rule{"pod.gone", "Pod", Effect::gone},
    Rule{"object.observed", "", Effect::exists},
    Rule{"object.applied", "", Effect::exists},
    Rule{"object.deleted", "", Effect::gone},
    Rule{"object.gone", "", Effect::gone},
};

// Members that change without meaning anything new. `stale` does mean something: what was ignored as stale becomes news when it
// is said again and is not.
constexpr std::array<std::string_view, 4> restless{"resource_version", "created", "managers", "status"};

Digest said_by(std::string_view name, const json::object &payload) {
    json::object steady;
    for (const auto &member : payload) {
        bool counts = true;
        for (const auto skip : restless)
            if (member.key() == skip) counts = false;
        if (name == "runtime.spec.rejected" && member.key() == "annotations") counts = false; // at the first sight only
        if (counts) steady.emplace(member.key(), member.value());
    }
    auto text = canonical_json(steady);
    return Digest::of(std::string(name) + " " + (text.ok() ? *text : std::string()));
}

const Rule *rule_for(std::string_view event) {
    for (const auto &rule : rules)
        if (rule.event == event) return &rule;
    return nullptr;
}

std::string object_text(const json::object &payload) {
    std::string out(kube::find_string(payload, {"kind"}));
    for (const std::string_view member : {"ns", "name"})
        out.append("/").append(kube::find_string(payload, {member}));
    return out;
}

// "runtime/ns/name" -> {ns, name}
kube::ObjectKey key_of(const Subject &subject) {
    kube::ObjectKey key;
    const std::string_view text = subject.text;
    const auto first = text.find('/');
    const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
    if (second == std::string_view::npos) return key;
    key.ns = text.substr(first + 1, second - first - 1);
    key.name = text.substr(second + 1);
    return key;
}

std::string_view name_part(std::string_view type) {
    return type.substr(0, type.rfind('/'));
}

} // namespace

void Ledger::apply(const Event &event) {
    if (understood(event)) fold(event.name(), event.subject, event.payload);
}

void Ledger::fold(const EventDraft &draft) {
    fold(name_part(draft.type), draft.subject, draft.payload);
}

void Ledger::fold(std::string_view name, const Subject &subject, const json::object &payload) {
    if (name == "endpoints.observed") {
        kube::ObjectKey service{key_of(subject).ns, std::string(kube::find_string(payload, {"service"}))};
        endpoints_[std::move(service)] = Endpoints{subject, kube::find_int(payload, {"ready"})};
        return;
    }
    if (name == "object.skipped") skipped_[object_text(payload)] = kube::find_string(payload, {"manifest"});
    // What failed meanwhile is a failure until it is said again that it is left out.
    if (name == "object.applied" || name == "object.failed") skipped_.erase(object_text(payload));
    if (name == "watch.list.started") {
        // A list that begins now is later than every deletion of before.
        const std::string kind(kube::find_string(payload, {"kind"}));
        std::erase_if(deleted_, [&](const auto &object) { return object.kind == kind; });
        return;
    }
    const auto *rule = rule_for(name);
    if (!rule) return;
    const std::string uid(kube::find_string(payload, {"uid"}));
    if (uid.empty()) return;
    const std::string kind(rule->kind.empty() ? kube::find_string(payload, {"kind"}) : rule->kind);
    if (rule->effect == Effect::gone) {
        objects_.erase({kind, uid});
        if (name == "object.deleted") deleted_.insert({kind, uid});
        return;
    }
    auto &entry = objects_[{kind, uid}];
    entry.subject = subject;
    entry.key = key_of(subject);
    // Custom resources bear the name of their subject; everything else names itself, in the namespace of its owner unless it
    // says.
    if (const auto own = kube::find_string(payload, {"name"}); !own.empty()) entry.key.name = own;
    if (const auto *ns = payload.if_contains("ns"); ns && ns->is_string())
        entry.key.ns = std::string(kube::find_string(payload, {"ns"}));
    if (name == "object.applied") entry.applied_version = version_number(kube::find_string(payload, {"resource_version"}));
    if (rule->effect == Effect::said) entry.said = said_by(name, payload);
}

bool Ledger::news(const EventDraft &draft) const {
    const auto name = name_part(draft.type);
    if (name == "endpoints.observed") {
        const kube::ObjectKey service{key_of(draft.subject).ns, std::string(kube::find_string(draft.payload, {"service"}))};
        const auto known = ready_endpoints(service);
        return !known || *known != kube::find_int(draft.payload, {"ready"});
    }
    if (name == "object.skipped") {
        const auto found = skipped_.find(object_text(draft.payload));
        return found == skipped_.end() || found->second != kube::find_string(draft.payload, {"manifest"});
    }
    const auto *rule = rule_for(name);
    if (!rule) return true;
    const auto kind = rule->kind.empty() ? kube::find_string(draft.payload, {"kind"}) : rule->kind;
    const auto uid = kube::find_string(draft.payload, {"uid"});
    if (deleted(kind, uid)) return false;
    const auto *entry = find(kind, uid);
    if (rule->effect == Effect::gone) return entry != nullptr;
    return !entry || entry->said != said_by(name, draft.payload);
}

const Ledger::Entry *Ledger::find(std::string_view kind, std::string_view uid) const {
    const auto found = objects_.find({std::string(kind), std::string(uid)});
    return found == objects_.end() ? nullptr : &found->second;
}

bool Ledger::deleted(std::string_view kind, std::string_view uid) const {
    return deleted_.contains({std::string(kind), std::string(uid)});
}

void Ledger::forget_deleted(std::string_view kind, std::string_view uid) {
    deleted_.erase({std::string(kind), std::string(uid)});
}

kube::Known Ledger::known(std::string_view kind) const {
    kube::Known out;
    for (const auto &[id, entry] : objects_)
        if (id.kind == kind) out.emplace(id.uid, entry.key);
    return out;
}

kube::Known Ledger::applied_until(std::string_view kind, std::uint64_t version) const {
    kube::Known out;
    for (const auto &[id, entry] : objects_)
        if (id.kind == kind && entry.applied_version > 0 && entry.applied_version <= version) out.emplace(id.uid, entry.key);
    return out;
}

std::optional<std::int64_t> Ledger::ready_endpoints(const kube::ObjectKey &service) const {
    const auto found = endpoints_.find(service);
    if (found == endpoints_.end()) return std::nullopt;
    return found->second.ready;
}

std::vector<std::pair<kube::ObjectKey, Subject>> Ledger::services_with_endpoints() const {
    std::vector<std::pair<kube::ObjectKey, Subject>> out;
    for (const auto &[service, endpoints] : endpoints_)
        if (endpoints.ready > 0) out.emplace_back(service, endpoints.subject);
    return out;
}

} // namespace xtn::ingest
