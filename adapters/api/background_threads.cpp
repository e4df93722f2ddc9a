#include "adapters/api/background_threads.hpp"

namespace xtn {

BackgroundThreads::~BackgroundThreads() {
    stopping_ = true;
    const MutexLock lock(mutex_);
    for (auto &running : threads_)
        running.thread.join();
}

bool BackgroundThreads::run(Work work) {
    const MutexLock lock(mutex_);
    for (auto at = threads_.begin(); at != threads_.end();) {
        if (!at->done) {
            ++at;
            continue;
        }
        at->thread.join();
        at = threads_.erase(at);
    }
    if (threads_.size() >= most_) return false;
    auto &running = threads_.emplace_back();
    running.thread = std::thread([this, &running, work = std::move(work)]() mutable {
        work(stopping_);
        work = nullptr; // lets go of what the request held before it counts as done
        running.done = true;
    });
    return true;
}

} // namespace xtn
