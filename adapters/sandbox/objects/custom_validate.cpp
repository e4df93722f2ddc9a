#include "adapters/sandbox/objects/custom_validate.hpp"

#include "adapters/sandbox/objects/cel_rules.hpp"
#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>
#include <cstdint>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

void append(Causes &out, const Causes &more) {
    out.insert(out.end(), more.begin(), more.end());
}

std::string_view go_type_name(const json::value &value) {
    switch (value.kind()) {
    case json::kind::null:
        return "<nil>";
    case json::kind::bool_:
        return "bool";
    case json::kind::int64:
    case json::kind::uint64:
        return "int64";
    case json::kind::double_:
        return "float64";
    case json::kind::string:
        return "string";
    case json::kind::array:
        return "[]interface {}";
    case json::kind::object:
        return "map[string]interface {}";
    }
    return "";
}

// A value as Go's %v shows it inside an accessor error.
std::string go_plain(const json::value &value) {
    if (value.is_string()) return std::string(value.get_string());
    if (const auto *list = value.if_array()) {
        std::string out;
        for (const auto &v : *list)
            out += (out.empty() ? "" : " ") + go_plain(v);
        return "[" + out + "]";
    }
    return compact_json(value);
}

// What the server says about the number that a scale path leads to.
void check_replicas(const json::object &object, const std::string &path, Causes &out) {
    if (path.empty()) return;
    const json::value *here = nullptr;
    const json::object *in = &object;
    std::string_view rest = path;
    while (!rest.empty()) {
        rest.remove_prefix(1); // the dot
        const auto dot = std::min(rest.find('.'), rest.size());
        const auto step = rest.substr(0, dot);
        rest.remove_prefix(dot);
        if (!in) {
            out.push_back(invalid_value(path, 0,
                                        path + " accessor error: " + go_plain(*here) + " is of the type " +
                                            std::string(go_type_name(*here)) + ", expected map[string]interface{}"));
            return;
        }
        here = in->if_contains(step);
        if (!here) return;
        in = here->if_object();
    }
    if (!here->is_int64() && !here->is_uint64()) {
        out.push_back(invalid_value(path, 0,
                                    path + " accessor error: " + go_plain(*here) + " is of the type " +
                                        std::string(go_type_name(*here)) + ", expected int64"));
        return;
    }
    const auto number = integer_of(here);
    if (number < 0)
        out.push_back(invalid_value(path, *here, "should be a non-negative integer"));
    else if (number > INT32_MAX)
        out.push_back(invalid_value(path, *here, "should be less than or equal to " + std::to_string(INT32_MAX)));
}

// Errors that keep the server from running CEL rules.
bool blocks_rules(const Cause &cause) {
    constexpr std::string_view reasons[] = {"FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong",
                                            "FieldValueTooMany", "FieldValueTypeInvalid"};
    return std::find(std::begin(reasons), std::end(reasons), cause.reason) != std::end(reasons);
}

} // namespace

Causes validate_custom(const Kind &kind, const json::object &object, const json::object *old) {
    if (const auto k = find_string(object, "kind"); k != kind.kind)
        return {invalid_value("kind", json::value(k), "must be " + kind.kind)};
    if (const auto v = find_string(object, "apiVersion"); v != kind.api_version())
        return {invalid_value("apiVersion", json::value(v), "must be " + kind.api_version())};
    Causes out;
    if (old) {
        // Twice, as a server does: once for any kind, once for custom ones. The message shows each once.
        out = validate_metadata_update(object, *old);
        append(out, Causes(out));
    } else {
        out = validate_metadata(object, kind.names, kind.namespaced);
    }
    append(out, validate_schema(*kind.schema, object, ""));
    if (kind.scale) {
        check_replicas(object, kind.scale->spec_replicas, out);
        check_replicas(object, kind.scale->status_replicas, out);
    }
    append(out, validate_lists(*kind.schema, object, ""));
    if (!has_rules(*kind.schema)) return out;
    if (std::any_of(out.begin(), out.end(), blocks_rules))
        out.push_back(invalid_value("<nil>", nullptr,
                                    "some validation rules were not checked because the object was invalid; correct the existing "
                                    "errors to complete validation"));
    else
        append(out, validate_rules(*kind.schema, object, old));
    return out;
}

} // namespace xtn::sandbox::objects
