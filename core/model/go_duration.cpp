#include "core/model/xtrinode.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace xtn {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanos;
};
constexpr std::int64_t second = 1'000'000'000;
constexpr std::array units{Unit{"ns", 1},         Unit{"us", 1000},  Unit{"\xC2\xB5s", 1000}, Unit{"\xCE\xBCs", 1000},
                           Unit{"ms", 1'000'000}, Unit{"s", second}, Unit{"m", 60 * second},  Unit{"h", 3600 * second}};

__extension__ using Wide = __int128;

} // namespace

Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
    const auto refuse = [text] {
        return make_error(Code::invalid_argument, fmt::format("\"{}\" is no duration: write for example 90s, 5m or 1h30m", text));
    };
    auto rest = text;
    const bool minus = rest.starts_with('-');
    if (minus || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest == "0") return std::chrono::nanoseconds(0);
    if (rest.empty()) return refuse();
    constexpr Wide most = static_cast<Wide>(std::numeric_limits<std::int64_t>::max());
    Wide total = 0;
    while (!rest.empty()) {
        Wide whole = 0;
        Wide fraction = 0;
        Wide scale = 1;
        bool digits = false;
        bool point = false;
        std::size_t i = 0;
        for (; i < rest.size(); ++i) {
            const char c = rest[i];
            if (c == '.' && !point) {
                point = true;
            } else if (c >= '0' && c <= '9') {
                digits = true;
                if (!point) {
                    whole = whole * 10 + (c - '0');
                    if (whole > most) return refuse();
                } else if (scale < 1'000'000'000'000'000'000) { // digits beyond that are below a nanosecond of an hour
                    fraction = fraction * 10 + (c - '0');
                    scale *= 10;
                }
            } else {
                break;
            }
        }
        if (!digits) return refuse();
        rest.remove_prefix(i);
        const auto end = rest.find_first_of("0123456789.");
        const auto name = rest.substr(0, end);
        std::int64_t nanos = 0;
        for (const auto &unit : units) {
            if (unit.name == name) nanos = unit.nanos;
        }
        if (nanos == 0) return refuse();
        total += whole * nanos + fraction * nanos / scale;
        if (total > most) return refuse();
        rest.remove_prefix(name.size());
    }
    return std::chrono::nanoseconds(minus ? -static_cast<std::int64_t>(total) : static_cast<std::int64_t>(total));
}

std::string go_duration_text(std::chrono::nanoseconds duration) {
    const auto signed_nanos = duration.count();
    if (signed_nanos == 0) return "0s";
    const bool minus = signed_nanos < 0;
    const auto nanos = minus ? 0 - static_cast<std::uint64_t>(signed_nanos) : static_cast<std::uint64_t>(signed_nanos);
    // A number of nanoseconds as a fraction of `unit`, trailing zeros left out.
    const auto decimal = [](std::uint64_t value, std::uint64_t unit) {
        auto out = std::to_string(value / unit);
        if (value % unit == 0) return out;
        auto digits = std::to_string(unit + value % unit).substr(1);
        digits.erase(digits.find_last_not_of('0') + 1);
        return out + "." + digits;
    };
    std::string out = minus ? "-" : "";
    if (nanos < 1000) return out + std::to_string(nanos) + "ns";
    if (nanos < 1'000'000) return out + decimal(nanos, 1000) + "\xC2\xB5s";
    if (nanos < second) return out + decimal(nanos, 1'000'000) + "ms";
    const auto seconds = nanos / second;
    if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
    if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
    return out + decimal(nanos % (60 * static_cast<std::uint64_t>(second)), second) + "s";
}

} // namespace xtn
