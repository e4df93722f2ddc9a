// JSON written piece by piece: pages of results are too large and too many to build as a tree first.
#pragma once

#include <string>
#include <string_view>

namespace xtn::sandbox::trino {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 pass through unchanged.
void append_json_string(std::string &out, std::string_view text);
// Appends a double as Trino does: "NaN", "Infinity" and "-Infinity" are strings, all else the shortest number that reads back.
void append_json_double(std::string &out, double value);
void append_json_float(std::string &out, float value);

} // namespace xtn::sandbox::trino
