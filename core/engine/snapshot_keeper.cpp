#include "core/engine/snapshot_keeper.hpp"

#include "core/event/canonical.hpp"

#include <utility>

namespace xtn {

namespace {

// A snapshot is followed by a pause of this many times what it took, so that it never takes more than a tenth of a core.
constexpr int pause_factor = 9;
// At a stop somebody waits: a projection whose last snapshot is more than so many intervals behind is left as it is.
constexpr std::uint64_t stop_factor = 2;

} // namespace

SnapshotKeeper::SnapshotKeeper(Log *log, Engine::Snapshots options, Seq newest, Seq head)
    : log_(log), options_(std::move(options)), start_(head), head_(head), newest_(newest), thread_([this] { run(); }) {}

void SnapshotKeeper::durable(Seq head) {
    const MutexLock lock(mutex_);
    head_ = head;
    if (head_.value - newest_.value >= options_.every) changed_.notify_all();
}

void SnapshotKeeper::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool SnapshotKeeper::stopping() const {
    const MutexLock lock(mutex_);
    return stopping_;
}

void SnapshotKeeper::run() {
    // One that was never kept in this version, say after an upgrade, would be read from the first event at every start.
    make_beside(start_, options_.every, UINT64_MAX, [this] { return !stopping(); });
    while (true) {
        Seq to;
        {
            MutexLock lock(mutex_);
            while (!stopping_ && head_.value - newest_.value < options_.every)
                changed_.wait(mutex_);
            if (stopping_) return;
            to = head_;
        }
        const auto began = Clock::now();
        make(to);
        const auto pause = Deadline::after((Clock::now() - began) * pause_factor);
        MutexLock lock(mutex_);
        newest_ = to;
        while (!stopping_)
            if (!changed_.wait_until(mutex_, pause)) break;
    }
}

void SnapshotKeeper::make(Seq to) {
    if (!allowed()) return;
    const GoOn go_on = [this] { return !stopping(); };
    make_beside(to, 1, UINT64_MAX, go_on);
    const auto machine = options_.fresh();
    const auto replayed = replay(*log_, *machine, options_.version, to, logger_, go_on);
    if (!replayed) {
        logger_.warn("no snapshot at #{}: {}", to.value, replayed.error().message);
        return;
    }
    if (replayed->whole) keep(*machine, {options_.version}, to);
}

void SnapshotKeeper::make_beside(Seq to, std::uint64_t least, std::uint64_t most, const GoOn &go_on) {
    if (!allowed()) return;
    for (const auto &beside : options_.beside) {
        const auto projection = beside.fresh();
        const auto done = catch_up(*log_, *projection, beside.as, to, logger_, {least, most}, go_on);
        if (!done)
            logger_.warn("no snapshot of {} at #{}: {}", beside.as.of, to.value, done.error().message);
        else if (done->whole)
            keep(*projection, beside.as, to);
    }
}

void SnapshotKeeper::keep_last(const Machine &machine, Seq head) {
    {
        const MutexLock lock(mutex_);
        if (head.value - newest_.value < options_.on_stop) return;
    }
    if (!allowed()) return;
    keep(machine, {options_.version}, head);
    make_beside(head, options_.on_stop, options_.every * stop_factor, {});
}

void SnapshotKeeper::keep(const Projection &projection, KeptAs as, Seq at) {
    const auto whose = as.of.empty() ? as.of : " of " + as.of;
    const auto done = log_->keep_snapshot({at, std::move(as), canonical_json_or_throw(projection.serialize())});
    if (done)
        logger_.info("snapshot{} at #{}", whose, at.value);
    else
        logger_.warn("no snapshot{} at #{}: {}", whose, at.value, done.error().message);
}

} // namespace xtn
