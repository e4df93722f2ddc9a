// The built-in kinds that the product creates or kubectl needs, one row each.
#pragma once

#include "adapters/sandbox/objects/kind.hpp"

#include <vector>

namespace xtn::sandbox::objects {

// Sorted by group, version and plural as discovery shows them (core first).
const std::vector<Kind> &builtin_kinds();
// Null if it is not one of ours.
const Kind *builtin_kind(std::string_view group, std::string_view version, std::string_view plural);

// An Event of core/v1 as events.k8s.io/v1 and back: both are views of the same stored object (core/v1).
boost::json::object event_to_v1(const boost::json::object &core);
boost::json::object event_from_v1(const boost::json::object &event);

} // namespace xtn::sandbox::objects
