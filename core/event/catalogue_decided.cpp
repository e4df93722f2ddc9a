// Event types: what policies decided. A reader that does not know one of these must stop.
#include "core/event/catalogue_tables.hpp"

#include <array>

namespace xtn::tables {

namespace {

constexpr FieldInfo transition[] = {
    {"from", "string", "phase before"},
    {"reason", "string", "one word, as in conditions"},
    {"message", "string", "the reason in a sentence"},
    {"policy", "string", "policy and version that decided: lifecycle/1"},
};
constexpr FieldInfo draining[] = {
    {"from", "string", "phase before"},
    {"reason", "string", "one word, as in conditions"},
    {"message", "string", "the reason in a sentence"},
    {"policy", "string", "policy and version that decided: lifecycle/1"},
    {"drain_until", "time", "when draining ends at the latest"},
};
constexpr FieldInfo drained[] = {
    {"from", "string", "phase before"},
    {"reason", "string", "one word, as in conditions"},
    {"message", "string", "the reason in a sentence"},
    {"policy", "string", "policy and version that decided: lifecycle/1"},
    {"result", "string", "how draining ended: idle, timeout or cancelled"},
};
constexpr FieldInfo command_accepted[] = {
    {"command", "string", "resume, suspend or auto-suspend: the one that won"},
    {"via", "string", "annotation or api"},
    {"suspended", "boolean", "value that spec.suspended gets"},
    {"clear", "array", "annotations that are taken off the XTrinode with the same write"},
    {"wake_min_workers", "integer?", "workers to keep at least while the wake window lasts"},
    {"wake_ttl_ms", "integer?", "length of the wake window in milliseconds"},
    {"message", "string", "the reason in a sentence"},
};
constexpr FieldInfo command_rejected[] = {
    {"command", "string", "resume"},
    {"reason", "string", "one word, as in conditions"},
    {"message", "string", "the reason in a sentence"},
};
constexpr FieldInfo wake_started[] = {
    {"min_workers", "integer", "workers to keep at least while the window lasts"},
    {"until", "time", "when the window ends"},
    {"message", "string", "the reason in a sentence"},
};
constexpr FieldInfo wake_ended[] = {
    {"reason", "string", "one word: expired or suspended"},
    {"message", "string", "the reason in a sentence"},
};
constexpr FieldInfo planned[] = {
    {"generation", "integer", "generation of the spec that was planned"},
    {"renderer", "string", "renderer and version: trino/1"},
    {"revision", "string", "first eight characters of the plan's digest"},
    {"shape", "object", "sizes and counts, as status.observedRuntimeShape shows them"},
    {"objects", "array",
     "objects {api_version, kind, ns, name, manifest, force}: what shall exist, in apply order; manifest is a blob's digest"},
    {"rollout_hashes", "object", "members coordinator and worker: a new value rolls the pods of that Deployment"},
    {"replicas", "object", "members coordinator and worker: how many pods are wanted; no worker: an autoscaler says"},
    {"coordinator_url", "string", "where the gateway reaches the coordinator"},
    {"catalogs", "array", "names of the catalogs that the runtime mounts"},
    {"not_rendered", "string?", "fields of the spec that are valid and that this release does not act on, with commas between"},
    {"reason", "string", "why it was planned again"},
    {"inputs", "digest?", "SHA-256 over what was planned from besides the spec: catalogs and the content they refer to"},
};
constexpr FieldInfo plan_rejected[] = {
    {"generation", "integer", "generation of the spec that cannot be planned"},
    {"reason", "string", "one word, as in conditions"},
    {"message", "string", "the reason in a sentence"},
    {"inputs", "digest?", "SHA-256 over what was planned from besides the spec, as in topology.planned"},
};
constexpr FieldInfo route_published[] = {
    {"routing_group", "string", "group that the route belongs to"},
    {"removed", "boolean", "true: the runtime has no route any more"},
    {"backend", "object?", "the backend's record as in routes.yaml; absent when removed"},
    {"header", "string?", "value of X-Trino-XTrinode that selects it"},
    {"hostname", "string?", "host name that selects it"},
    {"default", "boolean", "whether statements without a selector go here"},
    {"version", "integer", "lowest version of the route table that holds this change"},
};
constexpr FieldInfo route_rejected[] = {
    {"reason", "string", "one word, as in conditions"},
    {"message", "string", "the reason in a sentence"},
};
constexpr FieldInfo cascade_stopped[] = {
    {"rounds", "integer", "rounds of decisions until the engine stopped asking"},
    {"last_type", "string", "type of a decision that was not taken any more"},
};

constexpr std::string_view lifecycle = "policy/lifecycle";
constexpr std::string_view on_transition = "one per change of phase";

constexpr EventTypeInfo phase(std::string_view name, std::string_view meaning, std::string_view summary) {
    return {name, 1, Stream::control, must_understand, lifecycle, meaning, transition, no_redaction, on_transition, summary};
}

constexpr auto table = std::to_array<EventTypeInfo>({
    phase("runtime.provisioning", "The objects of a runtime are being brought about.", "provisioning (was {from}): {message}"),
    phase("runtime.ready", "A runtime serves queries.", "ready (was {from}): {message}"),
    phase("runtime.unready", "A runtime that was ready serves no queries.", "not ready any more (was {from}): {message}"),
    phase("runtime.suspending", "A runtime is on its way to sleep.", "going to sleep (was {from}): {message}"),
    phase("runtime.suspended", "A runtime sleeps: no pods.", "asleep (was {from}): {message}"),
    phase("runtime.resuming", "A runtime is waking up.", "waking up (was {from}): {message}"),
    phase("runtime.failed", "A runtime cannot reach what is wanted without help.", "failed (was {from}): {message}"),
    {"runtime.draining", 1, Stream::control, must_understand, lifecycle,
     "A runtime takes no new queries and finishes the running ones.", draining, no_redaction, on_transition,
     "draining until {drain_until} (was {from}): {message}"},
    {"runtime.drained", 1, Stream::control, must_understand, lifecycle,
     "Queries ended or the time given to them is over: before sleep, or before deletion.", drained, no_redaction, on_transition,
     "drained ({result}): {message}"},
    {"runtime.command.accepted", 1, Stream::control, must_understand, lifecycle,
     "A command to sleep or to wake was taken; spec.suspended follows.", command_accepted, no_redaction, once_per_request,
     "{command} taken: {message}"},
    {"runtime.command.rejected", 1, Stream::control, must_understand, lifecycle,
     "A command cannot be understood; it stays where it is.", command_rejected, no_redaction, once_per_request,
     "{command} refused: {message}"},
    {"runtime.wake.started", 1, Stream::control, must_understand, lifecycle,
     "A wake window opened: some workers are kept for a while after a resume.", wake_started, no_redaction, "one per window",
     "at least {min_workers} workers until {until}: {message}"},
    {"runtime.wake.ended", 1, Stream::control, must_understand, lifecycle, "The wake window is over.", wake_ended, no_redaction,
     "one per window", "the wake window is over: {message}"},
    {"topology.planned", 1, Stream::control, must_understand, "policy/topology", "Which objects a runtime shall have.", planned,
     "manifests hold references to Secrets, never their content", once_per_decision,
     "plan {revision} for generation {generation}: {objects} ({reason})[; not acted on in this release: {not_rendered}]"},
    {"topology.rejected", 1, Stream::control, must_understand, "policy/topology",
     "A valid spec that cannot be turned into objects.", plan_rejected, no_redaction, once_per_decision,
     "generation {generation} cannot be planned: {message}"},
    {"route.published", 1, Stream::control, must_understand, "policy/routes", "The route of a runtime changed.", route_published,
     no_redaction, once_per_decision,
     "route table version {version}, group {routing_group}[, header {header}][, host {hostname}][, removed: {removed}]"},
    {"route.rejected", 1, Stream::control, must_understand, "policy/routes", "A runtime gets no route.", route_rejected,
     no_redaction, once_per_decision, "no route: {message}"},
    {"policy.cascade.stopped", 1, Stream::control, must_understand, "engine",
     "Policies kept answering each other and were stopped; a bug in a policy.", cascade_stopped, no_redaction, "one per input",
     "decisions stopped after {rounds} rounds, at {last_type}"},
});

} // namespace

std::span<const EventTypeInfo> decided() {
    return table;
}

} // namespace xtn::tables
