#include "projections/runtimes/readiness.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xtn {

namespace {

constexpr std::int64_t hpa_default_min = 2; // spec 40 §1

std::int64_t hpa_min_replicas(const boost::json::object &spec) {
    const auto *overlay = read::object(spec, "valuesOverlay");
    const auto *server = overlay == nullptr ? nullptr : read::object(*overlay, "server");
    const auto *autoscaling = server == nullptr ? nullptr : read::object(*server, "autoscaling");
    return autoscaling == nullptr ? hpa_default_min : read::integer(*autoscaling, "minReplicas", hpa_default_min);
}

// Most workers the mode can deliver; nothing: no bound is known. A wake floor above it would wait for ever (spec 40 B5).
std::optional<std::int64_t> deliverable_workers(const TopologyState &topology) {
    if (!topology.plan) return std::nullopt;
    const auto *workers = read::object(topology.plan->shape, "workers");
    if (workers == nullptr) return std::nullopt;
    const auto max = read::integer(*workers, "max", -1);
    return max < 0 ? std::nullopt : std::optional(max);
}

Gate not_ready(std::string reason, std::string message) {
    return {false, std::move(reason), std::move(message)};
}

// Rules 1 to 3 (coordinator) and 5 to 6 (worker) of §12.1; `steady`: see readiness().
std::optional<Gate> check_deployment(const char *role, const char *prefix, const DeploymentSeen *d, std::int64_t required,
                                     bool steady) {
    if (d == nullptr)
        return not_ready(fmt::format("{}DeploymentMissing", prefix), fmt::format("the {} Deployment is not there yet", role));
    if (!steady && d->lags())
        return not_ready(fmt::format("{}RolloutPending", prefix),
                         fmt::format("the {} Deployment's newest spec is not taken up yet", role));
    if (d->progressing == "False")
        return not_ready(fmt::format("{}RolloutFailed", prefix), fmt::format("the {} Deployment makes no progress", role));
    if (!steady && d->updated < required)
        return not_ready(fmt::format("{}RolloutPending", prefix),
                         fmt::format("{} of {} {} pods are up to date", d->updated, required, role));
    if (d->ready < required || d->available < required)
        return not_ready(fmt::format("{}DeploymentNotReady", prefix),
                         fmt::format("{} of {} {} pods are ready", std::min(d->ready, d->available), required, role));
    return std::nullopt;
}

// No plan of this log, but an earlier one applied objects (its status says so) and they are kept: of a runtime that serves, that
// has no valid spec to plan from, or whose plan is refused.
bool judged_by_pods_alone(const RuntimeState &rt, const TopologyState &topology) {
    if (topology.plan || !topology.applied) return false;
    return rt.phase == Phase::ready || !rt.spec || (topology.rejected && topology.rejected->generation == rt.spec_generation);
}

std::string plan_missing(const RuntimeState &rt, const TopologyState &topology) {
    if (topology.rejected && topology.rejected->generation == rt.spec_generation)
        return fmt::format("generation {} cannot be planned: {}", rt.spec_generation, topology.rejected->message);
    return fmt::format("generation {} is not planned yet", rt.spec_generation);
}

} // namespace

std::optional<std::int64_t> wanted_workers(const RuntimeState &rt, const TopologyState &topology) {
    if (!topology.plan || !topology.plan->worker_replicas) return std::nullopt;
    const auto fixed = *topology.plan->worker_replicas;
    return rt.wake ? std::max(fixed, rt.wake->min_workers) : fixed;
}

std::int64_t required_workers(const RuntimeState &rt, const TopologyState &topology) {
    if (!rt.spec) return 0;
    const auto wanted = wanted_workers(rt, topology);
    if (rt.wake) {
        const auto bound = wanted ? wanted : deliverable_workers(topology);
        return bound ? std::min(rt.wake->min_workers, *bound) : rt.wake->min_workers;
    }
    if (const auto min = spec_min_workers(*rt.spec); min > 0) return min;
    if (keda_active(*rt.spec)) return 0;
    if (native_hpa_active(*rt.spec)) return hpa_min_replicas(*rt.spec);
    if (wanted) return *wanted;
    const auto *worker = rt.deployment("worker");
    return worker == nullptr ? 0 : std::max<std::int64_t>(0, worker->replicas);
}

Gate readiness(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology) {
    const bool serves = rt.phase == Phase::ready;
    const bool read_back = judged_by_pods_alone(rt, topology);
    if (!read_back && (!topology.plan || (!serves && topology.plan->generation != rt.spec_generation)))
        return not_ready("PlanMissing", plan_missing(rt, topology));
    // Hashes that an earlier log left unsaid are not held against what serves.
    const auto steady = [&](const std::string &served, const std::string &planned) {
        return serves && (served.empty() || served == planned);
    };
    const bool steady_coordinator = read_back || steady(rt.served_coordinator_hash, topology.plan->coordinator_hash);
    const bool steady_worker = read_back || steady(rt.served_worker_hash, topology.plan->worker_hash);
    if (!steady_coordinator || !steady_worker)
        if (const auto missing = topology.missing(); missing > 0)
            return not_ready("ObjectsPending",
                             fmt::format("{} of {} objects are applied", topology.plan->objects.size() - missing,
                                         topology.plan->objects.size()));

    if (auto gate = check_deployment("coordinator", "Coordinator", rt.deployment("coordinator"), 1, steady_coordinator))
        return *gate;
    const auto service = rt.endpoints.find("trino-" + id.name);
    if (service == rt.endpoints.end() || service->second < 1)
        return not_ready("CoordinatorEndpointsNotReady", fmt::format("the Service trino-{} has no ready endpoint yet", id.name));
    if (const auto required = required_workers(rt, topology); required > 0)
        if (auto gate = check_deployment("worker", "Worker", rt.deployment("worker"), required, steady_worker)) return *gate;
    return {true, "RuntimeReady", "coordinator and workers are ready"};
}

} // namespace xtn
