// Kubernetes quantities ("500m", "4Gi", "1e3") with exact arithmetic.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace xtn {

// A number in billionths, with the suffix family it was written in. Values are bounded as Kubernetes bounds them (2^63 - 1 in
// absolute value); what is finer than a billionth is rounded away from zero.
class Quantity {
  public:
    // Errors: invalid_argument for text that is no quantity.
    static Result<Quantity> parse(std::string_view text);
    // A JSON string or number.
    static Result<Quantity> of(const boost::json::value &value);

    bool negative() const { return nanos_ < 0; }
    bool positive() const { return nanos_ > 0; }
    std::int64_t milli() const;                     // rounded up; saturates
    std::int64_t whole() const;                     // rounded up
    std::int64_t rounded(std::int64_t parts) const; // nearest number of 1/parts, halves to even; parts divides 10^9

    // The one spelling Kubernetes stores: "1024Mi" -> "1Gi", "1.5Gi" -> "1536Mi", "1000m" -> "1", "0.5Ki" -> "512" (spec 10
    // §14.6.3).
    std::string canonical() const;

    friend std::strong_ordering operator<=>(const Quantity &a, const Quantity &b) { return a.nanos_ <=> b.nanos_; }
    friend bool operator==(const Quantity &a, const Quantity &b) { return a.nanos_ == b.nanos_; }

  private:
    enum class Family { decimal, binary, exponent };
    __extension__ using Wide = __int128;
    Wide nanos_ = 0;
    Family family_ = Family::decimal;
};

// A Trino data size by spec 10 §9.4 ("4GB", "1.5TiB", or a quantity such as "8Gi"), in bytes with decimal factors for kB..TB;
// `trino_bytes` is what Trino itself takes it for (binary factors). Errors: invalid_argument.
struct DataSize {
    std::int64_t bytes = 0;
    std::int64_t trino_bytes = 0;
    bool trino_reads_it = true; // false: admitted by the contract, refused by Trino at start ("8Gi", "4GiB", "1024")
};
Result<DataSize> parse_data_size(std::string_view text);

} // namespace xtn
