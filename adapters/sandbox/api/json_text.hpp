// JSON as the API server reads and writes it. Numbers that are not 64-bit integers keep their text as {"$float": "0.5"} in memory
// (binary floating point would change them); a whole number written as 3.0 or 1e3 is read as an integer, as a real server does.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

struct JsonText {
    boost::json::value value;
    std::vector<std::string> duplicates; // members given twice, by path ("spec.size", "items[0].a"); the last one counts
};

// Errors: invalid_argument; the message has the words of Go's encoding/json, which clients of the API are used to.
Result<JsonText> read_json(std::string_view text);
// The inverse: {"$float": "0.5"} becomes the number 0.5. No blanks.
std::string write_json(const boost::json::value &value);
std::string write_json(const boost::json::object &value);
// Brings the {"$float": ...} of another reader (YAML) into the form that read_json() gives.
void normalise_numbers(boost::json::value &value);

} // namespace xtn::sandbox
