// Event types: what users want, as read from custom resources, annotations and the API.
#include "core/event/catalogue_tables.hpp"

#include <array>

namespace xtn::tables {

namespace {

constexpr std::string_view spec_redaction = "values that may carry credentials are replaced by an HMAC under the redaction key; "
                                            "floating-point numbers become {\"$float\":\"1.5\"}";
constexpr std::string_view spec_budget = "one per resourceVersion that changes one of these members";

constexpr FieldInfo spec_applied[] = {
    {"uid", "string", "identity of the object; a recreated one of the same name has another"},
    {"resource_version", "string", "version of the object that was read"},
    {"generation", "integer", "counts changes of the spec; Kubernetes assigns it"},
    {"creation_timestamp", "time", "when Kubernetes created the object"},
    {"deletion_timestamp", "time?", "set once deletion was asked for"},
    {"finalizers", "array", "finalizer names, in the object's order"},
    {"labels", "object", "labels of the object"},
    {"annotations", "object", "annotations of our own prefix only (xtrinode.analytics.xtrinode.io/)"},
    {"spec", "object", "the spec with defaults applied, redacted"},
    {"created", "boolean", "true at the first sight of this uid"},
    {"managers", "array", "field managers that wrote the object, newest last"},
    {"status", "object?", "the status found on the object, at the first sight of this uid only: what an earlier log decided"},
};
constexpr FieldInfo spec_rejected[] = {
    {"uid", "string", "identity of the object"},
    {"resource_version", "string", "version of the object that was read"},
    {"generation", "integer", "generation that is not valid"},
    {"creation_timestamp", "time?", "when Kubernetes created the object"},
    {"deletion_timestamp", "time?", "set once deletion was asked for"},
    {"finalizers", "array", "finalizer names, in the object's order"},
    {"spec", "object", "the spec as read, redacted"},
    {"errors", "array", "objects {field, reason, message}: each rule that is broken and where"},
    {"annotations", "object?", "annotations of our own prefix, at the first sight of this uid only"},
    {"status", "object?", "the status found on the object, at the first sight of this uid only: what an earlier log decided"},
};
constexpr FieldInfo spec_deleted[] = {
    {"uid", "string", "identity of the object that is gone"},
    {"resource_version", "string?", "version at which it went, where the watch said so"},
};
constexpr FieldInfo requested[] = {
    {"via", "string", "where the wish was expressed: api. Annotations and spec.suspended arrive with runtime.spec.applied"},
    {"requested_at", "time?", "when the user asked, where they said so"},
    {"wake_min_workers", "integer?", "resume: workers to keep at least while the wake window lasts"},
    {"wake_ttl_ms", "integer?", "resume: length of the wake window in milliseconds"},
};
constexpr FieldInfo effective[] = {
    {"operator_version", "string", "version that annotations and labels of generated objects carry"},
    {"binary_version", "string", "version and revision of the running binary"},
    {"drain_window_ms", "integer", "how long a runtime that is being deleted may finish its queries, in milliseconds"},
    {"flags", "object", "every other setting that policies may look at, by name"},
};

constexpr auto table = std::to_array<EventTypeInfo>({
    {"runtime.spec.applied", 1, Stream::control, must_understand, "kube", "A valid XTrinode was read from Kubernetes.",
     spec_applied, spec_redaction, spec_budget, "generation {generation} is wanted[, being deleted since {deletion_timestamp}]"},
    {"runtime.spec.rejected", 1, Stream::control, must_understand, "kube",
     "An XTrinode breaks our rules; the last good state keeps running.", spec_rejected, spec_redaction, spec_budget,
     "generation {generation} is not valid: {errors}"},
    {"runtime.spec.deleted", 1, Stream::control, must_understand, "kube", "An XTrinode is gone from Kubernetes.", spec_deleted,
     no_redaction, "one per uid", "the XTrinode is gone"},
    {"catalog.spec.applied", 1, Stream::control, must_understand, "kube", "A valid XTrinodeCatalog was read from Kubernetes.",
     spec_applied, spec_redaction, spec_budget, "generation {generation} is wanted[, being deleted since {deletion_timestamp}]",
     about_catalog},
    {"catalog.spec.rejected", 1, Stream::control, must_understand, "kube",
     "An XTrinodeCatalog breaks our rules; the last good one stays in use.", spec_rejected, spec_redaction, spec_budget,
     "generation {generation} is not valid: {errors}", about_catalog},
    {"catalog.spec.deleted", 1, Stream::control, must_understand, "kube", "An XTrinodeCatalog is gone from Kubernetes.",
     spec_deleted, no_redaction, "one per uid", "the XTrinodeCatalog is gone", about_catalog},
    {"suspend.requested", 1, Stream::control, must_understand, "api", "Somebody asked to put a runtime to sleep.", requested,
     no_redaction, once_per_request, "sleep asked for via {via}"},
    {"resume.requested", 1, Stream::control, must_understand, "api", "Somebody asked to wake a runtime.", requested, no_redaction,
     once_per_request, "wake asked for via {via}"},
    {"config.effective", 1, Stream::control, must_understand, "engine, cli",
     "The settings that policies see from here on; written at each election and change.", effective,
     "settings that carry credentials are left out", "one per election or change",
     "policies now work with operator version {operator_version}, binary {binary_version}", about_cluster},
});

} // namespace

std::span<const EventTypeInfo> wanted() {
    return table;
}

} // namespace xtn::tables
