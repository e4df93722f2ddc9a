// Request bodies in Kubernetes' protobuf, as current kubectl sends them for built-in kinds ("create configmap", "create
// deployment"), turned into the JSON they stand for. Only the messages that kubectl makes by itself; anything else is refused by
// name.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace xtn::sandbox {

// Errors: unsupported (a kind or field that is not in the tables: says which), invalid_argument (broken bytes).
Result<boost::json::object> read_protobuf(std::string_view bytes);

} // namespace xtn::sandbox
