// Named moments in a decision's life at which a test may hold a thread, or end the process.
//
// A pass of a point does nothing but compare a pointer unless a visitor was handed in, and nothing hands one in but a test and
// the switch `--crash-at` (crash_switch.hpp). There is no global state: whoever has points got a PausePoints through its options.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace xtn {

// In the order in which an event comes by them; pause_points() has their names and a sentence each.
enum class PausePoint : std::uint8_t {
    start_replayed,
    start_elected,
    ingest_observed,
    records_received,
    records_half,
    records_durable,
    engine_taken,
    engine_folded,
    log_taken,
    log_sealed,
    log_written,
    log_anchored,
    engine_durable,
    engine_published,
    act_sending,
    act_answered,
    outcome_known,
    outcome_submitted,
};

struct PausePointInfo {
    PausePoint point;
    std::string_view name;    // "engine.folded"
    std::string_view meaning; // what has happened by then and what has not
};
// Every point, in the order of the enumeration.
std::span<const PausePointInfo> pause_points();
std::string_view pause_point_name(PausePoint point);
std::optional<PausePoint> find_pause_point(std::string_view name);

// A value; copies share the visitor. Passing is as safe from several threads as the visitor is.
class PausePoints {
  public:
    using Visitor = std::function<void(PausePoint)>; // called on the thread that passes; may block it
    PausePoints() = default;
    explicit PausePoints(Visitor visitor) : visitor_(std::move(visitor)) {}

    void pass(PausePoint point) const {
        if (visitor_) visitor_(point);
    }

  private:
    Visitor visitor_;
};

} // namespace xtn
