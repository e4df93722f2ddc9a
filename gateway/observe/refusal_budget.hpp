// How many refusals are worth a record each: ten a second, the rest is counted and told as one observation.coalesced (the budget
// of query.refused in docs/events.md). A client that asks for nothing in a loop must not fill the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace xtn::gateway {

class RefusalBudget {
  public:
    static constexpr int per_second = 10;

    // True: record this one.
    bool take(std::chrono::steady_clock::time_point now) {
        const std::lock_guard lock(mutex_);
        if (now - second_ >= std::chrono::seconds(1)) {
            second_ = now;
            taken_ = 0;
        }
        if (taken_ < per_second) {
            ++taken_;
            return true;
        }
        ++coalesced_;
        return false;
    }
    // What was not recorded since the last call.
    std::int64_t take_coalesced() {
        const std::lock_guard lock(mutex_);
        const auto n = coalesced_;
        coalesced_ = 0;
        return n;
    }

  private:
    std::mutex mutex_;
    std::chrono::steady_clock::time_point second_{};
    int taken_ = 0;
    std::int64_t coalesced_ = 0;
};

} // namespace xtn::gateway
