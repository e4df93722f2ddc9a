// Event types: what was seen of the cluster and of the gateways. All of them may be skipped by a reader that does not know them.
#include "core/event/catalogue_tables.hpp"

#include <array>

namespace xtn::tables {

namespace {

constexpr FieldInfo deployment_observed[] = {
    {"name", "string", "name of the Deployment"},
    {"uid", "string", "identity of the Deployment"},
    {"resource_version", "string", "version that was read"},
    {"generation", "integer", "generation of its spec"},
    {"component", "string", "coordinator or worker"},
    {"replicas", "integer", "pods wanted (spec.replicas)"},
    {"observed_generation", "integer", "generation its controller has seen"},
    {"updated_replicas", "integer", "pods of the newest template"},
    {"ready_replicas", "integer", "pods that are ready"},
    {"available_replicas", "integer", "pods that are ready for long enough"},
    {"pods", "integer?", "pods that exist (status.replicas)"},
    {"replica_failure", "string?", "reason and message of the condition ReplicaFailure while it is True"},
    {"progressing", "string?", "status of the condition Progressing: True, False or Unknown"},
    {"stale", "boolean", "true: older than our own last write of this object"},
};
constexpr FieldInfo pod_observed[] = {
    {"name", "string", "name of the pod"},
    {"uid", "string", "identity of the pod"},
    {"component", "string", "coordinator or worker"},
    {"phase", "string", "Pending, Running, Succeeded, Failed or Unknown"},
    {"ready", "boolean", "whether the condition Ready is True"},
    {"reason", "string?", "why it is not ready, as Kubernetes puts it (CrashLoopBackOff, Unschedulable)"},
    {"message", "string?", "the sentence that belongs to the reason"},
    {"restarts", "integer", "restarts of its containers, summed"},
    {"node", "string?", "node it runs on"},
    {"deletion_timestamp", "time?", "set while it is being deleted"},
};
constexpr FieldInfo pod_gone[] = {
    {"name", "string", "name of the pod"},
    {"uid", "string", "identity of the pod that is gone"},
};
constexpr FieldInfo endpoints_observed[] = {
    {"service", "string", "name of the Service"},
    {"ready", "integer", "ready endpoints over all EndpointSlices of the Service"},
};
constexpr FieldInfo object_observed[] = {
    {"kind", "string", "kind of the object"},
    {"api_version", "string", "group and version, apps/v1"},
    {"name", "string", "name of the object"},
    {"uid", "string", "identity of the object"},
    {"resource_version", "string", "version that was read"},
    {"drifted", "boolean", "true: somebody else changed it since our last write"},
    {"owner", "string?", "uid of the XTrinode that controls it, where our own apply made it"},
};
constexpr FieldInfo route_carried[] = {
    {"routing_group", "string", "group that the route belongs to"},
    {"backend", "object", "the backend's record as in routes.yaml"},
    {"header", "string?", "value of X-Trino-XTrinode that selects it"},
    {"hostname", "string?", "host name that selects it"},
    {"default", "boolean", "whether statements without a selector go here"},
};
constexpr FieldInfo object_gone[] = {
    {"kind", "string", "kind of the object"},
    {"api_version", "string", "group and version, apps/v1"},
    {"name", "string", "name of the object"},
    {"uid", "string", "identity of the object that is gone"},
};
constexpr FieldInfo config_observed[] = {
    {"kind", "string", "Secret or ConfigMap"},
    {"name", "string", "name of the object, in the runtime's namespace"},
    {"uid", "string", "identity of the object; empty while it does not exist"},
    {"digest", "digest", "HMAC over the data under the redaction key; of no data while the object does not exist"},
};
constexpr FieldInfo list_started[] = {
    {"kind", "string", "kind that is being listed"},
};
constexpr FieldInfo synced[] = {
    {"kind", "string", "kind that was listed completely"},
    {"resource_version", "string", "version of the list"},
    {"count", "integer", "objects in the list"},
    {"gone", "integer", "objects that were known and are not in the list"},
};
constexpr FieldInfo watch_failed[] = {
    {"kind", "string", "kind that cannot be watched"},
    {"code", "string", "what kind of failure: an HTTP status or an error code"},
    {"message", "string", "the failure in words"},
    {"attempt", "integer", "tries since it last worked"},
};
constexpr FieldInfo gateway_number{"gateway_sequence", "integer?",
                                   "number that the gateway gave this record; its source names it"};
constexpr FieldInfo gap[] = {
    {"gateway", "string", "gateway whose records are missing"},
    {"from_sequence", "integer", "first local sequence number that is missing"},
    {"to_sequence", "integer", "last local sequence number that is missing"},
    {"reason", "string", "why they are missing"},
    {"since", "time?", "when the first of them was made, by the gateway's clock"},
    {"until", "time?", "when the last of them was made"},
    {"by_type", "object?", "how many of each type, where the gateway counted them"},
    gateway_number,
};
constexpr FieldInfo coalesced[] = {
    {"type", "string", "event type that exceeded its budget"},
    {"count", "integer", "observations that this event stands for"},
    gateway_number,
};
constexpr FieldInfo health_changed[] = {
    {"backend", "string", "name of the backend"},
    {"from", "string", "health before"},
    {"to", "string", "health now"},
    {"detail", "string?", "what the health check saw"},
    gateway_number,
};
constexpr FieldInfo identified[] = {
    {"backend", "string", "name of the backend"},
    {"suffix", "string", "last five characters of the query ids its coordinator makes"},
    {"trino_version", "string?", "version it reports"},
    gateway_number,
};
constexpr FieldInfo activity[] = {
    {"gateway", "string", "gateway that counted"},
    {"running", "integer", "queries running, quantised"},
    {"queued", "integer", "queries waiting, quantised"},
    {"vanished", "boolean?", "nothing is heard of the gateway any more: its last report is withdrawn, not answered by zero"},
    gateway_number,
};

constexpr std::string_view quantised = "on idle/busy edges and quantised changes only";

constexpr auto table = std::to_array<EventTypeInfo>({
    {"deployment.observed", 1, Stream::control, ignorable, "kube", "A Deployment of a runtime changed.", deployment_observed,
     no_redaction, on_change, "Deployment {name}: {ready_replicas} of {replicas} ready[ (stale: {stale})]"},
    {"pod.observed", 1, Stream::control, ignorable, "kube", "A pod of a runtime changed.", pod_observed,
     "messages are cut at 512 bytes", on_change, "pod {name} is {phase}, ready: {ready}[, {reason}][, {restarts} restarts]"},
    {"pod.gone", 1, Stream::control, ignorable, "kube", "A pod of a runtime is gone.", pod_gone, no_redaction, "one per uid",
     "pod {name} is gone"},
    {"endpoints.observed", 1, Stream::control, ignorable, "kube", "The number of ready endpoints of a Service changed.",
     endpoints_observed, no_redaction, on_change, "Service {service} has {ready} ready endpoints"},
    {"object.observed", 1, Stream::control, ignorable, "kube", "An object that we own changed.", object_observed, no_redaction,
     on_change, "{kind} {name} seen[ (changed by somebody else: {drifted})]"},
    {"object.gone", 1, Stream::control, ignorable, "kube", "An object that we own is gone.", object_gone, no_redaction,
     "one per uid", "{kind} {name} is gone"},
    {"route.carried", 1, Stream::control, must_understand, "cli",
     "The log is new, and the routes ConfigMap holds this route of an earlier one.", route_carried, no_redaction,
     "one per backend of the ConfigMap, once per log", "route of an earlier log carried over: group {routing_group}"},
    {"config.observed", 1, Stream::control, ignorable, "kube", "A Secret or ConfigMap that a runtime refers to changed.",
     config_observed, "only an HMAC of the data under the redaction key, never data and never a plain hash", on_change,
     "{kind} {name} has other content"},
    {"watch.list.started", 1, Stream::control, ignorable, "kube", "A complete list of a kind begins.", list_started, no_redaction,
     "one per list", "listing every {kind}", about_cluster},
    {"watch.synced", 1, Stream::control, ignorable, "kube",
     "A complete list of a kind ended; from here on absence of an object of this kind means something.", synced, no_redaction,
     "one per list", "every {kind} is known: {count}[, {gone} gone]", about_cluster},
    {"watch.failed", 1, Stream::control, ignorable, "kube", "A watch stopped working.", watch_failed, no_redaction,
     "only on the edge from healthy to failing", "cannot watch {kind}: {message}", about_cluster},
    {"observation.gap", 1, Stream::control, ignorable, "gateway adapter",
     "Records of a gateway are missing; idle time in between does not count.", gap, no_redaction, "one per gap",
     "records {from_sequence} to {to_sequence} of gateway {gateway} are missing[, from {since} to {until}]: {reason}",
     "gateway/<id>"},
    {"observation.coalesced", 1, Stream::control, ignorable, "any adapter",
     "Stands for observations above the budget of their type.", coalesced, no_redaction, "one per minute and type",
     "{count} more of {type}", "subject of the events it stands for; log: dropped while its disk was nearly full"},
    {"backend.health.changed", 1, Stream::control, ignorable, "gateway",
     "A gateway's health check of a backend changed its verdict.", health_changed, no_redaction, on_change,
     "backend {backend}: {from} -> {to}[ ({detail})]"},
    {"coordinator.identified", 1, Stream::control, ignorable, "gateway", "The query-id suffix of a coordinator was learned.",
     identified, no_redaction, on_change, "backend {backend} makes query ids that end in {suffix}"},
    {"activity.observed", 1, Stream::control, ignorable, "gateway", "How busy a runtime is, as a gateway sees it.", activity,
     no_redaction, quantised, "{running} running, {queued} waiting (gateway {gateway}[, unheard: {vanished}])"},
});

} // namespace

std::span<const EventTypeInfo> observed() {
    return table;
}

} // namespace xtn::tables
