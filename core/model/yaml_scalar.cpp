#include "core/model/yaml_node.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace xtn {
namespace {

struct Word {
    std::string_view text;
    YamlScalar::Type type;
    bool boolean;
};
constexpr auto null_type = YamlScalar::Type::null;
constexpr auto boolean_type = YamlScalar::Type::boolean;
constexpr std::array words{
    Word{"", null_type, false},         Word{"~", null_type, false},        Word{"null", null_type, false},
    Word{"Null", null_type, false},     Word{"NULL", null_type, false},     Word{"y", boolean_type, true},
    Word{"Y", boolean_type, true},      Word{"yes", boolean_type, true},    Word{"Yes", boolean_type, true},
    Word{"YES", boolean_type, true},    Word{"true", boolean_type, true},   Word{"True", boolean_type, true},
    Word{"TRUE", boolean_type, true},   Word{"on", boolean_type, true},     Word{"On", boolean_type, true},
    Word{"ON", boolean_type, true},     Word{"n", boolean_type, false},     Word{"N", boolean_type, false},
    Word{"no", boolean_type, false},    Word{"No", boolean_type, false},    Word{"NO", boolean_type, false},
    Word{"false", boolean_type, false}, Word{"False", boolean_type, false}, Word{"FALSE", boolean_type, false},
    Word{"off", boolean_type, false},   Word{"Off", boolean_type, false},   Word{"OFF", boolean_type, false},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t digits(std::string_view text) {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n]))
        ++n;
    return n;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_decimal(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    const auto whole = digits(text);
    text.remove_prefix(whole);
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        const auto fraction = digits(text);
        if (whole + fraction == 0) return false;
        text.remove_prefix(fraction);
    } else if (whole == 0) {
        return false;
    }
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return !text.empty() && digits(text) == text.size();
}

// A number as JSON writes it: no leading zero or plus, digits on both sides of the point.
bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto whole = digits(text);
    if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
    text.remove_prefix(whole);
    return !text.starts_with('.') || digits(text.substr(1)) > 0;
}

std::optional<YamlScalar> as_integer(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        const char mark = text[1];
        base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
        text.remove_prefix(base != 8 || mark == 'o' || mark == 'O' ? 2 : 1);
    }
    std::uint64_t magnitude = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    YamlScalar out;
    out.type = YamlScalar::Type::integer;
    if (magnitude <= largest) {
        out.integer = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
    } else if (negative && magnitude == largest + 1) {
        out.integer = std::numeric_limits<std::int64_t>::min();
    } else if (!negative) {
        out.type = YamlScalar::Type::unsigned_integer;
        out.unsigned_integer = magnitude;
    } else {
        return std::nullopt;
    }
    return out;
}

std::optional<YamlScalar> as_floating(std::string_view text) {
    if (!is_decimal(text)) return std::nullopt;
    const std::string_view unsigned_text = text.starts_with('+') ? text.substr(1) : text;
    double value = 0;
    const auto [end, failed] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
    if (failed != std::errc{} || end != unsigned_text.data() + unsigned_text.size() || !std::isfinite(value)) return std::nullopt;
    YamlScalar out;
    constexpr double exact = 9007199254740992; // 2^53: up to here kubectl turns 1.0 into 1 without loss
    if (std::trunc(value) == value && std::fabs(value) <= exact) {
        out.type = YamlScalar::Type::integer;
        out.integer = static_cast<std::int64_t>(value);
        return out;
    }
    out.type = YamlScalar::Type::floating;
    if (is_json_number(text)) {
        out.number = text;
    } else {
        std::array<char, 64> buffer{};
        auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
        // Digits alone would read back as an integer.
        if (std::string_view(buffer.data(), written.ptr).find_first_of(".e") == std::string_view::npos) {
            written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
        }
        out.number.assign(buffer.data(), written.ptr);
    }
    return out;
}

} // namespace

YamlScalar resolve_plain(std::string_view text) {
    for (const auto &word : words) {
        if (word.text == text) {
            YamlScalar out;
            out.type = word.type;
            out.boolean = word.boolean;
            return out;
        }
    }
    const char first = text[0];
    if (!is_digit(first) && first != '-' && first != '+' && first != '.') return {};
    std::string number;
    for (const char c : text) {
        if (c != '_' || first == '.') number.push_back(c); // Go leaves "_" out of what begins with a digit or sign
    }
    if (first != '.') {
        if (auto integer = as_integer(number)) return *integer;
    }
    if (auto floating = as_floating(number)) return *floating;
    return {};
}

} // namespace xtn
