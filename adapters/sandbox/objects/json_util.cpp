#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

namespace xtn::sandbox::objects {

namespace json = boost::json;

const json::value *find(const json::object &object, std::string_view name) {
    return object.if_contains(name);
}
const json::object *find_object(const json::object &object, std::string_view name) {
    const auto *v = object.if_contains(name);
    return v ? v->if_object() : nullptr;
}
json::object *find_object(json::object &object, std::string_view name) {
    auto *v = object.if_contains(name);
    return v ? v->if_object() : nullptr;
}
const json::array *find_array(const json::object &object, std::string_view name) {
    const auto *v = object.if_contains(name);
    return v ? v->if_array() : nullptr;
}
json::array *find_array(json::object &object, std::string_view name) {
    auto *v = object.if_contains(name);
    return v ? v->if_array() : nullptr;
}
std::string_view find_string(const json::object &object, std::string_view name) {
    const auto *v = object.if_contains(name);
    if (!v || !v->is_string()) return {};
    return v->get_string();
}

namespace {
// Takes the first step off a dotted path.
std::string_view take_step(std::string_view &path) {
    if (path.starts_with('.')) path.remove_prefix(1);
    const auto dot = path.find('.');
    const auto step = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    return step;
}
} // namespace

const json::value *at_path(const json::object &object, std::string_view dotted) {
    const json::object *here = &object;
    while (true) {
        const auto *v = here->if_contains(take_step(dotted));
        if (!v || dotted.empty()) return v;
        here = v->if_object();
        if (!here) return nullptr;
    }
}

json::object &make_object_at(json::object &object, std::string_view dotted) {
    json::object *here = &object;
    while (!dotted.empty()) {
        auto &v = (*here)[take_step(dotted)];
        if (!v.is_object()) v.emplace_object();
        here = &v.get_object();
    }
    return *here;
}

bool is_integer(const json::value &value) {
    if (value.is_int64() || value.is_uint64()) return true;
    return value.is_double() && std::nearbyint(value.get_double()) == value.get_double() && std::isfinite(value.get_double());
}

std::int64_t integer_of(const json::value *value, std::int64_t fallback) {
    if (!value) return fallback;
    if (value->is_int64()) return value->get_int64();
    if (value->is_uint64()) return static_cast<std::int64_t>(std::min<std::uint64_t>(value->get_uint64(), INT64_MAX));
    if (is_integer(*value) && std::fabs(value->get_double()) < 9e18) return static_cast<std::int64_t>(value->get_double());
    return fallback;
}

bool same_value(const json::value &a, const json::value &b) {
    if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
    if (a.kind() != b.kind()) return false;
    if (const auto *x = a.if_object()) {
        const auto &y = b.get_object();
        return x->size() == y.size() && std::all_of(x->begin(), x->end(), [&](const auto &m) {
                   const auto *other = y.if_contains(m.key());
                   return other && same_value(m.value(), *other);
               });
    }
    if (const auto *x = a.if_array()) {
        const auto &y = b.get_array();
        return x->size() == y.size() && std::equal(x->begin(), x->end(), y.begin(), same_value);
    }
    return a == b;
}

void erase_member(json::object &object, std::string_view name) {
    if (const auto it = object.find(name); it != object.end()) object.stable_erase(it);
}
void set_default(json::object &object, std::string_view name, json::value value) {
    if (!object.contains(name)) object.emplace(name, std::move(value));
}

namespace {
constexpr std::string_view hex_digits = "0123456789abcdef";

void append_json_string(std::string &out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (byte < 0x20 || c == '<' || c == '>' || c == '&') { // Go escapes these three for HTML
                out += "\\u00";
                out += hex_digits[byte >> 4];
                out += hex_digits[byte & 15];
            } else {
                out += c;
            }
        }
    }
    out += '"';
}

void append_json(std::string &out, const json::value &value, bool sorted) {
    switch (value.kind()) {
    case json::kind::null:
        out += "null";
        break;
    case json::kind::bool_:
        out += value.get_bool() ? "true" : "false";
        break;
    case json::kind::int64:
        out += std::to_string(value.get_int64());
        break;
    case json::kind::uint64:
        out += std::to_string(value.get_uint64());
        break;
    case json::kind::double_:
        out += go_number(value.get_double());
        break;
    case json::kind::string:
        append_json_string(out, value.get_string());
        break;
    case json::kind::array: {
        out += '[';
        bool first = true;
        for (const auto &item : value.get_array()) {
            if (!first) out += ',';
            first = false;
            append_json(out, item, sorted);
        }
        out += ']';
        break;
    }
    case json::kind::object: {
        std::vector<const json::key_value_pair *> members;
        for (const auto &member : value.get_object())
            members.push_back(&member);
        if (sorted) std::sort(members.begin(), members.end(), [](auto *a, auto *b) { return a->key() < b->key(); });
        out += '{';
        bool first = true;
        for (const auto *member : members) {
            if (!first) out += ',';
            first = false;
            append_json_string(out, member->key());
            out += ':';
            append_json(out, member->value(), sorted);
        }
        out += '}';
        break;
    }
    }
}
} // namespace

std::string compact_json(const json::value &value, bool sorted) {
    std::string out;
    append_json(out, value, sorted);
    return out;
}

std::string go_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\a':
            out += "\\a";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\v':
            out += "\\v";
            break;
        default:
            if (byte < 0x20 || byte == 0x7f) {
                out += "\\x";
                out += hex_digits[byte >> 4];
                out += hex_digits[byte & 15];
            } else {
                out += c;
            }
        }
    }
    return out + "\"";
}

std::string go_number(double number) {
    char buffer[64];
    const double size = std::fabs(number);
    const bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                   exponent ? std::chars_format::scientific : std::chars_format::fixed);
    return {buffer, end.ptr};
}

std::string_view json_type_name(const json::value &value) {
    switch (value.kind()) {
    case json::kind::null:
        return "null";
    case json::kind::bool_:
        return "boolean";
    case json::kind::int64:
    case json::kind::uint64:
        return "integer";
    case json::kind::double_:
        return is_integer(value) ? "integer" : "number";
    case json::kind::string:
        return "string";
    case json::kind::array:
        return "array";
    case json::kind::object:
        return "object";
    }
    return "null";
}

std::string joined(std::string_view parent, std::string_view member) {
    if (parent.empty()) return std::string(member);
    return std::string(parent) + "." + std::string(member);
}
std::string indexed(std::string_view parent, std::size_t position) {
    return std::string(parent) + "[" + std::to_string(position) + "]";
}
std::string keyed(std::string_view parent, std::string_view key) {
    return std::string(parent) + "[" + std::string(key) + "]";
}

} // namespace xtn::sandbox::objects
