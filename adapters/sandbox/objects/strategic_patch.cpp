// Strategic merge patch:
// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/patch.hpp"

#include <algorithm>
#include <optional>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

constexpr std::string_view directive = "$patch";
constexpr std::string_view retain_keys = "$retainKeys";
constexpr std::string_view order_prefix = "$setElementOrder/";
constexpr std::string_view delete_prefix = "$deleteFromPrimitiveList/";

class Merger {
  public:
    std::optional<ApiFailure> failed;

    json::object merge(const Schema *schema, json::object original, const json::object &patch) {
        const auto what = find_string(patch, directive);
        if (what == "replace") return without_directives(patch);
        if (what == "delete") return {};
        if (!what.empty() && what != "merge") fail_unknown(what);
        if (const auto *keys = find_array(patch, retain_keys)) {
            json::object kept;
            for (const auto &m : original)
                if (std::find(keys->begin(), keys->end(), json::value(m.key())) != keys->end()) kept[m.key()] = m.value();
            original = std::move(kept);
        }
        for (const auto &m : patch) {
            const std::string_view name(m.key());
            if (name.starts_with(delete_prefix)) delete_primitives(original, name.substr(delete_prefix.size()), m.value());
        }
        for (const auto &m : patch) {
            const std::string_view name(m.key());
            if (name.starts_with('$')) continue;
            merge_member(schema ? schema->member(name) : nullptr, original, name, m.value(),
                         patch.if_contains(std::string(order_prefix) + std::string(name)));
        }
        // An order for a list that the patch does not change otherwise.
        for (const auto &m : patch) {
            const std::string_view key(m.key());
            if (!key.starts_with(order_prefix)) continue;
            const auto name = key.substr(order_prefix.size());
            if (patch.contains(name)) continue;
            const auto *s = schema ? schema->member(name) : nullptr;
            if (auto *list = find_array(original, name); list && s) *list = in_order(*s, *list, *list, m.value().if_array(), {});
        }
        return original;
    }

  private:
    void fail(ApiFailure failure) {
        if (!failed) failed = std::move(failure);
    }
    void fail_unknown(std::string_view what) { fail(internal_failure("Unexpected value for $patch: " + std::string(what))); }

    static json::object without_directives(const json::object &patch) {
        json::object out;
        for (const auto &m : patch)
            if (!std::string_view(m.key()).starts_with('$') && !m.value().is_null()) out[m.key()] = m.value();
        return out;
    }

    static void delete_primitives(json::object &original, std::string_view name, const json::value &gone) {
        auto *list = find_array(original, name);
        const auto *items = gone.if_array();
        if (!list || !items) return;
        json::array kept;
        for (const auto &v : *list)
            if (std::find(items->begin(), items->end(), v) == items->end()) kept.push_back(v);
        *list = std::move(kept);
    }

    void merge_member(const Schema *schema, json::object &original, std::string_view name, const json::value &patch,
                      const json::value *order) {
        if (patch.is_null()) {
            erase_member(original, name);
            return;
        }
        const auto *there = original.if_contains(name);
        if (patch.is_object()) {
            auto base = there && there->is_object() ? there->get_object() : json::object();
            original[name] = merge(schema, std::move(base), patch.get_object());
            return;
        }
        if (patch.is_array() && schema && (!schema->merge_key.empty() || schema->merge_primitives)) {
            const auto base = there && there->is_array() ? there->get_array() : json::array();
            const auto *wanted = order ? order->if_array() : nullptr;
            original[name] = schema->merge_primitives ? merge_scalars(*schema, base, patch.get_array(), wanted)
                                                      : merge_list(*schema, base, patch.get_array(), wanted);
            return;
        }
        original[name] = patch;
    }

    static json::array merge_scalars(const Schema &schema, const json::array &original, const json::array &patch,
                                     const json::array *order) {
        auto merged = original;
        for (const auto &v : patch)
            if (std::find(merged.begin(), merged.end(), v) == merged.end()) merged.push_back(v);
        return in_order(schema, merged, original, order, patch);
    }

    json::array merge_list(const Schema &schema, const json::array &original, const json::array &patch,
                           const json::array *order) {
        auto merged = original;
        json::array plain;
        bool replace = false;
        for (const auto &item : patch) {
            const auto *o = item.if_object();
            if (!o) continue;
            const auto what = find_string(*o, directive);
            if (what == "replace") {
                replace = true;
                if (o->size() > 1) plain.push_back(without_directives(*o));
                continue;
            }
            if (!o->contains(schema.merge_key)) {
                fail(internal_failure("map: " + go_value_text(*o) + " does not contain declared merge key: " + schema.merge_key));
                return merged;
            }
            if (what == "delete") {
                json::array kept;
                for (const auto &v : merged)
                    if (!same_key(schema, v, item)) kept.push_back(v);
                merged = std::move(kept);
                continue;
            }
            plain.push_back(item);
        }
        if (replace) return plain;
        const auto *item_schema = schema.items.get();
        for (const auto &item : plain) {
            const auto it = std::find_if(merged.begin(), merged.end(), [&](const auto &v) { return same_key(schema, v, item); });
            if (it == merged.end())
                merged.push_back(merge(item_schema, {}, item.get_object()));
            else
                *it = merge(item_schema, it->is_object() ? it->get_object() : json::object(), item.get_object());
        }
        return in_order(schema, merged, original, order, plain);
    }

    static bool same_key(const Schema &schema, const json::value &a, const json::value &b) {
        if (schema.merge_key.empty()) return same_value(a, b);
        const auto *x = a.if_object();
        const auto *y = b.if_object();
        const auto *p = x ? x->if_contains(schema.merge_key) : nullptr;
        const auto *q = y ? y->if_contains(schema.merge_key) : nullptr;
        return p && q && same_value(*p, *q);
    }

    static std::size_t place_in(const Schema &schema, const json::array &list, const json::value &item) {
        const auto it = std::find_if(list.begin(), list.end(), [&](const auto &v) { return same_key(schema, v, item); });
        return static_cast<std::size_t>(it - list.begin());
    }

    // The items that the patch names come in its order (`order`, or the order of its items); the others keep theirs, each before
    // the first named one that it stood before.
    static json::array in_order(const Schema &schema, const json::array &merged, const json::array &original,
                                const json::array *order, const json::array &patch_items) {
        const auto &named_order = order ? *order : patch_items;
        json::array named, others, out;
        for (const auto &wanted : named_order) {
            const auto at = place_in(schema, merged, wanted);
            if (at < merged.size()) named.push_back(merged[at]);
        }
        for (const auto &v : merged)
            if (place_in(schema, named_order, v) == named_order.size()) others.push_back(v);
        std::size_t i = 0, j = 0;
        while (i < others.size() || j < named.size()) {
            bool take_other = j >= named.size();
            if (!take_other && i < others.size()) {
                const auto a = place_in(schema, original, others[i]);
                const auto b = place_in(schema, original, named[j]);
                take_other = a < original.size() && b < original.size() && a < b;
            }
            out.push_back(take_other ? others[i++] : named[j++]);
        }
        return out;
    }
};

// The first scalar that does not fit its type, in the words of the server's conversion; "" if all fit.
std::string conversion_error(const Schema &s, const json::value &value) {
    if (const auto *object = value.if_object()) {
        if (s.type != ValueType::object) return {};
        for (const auto &m : *object)
            if (const auto *member = s.member(m.key()))
                if (auto e = conversion_error(*member, m.value()); !e.empty()) return e;
        return {};
    }
    if (const auto *list = value.if_array()) {
        if (s.items)
            for (const auto &v : *list)
                if (auto e = conversion_error(*s.items, v); !e.empty()) return e;
        return {};
    }
    const bool number = value.is_int64() || value.is_uint64();
    const auto got = value.is_string()   ? "string"
                     : value.is_bool()   ? "bool"
                     : number            ? "int64"
                     : value.is_double() ? "float64"
                                         : "";
    if (!*got) return {};
    const bool fits = s.type == ValueType::any || (s.type == ValueType::string && value.is_string()) ||
                      (s.type == ValueType::boolean && value.is_bool()) || (s.type == ValueType::integer && value.is_number());
    if (fits) return {};
    if (s.type == ValueType::object || s.type == ValueType::array)
        return std::string("cannot restore ") + s.go_type + " from " + got;
    return std::string("cannot convert ") + got + " to " + s.go_type;
}

} // namespace

Patched strategic_patch(const Schema &schema, const json::object &object, const json::value &patch) {
    const auto *changes = patch.if_object();
    if (!changes) {
        auto type = json_type_name(patch);
        if (type == "integer") type = "number";
        if (patch.is_null()) return object;
        return bad_request("json: cannot unmarshal " + std::string(type == "boolean" ? "bool" : type) +
                           " into Go value of type map[string]interface {}");
    }
    Merger merger;
    auto out = merger.merge(&schema, object, *changes);
    if (merger.failed) return std::move(*merger.failed);
    if (const auto why = conversion_error(schema, out); !why.empty()) return patch_result_invalid(go_value_text(patch), why);
    return out;
}

} // namespace xtn::sandbox::objects
