// Old versions of event types stay readable for ever: what a log holds is never rewritten, but lifted to the newest version when
// it is read. One table, one pure function for each step.
#pragma once

#include "core/event/event.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string_view>

namespace xtn {

// Lifts a payload of `name`/`from` to what `name`/`from+1` carries. Total: a member that is absent or of another type is treated
// as a fold would treat it. No clock, no I/O, no floating point.
struct Upcaster {
    std::string_view name; // "pod.observed"
    int from = 1;
    void (*lift)(boost::json::object &payload);
};
// All of them, one for each version that some release wrote and this one does not write any more. A test holds it against the
// catalogue: a type of version N needs those from 1 to N-1.
std::span<const Upcaster> upcasters();

// Lifts an event step by step as far as `table` goes. The type it had is kept in Event::stored_type.
void upcast(Event &event, std::span<const Upcaster> table = upcasters());

// Whether this binary knows the type, in this version or an older one. What is not understood and need not be (the record's flag)
// is kept, skipped by folds, and counted.
bool understood(const Event &event);
bool understood(std::string_view name, int version);

} // namespace xtn
