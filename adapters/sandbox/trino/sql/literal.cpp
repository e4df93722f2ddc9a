#include "adapters/sandbox/trino/sql/parser.hpp"

#include "adapters/sandbox/trino/sql/decimal.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace xtn::sandbox::trino::sql {

namespace {

bool digits_at(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return false;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(at + count),
                       [](char c) { return c >= '0' && c <= '9'; });
}
int number_at(std::string_view text, std::size_t at, std::size_t count) {
    int n = 0;
    for (std::size_t i = 0; i < count; ++i)
        n = n * 10 + (text[at + i] - '0');
    return n;
}

// Length of "YYYY-MM-DD" at the front, or 0.
std::size_t date_length(std::string_view text) {
    if (!digits_at(text, 0, 4) || text.size() < 10 || text[4] != '-' || !digits_at(text, 5, 2) || text[7] != '-' ||
        !digits_at(text, 8, 2))
        return 0;
    const int year = number_at(text, 0, 4);
    const int month = number_at(text, 5, 2);
    const int day = number_at(text, 8, 2);
    static constexpr std::array days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return 0;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int last = month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
    return day <= last ? 10 : 0;
}

// Length of "HH:MM[:SS[.fraction]]" at the front, or 0; `fraction` gets the number of fractional digits.
std::size_t time_length(std::string_view text, std::size_t &fraction) {
    fraction = 0;
    if (!digits_at(text, 0, 2) || text.size() < 5 || text[2] != ':' || !digits_at(text, 3, 2)) return 0;
    if (number_at(text, 0, 2) > 23 || number_at(text, 3, 2) > 59) return 0;
    if (text.size() < 8 || text[5] != ':' || !digits_at(text, 6, 2)) return 5;
    if (number_at(text, 6, 2) > 59) return 0;
    std::size_t at = 8;
    if (at < text.size() && text[at] == '.') {
        ++at;
        while (digits_at(text, at, 1) && fraction < 12)
            ++at, ++fraction;
    }
    return at;
}

std::string trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return std::string(text);
}

// "+02:00"
bool offset_text(std::string_view text) {
    return text.size() == 6 && (text[0] == '+' || text[0] == '-') && digits_at(text, 1, 2) && text[3] == ':' &&
           digits_at(text, 4, 2);
}
bool zone_text(std::string_view text) {
    return offset_text(text) || (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
                      c == '+' || c == '-';
           }));
}

// JSON as Trino shows it: without blanks, members by name, numbers as written. `text` is known to be JSON; `at` moves behind the
// value.
std::string canonical_value(std::string_view text, std::size_t &at);

void skip_blanks(std::string_view text, std::size_t &at) {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos)
        ++at;
}

std::string quoted_text(std::string_view text, std::size_t &at) {
    const auto begin = at++;
    while (text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return std::string(text.substr(begin, ++at - begin));
}

std::string canonical_members(std::string_view text, std::size_t &at) {
    const bool object = text[at++] == '{';
    std::vector<std::string> members;
    for (skip_blanks(text, at); text[at] != '}' && text[at] != ']'; skip_blanks(text, at)) {
        std::string member;
        if (object) {
            member = quoted_text(text, at) + ":";
            skip_blanks(text, at);
            ++at; // the colon
        }
        members.push_back(member + canonical_value(text, at));
        skip_blanks(text, at);
        if (text[at] == ',') {
            ++at;
            skip_blanks(text, at);
        }
    }
    ++at;
    if (object) std::sort(members.begin(), members.end());
    std::string out;
    for (const auto &member : members)
        out.append(out.empty() ? "" : ",").append(member);
    return (object ? "{" : "[") + out + (object ? "}" : "]");
}

std::string canonical_value(std::string_view text, std::size_t &at) {
    skip_blanks(text, at);
    if (text[at] == '{' || text[at] == '[') return canonical_members(text, at);
    if (text[at] == '"') return quoted_text(text, at);
    const auto begin = at;
    while (at < text.size() && std::string_view(",]} \t\r\n").find(text[at]) == std::string_view::npos)
        ++at;
    return std::string(text.substr(begin, at - begin));
}

std::string canonical_json(std::string_view text) {
    std::size_t at = 0;
    return canonical_value(text, at);
}

void set_type(Expr &into, std::string base, std::size_t precision) {
    into.type = simple_type(base);
    into.type.numbers = {static_cast<std::int64_t>(precision)};
}

std::optional<std::string> read_time(std::string_view text, Expr &into) {
    std::size_t fraction = 0;
    const auto length = time_length(text, fraction);
    if (length == 0) return "'" + std::string(text) + "' is not a valid TIME literal";
    std::string clock(text.substr(0, length));
    if (length == 5) clock += ":00";
    const auto rest = trim(text.substr(length));
    if (rest.empty()) {
        set_type(into, "time", fraction);
    } else if (offset_text(rest)) {
        set_type(into, "time with time zone", fraction);
    } else {
        return "'" + std::string(text) + "' is not a valid TIME literal";
    }
    into.value = clock + rest;
    return std::nullopt;
}

std::optional<std::string> read_timestamp(std::string_view text, Expr &into) {
    auto wrong = "'" + std::string(text) + "' is not a valid TIMESTAMP literal";
    const auto date = date_length(text);
    if (date == 0) return wrong;
    std::string made(text.substr(0, date));
    auto rest = trim(text.substr(date));
    std::size_t fraction = 0;
    const std::size_t length = time_length(rest, fraction);
    if (length > 0) {
        made.append(" ").append(rest, 0, length);
        if (length == 5) made += ":00";
        rest = trim(std::string_view(rest).substr(length));
    } else {
        made += " 00:00:00";
    }
    if (rest.empty()) {
        set_type(into, "timestamp", fraction);
    } else if (zone_text(rest)) {
        set_type(into, "timestamp with time zone", fraction);
        made.append(" ").append(rest);
    } else {
        return wrong;
    }
    into.value = made;
    return std::nullopt;
}

} // namespace

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::optional<std::string> read_binary(std::string_view hex, Expr &into) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    int half = -1;
    for (const char c : hex) {
        if (c == ' ') continue;
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return "Binary literal can only contain hexadecimal digits";
        if (half < 0) {
            half = digit;
        } else {
            bytes += static_cast<char>(half * 16 + digit);
            half = -1;
        }
    }
    if (half >= 0) return "Binary literal must contain an even number of digits";
    std::string out; // base64, as the protocol shows it
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t n) { return n < bytes.size() ? static_cast<unsigned char>(bytes[n]) : 0U; };
        const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        out += alphabet[group >> 18U];
        out += alphabet[group >> 12U & 63U];
        out += i + 1 < bytes.size() ? alphabet[group >> 6U & 63U] : '=';
        out += i + 2 < bytes.size() ? alphabet[group & 63U] : '=';
    }
    into.value = out;
    into.type = simple_type("varbinary");
    return std::nullopt;
}

std::optional<std::string> read_interval(std::int64_t count, std::string_view unit, Expr &into) {
    const std::string sign = count < 0 ? "-" : "";
    const auto n = static_cast<std::uint64_t>(count < 0 ? -count : count);
    if (unit == "year" || unit == "month") {
        const auto months = unit == "year" ? n * 12 : n;
        into.value = sign + std::to_string(months / 12) + "-" + std::to_string(months % 12);
        into.type = simple_type("interval year to month");
        return std::nullopt;
    }
    static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> seconds_of = {
        {{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}}};
    for (const auto &[name, factor] : seconds_of) {
        if (unit != name) continue;
        const auto seconds = n * factor;
        const auto two = [](std::uint64_t v) { return (v < 10 ? "0" : "") + std::to_string(v); };
        into.value = sign + std::to_string(seconds / 86400) + " " + two(seconds / 3600 % 24) + ":" + two(seconds / 60 % 60) +
                     ":" + two(seconds % 60) + ".000";
        into.type = simple_type("interval day to second");
        return std::nullopt;
    }
    return "mismatched input '" + std::string(unit) + "'. Expecting: 'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'";
}

std::optional<std::string> read_typed_literal(std::string_view type, std::string_view text, Expr &into) {
    const std::string shown = "'" + std::string(text) + "'";
    if (type == "timestamp") return read_timestamp(text, into);
    if (type == "time") return read_time(text, into);
    into.type = simple_type(type);
    if (type == "date") {
        if (date_length(text) != text.size()) return shown + " is not a valid DATE literal";
        into.value = std::string(text);
    } else if (type == "json") {
        boost::system::error_code ec;
        const auto parsed = boost::json::parse(text, ec);
        if (ec) return "Cannot convert value to JSON: " + shown;
        into.value = canonical_json(text);
    } else if (type == "decimal") {
        auto read = read_decimal(text);
        if (!read) return "Invalid decimal literal: " + shown;
        into.value = read->text();
        into.type = decimal_type(read->precision(), read->scale);
    } else if (type == "real" || type == "double") {
        const std::string copy(text);
        char *end = nullptr;
        const double number = std::strtod(copy.c_str(), &end);
        if (copy.empty() || *end != '\0') return shown + " is not a valid " + std::string(type) + " literal";
        into.value = type == "real" ? static_cast<double>(static_cast<float>(number)) : number;
    } else if (is_integer(into.type)) {
        auto read = read_decimal(text);
        if (!read || read->scale != 0 || !fits(*read, type)) return shown + " is not a valid " + std::string(type) + " literal";
        into.value = static_cast<std::int64_t>(read->unscaled);
    } else if (type == "boolean") {
        if (text != "true" && text != "false") return shown + " is not a valid boolean literal";
        into.value = text == "true";
    } else if (type == "varchar" || type == "char") {
        into.value = std::string(text);
        into.type.numbers = {static_cast<std::int64_t>(code_points(text))};
    } else { // uuid, ipaddress: shown as given, in lower case
        std::string lower(text);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        static constexpr std::string_view hexadecimal = "0123456789abcdef-";
        const bool looks_right = type == "uuid"
                                     ? lower.size() == 36 && lower.find_first_not_of(hexadecimal) == std::string::npos
                                     : lower.find_first_not_of("0123456789abcdef.:") == std::string::npos && !lower.empty();
        if (!looks_right) return "Cannot cast value to " + std::string(type) + ": " + std::string(text);
        into.value = lower;
    }
    return std::nullopt;
}

} // namespace xtn::sandbox::trino::sql
