// Why pods of a runtime find no place (spec 40 §13), from what the scheduler said about them.
#pragma once

#include "projections/runtimes/runtime_state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace xtn {

struct SchedulingVerdict {
    std::string_view type; // SchedulingReady, PlacementReady, TaintsReady, QuotaReady, CapacityReady
    bool blocked = false;
    std::string_view reason;
    std::string message;
};

// Whether a pod in this phase, for this reason, waits for the scheduler.
inline bool finds_no_place(std::string_view phase, std::string_view reason) {
    return phase == "Pending" && reason == "Unschedulable";
}

// The five verdicts, in the contract's order.
std::vector<SchedulingVerdict> scheduling(const RuntimeState &rt);

} // namespace xtn
