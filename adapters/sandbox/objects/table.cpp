// The rows of the Table form.
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/kind.hpp"

#include <fmt/format.h>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {
// A length of time with at most two units, fewer as it grows, as kubectl shows it.
std::string short_duration(std::int64_t seconds) {
    constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour, year = 365 * day;
    const auto two = [](std::int64_t big, char unit, std::int64_t small, char small_unit) {
        return small == 0 ? fmt::format("{}{}", big, unit) : fmt::format("{}{}{}{}", big, unit, small, small_unit);
    };
    if (seconds < -1) return "<invalid>";
    if (seconds < 0) return "0s";
    if (seconds < 2 * minute) return fmt::format("{}s", seconds);
    if (seconds < 10 * minute) return two(seconds / minute, 'm', seconds % minute, 's');
    if (seconds < 3 * hour) return fmt::format("{}m", seconds / minute);
    if (seconds < 8 * hour) return two(seconds / hour, 'h', seconds % hour / minute, 'm');
    if (seconds < 2 * day) return fmt::format("{}h", seconds / hour);
    if (seconds < 8 * day) return two(seconds / day, 'd', seconds % day / hour, 'h');
    if (seconds < 2 * year) return fmt::format("{}d", seconds / day);
    if (seconds < 8 * year) return two(seconds / year, 'y', seconds % year / day, 'd');
    return fmt::format("{}y", seconds / year);
}
} // namespace

std::string age_text(std::string_view rfc3339, Timestamp now) {
    const auto then = Timestamp::parse(rfc3339);
    if (!then.ok()) return "<unknown>";
    return short_duration(std::chrono::duration_cast<std::chrono::seconds>(now.since(*then)).count());
}

json::array cells_of(const Kind &kind, const json::object &object, Timestamp now) {
    if (kind.cells) return kind.cells(object, now);
    return {json::value(name_of(object)), json::value(age_text(meta_string(object, "creationTimestamp"), now))};
}

} // namespace xtn::sandbox::objects
