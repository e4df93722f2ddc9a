#include "core/model/quantity.hpp"

#include "core/model/look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace xtn {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t nano = 1'000'000'000;
constexpr Wide largest = static_cast<Wide>(std::numeric_limits<std::int64_t>::max()) * nano;

constexpr std::array<std::string_view, 6> binary_suffixes{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
struct DecimalSuffix {
    std::string_view text;
    int exponent;
};
constexpr std::array decimal_suffixes{
    DecimalSuffix{"n", -9}, DecimalSuffix{"u", -6}, DecimalSuffix{"m", -3}, DecimalSuffix{"", 0},   DecimalSuffix{"k", 3},
    DecimalSuffix{"M", 6},  DecimalSuffix{"G", 9},  DecimalSuffix{"T", 12}, DecimalSuffix{"P", 15}, DecimalSuffix{"E", 18}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Digits with at most one point, as digits and how many of them stand behind the point.
struct Number {
    std::string_view digits;
    std::string_view fraction;
    std::size_t length = 0;
};
std::optional<Number> leading_number(std::string_view text) {
    Number out;
    std::size_t i = 0;
    while (i < text.size() && is_digit(text[i]))
        ++i;
    out.digits = text.substr(0, i);
    if (i < text.size() && text[i] == '.') {
        const auto from = ++i;
        while (i < text.size() && is_digit(text[i]))
            ++i;
        out.fraction = text.substr(from, i - from);
    }
    if (out.digits.empty() && out.fraction.empty()) return std::nullopt;
    out.length = i;
    return out;
}

// number * 10^exponent * factor in billionths, rounded up, bounded by `largest`.
Wide scaled(const Number &number, int exponent, std::int64_t factor) {
    // Zeros in front carry nothing; more than 38 significant digits are beyond the bound or beyond the billionths.
    std::string digits(number.digits);
    digits += number.fraction;
    std::int64_t shift = static_cast<std::int64_t>(exponent) + 9 - static_cast<std::int64_t>(number.fraction.size());
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (digits.empty()) return 0;
    if (static_cast<std::int64_t>(digits.size()) + shift > 30) return largest;
    bool rest = false; // something non-zero was cut off
    if (shift < 0 && factor == 1) {
        const auto cut = std::min<std::int64_t>(-shift, static_cast<std::int64_t>(digits.size()));
        const auto kept = digits.size() - static_cast<std::size_t>(cut);
        rest = digits.find_first_not_of('0', kept) != std::string::npos;
        digits.resize(kept);
        shift = 0;
    }
    if (digits.size() > 27) { // only with a binary factor: a fraction with far more digits than matter
        const auto cut = digits.size() - 27;
        rest = digits.find_first_not_of('0', 27) != std::string::npos;
        digits.resize(27);
        shift += static_cast<std::int64_t>(cut);
    }
    Wide value = 0;
    for (const char c : digits)
        value = value * 10 + (c - '0');
    for (; shift > 0; --shift)
        value *= 10;
    if (factor > 1) {
        const Wide bound = (static_cast<Wide>(1) << 126) / factor;
        while (shift < 0 && value > bound) { // keep room for the factor; the digit lost is far below a billionth of the result
            rest = rest || value % 10 != 0;
            value /= 10;
            ++shift;
        }
        if (value > bound) return largest;
        value *= factor;
    }
    for (; shift < 0 && value != 0; ++shift) {
        rest = rest || value % 10 != 0;
        value /= 10;
    }
    if (rest) ++value;
    return std::min(value, largest);
}

std::int64_t round_up(Wide nanos, std::int64_t unit) {
    const Wide out = nanos >= 0 ? (nanos + unit - 1) / unit : -((-nanos) / unit);
    constexpr Wide most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp(out, -most, most));
}

std::string decimal_text(Wide value) {
    if (value == 0) return "0";
    const bool minus = value < 0;
    if (minus) value = -value;
    std::string out;
    for (; value > 0; value /= 10)
        out.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
    if (minus) out.push_back('-');
    std::reverse(out.begin(), out.end());
    return out;
}

Error no_quantity(std::string_view text) {
    return make_error(Code::invalid_argument,
                      fmt::format("\"{}\" is no quantity: write a number with a unit such as 500m, 2 or 4Gi", text));
}

} // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
    std::string_view rest = text;
    const bool minus = rest.starts_with('-');
    if (minus || rest.starts_with('+')) rest.remove_prefix(1);
    const auto number = leading_number(rest);
    if (!number) return no_quantity(text);
    const auto suffix = rest.substr(number->length);
    Quantity out;
    std::optional<Wide> nanos;
    for (const auto &decimal : decimal_suffixes) {
        if (suffix == decimal.text) nanos = scaled(*number, decimal.exponent, 1);
    }
    for (std::size_t i = 0; i < binary_suffixes.size() && !nanos; ++i) {
        if (suffix != binary_suffixes[i]) continue;
        nanos = scaled(*number, 0, std::int64_t{1} << (10 * (i + 1)));
        out.family_ = Family::binary;
    }
    if (!nanos && (suffix.starts_with('e') || suffix.starts_with('E'))) {
        int exponent = 0;
        auto digits = suffix.substr(1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (failed != std::errc{} || end != digits.data() + digits.size() || exponent > 1000 || exponent < -1000) {
            return no_quantity(text);
        }
        nanos = scaled(*number, exponent, 1);
        out.family_ = Family::exponent;
    }
    if (!nanos) return no_quantity(text);
    out.nanos_ = minus ? -*nanos : *nanos;
    return out;
}

Result<Quantity> Quantity::of(const boost::json::value &value) {
    if (value.is_string()) return parse(std::string_view(value.get_string()));
    if (const auto number = look::as_integer(value)) return parse(std::to_string(*number));
    const auto text = look::float_text(value);
    if (text.empty()) return no_quantity(value.is_null() ? "null" : "this value");
    auto out = parse(text);
    if (out.ok()) out->family_ = Family::decimal;
    return out;
}

std::int64_t Quantity::milli() const {
    return round_up(nanos_, nano / 1000);
}
std::int64_t Quantity::whole() const {
    return round_up(nanos_, nano);
}

std::int64_t Quantity::rounded(std::int64_t parts) const {
    const Wide unit = nano / parts;
    Wide out = nanos_ / unit;
    const Wide twice = 2 * (nanos_ % unit);
    if (twice > unit || (twice == unit && out % 2 != 0)) ++out;
    return static_cast<std::int64_t>(out);
}

std::string Quantity::canonical() const {
    if (nanos_ == 0) return "0";
    constexpr Wide kibi = static_cast<Wide>(1024) * nano;
    if (family_ == Family::binary && (nanos_ >= kibi || nanos_ <= -kibi)) {
        Wide value = nanos_ >= 0 ? (nanos_ + nano - 1) / nano : -((-nanos_ + nano - 1) / nano);
        std::size_t steps = 0;
        while (steps < binary_suffixes.size() && value % 1024 == 0) {
            value /= 1024;
            ++steps;
        }
        return decimal_text(value) + (steps == 0 ? std::string() : std::string(binary_suffixes[steps - 1]));
    }
    Wide value = nanos_;
    int exponent = -9;
    while (exponent < 18 && value % 1000 == 0) {
        value /= 1000;
        exponent += 3;
    }
    if (family_ == Family::exponent)
        return exponent == 0 ? decimal_text(value) : fmt::format("{}e{}", decimal_text(value), exponent);
    const auto *const suffix = std::find_if(decimal_suffixes.begin(), decimal_suffixes.end(),
                                            [exponent](const auto &entry) { return entry.exponent == exponent; });
    return decimal_text(value) + std::string(suffix->text);
}

namespace {

struct DataUnit {
    std::string_view suffix; // upper case, tried in this order
    std::int64_t factor;
    std::int64_t trino_factor; // 0: Trino knows no such unit
};
constexpr std::int64_t kilo = 1000;
constexpr std::int64_t kibi = 1024;
constexpr std::array data_units{
    DataUnit{"TIB", kibi *kibi *kibi *kibi, 0},
    DataUnit{"TB", kilo *kilo *kilo *kilo, kibi *kibi *kibi *kibi},
    DataUnit{"GIB", kibi *kibi *kibi, 0},
    DataUnit{"GB", kilo *kilo *kilo, kibi *kibi *kibi},
    DataUnit{"MIB", kibi *kibi, 0},
    DataUnit{"MB", kilo *kilo, kibi *kibi},
    DataUnit{"KIB", kibi, 0},
    DataUnit{"KB", kilo, kibi},
    DataUnit{"B", 1, 1},
};
constexpr std::array<std::string_view, 5> trino_units{"B", "kB", "MB", "GB", "TB"};

// Truncated product, saturating.
std::int64_t times(const Number &number, int exponent, std::int64_t factor) {
    // scaled() rounds up to a billionth, far below one byte for every factor here.
    return static_cast<std::int64_t>(scaled(number, exponent, factor) / nano);
}

} // namespace

Result<DataSize> parse_data_size(std::string_view given) {
    const auto refuse = [given] {
        return make_error(Code::invalid_argument,
                          fmt::format("\"{}\" is no data size: write a number with B, kB, MB, GB or TB", given));
    };
    const auto text = look::trim(given);
    const auto upper = look::upper(text);
    for (const auto &unit : data_units) {
        if (!upper.ends_with(unit.suffix)) continue;
        auto digits = look::trim(text.substr(0, text.size() - unit.suffix.size()));
        if (digits.starts_with('+')) digits.remove_prefix(1);
        const auto number = leading_number(digits);
        if (!number) return refuse();
        int exponent = 0;
        auto rest = digits.substr(number->length);
        if (!rest.empty()) {
            if (rest[0] != 'e' && rest[0] != 'E') return refuse();
            rest.remove_prefix(1);
            if (rest.starts_with('+')) rest.remove_prefix(1);
            const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
            if (failed != std::errc{} || end != rest.data() + rest.size() || exponent > 1000 || exponent < -1000) return refuse();
        }
        DataSize out;
        out.bytes = times(*number, exponent, unit.factor);
        const auto spelling = text.substr(text.size() - unit.suffix.size());
        const bool spelled = std::find(trino_units.begin(), trino_units.end(), spelling) != trino_units.end();
        out.trino_reads_it = unit.trino_factor != 0 && spelled;
        out.trino_bytes = unit.trino_factor == 0 ? out.bytes : times(*number, exponent, unit.trino_factor);
        return out;
    }
    auto quantity = Quantity::parse(text);
    if (!quantity.ok() || quantity->negative()) return refuse();
    return DataSize{quantity->whole(), quantity->whole(), false};
}

} // namespace xtn
