// The policy `routes`: which route a runtime shall have in its phase (spec 40 §19, spec 50 §4.1).
#pragma once

#include "projections/routes/routes.hpp"
#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology_state/topology_state.hpp"

#include <optional>

namespace xtn {

// `rt` is nullptr for a runtime that is gone. Nothing: the table is right, or is left alone in this phase.
std::optional<EventDraft> decide_route(const RuntimeId &id, const RuntimeState *rt, const TopologyState &topology,
                                       const Routes &routes);

} // namespace xtn
