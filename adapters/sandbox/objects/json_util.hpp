// Small helpers on boost::json values, and the texts Go makes of values (error messages quote them).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::sandbox::objects {

// The member of that name if it is there and of that type, else null.
const boost::json::value *find(const boost::json::object &object, std::string_view name);
const boost::json::object *find_object(const boost::json::object &object, std::string_view name);
boost::json::object *find_object(boost::json::object &object, std::string_view name);
const boost::json::array *find_array(const boost::json::object &object, std::string_view name);
boost::json::array *find_array(boost::json::object &object, std::string_view name);
std::string_view find_string(const boost::json::object &object, std::string_view name); // "" if none
// The value below a chain of members ("spec.template.metadata"), or null. A leading dot is ignored.
const boost::json::value *at_path(const boost::json::object &object, std::string_view dotted);
// The object below a chain of members, made where absent or of another type.
boost::json::object &make_object_at(boost::json::object &object, std::string_view dotted);
// The integer of a number without a fraction; `fallback` for anything else.
std::int64_t integer_of(const boost::json::value *value, std::int64_t fallback = 0);
bool is_integer(const boost::json::value &value);
// Numbers by value (1 equals 1.0), objects whatever their order.
bool same_value(const boost::json::value &a, const boost::json::value &b);
// Erases a member, keeping the order of the others.
void erase_member(boost::json::object &object, std::string_view name);
void set_default(boost::json::object &object, std::string_view name, boost::json::value value);

// The whole text as a number; nothing if it is none or out of range.
template <class Number> std::optional<Number> parse_number(std::string_view text) {
    Number out{};
    const auto read = std::from_chars(text.begin(), text.end(), out);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.end()) return std::nullopt;
    return out;
}

// "text" with Go's escapes (%q).
std::string go_quoted(std::string_view text);
// A number as Go's %v shows it: no exponent below 1e21.
std::string go_number(double number);
// JSON without spaces; `sorted`: members in alphabetical order.
std::string compact_json(const boost::json::value &value, bool sorted = false);
// "integer", "number", "string", "boolean", "array", "object", "null".
std::string_view json_type_name(const boost::json::value &value);

std::string joined(std::string_view parent, std::string_view member); // "spec" + "size" -> "spec.size"
std::string indexed(std::string_view parent, std::size_t position);   // "spec.tags[1]"
std::string keyed(std::string_view parent, std::string_view key);     // "data[bad key]"

} // namespace xtn::sandbox::objects
