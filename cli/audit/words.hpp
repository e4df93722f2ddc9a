// Events as sentences: who said it, and what follows from what.
#pragma once

#include "cli/audit/output.hpp"
#include "core/event/event.hpp"
#include "core/log/log.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::audit {

// "alice changed it in Kubernetes: generation 2 is wanted".
std::string sentence(const Event &event);
// Who stands behind it: the actor where one is known, else the part of the system that recorded it.
std::string who(const Event &event);
// Who is behind a wish: of an XTrinode that our own writes touched last, the newest other field manager.
std::string wisher(const Event &event);
// What XTrinode itself last did, before this observation, to the object that was observed; nullptr: nothing, or no observation of
// an object. `events` are those of the same subject, in order. (An observation has no cause in the log: it came from outside.)
const Event *write_before(const std::vector<Event> &events, const Event &observation);
// How to show a type: failures red, good ends green, what is under way yellow.
Tint tint_of(const Event &event);

// What a runtime is after this event, in words ("ready", "asleep"); nothing for an event that is no change of phase.
std::optional<std::string_view> phase_words(const Event &event);

// The event's cause, the cause of that, and so on: newest first, without the event itself. Errors: as LogReader::get().
Result<std::vector<Event>> causes(const LogReader &log, const Event &event);

// A member of the payload as text; empty: absent or no string.
std::string text_member(const Event &event, std::string_view name);

} // namespace xtn::audit
