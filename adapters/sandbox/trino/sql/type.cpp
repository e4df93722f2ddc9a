#include "adapters/sandbox/trino/sql/type.hpp"

#include "adapters/sandbox/trino/sql/json_text.hpp"

#include <algorithm>

namespace xtn::sandbox::trino::sql {

SqlType simple_type(std::string_view base) {
    SqlType type;
    type.base = base;
    return type;
}
SqlType varchar_type(std::int64_t length) {
    SqlType type = simple_type("varchar");
    type.numbers = {length};
    return type;
}
SqlType decimal_type(std::int64_t precision, std::int64_t scale) {
    SqlType type = simple_type("decimal");
    type.numbers = {precision, scale};
    return type;
}

bool is_integer(const SqlType &type) {
    return type.base == "bigint" || type.base == "integer" || type.base == "smallint" || type.base == "tinyint";
}
bool is_floating(const SqlType &type) {
    return type.base == "double" || type.base == "real";
}
bool is_number(const SqlType &type) {
    return is_integer(type) || is_floating(type) || type.base == "decimal";
}
bool is_text(const SqlType &type) {
    return type.base == "varchar" || type.base == "char";
}
bool has_precision(const SqlType &type) {
    return type.base.starts_with("time");
}

namespace {

std::string capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

} // namespace

std::string display(const SqlType &type, bool parametric_datetime) {
    if (type.base.starts_with("interval")) return capitals(type.base); // the one kind that Trino spells in capitals
    if (type.base == "varchar" && type.numbers.size() == 1 && type.numbers[0] == unbounded) return "varchar";
    if (has_precision(type)) {
        if (!parametric_datetime || type.numbers.empty()) return type.base;
        const auto blank = std::min(type.base.find(' '), type.base.size());
        return type.base.substr(0, blank) + "(" + std::to_string(type.numbers[0]) + ")" + type.base.substr(blank);
    }
    std::string out = type.base;
    std::string inner;
    for (const auto n : type.numbers)
        inner.append(inner.empty() ? "" : ", ").append(std::to_string(n));
    for (std::size_t i = 0; i < type.children.size(); ++i) {
        inner += inner.empty() ? "" : ", ";
        if (i < type.names.size() && !type.names[i].empty()) inner.append(type.names[i]).append(" ");
        inner += display(type.children[i], parametric_datetime);
    }
    if (!inner.empty()) out.append("(").append(inner).append(")");
    return out;
}

void append_signature(std::string &out, const SqlType &type, bool parametric_datetime) {
    out += "{\"rawType\":";
    append_json_string(out, type.base);
    out += ",\"arguments\":[";
    bool first = true;
    const bool numbers_shown = parametric_datetime || !has_precision(type);
    for (const auto n : type.numbers) {
        if (!numbers_shown) break;
        out.append(first ? "" : ",").append("{\"kind\":\"LONG\",\"value\":").append(std::to_string(n)).append("}");
        first = false;
    }
    for (std::size_t i = 0; i < type.children.size(); ++i) {
        out += first ? "" : ",";
        first = false;
        if (type.base != "row") {
            out += "{\"kind\":\"TYPE\",\"value\":";
            append_signature(out, type.children[i], parametric_datetime);
            out += "}";
            continue;
        }
        out += "{\"kind\":\"NAMED_TYPE\",\"value\":{";
        if (i < type.names.size() && !type.names[i].empty()) {
            out += "\"fieldName\":{\"name\":";
            append_json_string(out, type.names[i]);
            out += "},";
        }
        out += "\"typeSignature\":";
        append_signature(out, type.children[i], parametric_datetime);
        out += "}}";
    }
    out += "]}";
}

} // namespace xtn::sandbox::trino::sql
