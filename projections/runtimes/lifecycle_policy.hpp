// The policy `lifecycle`: from what is wanted and seen of one runtime to the next change of its phase (spec 40 §21;
// docs/lifecycle.md).
#pragma once

#include "projections/cluster/cluster_state.hpp"
#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology_state/topology_state.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace xtn {

// What the policy looks at. `route_error`: why the runtime has no route at all; empty: it has one, or none was refused.
struct LifecycleInput {
    const RuntimeId &id;
    const RuntimeState &rt;
    const TopologyState &topology;
    const ClusterState &cluster;
    const std::string &route_error;
};

// At most one decision; the engine asks again once it is folded. Pure: `event.time` is the only now.
std::optional<EventDraft> decide_lifecycle(const LifecycleInput &in, const Event &event);

// Observations that come by the thousand and that decide_lifecycle() looks at only where lifecycle_watches() says so.
bool lifecycle_overlooks(std::string_view event_name);
// Observations of what a runtime that serves needs (ServingNeeds), and of nothing else that decide_lifecycle() looks at then.
bool lifecycle_needs(std::string_view event_name);
// Whether time, pods or queries alone may make it decide, or whether it keeps still for a reason that lies outside the runtime.
bool lifecycle_watches(const RuntimeState &rt);

// The next moment after `now` at which time alone may make this policy decide.
std::optional<Timestamp> lifecycle_deadline(const RuntimeState &rt, const ClusterState &cluster, Timestamp now);

// What a runtime waits for, in a sentence; empty when it waits for nothing.
std::string waiting_for(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology, const ClusterState &cluster);

} // namespace xtn
