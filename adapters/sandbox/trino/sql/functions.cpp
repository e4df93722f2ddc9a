#include "adapters/sandbox/trino/sql/functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace xtn::sandbox::trino::sql {

namespace {

using Arguments = std::span<const Value>;

std::string change_case(const Value &value, char from, char to, int by) {
    std::string text = *value.as<std::string>();
    std::transform(text.begin(), text.end(), text.begin(),
                   [&](char c) { return c >= from && c <= to ? static_cast<char>(c + by) : c; });
    return text;
}

double number(const Value &value) {
    if (const auto *n = value.as<std::int64_t>()) return static_cast<double>(*n);
    return *value.as<double>();
}

Value or_null(const std::string &text) {
    return text.empty() ? Value() : Value(text);
}

// Arguments are not null here: a null argument makes the result null before the call.
constexpr std::array functions = {
    Function{"nan", "", "double",
             [](Arguments, const SessionFacts &, std::string_view) { return Value(std::numeric_limits<double>::quiet_NaN()); }},
    Function{"infinity", "", "double",
             [](Arguments, const SessionFacts &, std::string_view) { return Value(std::numeric_limits<double>::infinity()); }},
    Function{"pi", "", "double", [](Arguments, const SessionFacts &, std::string_view) { return Value(3.14159265358979323846); }},
    Function{"current_user", "", "varchar", [](Arguments, const SessionFacts &s, std::string_view) { return Value(s.user); }},
    Function{"current_catalog", "", "varchar",
             [](Arguments, const SessionFacts &s, std::string_view) { return or_null(s.catalog); }},
    Function{"current_schema", "", "varchar",
             [](Arguments, const SessionFacts &s, std::string_view) { return or_null(s.schema); }},
    Function{"current_timezone", "", "varchar",
             [](Arguments, const SessionFacts &s, std::string_view) { return Value(s.time_zone); }},
    Function{"current_date", "", "date",
             [](Arguments, const SessionFacts &s, std::string_view) { return Value(s.now.substr(0, 10)); }},
    Function{"current_timestamp", "", "timestamp with time zone",
             [](Arguments, const SessionFacts &s, std::string_view) { return Value(s.now + " UTC"); }},
    Function{"now", "", "timestamp with time zone",
             [](Arguments, const SessionFacts &s, std::string_view) { return Value(s.now + " UTC"); }},
    Function{"version", "", "varchar", [](Arguments, const SessionFacts &s, std::string_view) { return Value(s.version); }},
    Function{"lower", "t", "=",
             [](Arguments a, const SessionFacts &, std::string_view) { return Value(change_case(a[0], 'A', 'Z', 32)); }},
    Function{"upper", "t", "=",
             [](Arguments a, const SessionFacts &, std::string_view) { return Value(change_case(a[0], 'a', 'z', -32)); }},
    Function{"length", "t", "bigint",
             [](Arguments a, const SessionFacts &, std::string_view) {
                 const auto &text = *a[0].as<std::string>();
                 return Value(static_cast<std::int64_t>(std::count_if(
                     text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; })));
             }},
    Function{"abs", "n", "=",
             [](Arguments a, const SessionFacts &, std::string_view) {
                 if (const auto *n = a[0].as<std::int64_t>()) return *n == INT64_MIN ? Value() : Value(*n < 0 ? -*n : *n);
                 return Value(std::fabs(*a[0].as<double>()));
             }},
    Function{"sqrt", "n", "double",
             [](Arguments a, const SessionFacts &, std::string_view) { return Value(std::sqrt(number(a[0]))); }},
    Function{"typeof", "*", "varchar",
             [](Arguments, const SessionFacts &, std::string_view type) { return Value(std::string(type)); }},
};

bool matches(char kind, const SqlType &type) {
    switch (kind) {
    case 'n':
        return is_integer(type) || is_floating(type);
    case 't':
        return is_text(type);
    default:
        return true;
    }
}

} // namespace

const Function *find_function(std::string_view name) {
    const auto *const at = std::find_if(functions.begin(), functions.end(), [&](const Function &f) { return f.name == name; });
    return at == functions.end() ? nullptr : at;
}

bool takes(const Function &function, std::span<const SqlType> arguments) {
    if (function.arguments.size() != arguments.size()) return false;
    for (std::size_t i = 0; i < arguments.size(); ++i)
        if (!matches(function.arguments[i], arguments[i])) return false;
    return true;
}

} // namespace xtn::sandbox::trino::sql
