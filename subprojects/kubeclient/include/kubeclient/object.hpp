// An API object as received: its JSON without metadata.managedFields, which are kept beside it (they are often the larger half).
#pragma once

#include "netkit/result.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kube {

// One entry of metadata.managedFields.
struct FieldOwner {
    std::string manager;
    std::string operation;      // "Apply" or "Update"
    std::string subresource;    // "", "status", "scale"
    std::string time;           // RFC 3339; empty when the server left it out
    boost::json::object fields; // fieldsV1
};

struct Object {
    boost::json::object body;
    std::vector<FieldOwner> owners;

    std::string_view metadata(std::string_view member) const; // a string member of metadata; empty when absent
    std::string_view name() const { return metadata("name"); }
    std::string_view ns() const { return metadata("namespace"); }
    std::string_view uid() const { return metadata("uid"); }
    std::string_view resource_version() const { return metadata("resourceVersion"); }
    std::string_view label(std::string_view key) const; // empty when absent

    // Takes managedFields out of `body`.
    static Object from(boost::json::object body);
    // What `manager` owns by server-side apply on the main resource; nullptr when it owns nothing.
    const boost::json::object *applied_by(std::string_view manager) const;
    // Names of all managers, each once, in order of their newest write: the one that wrote last is the last.
    std::vector<std::string> managers() const;
};

// Deepest nesting that is read (real objects with managedFields go beyond Boost.JSON's default of 32).
inline constexpr std::size_t max_depth = 64;

// Reads JSON. Numbers that are not integers of 64 bits keep their exact text, as {"$float": "1.50"}: binary floating point would
// change them. Errors: data_corrupted with the offset.
netkit::Result<boost::json::value> parse_json(std::string_view text);
// As parse_json(), for a text that must be an object.
netkit::Result<boost::json::object> parse_json_object(std::string_view text);
// The inverse: {"$float": "1.50"} is written as the number 1.50 (a text that is no JSON number stays an object).
std::string to_json_text(const boost::json::value &value);

// Member look-ups that forgive: nullptr or a default when a step is missing or of another type.
const boost::json::value *find(const boost::json::object &object, std::initializer_list<std::string_view> path);
const boost::json::object *find_object(const boost::json::object &object, std::initializer_list<std::string_view> path);
std::string_view find_string(const boost::json::object &object, std::initializer_list<std::string_view> path);
std::int64_t find_int(const boost::json::object &object, std::initializer_list<std::string_view> path,
                      std::int64_t otherwise = 0);

} // namespace kube
