// Observations that come by the thousand while nothing happens: pods that restart, queries that begin and end.
#pragma once

#include "core/event/event.hpp"
#include "projections/runtimes/runtime_state.hpp"

namespace xtn {

// True when conditions and the next deadline of a runtime stay as they are, whatever this event says: they need not be worked out
// anew. `rt`: as it is before the event.
bool changes_no_condition(const RuntimeState &rt, const Event &event);

// True for observations that no route depends on: whatever a route is made from (phase, spec, plan, what was refused) changes by
// other events, which are asked about.
bool changes_no_route(std::string_view event_name);

} // namespace xtn
