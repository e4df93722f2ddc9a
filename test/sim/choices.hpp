// Everything that chance decides in a run. Each decision has a point (a name) and a number (how often that point was asked
// before), and its outcome follows from the seed, the point and the number alone: taking one fault away leaves the others as
// they were, which is what makes shrinking work.
#pragma once

#include "test/sim/event_loop.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::simulation {

// A fault that fired: the `number`th time that this point was asked.
struct Fault {
    std::string point;
    std::uint64_t number = 0;
    friend auto operator<=>(const Fault &, const Fault &) = default;
    std::string text() const { return point + "#" + std::to_string(number); }
};

class Choices {
  public:
    explicit Choices(std::uint64_t seed);

    // Whether a fault fires here. `per_mille`: how likely it is in a run of ordinary weather; some runs are calm, some stormy,
    // and each point has a weather of its own.
    bool fault(std::string_view point, int per_mille);
    // How long something takes: mostly near `low`, rarely up to `high`. A calm schedule always says `low`.
    Duration latency(std::string_view point, Duration low, Duration high);
    // A number below `bound`.
    std::uint64_t pick(std::string_view point, std::uint64_t bound);
    double unit(std::string_view point); // [0, 1)

    // From here on no fault fires and everything is quick.
    void calm_down() { quiet_ = true; }
    bool quiet() const { return quiet_; }

    const std::vector<Fault> &fired() const { return fired_; }
    // Only these faults fire, whatever the seed says.
    void only(std::set<Fault> faults) { allowed_ = std::move(faults); }
    // Everything takes as short as it can, in this run.
    void calm_schedule() { calm_schedule_ = true; }

  private:
    std::uint64_t draw(std::string_view point, std::uint64_t number) const;
    std::uint64_t next(std::string_view point);

    std::uint64_t seed_;
    std::map<std::string, std::uint64_t, std::less<>> asked_;
    std::vector<Fault> fired_;
    std::optional<std::set<Fault>> allowed_;
    bool quiet_ = false;
    bool calm_schedule_ = false;
};

} // namespace xtn::simulation
