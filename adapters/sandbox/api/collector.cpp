#include "adapters/sandbox/api/collector.hpp"

#include "adapters/sandbox/objects/metadata.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <chrono>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes event_sweep_interval{5};
constexpr std::chrono::hours event_life{1}; // as a real server's --event-ttl
constexpr std::string_view crd_storage = "apiextensions.k8s.io/customresourcedefinitions";

struct Owner {
    std::string uid;
    bool blocks = false;
};
std::vector<Owner> owners_of(const json::object &object) {
    std::vector<Owner> out;
    const auto *meta = objects::meta_of(object);
    const auto *list = meta ? meta->if_contains("ownerReferences") : nullptr;
    if (!list || !list->is_array()) return out;
    for (const auto &entry : list->get_array()) {
        const auto *reference = entry.if_object();
        const auto *uid = reference ? reference->if_contains("uid") : nullptr;
        if (!uid || !uid->is_string()) continue;
        const auto *blocks = reference->if_contains("blockOwnerDeletion");
        out.push_back({std::string(std::string_view(uid->get_string())), blocks && blocks->is_bool() && blocks->get_bool()});
    }
    return out;
}

bool has_finalizer(const json::object &object, std::string_view finalizer) {
    const auto *meta = objects::meta_of(object);
    const auto *list = meta ? meta->if_contains("finalizers") : nullptr;
    return list && list->is_array() && std::any_of(list->get_array().begin(), list->get_array().end(), [&](const json::value &v) {
               return v == json::value(finalizer);
           });
}

// Removes the elements of an array member of metadata that `gone` names; the member goes with its last element.
template <class Gone> bool remove_from(json::object &object, std::string_view member, Gone gone) {
    auto &meta = objects::meta(object);
    auto *list = meta.if_contains(member);
    if (!list || !list->is_array()) return false;
    json::array kept;
    for (const auto &element : list->get_array())
        if (!gone(element)) kept.push_back(element);
    if (kept.size() == list->get_array().size()) return false;
    if (kept.empty())
        meta.stable_erase(meta.find(member));
    else
        *list = std::move(kept);
    return true;
}

bool refers_to(const json::value &reference, std::string_view uid) {
    const auto *object = reference.if_object();
    const auto *given = object ? object->if_contains("uid") : nullptr;
    return given && given->is_string() && std::string_view(given->get_string()) == uid;
}

json::object condition(std::string_view type, bool status, std::string_view reason, std::string_view message) {
    return {{"type", type},
            {"status", status ? "True" : "False"},
            {"lastTransitionTime", Timestamp::now().rfc3339_seconds()},
            {"reason", reason},
            {"message", message}};
}

} // namespace

Collector::Collector(Store &store, Registry &registry, Machinery &machinery)
    : store_(store), registry_(registry), machinery_(machinery), next_event_sweep_(Deadline::after(event_sweep_interval)),
      follower_(store, [this](const std::vector<StoredChange> &changes) { return take(changes); }) {}

Collector::~Collector() {
    stop();
}
void Collector::start() {
    follower_.start();
}
void Collector::stop() {
    follower_.stop();
}

Deadline Collector::take(const std::vector<StoredChange> &changes) {
    if (!started_) {
        started_ = true;
        look_at_everything();
    }
    for (const auto &change : changes) {
        if (change.type != ChangeType::deleted) {
            look_at(change.key);
            continue;
        }
        if (change.key.resource == crd_storage) drop_objects_of(*change.after);
        for (const auto &dependent : store_.dependents(objects::meta_string(*change.after, "uid")))
            look_at(dependent);
        look_at_owners_of(*change.after);
        if (!change.key.ns.empty()) look_at(ObjectKey{"/namespaces", "", change.key.ns});
    }
    if (next_event_sweep_.passed()) {
        forget_old_events();
        next_event_sweep_ = Deadline::after(event_sweep_interval);
    }
    return next_event_sweep_;
}

void Collector::look_at_everything() {
    for (const auto &kind : registry_.all()) {
        const auto listed = store_.list(storage_of(*kind), "");
        if (!listed.ok()) continue;
        for (const auto &object : listed->objects)
            look_at(key_of(*kind, objects::namespace_of(*object), objects::name_of(*object)));
    }
}

void Collector::look_at(const ObjectKey &key) {
    const auto object = store_.get(key);
    if (!object) return;
    if (key.resource == "/namespaces") {
        if (objects::being_deleted(*object))
            finish_namespace(key.name);
        else
            provide_service_account(key.name);
        return;
    }
    if (objects::being_deleted(*object)) {
        const std::string uid(objects::meta_string(*object, "uid"));
        if (has_finalizer(*object, "orphan"))
            finish_orphaning(key, uid);
        else if (has_finalizer(*object, "foregroundDeletion"))
            finish_foreground(key, uid);
        return;
    }
    collect_if_orphaned(key, *object);
}

void Collector::look_at_owners_of(const json::object &object) {
    for (const auto &owner : owners_of(object))
        if (const auto key = store_.by_uid(owner.uid)) look_at(*key);
}

void Collector::collect_if_orphaned(const ObjectKey &key, const json::object &object) {
    const auto owners = owners_of(object);
    if (owners.empty()) return;
    std::vector<std::string> absent;
    bool kept = false;
    bool waited_for = false;
    for (const auto &owner : owners) {
        const auto owner_key = store_.by_uid(owner.uid);
        const auto live = owner_key && (owner_key->ns.empty() || owner_key->ns == key.ns) ? store_.get(*owner_key) : nullptr;
        if (!live)
            absent.push_back(owner.uid);
        else if (objects::being_deleted(*live) && has_finalizer(*live, "foregroundDeletion"))
            waited_for = true;
        else
            kept = true;
    }
    if (!kept) {
        if (!waited_for && absent.size() < owners.size()) return;
        // An owner that waits for this one waits for what it owns, too.
        const auto uid = objects::meta_string(object, "uid");
        remove(key, uid, waited_for && !store_.dependents(uid).empty() ? "Foreground" : "Background");
        return;
    }
    if (absent.empty()) return;
    edit(key, [&](json::object &next) { // somebody else still owns it: only the dead references go
        return remove_from(next, "ownerReferences", [&](const json::value &reference) {
            return std::any_of(absent.begin(), absent.end(), [&](const std::string &uid) { return refers_to(reference, uid); });
        });
    });
}

void Collector::finish_foreground(const ObjectKey &key, std::string_view uid) {
    bool blocked = false;
    for (const auto &dependent_key : store_.dependents(uid)) {
        const auto dependent = store_.get(dependent_key);
        if (!dependent) continue;
        if (!objects::being_deleted(*dependent)) collect_if_orphaned(dependent_key, *dependent);
        const auto now = store_.get(dependent_key);
        if (!now) continue;
        for (const auto &owner : owners_of(*now))
            if (owner.uid == uid && owner.blocks) blocked = true;
    }
    if (blocked) return;
    edit(key, [](json::object &next) {
        return remove_from(next, "finalizers", [](const json::value &v) { return v == json::value("foregroundDeletion"); });
    });
}

void Collector::finish_orphaning(const ObjectKey &key, std::string_view uid) {
    for (const auto &dependent : store_.dependents(uid))
        edit(dependent, [&](json::object &next) {
            return remove_from(next, "ownerReferences", [&](const json::value &reference) { return refers_to(reference, uid); });
        });
    edit(key, [](json::object &next) {
        return remove_from(next, "finalizers", [](const json::value &v) { return v == json::value("orphan"); });
    });
}

void Collector::finish_namespace(std::string_view name) {
    std::size_t left = 0;
    std::size_t finalizers = 0;
    for (const auto &kind : registry_.all()) {
        if (!kind->namespaced || kind->group == "events.k8s.io") continue;
        const auto listed = store_.list(storage_of(*kind), name);
        if (!listed.ok()) continue;
        for (const auto &object : listed->objects)
            if (!objects::being_deleted(*object))
                remove(key_of(*kind, name, objects::name_of(*object)), objects::meta_string(*object, "uid"), "Background");
        const auto after = store_.list(storage_of(*kind), name);
        left += after->objects.size();
        for (const auto &object : after->objects)
            finalizers += objects::has_finalizers(*object) ? 1 : 0;
    }
    edit(ObjectKey{"/namespaces", "", std::string(name)}, [&](json::object &next) {
        if (left == 0) {
            next["spec"] = json::object();
            return true;
        }
        auto &status = next["status"];
        if (!status.is_object()) status.emplace_object();
        if (status.get_object().contains("conditions")) return false;
        status.get_object()["conditions"] = json::array{
            condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
            condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                      "All legacy kube types successfully parsed"),
            condition("NamespaceDeletionContentFailure", false, "ContentDeleted",
                      "All content successfully deleted, may be waiting on finalization"),
            condition("NamespaceContentRemaining", true, "SomeResourcesRemain",
                      "Some resources are remaining: " + std::to_string(left) + " object(s)"),
            condition("NamespaceFinalizersRemaining", finalizers > 0,
                      finalizers > 0 ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
                      finalizers > 0
                          ? "Some content in the namespace has finalizers remaining: " + std::to_string(finalizers) + " object(s)"
                          : "All content-preserving finalizers finished")};
        return true;
    });
}

void Collector::provide_service_account(std::string_view ns) {
    const auto kind = registry_.find("", "v1", "serviceaccounts");
    if (!kind || store_.get(key_of(*kind, ns, "default"))) return;
    Call call{.manager = "kube-controller-manager", .dry_run = false, .validation = FieldValidation::ignore, .warnings = {}};
    Body body;
    body.value =
        json::object{{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "default"}, {"namespace", ns}}}};
    machinery_.create(Target{.kind = kind, .ns = std::string(ns), .name = "", .subresource = ""}, std::move(body),
                      call); // lost races do not matter
}

void Collector::drop_objects_of(const json::object &crd) {
    const std::string name(objects::name_of(crd)); // "<plural>.<group>"
    const auto dot = name.find('.');
    if (dot == std::string::npos) return;
    const auto listed = store_.list(name.substr(dot + 1) + "/" + name.substr(0, dot), "");
    if (!listed.ok()) return;
    for (const auto &object : listed->objects) {
        const ObjectKey key{name.substr(dot + 1) + "/" + name.substr(0, dot), std::string(objects::namespace_of(*object)),
                            std::string(objects::name_of(*object))};
        if (auto gone = store_.remove(key, object, *object); !gone.ok()) continue; // nothing can write it any more
    }
}

void Collector::forget_old_events() {
    const auto oldest = Timestamp::now().plus(-event_life);
    const auto listed = store_.list("/events", "");
    if (!listed.ok()) return;
    for (const auto &event : listed->objects) {
        auto last = objects::meta_string(*event, "creationTimestamp");
        if (const auto *time = event->if_contains("lastTimestamp"); time && time->is_string()) last = time->get_string();
        const auto at = Timestamp::parse(last);
        if (at.ok() && *at < oldest)
            remove(ObjectKey{"/events", std::string(objects::namespace_of(*event)), std::string(objects::name_of(*event))},
                   objects::meta_string(*event, "uid"), "Background");
    }
}

void Collector::remove(const ObjectKey &key, std::string_view uid, std::string_view propagation) {
    const auto kind = registry_.by_storage(key.resource);
    if (!kind) return;
    // A failure means that it is gone or another one by now: its own change will be looked at.
    machinery_.remove(
        Target{.kind = kind, .ns = key.ns, .name = key.name, .subresource = ""},
        Removal{.uid = std::string(uid), .resource_version = {}, .propagation = std::string(propagation), .grace_seconds = {}});
}

void Collector::edit(const ObjectKey &key, const std::function<bool(json::object &)> &change) {
    const auto kind = registry_.by_storage(key.resource);
    while (kind) {
        const auto live = store_.get(key);
        if (!live) return;
        json::object next = *live;
        if (!change(next)) return;
        auto done =
            nothing_holds(*kind, next) ? store_.remove(key, live, std::move(next)) : store_.put(key, live, std::move(next));
        if (done.ok() || done.error().code != Code::conflict) return;
    }
}

} // namespace xtn::sandbox
