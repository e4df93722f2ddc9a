#include "adapters/sandbox/trino/sql/decimal.hpp"

#include <algorithm>

namespace xtn::sandbox::trino::sql {

namespace {
constexpr int max_digits = 38;
}

int Decimal::precision() const {
    int digits = 0;
    for (Int128 n = unscaled < 0 ? -unscaled : unscaled; n > 0; n /= 10)
        ++digits;
    return std::max({digits, scale, 1});
}

std::string Decimal::text() const {
    std::string digits;
    for (Int128 n = unscaled < 0 ? -unscaled : unscaled; n > 0; n /= 10)
        digits += static_cast<char>('0' + static_cast<int>(n % 10));
    while (static_cast<int>(digits.size()) <= scale)
        digits += '0';
    if (scale > 0) digits.insert(static_cast<std::size_t>(scale), 1, '.');
    if (unscaled < 0) digits += '-';
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal made;
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    bool point = false;
    int digits = 0;
    int significant = 0;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        ++digits;
        if (significant > 0 || c != '0') ++significant;
        if (significant > max_digits) return std::nullopt;
        made.unscaled = made.unscaled * 10 + (c - '0');
        if (point) ++made.scale;
    }
    if (digits == 0 || made.scale > max_digits) return std::nullopt;
    if (negative) made.unscaled = -made.unscaled;
    return made;
}

std::optional<Decimal> rescale(Decimal value, int precision, int scale) {
    while (value.scale > scale) {
        const bool last = value.scale == scale + 1;
        const auto rest = static_cast<int>(value.unscaled % 10);
        value.unscaled /= 10;
        if (last && (rest >= 5 || rest <= -5)) value.unscaled += rest > 0 ? 1 : -1;
        --value.scale;
    }
    while (value.scale < scale) {
        if (Decimal{value.unscaled, 0}.precision() >= max_digits && value.unscaled != 0) return std::nullopt;
        value.unscaled *= 10;
        ++value.scale;
    }
    if (value.unscaled != 0 && Decimal{value.unscaled, 0}.precision() > precision) return std::nullopt;
    return value;
}

bool fits(const Decimal &value, std::string_view integer_type) {
    const Int128 limit = integer_type == "tinyint"    ? INT8_MAX
                         : integer_type == "smallint" ? INT16_MAX
                         : integer_type == "integer"  ? INT32_MAX
                                                      : INT64_MAX;
    return value.unscaled <= limit && value.unscaled >= -limit - 1;
}

} // namespace xtn::sandbox::trino::sql
