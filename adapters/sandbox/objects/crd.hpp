// Kinds from CustomResourceDefinitions (apiextensions.k8s.io/v1).
#pragma once

#include "adapters/sandbox/objects/kind.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace xtn::sandbox::objects {

// One kind for each served version. Errors: invalid_argument naming the field that is wrong.
Result<std::vector<Kind>> kinds_of_crd(const boost::json::object &crd);

// The values that a JSONPath of a printer column or selectable field finds (".status.conditions[?(@.type==\"Ready\")].status",
// ".spec.catalogs[*].name"). Unknown syntax finds nothing.
std::vector<boost::json::value> json_path(const boost::json::object &object, std::string_view path);

} // namespace xtn::sandbox::objects
