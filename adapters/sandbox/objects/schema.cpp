#include "adapters/sandbox/objects/schema.hpp"

#include "adapters/sandbox/objects/cel.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/pattern.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

const Schema *Schema::property(std::string_view name) const {
    const auto it = std::find_if(properties.begin(), properties.end(), [&](const auto &p) { return p.first == name; });
    return it == properties.end() ? nullptr : it->second.get();
}
const Schema *Schema::member(std::string_view name) const {
    const auto *p = property(name);
    return p ? p : additional.get();
}

namespace {

const std::pair<std::string_view, ValueType> type_names[] = {{"object", ValueType::object}, {"array", ValueType::array},
                                                             {"string", ValueType::string}, {"integer", ValueType::integer},
                                                             {"number", ValueType::number}, {"boolean", ValueType::boolean}};

std::string_view name_of_type(ValueType type) {
    for (const auto &[name, t] : type_names)
        if (t == type) return name;
    return {};
}

struct Reader {
    std::string error; // of the first thing that is wrong

    void fail(std::string_view path, std::string_view what) {
        if (error.empty()) error = std::string(path.empty() ? "openAPIV3Schema" : path) + ": " + std::string(what);
    }

    std::optional<double> number(const json::object &o, std::string_view name) {
        const auto *v = find(o, name);
        return v && v->is_number() ? std::optional(v->to_number<double>()) : std::nullopt;
    }
    std::optional<std::uint64_t> count(const json::object &o, std::string_view name) {
        const auto *v = find(o, name);
        return v && v->is_number() ? std::optional(static_cast<std::uint64_t>(integer_of(v))) : std::nullopt;
    }
    bool flag(const json::object &o, std::string_view name) {
        const auto *v = find(o, name);
        return v && v->is_bool() && v->get_bool();
    }
    std::vector<std::string> strings(const json::object &o, std::string_view name) {
        std::vector<std::string> out;
        if (const auto *list = find_array(o, name))
            for (const auto &v : *list)
                if (v.is_string()) out.emplace_back(v.get_string());
        return out;
    }
    std::vector<SchemaPtr> schemas(const json::object &o, std::string_view name, const std::string &path) {
        std::vector<SchemaPtr> out;
        if (const auto *list = find_array(o, name))
            for (const auto &v : *list)
                out.push_back(read(v, joined(path, name)));
        return out;
    }

    std::shared_ptr<const CelProgram> program(const std::string &expression, const std::string &path) {
        auto parsed = CelProgram::parse(expression);
        if (parsed.ok()) return *parsed;
        fail(path, parsed.error().message);
        return nullptr;
    }

    void read_rules(const json::object &o, Schema &s, const std::string &path) {
        const auto *rules = find_array(o, "x-kubernetes-validations");
        if (!rules) return;
        for (const auto &v : *rules) {
            const auto *r = v.if_object();
            if (!r) continue;
            CelRule rule{.rule = std::string(find_string(*r, "rule")),
                         .message = std::string(find_string(*r, "message")),
                         .message_expression = std::string(find_string(*r, "messageExpression")),
                         .reason = std::string(find_string(*r, "reason")),
                         .field_path = std::string(find_string(*r, "fieldPath"))};
            rule.program = program(rule.rule, joined(path, "x-kubernetes-validations"));
            if (!rule.message_expression.empty())
                rule.message_program = program(rule.message_expression, joined(path, "x-kubernetes-validations"));
            s.rules.push_back(std::move(rule));
        }
    }

    void read_bounds(const json::object &o, Schema &s) {
        s.minimum = number(o, "minimum");
        s.maximum = number(o, "maximum");
        s.multiple_of = number(o, "multipleOf");
        s.exclusive_minimum = flag(o, "exclusiveMinimum");
        s.exclusive_maximum = flag(o, "exclusiveMaximum");
        s.min_length = count(o, "minLength");
        s.max_length = count(o, "maxLength");
        s.min_items = count(o, "minItems");
        s.max_items = count(o, "maxItems");
        s.min_properties = count(o, "minProperties");
        s.max_properties = count(o, "maxProperties");
        s.unique_items = flag(o, "uniqueItems");
    }

    SchemaPtr read(const json::value &value, const std::string &path) {
        auto out = std::make_shared<Schema>();
        const auto *o = value.if_object();
        if (!o) {
            fail(path, "must be an object");
            return out;
        }
        Schema &s = *out;
        if (const auto type = find_string(*o, "type"); !type.empty()) {
            const auto *it = std::find_if(std::begin(type_names), std::end(type_names), [&](auto &t) { return t.first == type; });
            if (it == std::end(type_names))
                fail(joined(path, "type"), "unknown type " + std::string(type));
            else
                s.type = it->second;
        }
        s.description = find_string(*o, "description");
        s.format = find_string(*o, "format");
        s.pattern = find_string(*o, "pattern");
        if (!s.pattern.empty()) s.compiled_pattern = compile_pattern(s.pattern);
        if (!s.pattern.empty() && !s.compiled_pattern) fail(joined(path, "pattern"), "is no regular expression: " + s.pattern);
        s.required = strings(*o, "required");
        if (const auto *list = find_array(*o, "enum")) s.enumeration.assign(list->begin(), list->end());
        if (const auto *v = find(*o, "default")) s.default_value = *v;
        s.nullable = flag(*o, "nullable");
        s.int_or_string = flag(*o, "x-kubernetes-int-or-string");
        s.preserve_unknown = flag(*o, "x-kubernetes-preserve-unknown-fields");
        s.embedded_resource = flag(*o, "x-kubernetes-embedded-resource");
        s.atomic_map = find_string(*o, "x-kubernetes-map-type") == "atomic";
        s.list_map_keys = strings(*o, "x-kubernetes-list-map-keys");
        const auto list_type = find_string(*o, "x-kubernetes-list-type");
        if (list_type == "set")
            s.list_type = ListType::set;
        else if (list_type == "map")
            s.list_type = ListType::map;
        else if (!list_type.empty() && list_type != "atomic")
            fail(joined(path, "x-kubernetes-list-type"), "must be atomic, set or map");
        if (s.list_type == ListType::map && s.list_map_keys.empty())
            fail(joined(path, "x-kubernetes-list-map-keys"), "required for lists of type map");
        read_bounds(*o, s);
        read_rules(*o, s, path);
        if (const auto *properties = find_object(*o, "properties"))
            for (const auto &p : *properties)
                s.properties.emplace_back(p.key(), read(p.value(), joined(joined(path, "properties"), p.key())));
        if (const auto *v = find(*o, "additionalProperties")) {
            if (v->is_object())
                s.additional = read(*v, joined(path, "additionalProperties"));
            else if (v->is_bool() && v->get_bool())
                s.additional = any_schema();
        }
        if (const auto *v = find(*o, "items")) s.items = read(*v, joined(path, "items"));
        s.all_of = schemas(*o, "allOf", path);
        s.any_of = schemas(*o, "anyOf", path);
        s.one_of = schemas(*o, "oneOf", path);
        if (const auto *v = find(*o, "not")) s.not_schema = read(*v, joined(path, "not"));
        return out;
    }

    static SchemaPtr any_schema() {
        auto s = std::make_shared<Schema>();
        s->preserve_unknown = true;
        return s;
    }
};

} // namespace

Result<SchemaPtr> schema_from_openapi(const json::value &schema) {
    Reader reader;
    auto out = reader.read(schema, "");
    if (!reader.error.empty()) return make_error(Code::invalid_argument, reader.error);
    return out;
}

json::object openapi_from_schema(const Schema &s) {
    json::object out;
    if (!s.description.empty()) out["description"] = s.description;
    if (s.type != ValueType::any) out["type"] = name_of_type(s.type);
    if (!s.format.empty()) out["format"] = s.format;
    if (!s.required.empty()) out["required"] = json::array(s.required.begin(), s.required.end());
    if (!s.properties.empty()) {
        json::object properties;
        for (const auto &[name, p] : s.properties)
            properties[name] = openapi_from_schema(*p);
        out["properties"] = std::move(properties);
    }
    if (s.additional) out["additionalProperties"] = openapi_from_schema(*s.additional);
    if (s.items) out["items"] = openapi_from_schema(*s.items);
    if (s.int_or_string) out["x-kubernetes-int-or-string"] = true;
    if (s.preserve_unknown) out["x-kubernetes-preserve-unknown-fields"] = true;
    if (s.type == ValueType::array) {
        constexpr std::string_view names[] = {"atomic", "set", "map"};
        out["x-kubernetes-list-type"] = names[static_cast<int>(s.list_type)];
        if (!s.list_map_keys.empty())
            out["x-kubernetes-list-map-keys"] = json::array(s.list_map_keys.begin(), s.list_map_keys.end());
    }
    if (s.atomic_map) out["x-kubernetes-map-type"] = "atomic";
    if (!s.merge_key.empty()) out["x-kubernetes-patch-merge-key"] = s.merge_key;
    if (!s.merge_key.empty() || s.merge_primitives)
        out["x-kubernetes-patch-strategy"] = s.retain_keys ? "merge,retainKeys" : "merge";
    else if (s.retain_keys)
        out["x-kubernetes-patch-strategy"] = "retainKeys";
    return out;
}

namespace {

bool always_known(std::string_view name) {
    return name == "apiVersion" || name == "kind" || name == "metadata";
}

void prune_value(const Schema *schema, json::value &value, const std::string &path, bool resource,
                 std::vector<std::string> &gone) {
    if (auto *list = value.if_array()) {
        std::size_t i = 0;
        for (auto &item : *list) {
            prune_value(schema ? schema->items.get() : nullptr, item, indexed(path, i), false, gone);
            ++i;
        }
        return;
    }
    auto *object = value.if_object();
    if (!object) return;
    std::vector<std::string> names;
    for (const auto &member : *object)
        names.emplace_back(member.key());
    for (const auto &name : names) {
        if (resource && always_known(name)) continue;
        const auto *member = schema ? schema->member(name) : nullptr;
        const auto where = joined(path, name);
        if (member) {
            if (member->preserve_unknown && member->properties.empty() && !member->additional) continue;
            prune_value(member, (*object)[name], where, member->embedded_resource, gone);
        } else if (!schema || !schema->preserve_unknown) {
            erase_member(*object, name);
            gone.push_back(where);
        }
    }
}

bool null_without_place(const json::value &value, const Schema &schema) {
    return value.is_null() && !schema.nullable;
}

void default_value(const Schema &schema, json::value &value) {
    if (auto *list = value.if_array()) {
        if (!schema.items) return;
        for (auto &item : *list) {
            if (null_without_place(item, *schema.items) && schema.items->default_value) item = *schema.items->default_value;
            default_value(*schema.items, item);
        }
        return;
    }
    auto *object = value.if_object();
    if (!object) return;
    for (const auto &[name, property] : schema.properties) {
        if (!property->default_value) continue;
        const auto *present = object->if_contains(name);
        if (!present || null_without_place(*present, *property)) (*object)[name] = *property->default_value;
    }
    for (auto &member : *object) {
        const auto *s = schema.member(member.key());
        if (!s) continue;
        if (null_without_place(member.value(), *s) && s->default_value) member.value() = *s->default_value;
        default_value(*s, member.value());
    }
}

void drop_nulls_in(const Schema &schema, json::value &value) {
    if (auto *list = value.if_array()) {
        if (schema.items)
            for (auto &item : *list)
                drop_nulls_in(*schema.items, item);
        return;
    }
    auto *object = value.if_object();
    if (!object) return;
    std::vector<std::string> gone;
    for (auto &member : *object) {
        const auto *s = schema.member(member.key());
        if (!s) continue;
        if (null_without_place(member.value(), *s) && !s->default_value)
            gone.emplace_back(member.key());
        else
            drop_nulls_in(*s, member.value());
    }
    for (const auto &name : gone)
        erase_member(*object, name);
}

} // namespace

std::vector<std::string> prune(const Schema &schema, json::object &object) {
    std::vector<std::string> gone;
    json::value root = std::move(object);
    prune_value(&schema, root, "", true, gone);
    object = std::move(root.get_object());
    std::sort(gone.begin(), gone.end());
    return gone;
}

void apply_schema_defaults(const Schema &schema, json::object &object) {
    json::value root = std::move(object);
    default_value(schema, root);
    object = std::move(root.get_object());
}

void drop_nulls(const Schema &schema, json::object &object) {
    json::value root = std::move(object);
    drop_nulls_in(schema, root);
    object = std::move(root.get_object());
}

} // namespace xtn::sandbox::objects
