// How a projection comes to the state that the log gives: the newest usable snapshot of it, and the events behind that.
#pragma once

#include "core/base/logging.hpp"
#include "core/engine/engine.hpp"
#include "core/engine/projection.hpp"
#include "core/log/log.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace xtn {

struct Replayed {
    Seq from;                 // the snapshot's position; 0: none was used
    std::uint64_t events = 0; // folded behind it
    bool whole = true;        // false: `go_on` said no
};
// Asked at each event; false: give up. Empty: always go on.
using GoOn = std::function<bool()>;

// Brings a fresh machine to the state of `log` up to `to`: from the newest usable snapshot when `version` is not empty, else from
// the first event. Each event is checked against the one before it. Errors: as LogReader::replay.
Result<Replayed> replay(const LogReader &log, Machine &machine, std::string_view version, Seq to, const Logger &logger,
                        const GoOn &go_on = {});

// How far a snapshot has to be behind, in events, to be worth folding the rest.
struct Behind {
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
};
// As replay(), for a fresh projection beside the machine, on a log that the engine's start has checked. When its snapshot is not
// within `behind` of `to`, nothing is folded and the answer is not whole. Errors: as LogReader::scan.
Result<Replayed> catch_up(const LogReader &log, Projection &projection, const KeptAs &as, Seq to, const Logger &logger,
                          Behind behind = {}, const GoOn &go_on = {});

} // namespace xtn
