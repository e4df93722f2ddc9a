// JSON as the API server reads and writes it. Numbers are 64-bit integers where they are whole (3.0 and 1e3 too, as on a real
// server), else doubles, read exactly and written with the shortest digits that read back as the same double: what a client sent
// comes back as Go would send it.
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
// No blanks.
std::string write_json(const boost::json::value &value);
std::string write_json(const boost::json::object &value);
// Turns the {"$float": "0.5"} of core/model's YAML reader into numbers.
void normalise_numbers(boost::json::value &value);
// And back, for its writer.
boost::json::value with_float_texts(const boost::json::value &value);

} // namespace xtn::sandbox
