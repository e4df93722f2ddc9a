// From state to what acting adapters have to bring about for one runtime.
#pragma once

#include "projections/cluster/cluster_state.hpp"
#include "projections/routes/routes.hpp"
#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology_state/topology_state.hpp"
#include "projections/world.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace xtn {

RuntimeView view_of(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology, const Routes &routes);

// The whole status of the XTrinode (spec 40 §20); nothing: leave it alone.
std::optional<boost::json::object> status_of(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology);

// For people: `xtn-audit state` and `why`.
boost::json::object describe(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology, const Routes &routes,
                             const ClusterState &cluster);

} // namespace xtn
