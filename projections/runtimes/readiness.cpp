#include "projections/runtimes/readiness.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

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

namespace {

// Nothing: as many as the Deployment has.
std::optional<std::int64_t> workers_asked_for(const RuntimeState &rt, const TopologyState &topology) {
    if (!rt.spec) return 0;
    const auto wanted = wanted_workers(rt, topology);
    if (rt.wake) {
        const auto bound = wanted ? wanted : deliverable_workers(topology);
        return bound ? std::min(rt.wake->min_workers, *bound) : rt.wake->min_workers;
    }
    if (const auto min = spec_min_workers(*rt.spec); min > 0) return min;
    if (keda_active(*rt.spec)) return 0;
    if (native_hpa_active(*rt.spec)) return hpa_min_replicas(*rt.spec);
    return wanted;
}

// The coordinator's Service has an endpoint that takes connections.
bool is_reachable(const RuntimeId &id, const RuntimeState &rt) {
    constexpr std::string_view prefix = "trino-";
    return std::any_of(rt.endpoints.begin(), rt.endpoints.end(), [&](const auto &service) {
        const std::string_view name = service.first;
        return service.second >= 1 && name.size() == prefix.size() + id.name.size() && name.starts_with(prefix) &&
               name.ends_with(id.name);
    });
}

// Deployments that stay as they were served need not have taken up the newest spec.
struct Steady {
    bool coordinator, worker;
};
Steady steadiness(const RuntimeState &rt, const TopologyState &topology) {
    if (judged_by_pods_alone(rt, topology)) return {true, true};
    // Hashes that an earlier log left unsaid are not held against what serves.
    const auto steady = [&](const std::string &served, const std::string &planned) {
        return rt.phase == Phase::ready && (served.empty() || served == planned);
    };
    return {steady(rt.served_coordinator_hash, topology.plan->coordinator_hash),
            steady(rt.served_worker_hash, topology.plan->worker_hash)};
}

} // namespace

std::int64_t required_workers(const RuntimeState &rt, const TopologyState &topology) {
    if (const auto asked = workers_asked_for(rt, topology)) return *asked;
    const auto *worker = rt.deployment("worker");
    return worker == nullptr ? 0 : std::max<std::int64_t>(0, worker->replicas);
}

std::optional<ServingNeeds> serving_needs(const RuntimeState &rt, const TopologyState &topology) {
    if (rt.phase != Phase::ready || (!topology.plan && !judged_by_pods_alone(rt, topology))) return std::nullopt;
    const auto [coordinator, worker] = steadiness(rt, topology);
    const auto workers = workers_asked_for(rt, topology);
    if (!workers || ((!coordinator || !worker) && topology.missing() > 0)) return std::nullopt;
    return ServingNeeds{coordinator, worker, *workers};
}

bool still_serves(const RuntimeId &id, const RuntimeState &rt, const ServingNeeds &needs) {
    if (check_deployment("coordinator", "Coordinator", rt.deployment("coordinator"), 1, needs.steady_coordinator)) return false;
    if (!is_reachable(id, rt)) return false;
    return needs.workers <= 0 ||
           !check_deployment("worker", "Worker", rt.deployment("worker"), needs.workers, needs.steady_worker);
}

Gate readiness(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology) {
    const bool serves = rt.phase == Phase::ready;
    const bool read_back = judged_by_pods_alone(rt, topology);
    if (!read_back && (!topology.plan || (!serves && topology.plan->generation != rt.spec_generation)))
        return not_ready("PlanMissing", plan_missing(rt, topology));
    const auto [steady_coordinator, steady_worker] = steadiness(rt, topology);
    if (!steady_coordinator || !steady_worker)
        if (const auto missing = topology.missing(); missing > 0)
            return not_ready("ObjectsPending",
                             fmt::format("{} of {} objects are applied", topology.plan->objects.size() - missing,
                                         topology.plan->objects.size()));

    if (auto gate = check_deployment("coordinator", "Coordinator", rt.deployment("coordinator"), 1, steady_coordinator))
        return *gate;
    if (!is_reachable(id, rt))
        return not_ready("CoordinatorEndpointsNotReady", fmt::format("the Service trino-{} has no ready endpoint yet", id.name));
    if (const auto required = required_workers(rt, topology); required > 0)
        if (auto gate = check_deployment("worker", "Worker", rt.deployment("worker"), required, steady_worker)) return *gate;
    return {true, "RuntimeReady", "coordinator and workers are ready"};
}

} // namespace xtn
