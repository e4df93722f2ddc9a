#include "adapters/sandbox/objects/typed.hpp"

#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/patch.hpp"

#include <algorithm>
#include <optional>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

using Path = std::vector<PathElement>;

enum class Shape { leaf, map, list };

bool untyped(const Schema *s) {
    return !s || (s->type == ValueType::any && !s->int_or_string);
}

// How a value of this schema is treated; what has no type is looked at itself. `value` may be null: not there.
Shape shape_of(const Schema *s, const json::value *value) {
    if (untyped(s)) return value && value->is_object() ? Shape::map : Shape::leaf;
    if (s->type == ValueType::object && !s->atomic_map) return Shape::map;
    if (s->type == ValueType::array && s->list_type != ListType::atomic) return Shape::list;
    return Shape::leaf;
}

// The schema of a member; null for what is kept without being known.
const Schema *member_of(const Schema *s, std::string_view name) {
    return untyped(s) ? nullptr : s->member(name);
}

PathElement element_of(const Schema &list, const json::value &item) {
    if (list.list_type == ListType::set) return PathElement::value(item);
    json::object keys;
    const auto *object = item.if_object();
    for (const auto &name : list.list_map_keys) {
        const auto *given = object ? object->if_contains(name) : nullptr;
        const auto *property = list.items ? list.items->property(name) : nullptr;
        if (given)
            keys[name] = *given;
        else if (property && property->default_value)
            keys[name] = *property->default_value;
    }
    return PathElement::keys(keys);
}

const json::object &members(const json::value *value) {
    static const json::object none;
    const auto *o = value ? value->if_object() : nullptr;
    return o ? *o : none;
}
const json::array &items(const json::value *value) {
    static const json::array none;
    const auto *a = value ? value->if_array() : nullptr;
    return a ? *a : none;
}

// --- errors

std::string go_type_name(const json::value &v) {
    if (v.is_object()) return "map[string]interface {}";
    if (v.is_array()) return "[]interface {}";
    if (v.is_string()) return "string";
    if (v.is_bool()) return "bool";
    return v.is_double() ? "float64" : "int64";
}
std::string go_literal(const json::value &v) {
    if (v.is_string()) return go_quoted(std::string(v.get_string()));
    return v.is_object() || v.is_array() ? go_type_name(v) + go_value_text(v) : compact_json(v);
}

class Checker {
  public:
    Checker(bool allow_duplicates, std::vector<std::string> &out) : allow_duplicates_(allow_duplicates), out_(out) {}

    void check(const Schema *s, const json::value &value, const Path &path) {
        if (untyped(s) || value.is_null()) return;
        if (s->type == ValueType::object)
            check_map(*s, value, path);
        else if (s->type == ValueType::array)
            check_list(*s, value, path);
        else
            check_scalar(*s, value, path);
    }

  private:
    void fail(const Path &path, const std::string &what) { out_.push_back(path_text(path) + ": " + what); }

    void check_scalar(const Schema &s, const json::value &value, const Path &path) {
        if (s.int_or_string) {
            if (value.is_object() || value.is_array()) fail(path, "expected scalar, got " + go_type_name(value));
            return;
        }
        const bool numeric = s.type == ValueType::integer || s.type == ValueType::number;
        if (numeric && !value.is_number()) fail(path, "expected numeric (int or float), got " + go_type_name(value));
        if (s.type == ValueType::string && !value.is_string())
            fail(path, "expected string, got &value.valueUnstructured{Value:" + go_literal(value) + "}");
        if (s.type == ValueType::boolean && !value.is_bool()) fail(path, "expected boolean, got &{" + go_value_text(value) + "}");
    }

    void check_map(const Schema &s, const json::value &value, const Path &path) {
        if (!value.is_object()) return fail(path, "expected map, got &{" + go_value_text(value) + "}");
        for (const auto &m : value.get_object()) {
            auto below = path;
            below.push_back(PathElement::field(m.key()));
            const auto *member = s.member(m.key());
            if (!member && !s.preserve_unknown)
                fail(below, "field not declared in schema");
            else
                check(member, m.value(), below);
        }
    }

    void check_list(const Schema &s, const json::value &value, const Path &path) {
        if (!value.is_array()) return fail(path, "expected list, got &{" + go_value_text(value) + "}");
        std::set<PathElement> seen;
        const auto &list = value.get_array();
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto below = path;
            if (s.list_type == ListType::atomic) {
                below.push_back(PathElement::index(i));
                check(s.items.get(), list[i], below);
                continue;
            }
            const auto element = element_of(s, list[i]);
            if (s.list_type == ListType::map && element.text == "{}") {
                std::string keys;
                for (const auto &k : s.list_map_keys)
                    keys += (keys.empty() ? "" : " ") + go_quoted(k);
                fail(path, "element " + std::to_string(i) +
                               ": associative list with keys has an element that omits all key fields [" + keys +
                               "] (and doesn't have default values for any key fields)");
                continue;
            }
            if (!seen.insert(element).second && !allow_duplicates_) fail(path, "duplicate entries for key " + element.shown());
            below.push_back(element);
            check(s.items.get(), list[i], below);
        }
    }

    bool allow_duplicates_;
    std::vector<std::string> &out_;
};

// --- sets and comparison

void collect(const Schema *s, const json::value &value, Path &path, FieldSet &out) {
    switch (shape_of(s, &value)) {
    case Shape::leaf:
        out.insert(path);
        return;
    case Shape::map:
        for (const auto &m : members(&value)) {
            path.push_back(PathElement::field(m.key()));
            const auto *inner = member_of(s, m.key());
            collect(inner, m.value(), path, out);
            const bool nothing = m.value().is_null() || (m.value().is_object() && m.value().get_object().empty());
            if (nothing || untyped(s) || !s->property(m.key())) out.insert(path);
            path.pop_back();
        }
        return;
    case Shape::list:
        for (const auto &item : items(&value)) {
            path.push_back(element_of(*s, item));
            collect(s->items.get(), item, path, out);
            out.insert(path);
            path.pop_back();
        }
        return;
    }
}

class Comparer {
  public:
    Comparison out;

    void compare(const Schema *s, const json::value *old, const json::value *now, Path &path) {
        if (!old && !now) return;
        const auto shape = shape_of(s, now ? now : old);
        const bool both = old && now;
        if (shape == Shape::leaf || (both && shape_of(s, old) != shape)) return leaf(old, now, path);
        const bool empty =
            shape == Shape::map ? members(old).empty() && members(now).empty() : items(old).empty() && items(now).empty();
        if (empty) return leaf(old, now, path);
        if (shape == Shape::map)
            compare_maps(s, old, now, path);
        else
            compare_lists(*s, old, now, path);
        if (!old)
            out.added.insert(path);
        else if (!now)
            out.removed.insert(path);
    }

  private:
    void leaf(const json::value *old, const json::value *now, const Path &path) {
        if (!old)
            out.added.insert(path);
        else if (!now)
            out.removed.insert(path);
        else if (!same_value(*old, *now))
            out.modified.insert(path);
    }

    void compare_maps(const Schema *s, const json::value *old, const json::value *now, Path &path) {
        const auto &before = members(old);
        const auto &after = members(now);
        for (const auto &m : before) {
            path.push_back(PathElement::field(m.key()));
            compare(member_of(s, m.key()), &m.value(), after.if_contains(m.key()), path);
            path.pop_back();
        }
        for (const auto &m : after) {
            if (before.contains(m.key())) continue;
            path.push_back(PathElement::field(m.key()));
            compare(member_of(s, m.key()), nullptr, &m.value(), path);
            path.pop_back();
        }
    }

    void compare_lists(const Schema &s, const json::value *old, const json::value *now, Path &path) {
        std::map<PathElement, std::pair<std::vector<const json::value *>, std::vector<const json::value *>>> sides;
        for (const auto &v : items(old))
            sides[element_of(s, v)].first.push_back(&v);
        for (const auto &v : items(now))
            sides[element_of(s, v)].second.push_back(&v);
        for (const auto &[element, side] : sides) {
            const auto &[before, after] = side;
            path.push_back(element);
            if (before.size() < 2 && after.size() < 2) {
                compare(s.items.get(), before.empty() ? nullptr : before[0], after.empty() ? nullptr : after[0], path);
            } else { // duplicates: one thing, changed or not
                const bool same = std::equal(before.begin(), before.end(), after.begin(), after.end(),
                                             [](const auto *a, const auto *b) { return same_value(*a, *b); });
                if (before.empty())
                    out.added.insert(path);
                else if (after.empty())
                    out.removed.insert(path);
                else if (!same)
                    out.modified.insert(path);
            }
            path.pop_back();
        }
    }
};

// --- merging

json::value merge(const Schema *s, const json::value *live, const json::value *applied);

json::value merge_maps(const Schema *s, const json::value *live, const json::value *applied) {
    json::object out;
    const auto &a = members(live);
    const auto &b = members(applied);
    for (const auto &m : a)
        out[m.key()] = merge(member_of(s, m.key()), &m.value(), b.if_contains(m.key()));
    for (const auto &m : b)
        if (!a.contains(m.key())) out[m.key()] = merge(member_of(s, m.key()), nullptr, &m.value());
    return out;
}

// The items of both lists once. Applied items keep their order; live ones stay where they are between them as far as that goes.
json::value merge_lists(const Schema &s, const json::value *live, const json::value *applied) {
    struct Item {
        PathElement element;
        const json::value *value;
    };
    std::vector<Item> left, right;
    for (const auto &v : items(live))
        left.push_back({element_of(s, v), &v});
    for (const auto &v : items(applied))
        right.push_back({element_of(s, v), &v});
    const auto in = [](const std::vector<Item> &list, const PathElement &e) -> const json::value * {
        const auto it = std::find_if(list.begin(), list.end(), [&](const Item &i) { return i.element == e; });
        return it == list.end() ? nullptr : it->value;
    };
    std::vector<PathElement> shared; // in applied order; the next one to come is at `next`
    for (const auto &i : right)
        if (in(left, i.element)) shared.push_back(i.element);
    std::size_t next = 0;
    std::set<PathElement> done;
    json::array out;
    for (std::size_t l = 0, r = 0; l < left.size() || r < right.size();) {
        if (l < left.size() && r < right.size()) {
            const auto &e = left[l].element;
            if (e == right[r].element) {
                done.insert(e);
                out.push_back(merge(s.items.get(), left[l].value, right[r].value));
                ++l, ++r, ++next;
                continue;
            }
            if (in(right, e) && next < shared.size() && !(shared[next] == e)) { // it comes later
                ++l;
                continue;
            }
        }
        if (l < left.size()) {
            if (!in(right, left[l].element)) {
                out.push_back(*left[l].value);
                ++l;
                continue;
            }
            if (done.count(left[l].element)) ++l;
        }
        if (r < right.size()) {
            const auto &e = right[r].element;
            done.insert(e);
            out.push_back(merge(s.items.get(), in(left, e), right[r].value));
            if (next < shared.size() && shared[next] == e) ++next;
            ++r;
        }
    }
    return out;
}

json::value merge(const Schema *s, const json::value *live, const json::value *applied) {
    if (!applied) return *live;
    if (!live) return *applied;
    const auto shape = shape_of(s, applied);
    if (shape == Shape::leaf || shape_of(s, live) != shape) return *applied;
    if (shape == Shape::map) {
        if (members(live).empty() && members(applied).empty()) return *applied;
        return merge_maps(s, live, applied);
    }
    if (items(live).empty() && items(applied).empty()) return *applied;
    return merge_lists(*s, live, applied);
}

const FieldSet *below(const FieldSet &set, const PathElement &element) {
    const auto it = set.children.find(element);
    return it == set.children.end() ? nullptr : &it->second;
}

json::value remove_from(const Schema *s, const json::value &value, const FieldSet &fields) {
    switch (shape_of(s, &value)) {
    case Shape::leaf:
        return value;
    case Shape::map: {
        if (!value.is_object()) return value;
        json::object out;
        for (const auto &m : value.get_object()) {
            const auto element = PathElement::field(m.key());
            if (fields.members.count(element)) continue;
            const auto *inner = below(fields, element);
            out[m.key()] = inner ? remove_from(member_of(s, m.key()), m.value(), *inner) : m.value();
        }
        return out;
    }
    case Shape::list: {
        if (!value.is_array()) return value;
        json::array out;
        for (const auto &v : value.get_array()) {
            const auto element = element_of(*s, v);
            if (fields.members.count(element)) continue;
            const auto *inner = below(fields, element);
            out.push_back(inner ? remove_from(s->items.get(), v, *inner) : v);
        }
        return out;
    }
    }
    return value;
}

} // namespace

std::vector<std::string> typed_errors(const Schema *schema, const json::value &value, bool allow_duplicates) {
    std::vector<std::string> out;
    Checker(allow_duplicates, out).check(schema, value, {});
    return out;
}

FieldSet fields_of(const Schema *schema, const json::value &value) {
    FieldSet out;
    Path path;
    collect(schema, value, path, out);
    return out;
}

Comparison compare(const Schema *schema, const json::value &old, const json::value &now) {
    Comparer comparer;
    Path path;
    comparer.compare(schema, &old, &now, path);
    return std::move(comparer.out);
}

json::value merge_typed(const Schema *schema, const json::value &live, const json::value &applied) {
    return merge(schema, &live, &applied);
}

json::value remove_fields(const Schema *schema, const json::value &value, const FieldSet &fields) {
    return remove_from(schema, value, fields);
}

} // namespace xtn::sandbox::objects
