// Event types: what adapters did and how it ended, what the process and the log say about themselves.
#include "core/event/catalogue_tables.hpp"

#include <array>

namespace xtn::tables {

namespace {

constexpr FieldInfo applied[] = {
    {"kind", "string", "kind of the object"},
    {"api_version", "string", "group and version, apps/v1"},
    {"ns", "string", "namespace of the object"},
    {"name", "string", "name of the object"},
    {"manifest", "digest", "blob that was applied"},
    {"uid", "string", "identity of the object"},
    {"resource_version", "string", "version after the write"},
    {"generation", "integer?", "generation after the write, for kinds that have one"},
    {"created", "boolean", "true: it did not exist before"},
    {"changed", "boolean", "true: the write changed it"},
};
constexpr FieldInfo deleted[] = {
    {"kind", "string", "kind of the object"},
    {"api_version", "string", "group and version, apps/v1"},
    {"ns", "string", "namespace of the object"},
    {"name", "string", "name of the object"},
    {"uid", "string",
     "identity of the object, precondition of the delete; empty: an object that was perhaps there is not, or not ours"},
    {"why", "string", "why it was not wanted any more"},
};
constexpr FieldInfo failed[] = {
    {"kind", "string", "kind of the object"},
    {"api_version", "string", "group and version, apps/v1"},
    {"ns", "string", "namespace of the object"},
    {"name", "string", "name of the object"},
    {"manifest", "digest?", "blob that should have been applied"},
    {"code", "string", "what kind of failure: an HTTP status or an error code"},
    {"message", "string", "the failure in words"},
    {"attempt", "integer", "tries since it last worked"},
};
constexpr FieldInfo skipped[] = {
    {"kind", "string", "kind of the object"},
    {"api_version", "string", "group and version, monitoring.coreos.com/v1"},
    {"ns", "string", "namespace of the object"},
    {"name", "string", "name of the object"},
    {"manifest", "digest", "blob that would have been applied"},
    {"reason", "string", "why it is left out"},
};
constexpr FieldInfo scaled[] = {
    {"kind", "string", "kind of the object"}, {"ns", "string", "namespace of the object"},
    {"name", "string", "name of the object"}, {"from", "integer?", "replicas before, where known"},
    {"to", "integer", "replicas asked for"},
};
constexpr FieldInfo status_written[] = {
    {"uid", "string", "identity of the custom resource"},
    {"resource_version", "string", "version after the write"},
    {"digest", "digest", "SHA-256 of the status in canonical JSON"},
};
constexpr FieldInfo finalizer[] = {
    {"uid", "string", "identity of the custom resource"},
    {"resource_version", "string", "version after the write"},
};
constexpr FieldInfo action_started[] = {
    {"key", "string", "identifies this one action over restarts"},
    {"kind", "string", "what is done: drain, notify"},
    {"target", "string", "where it is done"},
};
constexpr FieldInfo action_ended[] = {
    {"key", "string", "the key of action.started"},
    {"outcome", "string", "done, failed or abandoned"},
    {"message", "string?", "more about the outcome"},
};
constexpr FieldInfo deadline[] = {
    {"due", "time", "the moment that was waited for"},
    {"lag_ms", "integer", "how late the clock was, in milliseconds"},
};
constexpr FieldInfo skewed[] = {
    {"by_ms", "integer", "how far the wall clock is behind the newest event, in milliseconds"},
};
constexpr FieldInfo elected[] = {
    {"holder", "string", "identity of the leader"},
    {"process_id", "integer", "its process on that host"},
    {"epoch", "integer", "the leader term that begins"},
};
constexpr FieldInfo upgraded[] = {
    {"from", "string", "binary that wrote before"},
    {"to", "string", "binary that writes now"},
};
constexpr FieldInfo genesis[] = {
    {"format", "integer", "version of the log format"},
    {"log_id", "string", "identity of this log"},
};
constexpr FieldInfo truncated[] = {
    {"stream", "string", "control or queries"},
    {"before", "integer", "first sequence number still held"},
    {"chain", "digest", "chain value just before it"},
};
constexpr FieldInfo gap_accepted[] = {
    {"stream", "string", "control or queries"},
    {"found", "integer", "last event that is kept"},
    {"anchored", "integer", "newest event that the anchor or the store tells of"},
    {"chain", "digest", "chain value that the anchor names; without an anchor, that of the newest event in the store"},
};
constexpr FieldInfo space_changed[] = {
    {"from", "string", "level before: ok, low, scarce or critical"},
    {"to", "string", "level now"},
    {"free_bytes", "integer", "room on the disk that the log lies on"},
    {"total_bytes", "integer", "size of that disk"},
    {"reserve_bytes", "integer", "size of the reserve file; 0: it was given away or could not be made"},
};

constexpr FieldInfo manifest_lost[] = {
    {"manifest", "digest", "blob that is missing or was changed, and was taken away"},
    {"object", "string", "object that it describes: <Kind>/<namespace>/<name>"},
    {"named_by", "integer", "newest event that names it"},
};

constexpr std::string_view owned = "runtime/<namespace>/<name> of the owner; cluster for objects without one";

constexpr auto table = std::to_array<EventTypeInfo>({
    {"object.applied", 1, Stream::control, ignorable, "kube", "An object was written to Kubernetes.", applied, no_redaction,
     "first write of a manifest, then only writes that changed the object", "{kind} {name} applied[, created: {created}]", owned},
    {"object.deleted", 1, Stream::control, ignorable, "kube", "An object was deleted from Kubernetes.", deleted, no_redaction,
     "one per uid", "{kind} {name} deleted: {why}"},
    {"object.failed", 1, Stream::control, ignorable, "kube", "Writing or deleting an object failed.", failed,
     "messages are cut at 512 bytes", "first failure, third in a row, and on change of the code",
     "{kind} {name} failed (try {attempt}): {message}", owned},
    {"object.skipped", 1, Stream::control, ignorable, "kube", "A planned object is left out: the cluster lacks its kind.",
     skipped, no_redaction, "once per object and manifest, as long as the kind is lacking", "{kind} {name} left out: {reason}",
     owned},
    {"object.scaled", 1, Stream::control, ignorable, "kube", "Replicas of a Deployment were set.", scaled, no_redaction,
     on_change, "{kind} {name} scaled to {to}[ from {from}]"},
    {"status.written", 1, Stream::control, ignorable, "kube", "The status of a custom resource was written.", status_written,
     no_redaction, on_change, "status written"},
    {"finalizer.added", 1, Stream::control, ignorable, "kube", "Our finalizer was put on a custom resource.", finalizer,
     no_redaction, "one per uid", "finalizer added"},
    {"finalizer.removed", 1, Stream::control, ignorable, "kube", "Our finalizer was taken off a custom resource.", finalizer,
     no_redaction, "one per uid", "finalizer removed"},
    {"action.started", 1, Stream::control, ignorable, "any adapter", "Something that must happen once has begun.", action_started,
     no_redaction, "one per key", "{kind} of {target} started"},
    {"action.ended", 1, Stream::control, ignorable, "any adapter", "Something that must happen once has ended.", action_ended,
     no_redaction, "one per key", "{outcome}[: {message}]"},
    {"clock.deadline", 1, Stream::control, must_understand, "clock", "A moment that a policy waits for has come.", deadline,
     no_redaction, "one per deadline", "it is {due}[ (noticed {lag_ms} ms late)]", about_cluster},
    {"clock.skewed", 1, Stream::control, ignorable, "engine",
     "The wall clock stepped back; event times stand still until it catches up.", skewed, no_redaction, "one per step",
     "the wall clock stepped back by {by_ms} ms", about_cluster},
    {"leader.elected", 1, Stream::control, must_understand, "cli", "A process leads from here on.", elected, no_redaction,
     "one per election", "{holder} leads, term {epoch}", about_cluster},
    {"controller.upgraded", 1, Stream::control, ignorable, "cli", "Another version of the controller writes from here on.",
     upgraded, no_redaction, "one per start of another version", "controller {from} -> {to}", about_cluster},
    {"log.genesis", 1, Stream::control, must_understand, "engine", "The first event of a log.", genesis, no_redaction,
     "one per log", "log {log_id} begins", about_cluster},
    {"log.truncated", 1, Stream::control, must_understand, "log", "Older events were dropped by retention.", truncated,
     no_redaction, "one per retention run", "events before #{before} of {stream} were dropped", about_cluster},
    {"topology.manifest.lost", 1, Stream::control, must_understand, "log",
     "An operator accepted that a manifest is lost; a plan in force that names it is made again.", manifest_lost, no_redaction,
     "one per manifest and repair", "the loss of the manifest of {object} was accepted", owned},
    {"log.gap.accepted", 1, Stream::control, must_understand, "log", "An operator accepted that acknowledged events are lost.",
     gap_accepted, no_redaction, "one per repair", "the loss of {stream} events after #{found} up to #{anchored} was accepted",
     about_cluster},
    {"log.space.changed", 1, Stream::control, ignorable, "log",
     "Room on the log's disk crossed a watermark. From scarce on, records of queries are dropped and counted.", space_changed,
     no_redaction, "one per change of level", "disk space {from} -> {to}, {free_bytes} of {total_bytes} bytes free",
     about_the_log},
});

} // namespace

std::span<const EventTypeInfo> done() {
    return table;
}

} // namespace xtn::tables
