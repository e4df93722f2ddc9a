// What was done and how it ended, as events. One constructor per event type; payloads as in docs/events.md. Pure.
#pragma once

#include "core/event/event.hpp"
#include "kubeclient/api_error.hpp"
#include "kubeclient/object.hpp"
#include "projections/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::act {

// Whom an outcome belongs to: its subject, and the decision that led to it.
struct Owner {
    Subject subject;
    std::optional<Seq> cause;
};

EventDraft object_applied(const Owner &owner, const PlannedObject &planned, const kube::Object &written, bool created,
                          bool changed);
EventDraft object_deleted(const Owner &owner, const AppliedObject &object, std::string_view why);
EventDraft object_failed(const Owner &owner, const ObjectRef &ref, const Digest &manifest, const kube::ApiError &error,
                         int attempt);
EventDraft object_skipped(const Owner &owner, const PlannedObject &planned, const kube::ApiError &error);
EventDraft object_scaled(const Owner &owner, const ObjectRef &ref, std::optional<std::int64_t> from, std::int64_t to);
EventDraft status_written(const Owner &owner, const kube::Object &written, const Digest &status);
EventDraft finalizer_changed(const Owner &owner, bool added, std::string_view uid, std::string_view resource_version);

// Whether an event of this name is one of the above.
bool is_outcome(std::string_view name);

} // namespace xtn::act
