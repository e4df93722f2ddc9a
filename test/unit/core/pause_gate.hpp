// Holds whoever passes a named point until the test lets go.
#pragma once

#include "core/base/mutex.hpp"
#include "core/base/pause_points.hpp"

#include <chrono>
#include <map>

namespace xtn {

// Give points() to what is under test; arm() a point before what shall stop there, wait_reached(), look, release(). Must outlive
// every thread that may pass. A gate that goes lets go first.
class PauseGate {
  public:
    PauseGate() = default;
    explicit PauseGate(PausePoint point) { arm(point); }
    PauseGate(const PauseGate &) = delete;
    PauseGate &operator=(const PauseGate &) = delete;
    ~PauseGate() { release(); }

    PausePoints points() {
        return PausePoints([this](PausePoint here) { pass(here); });
    }
    // From now on threads stop at `point`, at the n-th passage counted from now.
    void arm(PausePoint point, int passage = 1) {
        const MutexLock lock(mutex_);
        armed_ = true;
        reached_ = false;
        point_ = point;
        left_ = passage;
    }
    // False: nobody came within the time.
    bool wait_reached(std::chrono::milliseconds within = std::chrono::seconds(20)) {
        const auto deadline = netkit::Deadline::after(within);
        MutexLock lock(mutex_);
        while (!reached_)
            if (!changed_.wait_until(mutex_, deadline)) return reached_;
        return true;
    }
    void release() {
        {
            const MutexLock lock(mutex_);
            armed_ = false;
        }
        changed_.notify_all();
    }
    // How often the point was passed, held or not.
    int passages(PausePoint point) {
        const MutexLock lock(mutex_);
        return passages_[point];
    }

  private:
    void pass(PausePoint here) {
        MutexLock lock(mutex_);
        ++passages_[here];
        if (!armed_ || here != point_ || --left_ > 0) return;
        reached_ = true;
        changed_.notify_all();
        while (armed_)
            changed_.wait(mutex_);
    }

    Mutex mutex_;
    CondVar changed_;
    bool armed_ XTN_GUARDED_BY(mutex_) = false;
    bool reached_ XTN_GUARDED_BY(mutex_) = false;
    PausePoint point_ XTN_GUARDED_BY(mutex_) = PausePoint::start_replayed;
    int left_ XTN_GUARDED_BY(mutex_) = 0;
    std::map<PausePoint, int> passages_ XTN_GUARDED_BY(mutex_);
};

} // namespace xtn
