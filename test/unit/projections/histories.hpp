// Well-formed histories of some runtimes, from a seed: what users, Kubernetes, gateways, leaders and our own adapters could do,
// with the decisions of the engine's own cycle upon it. The same seed gives the same history under every compiler: draws are
// statements of their own, never arguments of one call, whose order C++ leaves open.
#pragma once

#include "story.hpp"

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace xtn::test {

using Random = std::mt19937_64;

inline std::size_t upto(Random &random, std::size_t n) {
    return static_cast<std::size_t>(random() % n);
}

struct History {
    std::vector<Event> events;
    std::string state;   // canonical bytes of the world that lived through it
    std::string trouble; // what broke it off: policies ran in circles, or a view did not come to rest
};

// What happens, one number to a step: it says what, to which of three runtimes (they share catalogs, a routing group and a taste
// for the same host name), and how. Any selection of steps is a history as well, which is what shrinking needs.
using Steps = std::vector<std::uint64_t>;
Steps random_steps(std::uint64_t seed, std::size_t count);

// Lives through the steps. `after`, where given, is called behind each step and may end the history by returning false.
History play(const Steps &steps, Planner planner = Story::small_planner(), const std::function<bool(Story &)> &after = {});

// Throws std::logic_error when there is trouble.
History random_history(std::uint64_t seed, std::size_t steps, Planner planner = Story::small_planner());

// The shortest selection found (delta debugging) for which `fails` still says true. `steps` itself must fail.
Steps shrink(Steps steps, const std::function<bool(const Steps &)> &fails);

} // namespace xtn::test
