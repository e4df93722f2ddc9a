// The smallest JSON merge patch (RFC 7386) between two objects.
#pragma once

#include <boost/json/object.hpp>

namespace kube {

// The patch that turns `from` into `to`; empty when they are equal. Arrays are replaced as a whole. `to` must hold no null.
boost::json::object merge_diff(const boost::json::object &from, const boost::json::object &to);
// Applies a merge patch.
void merge_apply(boost::json::object &target, const boost::json::object &patch);

} // namespace kube
