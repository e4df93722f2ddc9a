// Reading Kubernetes objects: members that may be missing are empty, never an error.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace xtn::sandbox::sim {

// The value at "spec.template.metadata", or null.
const boost::json::value *find(const boost::json::object &object, std::string_view path);
std::string text_at(const boost::json::object &object, std::string_view path);
std::int64_t number_at(const boost::json::object &object, std::string_view path, std::int64_t fallback = 0);
// The object or array at the path; an empty one without.
const boost::json::object &object_at(const boost::json::object &object, std::string_view path);
const boost::json::array &array_at(const boost::json::object &object, std::string_view path);

inline std::string name_of(const boost::json::object &object) {
    return text_at(object, "metadata.name");
}
inline std::string namespace_of(const boost::json::object &object) {
    return text_at(object, "metadata.namespace");
}
inline std::string uid_of(const boost::json::object &object) {
    return text_at(object, "metadata.uid");
}
bool is_deleting(const boost::json::object &object);          // has a deletionTimestamp
std::uint64_t revision_of(const boost::json::object &object); // resourceVersion as a number; 0 when it is none

// Whether the object's controller is the one with this uid.
bool is_controlled_by(const boost::json::object &object, std::string_view uid);
boost::json::object controller_reference(std::string_view api_version, std::string_view kind, const boost::json::object &owner);

// Whether labels have every key and value of matchLabels; an empty selector matches nothing here (as for a Service).
bool has_labels(const boost::json::object &object, const boost::json::object &wanted);

} // namespace xtn::sandbox::sim
