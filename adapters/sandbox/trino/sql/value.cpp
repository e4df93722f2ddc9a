#include "adapters/sandbox/trino/sql/value.hpp"

#include "adapters/sandbox/trino/sql/json_text.hpp"

namespace xtn::sandbox::trino::sql {

std::string with_fraction_digits(std::string_view text, std::size_t digits) {
    // The seconds are the two digits after the last colon that is followed by two digits and no sign before it ("+02:00").
    std::size_t seconds = std::string_view::npos;
    for (std::size_t i = 0, colons = 0; i < text.size(); ++i) {
        if (text[i] != ':') continue;
        if (++colons == 2) {
            seconds = i + 3;
            break;
        }
    }
    if (seconds == std::string_view::npos || seconds > text.size()) return std::string(text);
    std::size_t rest = seconds;
    std::string fraction;
    if (rest < text.size() && text[rest] == '.') {
        ++rest;
        while (rest < text.size() && text[rest] >= '0' && text[rest] <= '9')
            fraction += text[rest++];
    }
    fraction.resize(digits, '0');
    std::string out(text.substr(0, seconds));
    if (digits > 0) out.append(".").append(fraction);
    return out.append(text.substr(rest));
}

void append_value(std::string &out, const Value &value, const SqlType &type, bool parametric_datetime) {
    if (value.null()) {
        out += "null";
    } else if (const auto *b = value.as<bool>()) {
        out += *b ? "true" : "false";
    } else if (const auto *n = value.as<std::int64_t>()) {
        out += std::to_string(*n);
    } else if (const auto *d = value.as<double>()) {
        if (type.base == "real")
            append_json_float(out, static_cast<float>(*d));
        else
            append_json_double(out, *d);
    } else if (const auto *s = value.as<std::string>()) {
        if (has_precision(type) && !parametric_datetime)
            append_json_string(out, with_fraction_digits(*s, 3));
        else
            append_json_string(out, *s);
    } else if (const auto *list = value.as<std::vector<Value>>()) {
        const bool map = type.base == "map";
        out += map ? "{" : "[";
        for (std::size_t i = 0; i < list->size(); ++i) {
            if (map && i % 2 == 0) {
                out += i == 0 ? "" : ",";
                append_json_string(out, to_text((*list)[i], type.children[0]));
                out += ":";
                continue;
            }
            if (!map && i > 0) out += ",";
            const auto &child = type.children[type.base == "row" ? i : map ? 1 : 0];
            append_value(out, (*list)[i], child, parametric_datetime);
        }
        out += map ? "}" : "]";
    }
}

std::string to_text(const Value &value, const SqlType &type) {
    if (value.null()) return "null";
    if (const auto *b = value.as<bool>()) return *b ? "true" : "false";
    if (const auto *s = value.as<std::string>()) return *s;
    std::string out;
    append_value(out, value, type, true);
    if (out.size() > 1 && out.front() == '"') out = out.substr(1, out.size() - 2); // NaN, Infinity
    return out;
}

} // namespace xtn::sandbox::trino::sql
