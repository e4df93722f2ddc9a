// When queries of a runtime have ended: the question before pods are taken away (spec 40 §8.2 step 4, §16 step 5;
// docs/lifecycle.md, "Draining").
#pragma once

#include "projections/cluster/cluster_state.hpp"
#include "projections/runtimes/runtime_state.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace xtn {

// Gateways report the edge from idle to busy within half a second, and a changed route reaches them sooner. What was routed just
// before the route closed is known after this time; only then silence means that nothing runs.
inline constexpr std::chrono::nanoseconds settle_time = std::chrono::seconds(2);
// Gateways that found no leader wait up to five seconds before they send again what they have kept.
inline constexpr std::chrono::nanoseconds settle_after_election = std::chrono::seconds(10);

struct Quiet {
    std::string result; // idle or timeout, as runtime.drained says it
    std::string message;
};

// Nothing: queries run, or it is too early to say. `rt` must be suspending or draining; the time-out is for draining only.
std::optional<Quiet> is_quiet(const RuntimeState &rt, const ClusterState &cluster, Timestamp now);
// What is being waited for, in words.
std::string waits_for_quiet(const RuntimeState &rt);
// The next moment after `now` at which the answer may change by itself.
std::optional<Timestamp> quiet_deadline(const RuntimeState &rt, const ClusterState &cluster, Timestamp now);

} // namespace xtn
