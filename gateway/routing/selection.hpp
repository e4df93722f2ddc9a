// Which coordinator of a route gets a new query (spec 50 §11), and which paused runtime would be woken for it (§13.1).
// Deterministic: no randomness, no round robin.
#pragma once

#include "gateway/routing/routing_table.hpp"

#include <span>

namespace xtn::gateway {

// The best backend that is not in `tried`; nullptr when none takes new queries. Guards (health, breaker) rank rather than
// exclude: when nothing passes them, the spec's fail-open pass picks among what is left, working breakers first (§26.12).
const BackendEntry *select_backend(const RouteChoice &choice, std::span<const BackendEntry *const> tried, TimePoint now);

// PAUSED before RESUMING, then RUNNING but asleep; smaller capacity, name, namespace. nullptr: nothing to wake.
const BackendEntry *resume_candidate(const RouteChoice &choice, TimePoint now);

} // namespace xtn::gateway
