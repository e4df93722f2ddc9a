// Events as text for people: shared by xtn-audit and by failing tests, so that both show the same thing.
#pragma once

#include "core/event/event.hpp"

#include <boost/json/value.hpp>

#include <iosfwd>
#include <string>

namespace xtn {

// One sentence of what the event says, from its payload: "Deployment trino-x-worker 2/3 ready". Never empty; at most ~200 bytes.
std::string summary(const Event &event);

// One line: "#12 14:02:05.123Z runtime.ready/1 runtime/team-a/x (policy/lifecycle/1, because of #11): summary". UTC.
std::string print_line(const Event &event);
// All parts, one per line, then the payload indented.
std::string print_full(Stream stream, const Event &event);
// JSON with two blanks of indentation, members in the order given.
std::string pretty_json(const boost::json::value &value, int indent = 0);

std::ostream &operator<<(std::ostream &out, const Event &event); // print_line; doctest uses it

} // namespace xtn
