#include "core/engine/snapshot_keeper.hpp"

#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"

namespace xtn {

namespace {

// A snapshot is followed by a pause of this many times what it took, so that it never takes more than a tenth of a core.
constexpr int pause_factor = 9;

// True once the machine has the state of a snapshot.
bool restore_newest(const LogReader &log, Machine &machine, std::string_view version, Seq at_most, const Logger &logger,
                    Seq *at) {
    const auto lookup = log.snapshot(version, at_most);
    if (!lookup) {
        logger.warn("no snapshot is used: {}", lookup.error().message);
        return false;
    }
    for (const auto &why : lookup->passed_over)
        logger.info("{}; it is not used", why);
    if (!lookup->found) return false;
    const auto state = parse_state_json(lookup->found->state);
    const Status done = state ? machine.restore(*state) : Status(state.error());
    if (!done) {
        logger.warn("snapshot at #{}: {}; the log is replayed from its first event", lookup->found->seq.value,
                    done.error().message);
        return false;
    }
    *at = lookup->found->seq;
    return true;
}

} // namespace

Result<Replayed> replay(const LogReader &log, Machine &machine, std::string_view version, Seq to, const Logger &logger,
                        const std::function<bool()> &go_on) {
    Replayed done;
    if (!version.empty() && to.value > 0) restore_newest(log, machine, version, to, logger, &done.from);
    if (done.from >= to) return done;
    auto scanned = log.replay(Stream::control, done.from.next(), [&](const Event &event) {
        if (go_on && !go_on()) {
            done.whole = false;
            return false;
        }
        machine.apply(event);
        ++done.events;
        return event.seq < to;
    });
    if (!scanned) return std::move(scanned).error();
    return done;
}

SnapshotKeeper::SnapshotKeeper(Log *log, Engine::Snapshots options, Seq newest, Seq head)
    : log_(log), options_(std::move(options)), head_(head), newest_(newest), thread_([this] { run(); }) {}

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
    if (options_.allowed && !options_.allowed()) return;
    const auto machine = options_.fresh();
    const auto replayed = replay(*log_, *machine, options_.version, to, logger_, [this] { return !stopping(); });
    if (!replayed) {
        logger_.warn("no snapshot at #{}: {}", to.value, replayed.error().message);
        return;
    }
    if (replayed->whole) keep(*machine, to);
}

void SnapshotKeeper::keep_last(const Machine &machine, Seq head) {
    {
        const MutexLock lock(mutex_);
        if (head.value - newest_.value < options_.on_stop) return;
    }
    if (options_.allowed && !options_.allowed()) return;
    keep(machine, head);
}

void SnapshotKeeper::keep(const Machine &machine, Seq at) {
    const auto done = log_->keep_snapshot({at, options_.version, canonical_json_or_throw(machine.serialize())});
    if (done)
        logger_.info("snapshot at #{}", at.value);
    else
        logger_.warn("no snapshot at #{}: {}", at.value, done.error().message);
}

} // namespace xtn
