// A mutex whose rules the compiler checks: fields say which mutex guards them (XTN_GUARDED_BY), functions say what they require.
// Clang verifies it with -Wthread-safety; other compilers ignore it. (libstdc++'s std::mutex carries no such attributes, hence
// the wrapper.)
#pragma once

#include "netkit/deadline.hpp"

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define XTN_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define XTN_THREAD_ATTRIBUTE(x)
#endif
#define XTN_GUARDED_BY(m) XTN_THREAD_ATTRIBUTE(guarded_by(m))
#define XTN_REQUIRES(...) XTN_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define XTN_EXCLUDES(...) XTN_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace xtn {

class XTN_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
  public:
    void lock() XTN_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
    void unlock() XTN_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

  private:
    friend class CondVar;
    std::mutex mutex_;
};

// Holds a Mutex for a scope; may be let go early and taken again.
class XTN_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
  public:
    explicit MutexLock(Mutex &mutex) XTN_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
    MutexLock(const MutexLock &) = delete;
    MutexLock &operator=(const MutexLock &) = delete;
    ~MutexLock() XTN_THREAD_ATTRIBUTE(release_capability()) {
        if (held_) mutex_.unlock();
    }
    void unlock() XTN_THREAD_ATTRIBUTE(release_capability()) {
        mutex_.unlock();
        held_ = false;
    }
    void lock() XTN_THREAD_ATTRIBUTE(acquire_capability()) {
        mutex_.lock();
        held_ = true;
    }

  private:
    Mutex &mutex_;
    bool held_ = true;
};

// Waits wake up spuriously: always wait in a loop that looks at the condition.
class CondVar {
  public:
    void wait(Mutex &mutex) XTN_REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        cv_.wait(lock);
        lock.release();
    }
    // False once the deadline has passed.
    bool wait_until(Mutex &mutex, netkit::Deadline deadline) XTN_REQUIRES(mutex) {
        if (!deadline.reachable()) {
            wait(mutex);
            return true;
        }
        std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
        const bool in_time = cv_.wait_until(lock, deadline.at()) == std::cv_status::no_timeout;
        lock.release();
        return in_time;
    }
    void notify_one() { cv_.notify_one(); }
    void notify_all() { cv_.notify_all(); }

  private:
    std::condition_variable cv_;
};

} // namespace xtn
