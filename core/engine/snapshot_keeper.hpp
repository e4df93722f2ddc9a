// Keeps snapshots of the folded state, off the engine's way. Now and then a thread of its own does what the next start would do:
// the newest snapshot and the rest of the log, folded by a second machine; what comes of it is the new snapshot. So the engine
// never stops to serialize, and what is kept went through restore() itself. Memory for the second machine is held meanwhile.
#pragma once

#include "core/base/logging.hpp"
#include "core/base/mutex.hpp"
#include "core/engine/engine.hpp"

#include <chrono>
#include <cstdint>
#include <thread>

namespace xtn {

// Brings a fresh machine to the state of `log` up to `to`: from the newest usable snapshot when `version` is not empty, else from
// the first event. `go_on` is asked at each event; when it says no, the answer is false. Returns the number of events folded,
// too.
struct Replayed {
    Seq from;                 // the snapshot's position; 0: none was used
    std::uint64_t events = 0; // folded behind it
    bool whole = true;        // false: `go_on` said no
};
// Errors: as LogReader::scan.
Result<Replayed> replay(const LogReader &log, Machine &machine, std::string_view version, Seq to, const Logger &logger,
                        const std::function<bool()> &go_on = {});

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
    // After stop(): keeps the engine's own machine, which nobody uses any more, when enough came since the last.
    void keep_last(const Machine &machine, Seq head);

  private:
    using Clock = std::chrono::steady_clock;

    void run();
    bool stopping() const;
    void make(Seq to);
    void keep(const Machine &machine, Seq at);

    Log *const log_;
    const Engine::Snapshots options_;
    const Logger logger_{"snapshots"};

    mutable Mutex mutex_;
    CondVar changed_;
    Seq head_ XTN_GUARDED_BY(mutex_);
    Seq newest_ XTN_GUARDED_BY(mutex_); // of the last one kept, or tried
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    std::thread thread_; // started last
};

} // namespace xtn
