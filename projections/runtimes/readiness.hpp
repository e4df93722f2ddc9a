// The readiness gate of spec 40 §12: whether a runtime serves, and if not, what it waits for.
#pragma once

#include "projections/runtimes/runtime_state.hpp"
#include "projections/topology_state/topology_state.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace xtn {

struct Gate {
    bool ready = false;
    std::string reason;  // "CoordinatorRolloutPending"; internal, the condition's reason is RuntimeNotReady
    std::string message; // what is being waited for, in a sentence
};

// A runtime that serves is not thrown out by its own writes: as long as the plan has the rollout hashes it became ready with, an
// observation that lags behind a write leaves the verdict as it is (spec 40 B6). New hashes mean that pods are replaced: then it
// is not ready from the decision on, before the first pod goes.
Gate readiness(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology);

// What a runtime that serves needs in order to go on; nothing: it does not serve, or that cannot be said beforehand. Changes with
// phase, spec, wake window and plan, not with what is observed.
std::optional<ServingNeeds> serving_needs(const RuntimeState &rt, const TopologyState &topology);
// As readiness().ready of the runtime with these needs.
bool still_serves(const RuntimeId &id, const RuntimeState &rt, const ServingNeeds &needs);

// Workers that must be ready (spec 40 §12.2).
std::int64_t required_workers(const RuntimeState &rt, const TopologyState &topology);

// Workers to be asked for while resumed; nothing: an autoscaler says (spec 40 B1: the larger of fixed count and wake floor).
std::optional<std::int64_t> wanted_workers(const RuntimeState &rt, const TopologyState &topology);

} // namespace xtn
