#include "adapters/kube/act/outcomes.hpp"

#include "adapters/kube/ingest/workload_reader.hpp"
#include "core/event/catalogue.hpp"

#include <algorithm>
#include <array>

namespace xtn::act {
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 8> outcome_names{"object.applied",  "object.skipped",   "object.deleted",
                                                        "object.failed",   "object.scaled",    "status.written",
                                                        "finalizer.added", "finalizer.removed"};

EventDraft draft_for(std::string_view type, const Owner &owner) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = owner.subject;
    draft.source = "kube";
    draft.cause = owner.cause;
    return draft;
}

void name_object(json::object &p, const ObjectRef &ref) {
    p["kind"] = ref.kind;
    p["api_version"] = ref.api_version;
    p["ns"] = ref.ns;
    p["name"] = ref.name;
}

} // namespace

bool is_outcome(std::string_view name) {
    return std::find(outcome_names.begin(), outcome_names.end(), name) != outcome_names.end();
}

EventDraft object_applied(const Owner &owner, const PlannedObject &planned, const kube::Object &written, bool created,
                          bool changed) {
    auto draft = draft_for("object.applied", owner);
    auto &p = draft.payload;
    name_object(p, planned.ref);
    p["manifest"] = planned.manifest.hex;
    p["uid"] = written.uid();
    p["resource_version"] = written.resource_version();
    if (const auto generation = kube::find_int(written.body, {"metadata", "generation"}); generation > 0)
        p["generation"] = generation;
    p["created"] = created;
    p["changed"] = changed;
    return draft;
}

EventDraft object_deleted(const Owner &owner, const AppliedObject &object, std::string_view why) {
    auto draft = draft_for("object.deleted", owner);
    name_object(draft.payload, object.ref);
    draft.payload["uid"] = object.uid;
    draft.payload["why"] = why;
    return draft;
}

EventDraft object_failed(const Owner &owner, const ObjectRef &ref, const Digest &manifest, const kube::ApiError &error,
                         int attempt) {
    auto draft = draft_for("object.failed", owner);
    auto &p = draft.payload;
    name_object(p, ref);
    if (!manifest.empty()) p["manifest"] = manifest.hex;
    p["code"] = error.code_text();
    std::string message;
    for (const auto &manager : error.conflicting_managers())
        message += (message.empty() ? "fields belong to " : ", ") + manager;
    p["message"] = ingest::cut(message.empty() ? error.message : message + ": " + error.message);
    p["attempt"] = attempt;
    return draft;
}

EventDraft object_skipped(const Owner &owner, const PlannedObject &planned, const kube::ApiError &error) {
    auto draft = draft_for("object.skipped", owner);
    name_object(draft.payload, planned.ref);
    draft.payload["manifest"] = planned.manifest.hex;
    draft.payload["reason"] = ingest::cut(error.message);
    return draft;
}

EventDraft object_scaled(const Owner &owner, const ObjectRef &ref, std::optional<std::int64_t> from, std::int64_t to) {
    auto draft = draft_for("object.scaled", owner);
    draft.payload["kind"] = ref.kind;
    draft.payload["ns"] = ref.ns;
    draft.payload["name"] = ref.name;
    if (from) draft.payload["from"] = *from;
    draft.payload["to"] = to;
    return draft;
}

EventDraft status_written(const Owner &owner, const kube::Object &written, const Digest &status) {
    auto draft = draft_for("status.written", owner);
    draft.payload["uid"] = written.uid();
    draft.payload["resource_version"] = written.resource_version();
    draft.payload["digest"] = status.hex;
    return draft;
}

EventDraft finalizer_changed(const Owner &owner, bool added, std::string_view uid, std::string_view resource_version) {
    auto draft = draft_for(added ? "finalizer.added" : "finalizer.removed", owner);
    draft.payload["uid"] = uid;
    draft.payload["resource_version"] = resource_version;
    return draft;
}

} // namespace xtn::act
