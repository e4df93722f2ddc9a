// The types of the built-in kinds. They are written as tables (types_meta.cpp, types_core.cpp, ...), one line for each member:
//
//   type Container                       a struct; further words: "atomic" (one owner for the whole)
//     name! string                       "!": written even when empty (Go without omitempty)
//     image string                       dropped when empty
//     replicas *int32                    "*": kept when given, zero or not
//     env []EnvVar key=name merge=name   a list of type map keyed by name; strategic patches merge it by name
//     labels map[string]string           a map
//
// Further words: set (list type set), merge (strategic merge of scalars), retain (retainKeys), atomic (of maps and struct
// members). Scalars: string int32 int64 bool Time MicroTime Quantity IntOrString bytes any.
#pragma once

#include "adapters/sandbox/objects/schema.hpp"

#include <string_view>

namespace xtn::sandbox::objects {

// The schema of a type by its name in the tables. A name that is in none of them is a broken invariant.
SchemaPtr type_schema(std::string_view name);
// The same as the type of a whole object: apiVersion and kind come first.
SchemaPtr root_schema(std::string_view name);

// The tables.
extern const std::string_view meta_types;
extern const std::string_view pod_types;
extern const std::string_view core_types;
extern const std::string_view other_types;

} // namespace xtn::sandbox::objects
