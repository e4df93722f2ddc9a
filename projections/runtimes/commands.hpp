// Command intake (spec 40 §7): annotations on an XTrinode, and requests of the API, that ask for sleep or for waking.
#pragma once

#include "core/event/event.hpp"
#include "projections/runtimes/runtime_state.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

namespace annotation {
// Full names: annotation_prefix + ...
extern const std::string resume_requested, resume_requested_at, suspend_requested, suspend_requested_at, auto_suspend_requested,
    auto_suspend_requested_at, wake_min_workers, wake_ttl, drain_started_at, drain_completed_at, drain_result;
} // namespace annotation

// The command annotations as one text: two equal keys mean the same request. Empty: no command flag is set.
std::string command_key(const std::map<std::string, std::string> &annotations);

// Whether the command that the annotations hold is the one decided last. A taken one stays the same when wake values are gone: we
// clear them ourselves once a wake has settled, which may meet the next command on its way.
bool command_was_decided(const RuntimeState &rt);

// True once the XTrinode shows that the command's write happened.
bool command_was_written(const PendingCommand &command, const RuntimeState &rt);

// What the wake annotations and the spec ask for at a resume (spec 40 §9.2); a value that does not parse counts as absent.
struct WakeWish {
    std::int64_t min_workers = 0;
    std::chrono::nanoseconds ttl{};
    bool asked = false; // by the command, not only by the spec
};
WakeWish wake_wish(const RuntimeState &rt);

// runtime.command.accepted or runtime.command.rejected, when the annotations hold a command that was not decided yet, or when
// `event` is a request of the API. Pure.
std::optional<EventDraft> decide_command(const RuntimeId &id, const RuntimeState &rt, const Event &event);

} // namespace xtn
