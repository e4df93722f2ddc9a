// JSON as YAML text, in the shape kubectl prints: two blanks of indent, lists not indented, members in the order given.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace xtn {

// One document, ending in a newline. {"$float": "1.50"} is written as the number. Reading it back with yaml_to_json gives an
// equal value. Sort members first (normalise) where order must not depend on the producer.
std::string yaml_text(const boost::json::value &value);

// One scalar that reads back as exactly this string: plain where that is safe, else single- or double-quoted as Go's YAML writer
// chooses.
std::string yaml_scalar(std::string_view text);

} // namespace xtn
