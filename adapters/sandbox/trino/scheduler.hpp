// Calls functions at a time, on one thread: the waits of long polls, for all stand-ins of a process.
#pragma once

#include "core/base/mutex.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <thread>

namespace xtn::sandbox::trino {

class Scheduler {
  public:
    using Clock = std::chrono::steady_clock;

    Scheduler();
    ~Scheduler(); // calls nothing more; waits for a call that runs
    Scheduler(const Scheduler &) = delete;
    Scheduler &operator=(const Scheduler &) = delete;

    // Thread-safe. The function must be short and must keep alive what it touches.
    void at(Clock::time_point when, std::function<void()> function) XTN_EXCLUDES(mutex_);

  private:
    void run() XTN_EXCLUDES(mutex_);

    Mutex mutex_;
    CondVar changed_;
    std::multimap<Clock::time_point, std::function<void()>> due_ XTN_GUARDED_BY(mutex_);
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

} // namespace xtn::sandbox::trino
