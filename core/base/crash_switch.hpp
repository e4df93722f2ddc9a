// Ends the process as `kill -9` would at a named point: what `xtrinode controller --crash-at` gives to tests.
#pragma once

#include "core/base/pause_points.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace xtn {

struct CrashSwitch {
    PausePoint point = PausePoint::start_replayed;
    std::uint64_t passage = 1; // the how-manieth passage of it, from 1

    // "engine.folded", "engine.folded:3". Errors: invalid_argument, which lists every point.
    static Result<CrashSwitch> parse(std::string_view text);

    // Points that call `end` at that passage, and do nothing at others. Without `end`: SIGKILL to this process, so that nothing
    // is flushed, closed or told.
    PausePoints points(std::function<void()> end = {}) const;
};

} // namespace xtn
