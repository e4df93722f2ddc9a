#include "projections/runtimes/lifecycle_policy.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/policy.hpp"
#include "projections/runtimes/commands.hpp"
#include "projections/runtimes/quiet.hpp"
#include "projections/runtimes/readiness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn {

namespace {

struct View {
    const RuntimeId &id;
    const RuntimeState &rt;
    const TopologyState &topology;
    const ClusterState &cluster;
    Timestamp now;
    std::string_view route_error;
};

EventDraft transition(const View &v, std::string_view type, std::string_view reason, std::string_view message) {
    auto draft = lifecycle_draft(type, v.id);
    draft.payload["from"] = std::string(phase_text(v.rt.phase));
    draft.payload["reason"] = std::string(reason);
    draft.payload["message"] = std::string(message);
    draft.payload["policy"] = std::string(lifecycle_policy_name);
    return draft;
}

// An object that cannot be written however often it is tried.
const ObjectFailure *lasting_failure(const TopologyState &topology, ObjectRef *ref) {
    for (const auto &[at, failure] : topology.failures)
        if (failure.lasting()) {
            *ref = at;
            return &failure;
        }
    return nullptr;
}

// Why no runtime can come of what is wanted; nothing when one can.
std::optional<EventDraft> failure(const View &v) {
    // What an earlier log applied stays in force, as with a plan of this one.
    const bool keeps = v.topology.plan || v.topology.applied;
    if (!v.rt.spec && !keeps) return transition(v, "runtime.failed", "ResourceBuildFailed", v.rt.invalid);
    const auto &rejected = v.topology.rejected;
    if (!keeps && rejected && rejected->generation == v.rt.spec_generation)
        return transition(v, "runtime.failed", "ResourceBuildFailed", rejected->message);
    ObjectRef ref;
    if (const auto *failed = lasting_failure(v.topology, &ref))
        return transition(v, "runtime.failed", "ResourceApplyFailed", fmt::format("{}: {}", ref.text(), failed->message));
    if (!v.route_error.empty())
        return transition(v, "runtime.failed", "GatewayRegistrationFailed", "Failed: " + std::string(v.route_error));
    return std::nullopt;
}

EventDraft suspending(const View &v) {
    return transition(v, "runtime.suspending", "Suspended", "spec.suspended is true");
}

EventDraft resuming(const View &v) {
    return transition(v, "runtime.resuming", "NotSuspended", "spec.suspended is false");
}

std::optional<EventDraft> drained(const View &v) {
    const auto quiet = is_quiet(v.rt, v.cluster, v.now);
    if (!quiet) return std::nullopt;
    auto draft =
        transition(v, "runtime.drained", quiet->result == "idle" ? "QueriesComplete" : "DrainWindowOver", quiet->message);
    draft.payload["result"] = quiet->result;
    return draft;
}

// What keeps a runtime whose queries ended from being asleep; empty: nothing. Absence needs proof (spec 40 B8).
std::string pods_left(const View &v) {
    if (!v.cluster.synced("Pod")) return "pods are not listed yet";
    if (!v.cluster.synced("Deployment")) return "Deployments are not listed yet";
    for (const auto &[ref, known] : v.topology.objects) {
        if (ref.kind != "Deployment") continue;
        const auto seen = std::find_if(v.rt.deployments.begin(), v.rt.deployments.end(),
                                       [&](const auto &entry) { return entry.second.uid == known.uid; });
        if (seen == v.rt.deployments.end()) return fmt::format("{} was not seen yet", ref.text());
    }
    for (const auto &[component, d] : v.rt.deployments)
        if (d.replicas != 0 || d.pods != 0 || d.ready != 0 || d.lags())
            return fmt::format("the {} Deployment has {} pods, {} wanted", component, d.pods, d.replicas);
    if (!v.rt.pods.empty())
        return fmt::format("{} pods are still there, the first is {}", v.rt.pods.size(), v.rt.pods.begin()->second.name);
    return {};
}

// Anything of the runtime exists again, or is about to: the wake-up is under way.
bool wake_is_under_way(const View &v) {
    const auto *coordinator = v.rt.deployment("coordinator");
    return v.topology.plan && v.topology.plan->generation == v.rt.spec_generation && coordinator != nullptr &&
           (coordinator->replicas >= 1 || coordinator->asked_replicas.value_or(0) >= 1);
}

// Spec 40 §9.3 step 1 and §9.5.
std::optional<EventDraft> wake_window(const View &v) {
    const auto &rt = v.rt;
    if (rt.wake && v.now >= rt.wake->until) {
        auto draft = lifecycle_draft("runtime.wake.ended", v.id);
        draft.payload = {{"reason", "expired"}, {"message", "its time is over"}};
        return draft;
    }
    if (rt.wake_settled) return std::nullopt;
    const auto wish = wake_wish(rt);
    if (wish.min_workers == 0) {
        if (!rt.wake) return std::nullopt;
        auto draft = lifecycle_draft("runtime.wake.ended", v.id);
        draft.payload = {{"reason", "replaced"}, {"message", "a newer resume asks for no worker to stay"}};
        return draft;
    }
    auto draft = lifecycle_draft("runtime.wake.started", v.id);
    draft.payload = {{"min_workers", wish.min_workers},
                     {"until", v.now.plus(wish.ttl).rfc3339()},
                     {"message", wish.asked ? "asked for with the resume" : "asked for by the spec"}};
    return draft;
}

std::optional<EventDraft> decide_deletion(const View &v) {
    if (v.rt.phase == Phase::draining) return drained(v);
    if (v.rt.phase == Phase::cleaning) return std::nullopt;
    auto draft = transition(v, "runtime.draining", "Deleted", "deletion was asked for");
    draft.payload["drain_until"] = v.now.plus(v.cluster.drain_window()).rfc3339();
    return draft;
}

std::optional<EventDraft> decide_pending(const View &v) {
    if (!v.rt.spec) return v.rt.invalid.empty() ? std::nullopt : failure(v);
    // Nothing is created before the finalizer promises that it will be cleaned up.
    if (!v.rt.has_finalizer) return std::nullopt;
    if (v.rt.wants_suspended()) return suspending(v);
    return transition(v, "runtime.provisioning", "Reconciling", "objects are being brought about");
}

std::optional<EventDraft> decide_awake(const View &v) {
    const auto &rt = v.rt;
    if (rt.wants_suspended()) return suspending(v);
    if (auto window = wake_window(v)) return window;
    const auto gate = readiness(v.id, rt, v.topology);
    if (rt.phase == Phase::ready)
        return gate.ready ? std::nullopt : std::optional(transition(v, "runtime.unready", "RuntimeNotReady", gate.message));
    if (gate.ready && rt.phase == Phase::provisioning && v.route_error.empty())
        return transition(v, "runtime.ready", "AllComponentsReady", gate.message);
    auto failed = failure(v);
    if (rt.phase == Phase::failed) {
        if (failed || !rt.spec || (rt.failure_adopted && !v.topology.complete())) return std::nullopt;
        if (rt.has_finalizer) return transition(v, "runtime.provisioning", "Reconciling", "what failed is mended");
        return std::nullopt;
    }
    if (failed) return failed;
    if (rt.phase == Phase::resuming && wake_is_under_way(v))
        return transition(v, "runtime.provisioning", "Reconciling", "pods are asked for again");
    return std::nullopt;
}

std::optional<EventDraft> decide_suspending(const View &v) {
    if (!v.rt.wants_suspended()) return resuming(v);
    if (!v.rt.quiet) return drained(v);
    if (!pods_left(v).empty()) return std::nullopt;
    return transition(v, "runtime.suspended", "Suspended", "no pods are left");
}

} // namespace

std::optional<EventDraft> decide_lifecycle(const LifecycleInput &in, const Event &event) {
    const auto &rt = in.rt;
    const View v{in.id, rt, in.topology, in.cluster, event.time, in.route_error};
    if (rt.adopted) return std::nullopt; // nothing is decided before the picture is complete
    if (rt.deleting) return decide_deletion(v);
    if (auto command = decide_command(in.id, rt, event)) return command;
    switch (rt.phase) {
    case Phase::pending:
        return decide_pending(v);
    case Phase::provisioning:
    case Phase::ready:
    case Phase::resuming:
    case Phase::failed:
        return decide_awake(v);
    case Phase::suspending:
        return decide_suspending(v);
    case Phase::suspended:
        return rt.wants_suspended() ? std::nullopt : std::optional(resuming(v));
    case Phase::draining:
    case Phase::cleaning:
        return std::nullopt; // Kubernetes never takes a deletion back
    }
    return std::nullopt;
}

bool lifecycle_overlooks(std::string_view event_name) {
    constexpr std::array<std::string_view, 4> overlooked = {"pod.observed", "pod.gone", "activity.observed", "status.written"};
    return std::find(overlooked.begin(), overlooked.end(), event_name) != overlooked.end();
}

bool lifecycle_needs(std::string_view event_name) {
    return event_name == "deployment.observed" || event_name == "endpoints.observed";
}

bool lifecycle_watches(const RuntimeState &rt) {
    if (rt.adopted || rt.deleting || rt.wake) return true;
    return rt.phase == Phase::suspending || is_deleting(rt.phase);
}

std::optional<Timestamp> lifecycle_deadline(const RuntimeState &rt, const ClusterState &cluster, Timestamp now) {
    if ((rt.phase == Phase::suspending && !rt.quiet) || rt.phase == Phase::draining) return quiet_deadline(rt, cluster, now);
    if (rt.wake && rt.wake->until > now) return rt.wake->until;
    return std::nullopt;
}

std::string waiting_for(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology, const ClusterState &cluster) {
    const View v{id, rt, topology, cluster, {}, {}};
    if (rt.adopted) return cluster.incomplete();
    switch (rt.phase) {
    case Phase::pending:
        return rt.has_finalizer ? "the first decision" : "the finalizer on the XTrinode";
    case Phase::provisioning:
    case Phase::resuming:
        if (!topology.plan && !cluster.configured()) return "the settings of this leader term (config.effective)";
        if (!topology.plan && !cluster.synced("XTrinodeCatalog")) return "the list of XTrinodeCatalogs";
        return readiness(id, rt, topology).message;
    case Phase::suspending:
        return rt.quiet ? pods_left(v) : waits_for_quiet(rt);
    case Phase::failed:
        return rt.message;
    case Phase::draining:
        return waits_for_quiet(rt);
    case Phase::cleaning:
        if (!topology.objects.empty())
            return fmt::format("{} objects to be deleted, the first is {}", topology.objects.size(),
                               topology.objects.begin()->first.text());
        if (!topology.doubtful.empty())
            return fmt::format("a look whether {} objects are there, the first is {}", topology.doubtful.size(),
                               topology.doubtful.begin()->text());
        return rt.has_finalizer ? "the finalizer to be taken off" : "Kubernetes to drop the XTrinode";
    case Phase::ready:
    case Phase::suspended:
        return {};
    }
    return {};
}

} // namespace xtn
