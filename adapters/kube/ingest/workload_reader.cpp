#include "adapters/kube/ingest/workload_reader.hpp"

#include "adapters/kube/ingest/writers.hpp"
#include "core/base/utf8.hpp"
#include "core/event/catalogue.hpp"
#include "core/model/xtrinode.hpp"

#include <algorithm>

namespace xtn::ingest {
namespace json = boost::json;
using kube::find;
using kube::find_int;
using kube::find_object;
using kube::find_string;

namespace {

EventDraft draft_for(std::string_view type, const Subject &subject, std::string actor = {}) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = subject;
    draft.source = "kube";
    draft.actor = std::move(actor);
    return draft;
}

// The entry of status.conditions of that type.
const json::object *condition(const json::object &object, std::string_view type) {
    const auto *list = find(object, {"status", "conditions"});
    if (!list || !list->is_array()) return nullptr;
    for (const auto &item : list->get_array()) {
        const auto *entry = item.if_object();
        if (entry && find_string(*entry, {"type"}) == type) return entry;
    }
    return nullptr;
}

struct Trouble {
    std::string reason;
    std::string message;
};

// Why a container is not running: what it waits for, or how it ended.
Trouble container_trouble(const json::object &status) {
    for (const std::string_view state : {"waiting", "terminated"}) {
        const auto *at = find_object(status, {"state", state});
        if (!at) continue;
        const auto reason = find_string(*at, {"reason"});
        if (reason.empty() || reason == "Completed") continue;
        return {std::string(reason), cut(find_string(*at, {"message"}))};
    }
    return {};
}

template <class F> void each_container(const json::object &pod, F &&look) {
    for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
        const auto *statuses = find(pod, {"status", list});
        if (!statuses || !statuses->is_array()) continue;
        for (const auto &item : statuses->get_array())
            if (const auto *status = item.if_object()) look(*status);
    }
}

// The most telling reason why a pod is not ready: a container's, else that it cannot be scheduled, else the pod's own.
Trouble pod_trouble(const json::object &pod) {
    Trouble found;
    each_container(pod, [&found](const json::object &status) {
        if (found.reason.empty()) found = container_trouble(status);
    });
    if (!found.reason.empty()) return found;
    for (const std::string_view type : {"PodScheduled", "Ready"}) {
        const auto *entry = condition(pod, type);
        if (!entry || find_string(*entry, {"status"}) == "True") continue;
        const auto reason = find_string(*entry, {"reason"});
        if (!reason.empty()) return {std::string(reason), cut(find_string(*entry, {"message"}))};
    }
    return {std::string(find_string(pod, {"status", "reason"})), cut(find_string(pod, {"status", "message"}))};
}

} // namespace

std::string cut(std::string_view text, std::size_t bytes) {
    if (text.size() > bytes) {
        text = text.substr(0, bytes);
        // Not in the middle of a character: drop its continuation bytes and its first.
        while (!text.empty() && !valid_utf8(text))
            text.remove_suffix(1);
    }
    return valid_utf8(text) ? std::string(text) : std::string();
}

std::optional<RuntimeId> runtime_of(const kube::Object &object) {
    const auto instance = object.label(instance_label);
    if (instance.empty() || object.ns().empty()) return std::nullopt;
    RuntimeId id{std::string(object.ns()), std::string(instance)};
    if (!Subject::parse(Subject::runtime(id).text).ok()) return std::nullopt;
    return id;
}

std::optional<EventDraft> deployment_present(const kube::Object &object, const OwnWrites &own) {
    const auto id = runtime_of(object);
    if (!id) return std::nullopt;
    const auto &o = object.body;
    auto draft = draft_for("deployment.observed", Subject::runtime(*id), last_writer(object));
    auto &p = draft.payload;
    p["name"] = object.name();
    p["uid"] = object.uid();
    p["resource_version"] = object.resource_version();
    p["generation"] = find_int(o, {"metadata", "generation"});
    p["component"] = object.label(component_label);
    p["replicas"] = find_int(o, {"spec", "replicas"}, 1); // Kubernetes' default
    p["observed_generation"] = find_int(o, {"status", "observedGeneration"});
    p["updated_replicas"] = find_int(o, {"status", "updatedReplicas"});
    p["ready_replicas"] = find_int(o, {"status", "readyReplicas"});
    p["available_replicas"] = find_int(o, {"status", "availableReplicas"});
    p["pods"] = find_int(o, {"status", "replicas"});
    if (const auto *failure = condition(o, "ReplicaFailure"); failure && find_string(*failure, {"status"}) == "True")
        p["replica_failure"] = std::string(find_string(*failure, {"reason"})) + ": " + cut(find_string(*failure, {"message"}));
    if (const auto *progressing = condition(o, "Progressing")) p["progressing"] = find_string(*progressing, {"status"});
    const auto version = version_number(object.resource_version());
    p["stale"] = version != 0 && version < own.last(object.uid());
    return draft;
}

std::optional<EventDraft> pod_present(const kube::Object &object) {
    const auto id = runtime_of(object);
    if (!id) return std::nullopt;
    const auto &o = object.body;
    auto draft = draft_for("pod.observed", Subject::runtime(*id));
    auto &p = draft.payload;
    p["name"] = object.name();
    p["uid"] = object.uid();
    p["component"] = object.label(component_label);
    const auto phase = find_string(o, {"status", "phase"});
    p["phase"] = phase.empty() ? "Unknown" : phase;
    const auto *ready = condition(o, "Ready");
    const bool is_ready = ready && find_string(*ready, {"status"}) == "True";
    p["ready"] = is_ready;
    if (!is_ready) {
        const auto trouble = pod_trouble(o);
        if (!trouble.reason.empty()) p["reason"] = cut(trouble.reason);
        if (!trouble.message.empty()) p["message"] = trouble.message;
    }
    std::int64_t restarts = 0;
    each_container(o, [&restarts](const json::object &status) {
        restarts += std::clamp<std::int64_t>(find_int(status, {"restartCount"}), 0, 1'000'000'000);
    });
    p["restarts"] = restarts;
    if (const auto node = find_string(o, {"spec", "nodeName"}); !node.empty()) p["node"] = node;
    if (auto deleted = Timestamp::parse(object.metadata("deletionTimestamp")); deleted.ok())
        p["deletion_timestamp"] = deleted->rfc3339();
    return draft;
}

EventDraft pod_gone(const Subject &subject, const std::string &name, const std::string &uid) {
    auto draft = draft_for("pod.gone", subject);
    draft.payload["name"] = name;
    draft.payload["uid"] = uid;
    return draft;
}

std::string_view owner_of(const kube::Object &object, std::string_view manager) {
    const bool applied = std::any_of(object.owners.begin(), object.owners.end(), [&](const kube::FieldOwner &field) {
        return field.manager == manager && field.operation == "Apply" && field.subresource.empty();
    });
    return applied ? controlling_runtime(object) : std::string_view();
}

std::string_view controlling_runtime(const kube::Object &object) {
    const auto *owners = find(object.body, {"metadata", "ownerReferences"});
    if (!owners || !owners->is_array()) return {};
    for (const auto &item : owners->get_array()) {
        const auto *owner = item.if_object();
        if (!owner || find_string(*owner, {"kind"}) != "XTrinode" || !find_string(*owner, {"apiVersion"}).starts_with(api_group))
            continue;
        const auto *controls = owner->if_contains("controller");
        if (controls && controls->is_bool() && controls->get_bool()) return find_string(*owner, {"uid"});
    }
    return {};
}

EventDraft object_gone(const Subject &subject, std::string_view kind, std::string_view api_version, const std::string &name,
                       const std::string &uid) {
    auto draft = draft_for("object.gone", subject);
    draft.payload["kind"] = kind;
    draft.payload["api_version"] = api_version;
    draft.payload["name"] = name;
    draft.payload["uid"] = uid;
    return draft;
}

EventDraft object_present(const Subject &subject, const kube::Object &object, bool drifted, std::string_view manager) {
    // Of a drift the culprit is named: the newest writer that is not ourselves (spec 30 §11: apply and scale have a manager
    // each).
    auto draft = draft_for("object.observed", subject,
                           drifted ? last_writer(object, {"xtrinode-operator", "xtrinode"}) : last_writer(object));
    draft.payload["kind"] = find_string(object.body, {"kind"});
    draft.payload["api_version"] = find_string(object.body, {"apiVersion"});
    draft.payload["name"] = object.name();
    draft.payload["uid"] = object.uid();
    draft.payload["resource_version"] = object.resource_version();
    draft.payload["drifted"] = drifted;
    if (const auto owner = owner_of(object, manager); !owner.empty()) draft.payload["owner"] = owner;
    return draft;
}

EventDraft endpoints(const Subject &subject, const std::string &service, std::int64_t ready) {
    auto draft = draft_for("endpoints.observed", subject);
    draft.payload["service"] = service;
    draft.payload["ready"] = ready;
    return draft;
}

std::int64_t ready_in_slice(const kube::Object &slice) {
    const auto *list = find(slice.body, {"endpoints"});
    if (!list || !list->is_array()) return 0;
    std::int64_t ready = 0;
    for (const auto &item : list->get_array()) {
        const auto *endpoint = item.if_object();
        if (!endpoint) continue;
        const auto *state = find(*endpoint, {"conditions", "ready"});
        if (!state || !state->is_bool() || state->get_bool()) ++ready;
    }
    return ready;
}

} // namespace xtn::ingest
