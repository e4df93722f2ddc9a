// The bootstrap fold: what an earlier log decided about a runtime, read back from the status and the annotations that the
// contract demands anyway (design 1, "Who is the authority"). It happens at the first sight of an XTrinode that carries a status:
// the log is new, or another implementation of the contract led before.
//
// An adopted runtime is left alone (RuntimeState::adopted: no decision, no view that asks for anything) until the picture is
// complete: every kind listed and the settings known. Then it goes on as any other.
#pragma once

#include "projections/cluster/cluster_state.hpp"
#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology_state/topology_state.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace xtn {

// The status in the payload of runtime.spec.applied or runtime.spec.rejected, if it is there and names a phase; else nullptr.
const boost::json::object *adoptable_status(const boost::json::object &payload);

// Fills phase, conditions, wake window, drain and served hashes from the payload's status and annotations.
void adopt_runtime(RuntimeState &rt, const Event &event);

// What status says about the objects that were applied last; nothing: none ever were.
std::optional<AppliedPlan> adopt_applied(const boost::json::object &status);

// The picture is complete: `rt` is like any other from here on.
void finish_adoption(RuntimeState &rt, const ClusterState &cluster);

} // namespace xtn
