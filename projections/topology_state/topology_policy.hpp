// The policy `topology`: renders a runtime's objects and records the answer (design rule: rendering is a decision).
#pragma once

#include "core/engine/engine.hpp"
#include "projections/catalogs/catalogs.hpp"
#include "projections/cluster/cluster_state.hpp"
#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology/planner.hpp"
#include "projections/topology_state/topology_state.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

// plan_topology() and the renderer_version() that goes with it; tests bring their own.
struct Planner {
    std::function<Result<TopologyPlan>(const TopologyInput &)> plan;
    std::string version; // "trino/1"
};

struct TopologyDecision {
    EventDraft draft;
    std::vector<Blob> blobs; // the manifests that the draft names
};

// Plans when the spec has a new generation, when catalogs or content that the spec refers to changed, or when a wake window
// asks for more workers than are fixed; never because the renderer or the operator changed. Nothing: the plan in force is right,
// or it is too early to plan.
std::optional<TopologyDecision> decide_topology(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology,
                                                const Catalogs &catalogs, const ClusterState &cluster, const Planner &planner);

} // namespace xtn
