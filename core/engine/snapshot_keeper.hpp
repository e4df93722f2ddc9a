// Keeps snapshots of the folded state, off the engine's way. Now and then a thread of its own does what the next start would do:
// the newest snapshot and the rest of the log, folded by a second machine; what comes of it is the new snapshot. So the engine
// never stops to serialize, and what is kept went through restore() itself. Memory for the second machine is held meanwhile. The
// same is done for the projections beside the machine (Engine::Snapshots::beside).
#pragma once

#include "core/base/logging.hpp"
#include "core/base/mutex.hpp"
#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"

#include <chrono>
#include <cstdint>
#include <thread>

namespace xtn {

class SnapshotKeeper {
  public:
    // `newest`: where the snapshot stands that the engine started from; 0: none. `head`: where the log ends.
    SnapshotKeeper(Log *log, Engine::Snapshots options, Seq newest, Seq head);
    SnapshotKeeper(const SnapshotKeeper &) = delete;
    SnapshotKeeper &operator=(const SnapshotKeeper &) = delete;
    ~SnapshotKeeper() { stop(); }

    // The log has grown to here. Cheap; from the engine thread.
    void durable(Seq head);
    // Gives up what is being made and ends the thread. Idempotent.
    void stop();
    // After stop(): keeps the engine's own machine, which nobody uses any more, when enough came since the last. What is beside
    // it is kept as well, unless its last snapshot is so far behind that the stop would take long.
    void keep_last(const Machine &machine, Seq head);

  private:
    using Clock = std::chrono::steady_clock;

    void run();
    bool stopping() const;
    bool allowed() const { return !options_.allowed || options_.allowed(); }
    void make(Seq to);
    // Those beside the machine whose newest snapshot is from `least` to `most` events behind.
    void make_beside(Seq to, std::uint64_t least, std::uint64_t most, const GoOn &go_on);
    void keep(const Projection &projection, KeptAs as, Seq at);

    Log *const log_;
    const Engine::Snapshots options_;
    const Seq start_; // where the log ended then
    const Logger logger_{"snapshots"};

    mutable Mutex mutex_;
    CondVar changed_;
    Seq head_ XTN_GUARDED_BY(mutex_);
    Seq newest_ XTN_GUARDED_BY(mutex_); // of the last one kept, or tried
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    std::thread thread_; // started last
};

} // namespace xtn
