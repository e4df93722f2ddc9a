// Re-deciding: today's policies asked again over a recorded log, and their answers compared with what was decided then. Nothing
// in the log changes; history is what was recorded.
#pragma once

#include "core/event/event.hpp"
#include "projections/world.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

enum class Verdict : std::uint8_t {
    explained,   // policy or renderer has another version today
    unexplained, // same versions, other answer: a bug, or a log that somebody changed
};

// Where today's answer to one event is another one.
struct Difference {
    Seq event;                         // what was decided upon
    std::vector<std::string> recorded; // decisions in the log: "runtime.ready/1 runtime/team-a/small {...}"
    std::vector<std::string> today;
    Verdict verdict = Verdict::unexplained;
};

struct Redecision {
    std::uint64_t events = 0;    // events of the log
    std::uint64_t decisions = 0; // recorded decisions among them
    std::uint64_t same = 0;      // events upon which today's answer is the recorded one
    std::vector<Difference> differences;
};

// Reads the control stream in order. `next` gives the next event or nothing at the end. The world must be fresh; afterwards it
// has the state that the whole log folds to. The log must begin with its first event.
Redecision redecide(World &world, const std::function<std::optional<Event>()> &next);

} // namespace xtn
