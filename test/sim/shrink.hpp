// Cuts a failing run down to what it needs to fail: actions of the plan and faults, by delta debugging (Zeller and Hildebrandt,
// "Simplifying and isolating failure-inducing input", 2002). The same predicate must fail; how, is free.
#pragma once

#include "test/sim/simulation.hpp"

namespace xtn::simulation {

struct Shrunk {
    Script script;
    Outcome outcome;
    int runs = 0; // that it took
};
// `failed` is the outcome of `script`. At most `most_runs` runs.
Shrunk shrink(const Script &script, const Outcome &failed, const RunOptions &options, int most_runs);

} // namespace xtn::simulation
