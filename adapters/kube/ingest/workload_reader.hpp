// What runs for a runtime - Deployments, pods, endpoints - as events. Pure.
#pragma once

#include "adapters/kube/own_writes.hpp"
#include "core/event/event.hpp"
#include "kubeclient/object.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::ingest {

// Labels of every object that belongs to a runtime (spec 30 §3).
inline constexpr std::string_view managed_by_selector = "app.kubernetes.io/managed-by=xtrinode-operator";
inline constexpr std::string_view instance_label = "app.kubernetes.io/instance";
inline constexpr std::string_view component_label = "app.kubernetes.io/component";

// The runtime an object belongs to, by its namespace and instance label. Nothing: not one of ours.
std::optional<RuntimeId> runtime_of(const kube::Object &object);

// Nothing when the object belongs to no runtime.
std::optional<EventDraft> deployment_present(const kube::Object &object, const OwnWrites &own);
std::optional<EventDraft> pod_present(const kube::Object &object);

EventDraft pod_gone(const Subject &subject, const std::string &name, const std::string &uid);
EventDraft object_gone(const Subject &subject, std::string_view kind, std::string_view api_version, const std::string &name,
                       const std::string &uid);
// The uid of the XTrinode that controls an object which an apply by `manager`, our field manager, made; empty: it is not ours by
// its own testimony.
std::string_view owner_of(const kube::Object &object, std::string_view manager);
// The uid of the XTrinode that controls the object, whoever wrote it; empty: none does, the object is somebody else's.
std::string_view controlling_runtime(const kube::Object &object);
EventDraft object_present(const Subject &subject, const kube::Object &object, bool drifted, std::string_view manager);
EventDraft endpoints(const Subject &subject, const std::string &service, std::int64_t ready);

// Ready endpoints in one EndpointSlice (a missing condition counts as ready, as Kubernetes says).
std::int64_t ready_in_slice(const kube::Object &slice);

// At most `bytes` of a text, cut at a character.
std::string cut(std::string_view text, std::size_t bytes = 512);

} // namespace xtn::ingest
