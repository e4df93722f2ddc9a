// x-kubernetes-validations: the rules of a schema, run on a value.
#pragma once

#include "adapters/sandbox/objects/schema.hpp"

#include <boost/json/object.hpp>

namespace xtn::sandbox::objects {

// Whether the schema has rules anywhere.
bool has_rules(const Schema &schema);
// Of a whole custom object; `old` null on create. Rules that mention oldSelf run only where there was a value before.
Causes validate_rules(const Schema &schema, const boost::json::object &object, const boost::json::object *old);

} // namespace xtn::sandbox::objects
