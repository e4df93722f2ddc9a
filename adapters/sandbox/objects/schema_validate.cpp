// Validation in the words of kube-apiserver's OpenAPI validator; the order of the errors is its order, too: type, combinations,
// string, format, number, list, enum, object.
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/pattern.hpp"
#include "adapters/sandbox/objects/schema.hpp"
#include "core/base/ids.hpp"
#include "core/base/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

constexpr std::string_view no_field = "<nil>";

std::string shown_path(std::string_view path) {
    return std::string(path.empty() ? no_field : path);
}

std::string_view type_text(const Schema &s) {
    if (s.int_or_string && s.type == ValueType::any) return "integer,string";
    switch (s.type) {
    case ValueType::object:
        return "object";
    case ValueType::array:
        return "array";
    case ValueType::string:
        return "string";
    case ValueType::integer:
        return "integer";
    case ValueType::number:
        return "number";
    case ValueType::boolean:
        return "boolean";
    case ValueType::any:
        break;
    }
    return {};
}

Cause wrong_type(std::string_view path, std::string_view wanted, std::string_view got) {
    return type_invalid(shown_path(path), json::string(got),
                        std::string(path) + " in body must be of type " + std::string(wanted) + ": " + go_quoted(got));
}

bool type_fits(const Schema &s, const json::value &value) {
    if (s.int_or_string && s.type == ValueType::any) return value.is_string() || is_integer(value);
    switch (s.type) {
    case ValueType::any:
        return true;
    case ValueType::object:
        return value.is_object();
    case ValueType::array:
        return value.is_array();
    case ValueType::string:
        return value.is_string();
    case ValueType::boolean:
        return value.is_bool();
    case ValueType::integer:
        return value.is_number() && is_integer(value);
    case ValueType::number:
        return value.is_number();
    }
    return true;
}

void check_type(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    if (type_fits(s, value)) return;
    const bool numeric_format = s.type == ValueType::integer && !s.format.empty();
    if (numeric_format && !value.is_string() && !value.is_array() && !value.is_null()) {
        // With a format the server compares formats, not types.
        out.push_back(wrong_type(path, s.format, value.is_double() ? "float64" : ""));
        return;
    }
    out.push_back(wrong_type(path, type_text(s), json_type_name(value)));
}

Cause in_body(std::string_view path, const json::value &value, const std::string &what) {
    return invalid_value(shown_path(path), value, std::string(path) + " in body " + what);
}

void check_string(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    const auto *text = value.if_string();
    if (!text) return;
    const auto length = utf8_length({text->data(), text->size()});
    if (s.max_length && length > *s.max_length) out.push_back(too_long(shown_path(path), *s.max_length));
    if (s.min_length && length < *s.min_length)
        out.push_back(in_body(path, value, "should be at least " + std::to_string(*s.min_length) + " chars long"));
    if (s.compiled_pattern && !pattern_found(*s.compiled_pattern, {text->data(), text->size()}))
        out.push_back(in_body(path, value, "should match '" + s.pattern + "'"));
}

bool is_duration(std::string_view text) {
    static const auto go = compile_pattern("^([-+]?([0-9]+(\\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+|0)$");
    static const auto words = compile_pattern("^[0-9]+ ?(ns|nano|us|µs|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|week|wk)s?$");
    return pattern_found(*go, text) || pattern_found(*words, text);
}

bool format_fits(std::string_view format, std::string_view text) {
    if (format == "date-time") return Timestamp::parse(text).ok();
    if (format == "date") return text.size() == 10 && Timestamp::parse(std::string(text) + "T00:00:00Z").ok();
    if (format == "duration") return is_duration(text);
    if (format == "byte")
        return text.size() % 4 == 0 &&
               text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
                   std::string_view::npos;
    if (format == "uuid" || format == "uid") {
        static const auto uuid =
            compile_pattern("^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$");
        return pattern_found(*uuid, text);
    }
    return true; // the server checks no others that our CRDs use
}

void check_format(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    const auto *text = value.if_string();
    if (!text || s.format.empty() || format_fits(s.format, {text->data(), text->size()})) return;
    out.push_back(type_invalid(shown_path(path), value,
                               std::string(path) + " in body must be of type " + s.format + ": " +
                                   go_quoted({text->data(), text->size()})));
}

bool in_range(double number, std::string_view format) {
    if (format == "int32") return number >= INT32_MIN && number <= INT32_MAX && std::nearbyint(number) == number;
    if (format == "int64") return std::nearbyint(number) == number;
    return true;
}

void check_number(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    if (!value.is_number() || (s.type != ValueType::integer && s.type != ValueType::number && s.type != ValueType::any)) return;
    const auto number = value.to_number<double>();
    if (s.type == ValueType::integer && !in_range(number, s.format))
        out.push_back(
            invalid_value(std::string(no_field), "",
                          "Checked value must be of type integer with format " + s.format + " in " + std::string(path)));
    if (s.multiple_of && *s.multiple_of != 0) {
        const auto times = number / *s.multiple_of;
        if (std::fabs(times - std::nearbyint(times)) > 1e-9)
            out.push_back(in_body(path, value, "should be a multiple of " + go_number(*s.multiple_of)));
    }
    if (s.maximum && (number > *s.maximum || (s.exclusive_maximum && number == *s.maximum)))
        out.push_back(
            in_body(path, value,
                    (s.exclusive_maximum ? "should be less than " : "should be less than or equal to ") + go_number(*s.maximum)));
    if (s.minimum && (number < *s.minimum || (s.exclusive_minimum && number == *s.minimum)))
        out.push_back(in_body(path, value,
                              (s.exclusive_minimum ? "should be greater than " : "should be greater than or equal to ") +
                                  go_number(*s.minimum)));
}

void check_list(const Schema &s, const json::value &value, std::string_view path, Causes &out);
void check_object(const Schema &s, const json::value &value, std::string_view path, Causes &out);

void check_enum(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    if (s.enumeration.empty()) return;
    for (const auto &allowed : s.enumeration)
        if (same_value(allowed, value)) return;
    std::vector<std::string> texts;
    texts.reserve(s.enumeration.size());
    for (const auto &allowed : s.enumeration)
        texts.push_back(allowed.is_string() ? std::string(allowed.get_string()) : compact_json(allowed));
    out.push_back(not_supported(shown_path(path), value, texts));
}

// The value itself is not shown: the server names the path in the text and leaves the field out.
Cause combination(std::string_view path, std::string_view what) {
    return invalid_value(std::string(no_field), "", go_quoted(path) + " " + std::string(what));
}

void check_combinations(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    const auto append = [&out](const Causes &more) { out.insert(out.end(), more.begin(), more.end()); };
    if (!s.any_of.empty()) {
        std::optional<Causes> first;
        bool fits = false;
        for (const auto &alternative : s.any_of) {
            auto causes = validate_schema(*alternative, value, path);
            fits = fits || causes.empty();
            if (!first) first = std::move(causes);
        }
        if (!fits) {
            out.push_back(combination(path, "must validate at least one schema (anyOf)"));
            append(*first);
        }
    }
    if (!s.one_of.empty()) {
        std::optional<Causes> first;
        int valid = 0;
        for (const auto &alternative : s.one_of) {
            auto causes = validate_schema(*alternative, value, path);
            if (causes.empty())
                ++valid;
            else if (!first)
                first = std::move(causes);
        }
        if (valid != 1) {
            const auto found = valid == 0 ? "Found none valid" : "Found " + std::to_string(valid) + " valid alternatives";
            out.push_back(combination(path, "must validate one and only one schema (oneOf). " + found));
            if (valid == 0) append(*first);
        }
    }
    if (!s.all_of.empty()) {
        bool fits = true;
        for (const auto &part : s.all_of) {
            const auto causes = validate_schema(*part, value, path);
            append(causes);
            fits = fits && causes.empty();
        }
        if (!fits) out.push_back(combination(path, "must validate all the schemas (allOf)"));
    }
    if (s.not_schema && validate_schema(*s.not_schema, value, path).empty())
        out.push_back(combination(path, "must not validate the schema (not)"));
}

void check_list(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    const auto *list = value.if_array();
    if (!list) return;
    if (s.items) {
        for (std::size_t i = 0; i < list->size(); ++i) {
            const auto causes = validate_schema(*s.items, (*list)[i], indexed(path, i));
            out.insert(out.end(), causes.begin(), causes.end());
        }
    }
    if (s.min_items && list->size() < *s.min_items)
        out.push_back(in_body(path, list->size(), "should have at least " + std::to_string(*s.min_items) + " items"));
    if (s.max_items && list->size() > *s.max_items) out.push_back(too_many(shown_path(path), list->size(), *s.max_items));
    if (s.unique_items) {
        for (std::size_t i = 0; i < list->size(); ++i) {
            const bool again = std::any_of(list->begin(), list->begin() + static_cast<std::ptrdiff_t>(i),
                                           [&](const auto &v) { return same_value(v, (*list)[i]); });
            if (!again) continue;
            out.push_back(in_body(path, "", "shouldn't contain duplicates"));
            break;
        }
    }
}

void check_object(const Schema &s, const json::value &value, std::string_view path, Causes &out) {
    const auto *object = value.if_object();
    if (!object) return;
    if (s.min_properties && object->size() < *s.min_properties) {
        out.push_back(in_body(path, object->size(), "should have at least " + std::to_string(*s.min_properties) + " properties"));
        return;
    }
    if (s.max_properties && object->size() > *s.max_properties) {
        out.push_back(too_many(shown_path(path), object->size(), *s.max_properties));
        return;
    }
    if (s.additional)
        for (const auto &member : *object) {
            if (s.property(member.key())) continue;
            const auto causes = validate_schema(*s.additional, member.value(), joined(path, member.key()));
            out.insert(out.end(), causes.begin(), causes.end());
        }
    for (const auto &[name, property] : s.properties) {
        const auto *member = object->if_contains(name);
        if (!member) continue;
        const auto causes = validate_schema(*property, *member, joined(path, name));
        out.insert(out.end(), causes.begin(), causes.end());
    }
    for (const auto &name : s.required)
        if (!object->contains(name)) out.push_back(required_value(joined(path, name)));
}

} // namespace

Causes validate_schema(const Schema &s, const json::value &value, std::string_view path) {
    Causes out;
    if (value.is_null()) {
        if (!s.nullable && (s.type != ValueType::any || s.int_or_string))
            out.push_back(wrong_type(path, type_text(s), "null"));
        else if (!s.nullable)
            check_enum(s, value, path, out);
        return out;
    }
    check_type(s, value, path, out);
    check_combinations(s, value, path, out);
    check_string(s, value, path, out);
    check_format(s, value, path, out);
    check_number(s, value, path, out);
    check_list(s, value, path, out);
    check_enum(s, value, path, out);
    check_object(s, value, path, out);
    return out;
}

Causes validate_lists(const Schema &s, const json::value &value, std::string_view path) {
    Causes out;
    if (const auto *list = value.if_array()) {
        std::vector<json::value> seen;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const auto &item = (*list)[i];
            if (s.list_type != ListType::atomic) {
                json::value key = item;
                if (s.list_type == ListType::map && item.is_object()) {
                    json::object keys;
                    for (const auto &name : s.list_map_keys)
                        if (const auto *v = item.get_object().if_contains(name)) keys[name] = *v;
                    key = std::move(keys);
                }
                if (std::any_of(seen.begin(), seen.end(), [&](const auto &v) { return same_value(v, key); }))
                    out.push_back(duplicate_value(indexed(path, i), key));
                else
                    seen.push_back(std::move(key));
            }
            if (!s.items) continue;
            const auto causes = validate_lists(*s.items, item, indexed(path, i));
            out.insert(out.end(), causes.begin(), causes.end());
        }
    } else if (const auto *object = value.if_object()) {
        for (const auto &member : *object) {
            const auto *m = s.member(member.key());
            if (!m) continue;
            const auto causes = validate_lists(*m, member.value(), joined(path, member.key()));
            out.insert(out.end(), causes.begin(), causes.end());
        }
    }
    return out;
}

} // namespace xtn::sandbox::objects
