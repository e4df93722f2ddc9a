// Sets of fields: which parts of an object, in the form of metadata.managedFields (FieldsV1). Value semantics.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::objects {

struct Schema;

// One step of a path: a member of an object, an element of a list by its keys, by its value, or by its position.
struct PathElement {
    enum class By { field, keys, value, index } by = By::field;
    std::string text; // the name, or canonical JSON of the keys ({"name":"c"}), the value, or the position

    static PathElement field(std::string_view name) { return {By::field, std::string(name)}; }
    static PathElement keys(const boost::json::object &keys);
    static PathElement value(const boost::json::value &value);
    static PathElement index(std::size_t position) { return {By::index, std::to_string(position)}; }

    // "f:name", "k:{...}", "v:...", "i:3" and back.
    std::string encoded() const;
    static Result<PathElement> decode(std::string_view text);
    // As error texts show it: ".name", "[name=\"c\"]", "[=\"t\"]", "[3]".
    std::string shown() const;

    friend bool operator==(const PathElement &, const PathElement &) = default;
    // The order of a real server's sets: fields, then keys, values, indexes; keys and values by their content, not their text.
    friend bool operator<(const PathElement &a, const PathElement &b);
};

// A path is in the set if its last element is a member of the node that its other elements lead to. A node may be a member and
// have members below it.
struct FieldSet {
    std::set<PathElement> members;
    std::map<PathElement, FieldSet> children; // never an empty set

    bool empty() const { return members.empty() && children.empty(); }
    bool has(const std::vector<PathElement> &path) const;
    void insert(const std::vector<PathElement> &path);
    // Every path, members of a node before what is below it.
    void for_each(const std::function<void(const std::vector<PathElement> &)> &visit) const;

    // FieldsV1 and back. Errors: invalid_argument (not FieldsV1).
    boost::json::object to_json() const;
    static Result<FieldSet> from_json(const boost::json::value &fields);

    friend bool operator==(const FieldSet &, const FieldSet &) = default;
};

FieldSet set_union(const FieldSet &a, const FieldSet &b);
FieldSet set_intersection(const FieldSet &a, const FieldSet &b);
// What is in `a` and not in `b`, path by path.
FieldSet set_difference(const FieldSet &a, const FieldSet &b);
// With each struct member that has something below it made a member itself: what is removed with its last content.
FieldSet with_named_parents(const FieldSet &set, const Schema *schema);
// ".spec.catalogs[name=\"c\"].connector"
std::string path_text(const std::vector<PathElement> &path);

} // namespace xtn::sandbox::objects
