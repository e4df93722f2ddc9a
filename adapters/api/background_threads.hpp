// A bounded number of threads for requests that take long (a follower, a verification), so that I/O threads stay free.
#pragma once

#include "core/base/mutex.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <thread>

namespace xtn {

class BackgroundThreads {
  public:
    using Work = std::function<void(const std::atomic<bool> &stopping)>; // returns soon after `stopping` becomes true

    explicit BackgroundThreads(std::size_t most) : most_(most) {}
    BackgroundThreads(const BackgroundThreads &) = delete;
    BackgroundThreads &operator=(const BackgroundThreads &) = delete;
    ~BackgroundThreads(); // tells all to stop and waits for them

    // False: as many run already.
    bool run(Work work);

  private:
    struct Running {
        std::thread thread;
        std::atomic<bool> done = false;
    };
    std::atomic<bool> stopping_ = false;
    const std::size_t most_;
    Mutex mutex_;
    std::list<Running> threads_ XTN_GUARDED_BY(mutex_);
};

} // namespace xtn
