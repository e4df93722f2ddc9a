// Structural schemas: the shape of an object, from a CustomResourceDefinition's openAPIV3Schema or from the type tables of the
// built-in kinds (types.hpp). Read-only once built; shared freely between threads.
#pragma once

#include "adapters/sandbox/objects/status.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn::sandbox::objects {

class CelProgram;
struct Pattern;
struct Schema;
using SchemaPtr = std::shared_ptr<const Schema>;

enum class ValueType { any, object, array, string, integer, number, boolean };
// x-kubernetes-list-type. Lists without one are atomic.
enum class ListType { atomic, set, map };

// One x-kubernetes-validations rule.
struct CelRule {
    std::string rule;
    std::string message;
    std::string message_expression;
    std::string reason; // FieldValueInvalid (default), FieldValueForbidden, FieldValueRequired, FieldValueDuplicate
    std::string field_path;
    std::shared_ptr<const CelProgram> program;
    std::shared_ptr<const CelProgram> message_program; // of message_expression
};

// How a Go type of the built-in kinds is written as JSON: what the server keeps, drops or adds when it reads an object.
enum class GoForm {
    none,    // not a Go type (custom resources)
    value,   // dropped when it is the zero value, kept otherwise; structs are kept even when empty
    pointer, // kept when given, zero or not
    always,  // written even when not given: "" / 0 / false / null / {}
};

// Formats that the server rewrites on reading, or checks in its own words.
enum class Scalar { plain, quantity, time, micro_time, bytes, int_or_string, raw };

struct Schema {
    ValueType type = ValueType::any;
    std::string description;
    std::string format;
    std::string pattern;
    std::shared_ptr<const Pattern> compiled_pattern;
    std::vector<std::pair<std::string, SchemaPtr>> properties; // in the order of declaration
    SchemaPtr additional;                                      // of maps: the schema of each value
    SchemaPtr items;
    std::vector<std::string> required;
    std::vector<boost::json::value> enumeration;
    std::optional<boost::json::value> default_value;
    bool nullable = false;
    bool int_or_string = false;
    bool preserve_unknown = false;
    bool embedded_resource = false;
    ListType list_type = ListType::atomic;
    std::vector<std::string> list_map_keys;
    bool atomic_map = false; // x-kubernetes-map-type: atomic (structs and maps that have one owner)

    // Bounds; absent: none.
    std::optional<double> minimum, maximum, multiple_of;
    bool exclusive_minimum = false, exclusive_maximum = false;
    std::optional<std::uint64_t> min_length, max_length, min_items, max_items, min_properties, max_properties;
    bool unique_items = false;
    std::vector<SchemaPtr> all_of, any_of, one_of; // value validations only
    SchemaPtr not_schema;
    std::vector<CelRule> rules;

    // Built-in kinds only.
    std::string go_type; // "PodSpec"; for error texts
    GoForm go_form = GoForm::none;
    bool go_pointer = false;
    Scalar scalar = Scalar::plain;
    std::string merge_key;         // strategic merge: lists of objects merge by it; empty: they are replaced
    bool merge_primitives = false; // strategic merge of a list of scalars (finalizers)
    bool retain_keys = false;      // patchStrategy retainKeys

    // The schema of member `name`: a property, else `additional`, else nothing.
    const Schema *member(std::string_view name) const;
    const Schema *property(std::string_view name) const;
};

// Reads an openAPIV3Schema. Errors: invalid_argument naming the path of what is wrong.
Result<SchemaPtr> schema_from_openapi(const boost::json::value &schema);
// The other direction, for publishing built-in types: an OpenAPI v3 schema with every type in line.
boost::json::object openapi_from_schema(const Schema &schema);

// Removes what the schema does not know; the paths removed are returned in alphabetical order ("spec.catalogs[0].extra").
// apiVersion, kind and metadata at the root (and in embedded resources) are left alone.
std::vector<std::string> prune(const Schema &schema, boost::json::object &object);

// Fills in defaults; a null that is not nullable gives way to the default.
void apply_schema_defaults(const Schema &schema, boost::json::object &object);
// Drops nulls that are neither nullable nor have a default: a client's way of saying "not set".
void drop_nulls(const Schema &schema, boost::json::object &object);

// Checks `value` against everything but CEL rules and list types. `path` is the field path of the value ("" for the root).
Causes validate_schema(const Schema &schema, const boost::json::value &value, std::string_view path);
// Duplicates in lists of type set and map.
Causes validate_lists(const Schema &schema, const boost::json::value &value, std::string_view path);

} // namespace xtn::sandbox::objects
