// The conditions of the status (spec 40 §20.2, §20.3): what they shall say, and since when they say it.
#pragma once

#include "projections/cluster/cluster_state.hpp"
#include "projections/routes/routes.hpp"
#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology_state/topology_state.hpp"

namespace xtn {

// Brings rt.conditions up to date with everything else in the state. Conditions that the present phase says nothing about keep
// their last values. `now` is the time of the event just folded.
void update_conditions(const RuntimeId &id, RuntimeState &rt, const TopologyState &topology, const Routes &routes,
                       const ClusterState &cluster, Timestamp now);

} // namespace xtn
