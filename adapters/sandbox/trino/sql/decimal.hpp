// Exact decimals of up to 38 digits, as DECIMAL(p, s) has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::sandbox::trino::sql {

__extension__ using Int128 = __int128;

struct Decimal {
    Int128 unscaled = 0;
    int scale = 0;

    int precision() const;    // digits, at least `scale` and at least 1
    std::string text() const; // "-12.50", with exactly `scale` fractional digits
};

// "12", "-1.50", ".5". Nothing when it is no decimal number or has more than 38 digits.
std::optional<Decimal> read_decimal(std::string_view text);

// The same number with `scale` fractional digits, rounded half up; nothing when it has more than `precision` digits then.
std::optional<Decimal> rescale(Decimal value, int precision, int scale);

// Whether the whole number fits a "tinyint", "smallint", "integer" or "bigint".
bool fits(const Decimal &value, std::string_view integer_type);

} // namespace xtn::sandbox::trino::sql
