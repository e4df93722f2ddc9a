// Canonical JSON: one value, one byte sequence. Members sorted by their UTF-8 bytes, no blanks, integers in decimal, the shortest
// escapes ("\n", "\u001f"), everything else raw UTF-8. Floating-point numbers have no canonical form and are refused.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace xtn {

// Errors: invalid_argument with the JSON pointer of the first floating-point number.
Result<std::string> canonical_json(const boost::json::value &value);
// For values known to hold no floating-point number (folded state): a violation is a broken invariant and throws
// std::logic_error.
std::string canonical_json_or_throw(const boost::json::value &value);

} // namespace xtn
