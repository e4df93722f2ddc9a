// Conditions in a status: made, found, and stamped only when they change.
#pragma once

#include "adapters/sandbox/sim/json_path.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace xtn::sandbox::sim {

boost::json::object make_condition(std::string_view type, bool status, std::string_view reason, std::string_view message);
// The condition of that type in `status`, or null.
const boost::json::object *condition_of(const boost::json::object &status, std::string_view type);
// Takes lastTransitionTime (and, where the kind has one, lastUpdateTime) from the old status unless the condition moved.
void keep_times(boost::json::object &condition, const boost::json::object &old_status, const std::string &now,
                bool with_update_time);
// Whether the object has that condition with status "True".
bool condition_is(const boost::json::object &object, std::string_view type);

} // namespace xtn::sandbox::sim
