#include "adapters/sandbox/trino/scheduler.hpp"

#include <utility>

namespace xtn::sandbox::trino {

Scheduler::Scheduler() : thread_([this] { run(); }) {}

Scheduler::~Scheduler() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Scheduler::at(Clock::time_point when, std::function<void()> function) {
    {
        const MutexLock lock(mutex_);
        due_.emplace(when, std::move(function));
    }
    changed_.notify_one();
}

void Scheduler::run() {
    MutexLock lock(mutex_);
    while (!stopping_) {
        if (due_.empty()) {
            changed_.wait(mutex_);
            continue;
        }
        const auto next = due_.begin();
        if (Clock::now() < next->first) {
            changed_.wait_until(mutex_, netkit::Deadline(next->first));
            continue;
        }
        auto function = std::move(next->second);
        due_.erase(next);
        lock.unlock();
        function();
        function = nullptr; // what it keeps alive ends outside the lock
        lock.lock();
    }
}

} // namespace xtn::sandbox::trino
