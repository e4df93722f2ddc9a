// What the simulation prints: the sum over many runs, and one run in full.
#pragma once

#include "test/sim/shrink.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::simulation {

class Tally {
  public:
    void add(const Outcome &outcome);
    // As text between processes.
    std::vector<std::string> lines() const;
    void take(const std::string &line);
    std::string summary() const;
    // Marked branches that no run reached.
    std::vector<std::string> never_reached() const;

  private:
    std::map<std::string, std::uint64_t> sums_;
    std::map<std::string, std::uint64_t> reached_; // name -> runs
};

// The run as it failed, cut down: what was done, which faults fired, the end of the log, and how to repeat it.
std::string report(const Shrunk &shrunk, const Script &original, Broken broken = Broken::nothing);

} // namespace xtn::simulation
