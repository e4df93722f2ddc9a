#include "core/model/field_report.hpp"

#include "core/model/look.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace xtn {
namespace {

std::string shown(const boost::json::value &value) {
    if (const auto number = look::float_text(value); !number.empty()) return std::string(number);
    return boost::json::serialize(value);
}

std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::value(text));
}

} // namespace

boost::json::object FieldError::to_json() const {
    boost::json::object out;
    out["field"] = field;
    out["reason"] = reason;
    out["message"] = message;
    return out;
}

void FieldReport::required(std::string field, std::string_view detail) {
    errors.push_back({std::move(field), "FieldValueRequired", fmt::format("Required value: {}", detail)});
}

void FieldReport::invalid(std::string field, const boost::json::value &value, std::string_view detail) {
    errors.push_back({std::move(field), "FieldValueInvalid", fmt::format("Invalid value: {}: {}", shown(value), detail)});
}

void FieldReport::unsupported(std::string field, std::string_view value, std::initializer_list<std::string_view> supported) {
    std::string list;
    for (const auto item : supported)
        list.append(list.empty() ? "" : ", ").append(quoted(item));
    errors.push_back({std::move(field), "FieldValueNotSupported",
                      fmt::format("Unsupported value: {}: supported values: {}", quoted(value), list)});
}

void FieldReport::forbidden(std::string field, std::string_view detail) {
    errors.push_back({std::move(field), "FieldValueForbidden", fmt::format("Forbidden: {}", detail)});
}

} // namespace xtn
