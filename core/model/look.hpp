// Looking into JSON whose shape nobody has promised: every function is total, a member of the wrong type reads as absent.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::look {

// The value at a dotted path ("keda.jmxExporter.port"); null and missing are both nullptr.
const boost::json::value *at(const boost::json::object &in, std::string_view path);

const boost::json::object *object(const boost::json::object &in, std::string_view path);
const boost::json::array *array(const boost::json::object &in, std::string_view path);
std::string_view text(const boost::json::object &in, std::string_view path); // "" when absent
std::optional<std::int64_t> integer(const boost::json::object &in, std::string_view path);
bool flag(const boost::json::object &in, std::string_view path);                           // true only for JSON true
std::vector<std::string_view> texts(const boost::json::object &in, std::string_view path); // strings of a list, others skipped

std::optional<std::int64_t> as_integer(const boost::json::value &value);
// The text of {"$float": "1.5"}; empty for everything else.
std::string_view float_text(const boost::json::value &value);
// A number as chart values carry it: whole number, fraction cut off, or decimal text; nothing if it does not fit 32 bits
// (spec 10 §14.2). One reader everywhere, so that "7" means 7 to all of them (spec 10 §17.7).
std::optional<std::int64_t> loose_integer(const boost::json::value &value);

std::string_view trim(std::string_view text); // ASCII white space, both ends
std::string lower(std::string_view text);     // ASCII
std::string upper(std::string_view text);
inline std::string trim_lower(std::string_view text) {
    return lower(trim(text));
}
inline bool blank(std::string_view text) {
    return trim(text).empty();
}

// The non-empty parts of `text` between characters of `separators`.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

} // namespace xtn::look
