// Deadline: a point on the monotonic clock that a call must not outlive. It is passed down, never restarted.
#pragma once

#include "netkit/time_source.hpp"

#include <algorithm>
#include <chrono>

namespace netkit {

class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    // Never reached. The default, so that forgetting one is visible in review and not a silent zero.
    constexpr Deadline() = default;
    explicit constexpr Deadline(Clock::time_point at) : at_(at) {}

    // `d` from now; saturates at "never" instead of overflowing; a negative `d` is already over.
    static Deadline after(Clock::duration d) {
        const auto now = TimeSource::monotonic_now();
        if (d > Clock::time_point::max() - now) return Deadline();
        return Deadline(now + d);
    }
    static constexpr Deadline never() { return Deadline(); }

    bool reachable() const { return at_ != Clock::time_point::max(); }
    bool passed() const { return reachable() && TimeSource::monotonic_now() >= at_; }
    Clock::time_point at() const { return at_; }

    // Time left, zero when over, Clock::duration::max() when never.
    Clock::duration left() const {
        if (!reachable()) return Clock::duration::max();
        return std::max(Clock::duration::zero(), at_ - TimeSource::monotonic_now());
    }
    // The earlier of the two.
    Deadline sooner(Deadline other) const { return Deadline(std::min(at_, other.at_)); }

  private:
    Clock::time_point at_ = Clock::time_point::max();
};

} // namespace netkit
