// Reading JSON into the types of the built-in kinds the way a server written in Go does, and writing it back: types are checked,
// unknown members are named and dropped, empty ones are dropped or added as the type's form says, quantities and times are
// rewritten.
#pragma once

#include "adapters/sandbox/objects/schema.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace xtn::sandbox::objects {

struct GoDecoded {
    boost::json::value value;
    std::vector<std::string> unknown; // paths of unknown members, in the order of the document
};
struct GoError {
    std::string message; // "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
};
// `path` stands before the paths of unknown members ("metadata").
std::variant<GoDecoded, GoError> go_decode(const Schema &schema, const boost::json::value &value, std::string_view path = {});
// The empty value of a type as it would be written: what an object that does not exist yet is compared with.
boost::json::value go_zero(const Schema &schema);

} // namespace xtn::sandbox::objects
