// Kubernetes label selectors: matchLabels and matchExpressions, all terms ANDed.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>

namespace xtn {

// Errors: invalid_argument "invalid CatalogSelector: ..." for an unknown operator, In or NotIn without values, Exists or
// DoesNotExist with values, or members of the wrong type.
Result<bool> selector_matches(const boost::json::object &selector, const boost::json::object &labels);

} // namespace xtn
