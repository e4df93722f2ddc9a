// Which gateways reported running queries last, and which of them nothing is heard of any more. A gateway that is killed cannot
// take its last report back; left standing, it would hold up the sleep of its runtimes for ever.
//
// What follows is not that its queries have ended: that is unknown. A gap is recorded, so that silence counts anew from then on,
// and the report is withdrawn with the mark `vanished`. A gateway that was only cut off says everything again when it is back.
#pragma once

#include "core/base/mutex.hpp"
#include "core/event/event.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

class BusyGateways {
  public:
    using Clock = std::chrono::steady_clock;
    // `patience`: how long one may be unheard while it is busy.
    explicit BusyGateways(std::chrono::milliseconds patience) : patience_(patience) {}

    // An event that is in the log, in the order of the log. A report is a sign of life, of `now` also when it is an old one: what
    // was not heard while nobody listened counts against nobody.
    void observe(const Event &event, Clock::time_point now);
    // It sent a batch, or holds a route stream open.
    void heard(std::string_view gateway, Clock::time_point now);
    // It runs in this process, and ends with it.
    void in_process(std::string_view gateway);

    struct Vanished {
        std::string gateway;
        std::set<std::string> runtimes; // subjects of which it reported queries
        std::chrono::seconds unheard{0};
    };
    // Those that vanished by now; told again until forget(), which is for when it is in the log.
    std::vector<Vanished> vanished(Clock::time_point now) const;
    void forget(std::string_view gateway);
    // What is to be recorded: a gap, and each report withdrawn. `next`: the number that its next record would have had.
    static std::vector<EventDraft> drafts(const Vanished &vanished, std::uint64_t next);

  private:
    struct Gateway {
        std::set<std::string> runtimes; // subjects of which it reported queries
        Clock::time_point heard{};
        bool here = false;
    };

    const std::chrono::milliseconds patience_;
    mutable Mutex mutex_;
    std::map<std::string, Gateway, std::less<>> gateways_ XTN_GUARDED_BY(mutex_); // busy ones, and those of this process
};

} // namespace xtn
