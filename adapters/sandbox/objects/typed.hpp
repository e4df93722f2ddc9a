// Objects seen through their schema, as server-side apply sees them: comparing, merging and cutting out field by field, with
// lists merged by their keys (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy). A null schema:
// the shape is taken from the value itself, maps member by member, lists whole.
#pragma once

#include "adapters/sandbox/objects/field_set.hpp"
#include "adapters/sandbox/objects/schema.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace xtn::sandbox::objects {

struct Comparison {
    FieldSet added;
    FieldSet modified;
    FieldSet removed;
    bool same() const { return added.empty() && modified.empty() && removed.empty(); }
};

// Whether `value` fits the schema well enough to be merged: unknown members, wrong types, duplicate or missing keys. Texts as a
// real server words them (".spec.nope: field not declared in schema"). `allow_duplicates`: of a stored object.
std::vector<std::string> typed_errors(const Schema *schema, const boost::json::value &value, bool allow_duplicates = false);
// All fields that the value has an opinion on: the set of an applier.
FieldSet fields_of(const Schema *schema, const boost::json::value &value);
// Which fields come, change and go from `old` to `now`.
Comparison compare(const Schema *schema, const boost::json::value &old, const boost::json::value &now);
// `live` with the fields of `applied` put in; list order as a real server makes it.
boost::json::value merge_typed(const Schema *schema, const boost::json::value &live, const boost::json::value &applied);
// Without the fields of the set (whole subtrees below its members).
boost::json::value remove_fields(const Schema *schema, const boost::json::value &value, const FieldSet &fields);

} // namespace xtn::sandbox::objects
