#include "adapters/sandbox/objects/status.hpp"

#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {
// A value inside an error text: strings quoted, numbers and booleans plain, the rest as JSON.
std::string shown(const json::value &value) {
    if (const auto *text = value.if_string()) return go_quoted(*text);
    return compact_json(value);
}
std::string with_detail(std::string message, std::string_view detail) {
    if (!detail.empty()) message.append(": ").append(detail);
    return message;
}
std::string qualified(std::string_view name, std::string_view group) {
    return group.empty() ? std::string(name) : std::string(name) + "." + std::string(group);
}
json::object details(std::string_view name, std::string_view group, std::string_view kind) {
    json::object out;
    if (!name.empty()) out["name"] = name;
    if (!group.empty()) out["group"] = group;
    if (!kind.empty()) out["kind"] = kind;
    return out;
}
} // namespace

Cause invalid_value(std::string field, const json::value &value, std::string_view detail) {
    return {"FieldValueInvalid", with_detail("Invalid value: " + shown(value), detail), std::move(field)};
}
Cause type_invalid(std::string field, const json::value &value, std::string_view detail) {
    return {"FieldValueTypeInvalid", with_detail("Invalid value: " + shown(value), detail), std::move(field)};
}
Cause required_value(std::string field, std::string_view detail) {
    return {"FieldValueRequired", with_detail("Required value", detail), std::move(field)};
}
Cause forbidden(std::string field, std::string_view detail) {
    return {"FieldValueForbidden", with_detail("Forbidden", detail), std::move(field)};
}
Cause not_supported(std::string field, const json::value &value, const std::vector<std::string> &supported) {
    std::string list;
    for (const auto &s : supported) {
        if (!list.empty()) list += ", ";
        list += go_quoted(s);
    }
    return {"FieldValueNotSupported", "Unsupported value: " + shown(value) + ": supported values: " + list, std::move(field)};
}
Cause duplicate_value(std::string field, const json::value &value) {
    return {"FieldValueDuplicate", "Duplicate value: " + shown(value), std::move(field)};
}
Cause too_long(std::string field, std::size_t max_bytes) {
    return {"FieldValueTooLong", "Too long: may not be more than " + std::to_string(max_bytes) + " bytes", std::move(field)};
}
Cause too_many(std::string field, std::size_t actual, std::size_t max) {
    return {"FieldValueTooMany", "Too many: " + std::to_string(actual) + ": must have at most " + std::to_string(max) + " items",
            std::move(field)};
}

json::array causes_json(const Causes &causes) {
    json::array out;
    for (const auto &c : causes) {
        json::object cause{{"reason", c.reason}, {"message", c.message}};
        if (!c.field.empty()) cause["field"] = c.field;
        out.push_back(std::move(cause));
    }
    return out;
}

ApiFailure failure(int code, std::string_view reason, std::string_view message, json::object details) {
    json::object status{
        {"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", json::object{}}, {"status", "Failure"}, {"message", message}};
    if (!reason.empty()) status["reason"] = reason;
    if (!details.empty()) status["details"] = std::move(details);
    status["code"] = code;
    return {code, std::move(status)};
}

ApiFailure invalid(std::string_view group, std::string_view kind, std::string_view name, const Causes &causes) {
    std::vector<std::string> texts;
    for (const auto &c : causes) {
        auto text = c.field + ": " + c.message;
        if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
    }
    std::string list;
    for (const auto &t : texts)
        list += (list.empty() ? "" : ", ") + t;
    if (texts.size() > 1) list = "[" + list + "]";
    auto info = details(name, group, kind);
    if (!causes.empty()) info["causes"] = causes_json(causes);
    return failure(422, "Invalid", qualified(kind, group) + " " + go_quoted(name) + " is invalid: " + list, std::move(info));
}

ApiFailure not_found(std::string_view group, std::string_view plural, std::string_view name) {
    return failure(404, "NotFound", qualified(plural, group) + " " + go_quoted(name) + " not found",
                   details(name, group, plural));
}
ApiFailure already_exists(std::string_view group, std::string_view plural, std::string_view name, std::string_view prefix) {
    return failure(409, "AlreadyExists",
                   std::string(prefix) + qualified(plural, group) + " " + go_quoted(name) + " already exists",
                   details(name, group, plural));
}
ApiFailure conflict(std::string_view group, std::string_view plural, std::string_view name, std::string_view why) {
    return failure(409, "Conflict",
                   "Operation cannot be fulfilled on " + qualified(plural, group) + " " + go_quoted(name) + ": " +
                       std::string(why),
                   details(name, group, plural));
}
ApiFailure forbidden_failure(std::string_view group, std::string_view plural, std::string_view name, std::string_view why,
                             const Causes &causes) {
    auto info = details(name, group, plural);
    if (!causes.empty()) info["causes"] = causes_json(causes);
    std::string message = qualified(plural, group);
    if (!name.empty()) message += " " + go_quoted(name);
    return failure(403, "Forbidden", message + " is forbidden: " + std::string(why), std::move(info));
}
ApiFailure bad_request(std::string_view message) {
    return failure(400, "BadRequest", message);
}
ApiFailure internal_failure(std::string_view message) {
    return failure(500, "", message);
}
ApiFailure apply_conflict(std::string_view message, const Causes &causes) {
    return failure(409, "Conflict", message, json::object{{"causes", causes_json(causes)}});
}

} // namespace xtn::sandbox::objects
