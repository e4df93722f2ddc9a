// Virtual time: a queue of things to do, in order of time, and the clocks that go with it. Nothing here waits for real.
//
// Runs what Asio has ready after every step, so that coroutines go on as far as they can before anything else happens. Things
// due at the same moment happen in the order in which they were asked for: the same calls give the same run.
#pragma once

#include "core/base/ids.hpp"
#include "netkit/time_source.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace xtn::simulation {

using Duration = std::chrono::nanoseconds;

class EventLoop final : public netkit::TimeSource {
  public:
    EventLoop();
    ~EventLoop() override;
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    // Since the beginning.
    Duration now() const { return now_; }
    void after(Duration delay, std::function<void()> what);
    // The wall clock is set: by so much forwards or (negative) backwards.
    void shift_wall_clock(Duration by) { wall_shift_ += by; }

    // Does the next thing, if it is due before `until`. False: nothing is.
    bool step(Duration until);
    std::uint64_t steps() const { return steps_; }

    // The context whose ready handlers are run after each step; nullptr: none.
    void drive(boost::asio::io_context *io) { io_ = io; }
    // Runs what is ready.
    void settle();

    Monotonic monotonic() const override;
    Wall wall() const override;
    void call_at(Monotonic at, std::function<void()> wake) override;

  private:
    Duration now_{0};
    Duration wall_shift_{0};
    std::uint64_t order_ = 0;
    std::uint64_t steps_ = 0;
    std::map<std::pair<Duration, std::uint64_t>, std::function<void()>> queue_;
    boost::asio::io_context *io_ = nullptr;
};

} // namespace xtn::simulation
