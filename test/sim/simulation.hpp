// One run: a cluster, a control plane that is killed and started again, a plan, faults; then calm, and the question whether
// everything came to where it belongs. Read run() first.
#pragma once

#include "test/sim/choices.hpp"
#include "test/sim/plan.hpp"
#include "test/sim/predicates.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace xtn::simulation {

// What can be taken away from a run to make it shorter.
struct Script {
    std::uint64_t seed = 0;
    std::vector<Action> plan;
    std::optional<std::set<Fault>> faults; // nothing: those that the seed brings
    bool calm_schedule = false;
};
Script script_of(std::uint64_t seed);

struct Outcome {
    std::optional<Violation> violation;
    std::string chain; // over the whole log: equal runs have equal ones
    std::uint64_t events = 0;
    std::uint64_t requests = 0; // writes by the control plane
    std::uint64_t steps = 0;
    int lives = 0; // of the control plane
    Duration lasted{0};
    std::vector<Fault> faults;            // that fired
    std::set<std::string> reached;        // event types, fault points, actions, probes
    std::vector<std::string> last_events; // of the log, as text; kept when asked for
};

struct RunOptions {
    Broken broken = Broken::nothing;
    std::size_t keep_events = 0;               // how many of the last events are returned as text
    Duration patience = std::chrono::hours(5); // for everything to come to rest
};
Outcome run(const Script &script, const RunOptions &options);

} // namespace xtn::simulation
