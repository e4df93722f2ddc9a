// Why pods of a runtime find no place (spec 40 §13), from what the scheduler said about them.
#pragma once

#include "projections/runtimes/runtime_state.hpp"

#include <string>
#include <vector>

namespace xtn {

struct SchedulingVerdict {
    std::string type; // SchedulingReady, PlacementReady, TaintsReady, QuotaReady, CapacityReady
    bool blocked = false;
    std::string reason;
    std::string message;
};

// The five verdicts, in the contract's order.
std::vector<SchedulingVerdict> scheduling(const RuntimeState &rt);

} // namespace xtn
