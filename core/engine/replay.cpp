#include "core/engine/replay.hpp"

#include "core/event/event_json.hpp"

#include <utility>

namespace xtn {

namespace {

// The position of the snapshot that the projection has taken up; 0: none, and it is as it was.
Seq restore_newest(const LogReader &log, Projection &projection, const KeptAs &as, Seq at_most, const Logger &logger) {
    const auto lookup = log.snapshot(as, at_most);
    if (!lookup) {
        logger.warn("no snapshot is used: {}", lookup.error().message);
        return {};
    }
    for (const auto &why : lookup->passed_over)
        logger.info("{}; it is not used", why);
    if (!lookup->found) return {};
    const auto state = parse_state_json(lookup->found->state);
    const Status done = state ? projection.restore(*state) : Status(state.error());
    if (!done) {
        logger.warn("snapshot{} at #{}: {}; the log is replayed from its first event", as.of.empty() ? "" : " of " + as.of,
                    lookup->found->seq.value, done.error().message);
        return {};
    }
    return lookup->found->seq;
}

// Folds what stands behind `done.from`, up to `to`.
Result<Replayed> fold_behind(Replayed done, const LogReader &log, decltype(&LogReader::replay) read, Projection &projection,
                             Seq to, const GoOn &go_on) {
    auto folded = (log.*read)(Stream::control, done.from.next(), [&](const Event &event) {
        if (go_on && !go_on()) {
            done.whole = false;
            return false;
        }
        projection.apply(event);
        ++done.events;
        return event.seq < to;
    });
    if (!folded) return std::move(folded).error();
    return done;
}

} // namespace

Result<Replayed> replay(const LogReader &log, Machine &machine, std::string_view version, Seq to, const Logger &logger,
                        const GoOn &go_on) {
    Replayed done;
    if (!version.empty() && to.value > 0) done.from = restore_newest(log, machine, {std::string(version)}, to, logger);
    if (done.from >= to) return done;
    return fold_behind(done, log, &LogReader::replay, machine, to, go_on);
}

Result<Replayed> catch_up(const LogReader &log, Projection &projection, const KeptAs &as, Seq to, const Logger &logger,
                          Behind behind, const GoOn &go_on) {
    Replayed done;
    done.from = restore_newest(log, projection, as, to, logger);
    const auto missing = to.value - done.from.value;
    if (missing < behind.least || missing > behind.most) {
        done.whole = false;
        return done;
    }
    if (missing == 0) return done;
    return fold_behind(done, log, &LogReader::scan_lent, projection, to, go_on);
}

} // namespace xtn
