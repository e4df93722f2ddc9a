#include "projections/runtimes/conditions.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/runtimes/lifecycle_policy.hpp"
#include "projections/runtimes/readiness.hpp"
#include "projections/runtimes/scheduling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace xtn {

namespace {

// Kubernetes bounds a condition's message at 32 KiB; a status stays readable well below.
constexpr std::size_t max_message = 1024;

class Writer {
  public:
    Writer(RuntimeState &rt, Timestamp now) : rt_(rt), now_(now) {}

    // At every event for some ten conditions, most of which stay as they are: nothing is copied then.
    void set(std::string_view type, std::string_view status, std::string_view reason, std::string_view message) {
        if (message.size() > max_message) {
            message = message.substr(0, max_message);
            while (!message.empty() && (static_cast<unsigned char>(message.back()) & 0x80) != 0)
                message.remove_suffix(1); // never half a character
        }
        // They are set in the order in which they were set first.
        auto at =
            next_ < rt_.conditions.size() && rt_.conditions[next_].type == type
                ? rt_.conditions.begin() + static_cast<std::ptrdiff_t>(next_)
                : std::find_if(rt_.conditions.begin(), rt_.conditions.end(), [&](const Condition &c) { return c.type == type; });
        next_ = static_cast<std::size_t>(at - rt_.conditions.begin()) + 1;
        if (at == rt_.conditions.end()) {
            rt_.conditions.push_back(
                {std::string(type), std::string(status), std::string(reason), std::string(message), now_, rt_.generation});
            return;
        }
        if (at->status != status || at->reason != reason) {
            at->since = now_;
            at->status = status;
            at->reason = reason;
        }
        if (at->message != message) at->message = message;
        at->observed_generation = rt_.generation;
    }

  private:
    RuntimeState &rt_;
    Timestamp now_;
    std::size_t next_ = 0;
};

struct Problem {
    std::string reason;
    std::string message;
};

// What is wrong although the last good state may keep running (design rule 11).
std::optional<Problem> problem(const RuntimeState &rt, const TopologyState &topology, const std::string &route_error) {
    if (!rt.invalid.empty()) {
        const auto keeps =
            rt.spec || topology.applied ? fmt::format("; generation {} stays in force", rt.spec_generation) : std::string();
        return Problem{"ResourceBuildFailed", fmt::format("generation {} is not valid: {}{}", rt.generation, rt.invalid, keeps)};
    }
    if (topology.rejected && topology.rejected->generation == rt.spec_generation) {
        const auto kept = topology.plan ? topology.plan->generation : topology.applied ? topology.applied->generation : 0;
        const auto keeps = kept != 0 ? fmt::format("; the objects of generation {} stay", kept) : "";
        return Problem{"ResourceBuildFailed", topology.rejected->message + keeps};
    }
    for (const auto &[ref, failure] : topology.failures) {
        if (failure.apply)
            return Problem{"ResourceApplyFailed",
                           fmt::format("failed to apply {} (try {}): {}", ref.text(), failure.attempt, failure.message)};
        return Problem{rt.phase == Phase::suspending ? "SuspendFailed" : "ResumeFailed",
                       fmt::format("failed to write {} (try {}): {}", ref.text(), failure.attempt, failure.message)};
    }
    if (!route_error.empty()) return Problem{"GatewayRegistrationFailed", "Failed: " + route_error};
    return std::nullopt;
}

void set_resources(Writer &to, const TopologyState &topology) {
    std::string failed;
    for (const auto &[ref, failure] : topology.failures)
        if (failure.apply) failed += fmt::format("{}{}: {}", failed.empty() ? "Failed: " : "; ", ref.text(), failure.message);
    if (!failed.empty()) return to.set("TrinoResourcesReady", "False", "ResourceApplyFailed", failed);
    if (topology.complete()) to.set("TrinoResourcesReady", "True", "ResourcesApplied", "Trino resources applied successfully");
}

void set_scheduling(Writer &to, const RuntimeState &rt) {
    for (const auto &verdict : scheduling(rt))
        to.set(verdict.type, verdict.blocked ? "False" : "True", verdict.reason, verdict.message);
}

void set_keda(Writer &to, const RuntimeState &rt) {
    if (!rt.spec) return; // not known: what was said stays
    if (native_hpa_active(*rt.spec))
        to.set("KEDAReady", "False", "KEDADisabled", "KEDA is not used: a HorizontalPodAutoscaler scales the workers");
    else if (keda_active(*rt.spec))
        to.set("KEDAReady", "False", "KEDADisabled", "this release does not drive KEDA: the workers are left as they are");
    else
        to.set("KEDAReady", "False", "KEDADisabled", "KEDA is not used: the number of workers is fixed");
}

void set_awake(Writer &to, const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology,
               const ClusterState &cluster) {
    if (rt.phase == Phase::ready) {
        to.set("Ready", "True", "AllComponentsReady", "coordinator and workers are ready");
        to.set("Reconciling", "False", "Reconciling", "nothing is outstanding");
    } else {
        const auto waits = "waiting: " + waiting_for(id, rt, topology, cluster);
        to.set("Ready", "False", "RuntimeNotReady", waits);
        to.set("Reconciling", "True", "Reconciling", waits);
    }
    to.set("Suspended", "False", "NotSuspended", "spec.suspended is false");
    set_resources(to, topology);
    set_keda(to, rt);
    if (topology.applied) set_scheduling(to, rt);
}

void set_gateway(Writer &to, const RuntimeId &id, const RuntimeState &rt, const Routes &routes, const std::string &error,
                 const ClusterState &cluster, const TopologyState &topology) {
    const auto *backend = routes.backend(id);
    if (!error.empty())
        to.set("GatewayReady", "False", "GatewayRegistrationFailed", "Failed: " + error);
    else if (backend != nullptr && backend->state == BackendState::running)
        to.set("GatewayReady", "True", "GatewayRegistered", "Gateway route registered successfully");
    else if (backend != nullptr)
        to.set("GatewayReady", "False", "RuntimeNotReady",
               fmt::format("Gateway route held in RESUMING until Trino runtime is ready: {}",
                           waiting_for(id, rt, topology, cluster)));
}

} // namespace

void update_conditions(const RuntimeId &id, RuntimeState &rt, const TopologyState &topology, const Routes &routes,
                       const ClusterState &cluster, Timestamp now) {
    rt.shortcuts.serves_quietly = false;
    if (rt.adopted) return; // as they were, until the picture is complete
    Writer to(rt, now);
    const auto refused = routes.rejected().find(id);
    const std::string route_error = refused == routes.rejected().end() ? std::string() : refused->second;
    switch (rt.phase) {
    case Phase::pending:
        return;
    case Phase::provisioning:
    case Phase::ready:
    case Phase::resuming:
        set_awake(to, id, rt, topology, cluster);
        set_gateway(to, id, rt, routes, route_error, cluster, topology);
        break;
    case Phase::suspending:
        to.set("Ready", "False", "Suspended", "going to sleep");
        to.set("Reconciling", "True", "Reconciling", "waiting: " + waiting_for(id, rt, topology, cluster));
        to.set("Suspended", "False", "NotSuspended", "going to sleep");
        break;
    case Phase::suspended:
        to.set("Suspended", "True", "Suspended", "no pods run; spec.suspended is true");
        if (rt.command_refusal.empty())
            to.set("Ready", "False", "Suspended", "the runtime is suspended");
        else
            to.set("Ready", "False", "CommandRejected", rt.command_refusal);
        to.set("Reconciling", "False", "Suspended", "the runtime is suspended");
        to.set("KEDAReady", "False", "KEDADisabled", "the runtime is suspended");
        break;
    case Phase::failed:
        to.set("Ready", "False", rt.reason, rt.message);
        to.set("Reconciling", "False", rt.reason, rt.message);
        to.set("Error", "True", rt.reason, rt.message);
        set_resources(to, topology);
        return;
    case Phase::draining:
    case Phase::cleaning:
        to.set("Ready", "False", "RuntimeNotReady", "the runtime is being deleted");
        to.set("Reconciling", "True", "Reconciling", "being deleted, waiting: " + waiting_for(id, rt, topology, cluster));
        return;
    }
    if (const auto wrong = problem(rt, topology, route_error))
        to.set("Error", "True", wrong->reason, wrong->message);
    else
        to.set("Error", "False", "NoError", "");
    const auto *backend = routes.backend(id);
    rt.shortcuts.serves_quietly =
        rt.phase == Phase::ready && !rt.wake && route_error.empty() && topology.failures.empty() &&
        (backend == nullptr || backend->state == BackendState::running) &&
        std::all_of(rt.deployments.begin(), rt.deployments.end(), [](const auto &d) { return d.second.replica_failure.empty(); });
}

} // namespace xtn
