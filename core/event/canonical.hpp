// Canonical JSON: one value, one byte sequence. Members sorted by their UTF-8 bytes, no blanks, integers in decimal, the shortest
// escapes ("\n", "\u001f"), everything else raw UTF-8. Floating-point numbers have no canonical form and are refused.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace xtn {

// Deepest nesting of arrays and objects that has a canonical form, and the bound readers parse with.
inline constexpr std::size_t max_json_depth = 64;
// Folded state holds parts of payloads below members of its own.
inline constexpr std::size_t max_state_depth = max_json_depth + 16;

// Errors: invalid_argument with the JSON pointer of the first floating-point number, malformed UTF-8 text or too deep nesting.
Result<std::string> canonical_json(const boost::json::value &value);
Result<std::string> canonical_json(const boost::json::object &object);
// For values known to hold no floating-point number (folded state), up to max_state_depth: a violation is a broken invariant and
// throws std::logic_error.
std::string canonical_json_or_throw(const boost::json::value &value);
std::string canonical_json_or_throw(const boost::json::object &object);

// The value exactly as it would come back from its canonical text: members sorted at every level, unsigned numbers that fit made
// signed. What is folded live passes through this, so that a fold sees the same bytes now and at every replay.
void normalise(boost::json::object &object);

} // namespace xtn
