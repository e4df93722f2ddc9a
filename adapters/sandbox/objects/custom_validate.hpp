// The validation of custom objects: metadata, schema, scale paths, list types and CEL rules, in the order of a real server.
#pragma once

#include "adapters/sandbox/objects/kind.hpp"

namespace xtn::sandbox::objects {

// `old` null: a create.
Causes validate_custom(const Kind &kind, const boost::json::object &object, const boost::json::object *old);

} // namespace xtn::sandbox::objects
