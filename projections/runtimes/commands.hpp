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

// Bookkeeping of what was decided upon the command annotations, for the folds (RuntimeState::command_key, command_refusal).
// Taken: every command that stands there, winner and losers.
void note_accepted(RuntimeState &rt);
// Refused: the resume, and with it nothing that it overrules; what was taken before stays taken.
void note_rejected(RuntimeState &rt, std::string why);
// The annotations changed: what went, or says something else now, is a new command when it is set again.
void forget_what_went(RuntimeState &rt);

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
