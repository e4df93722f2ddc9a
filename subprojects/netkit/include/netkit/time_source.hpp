// Where "now" comes from. Normally the system's clocks; a simulation puts its own source in place, for its own thread only, and
// everything on that thread that waits or stamps goes by it.
#pragma once

#include <chrono>
#include <functional>

namespace netkit {

class TimeSource {
  public:
    using Monotonic = std::chrono::steady_clock::time_point;
    using Wall = std::chrono::system_clock::time_point;

    virtual ~TimeSource() = default;
    virtual Monotonic monotonic() const = 0;
    virtual Wall wall() const = 0;
    // Calls `wake` on this thread once monotonic() has reached `at`, never from within this call.
    virtual void call_at(Monotonic at, std::function<void()> wake) = 0;

    // The source of this thread; nullptr: the system's clocks.
    static TimeSource *current() { return current_; }
    // Puts `source` in place for this thread. For simulations and tests.
    static void use(TimeSource *source) { current_ = source; }

    static Monotonic monotonic_now() { return current_ ? current_->monotonic() : std::chrono::steady_clock::now(); }
    static Wall wall_now() { return current_ ? current_->wall() : std::chrono::system_clock::now(); }

  private:
    static inline constinit thread_local TimeSource *current_ = nullptr;
};

} // namespace netkit
