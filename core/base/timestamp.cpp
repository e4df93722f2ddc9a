#include "core/base/ids.hpp"
#include "netkit/time_source.hpp"

#include <fmt/format.h>

#include <chrono>

namespace xtn {

namespace {

namespace ch = std::chrono;
constexpr std::int64_t nanos_per_second = 1'000'000'000;

// Days and nanoseconds within the day, also for times before 1970.
struct Split {
    ch::year_month_day date;
    std::int64_t second_of_day;
    std::int64_t nanos;
};

Split split(std::int64_t nanos) {
    std::int64_t seconds = nanos / nanos_per_second;
    std::int64_t rest = nanos % nanos_per_second;
    if (rest < 0) {
        rest += nanos_per_second;
        --seconds;
    }
    const ch::sys_seconds at{ch::seconds(seconds)};
    const auto day = ch::floor<ch::days>(at);
    return {ch::year_month_day(day), (at - day).count(), rest};
}

std::string seconds_text(const Split &s) {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(s.date.year()),
                       static_cast<unsigned>(s.date.month()), static_cast<unsigned>(s.date.day()), s.second_of_day / 3600,
                       s.second_of_day / 60 % 60, s.second_of_day % 60);
}

// Reads digits and fixed characters from the front of a text; any failure sticks.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        if (rest_.size() < count) return fail();
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    void expect(std::string_view any_of) {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) {
            fail();
            return;
        }
        rest_.remove_prefix(1);
    }
    // "." and one to nine digits, as nanoseconds; zero when there is no fraction.
    std::int64_t fraction() {
        if (rest_.empty() || rest_.front() != '.') return 0;
        rest_.remove_prefix(1);
        std::int64_t value = 0;
        int count = 0;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            if (++count > 9) return fail();
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (count == 0) return fail();
        for (; count < 9; ++count)
            value *= 10;
        return value;
    }
    // "Z" or "+hh:mm", as seconds east of UTC.
    int offset() {
        if (rest_.empty()) return fail();
        const char sign = rest_.front();
        rest_.remove_prefix(1);
        if (sign == 'Z' || sign == 'z') return 0;
        if (sign != '+' && sign != '-') return fail();
        const int hours = digits(2);
        expect(":");
        const int minutes = digits(2);
        if (hours > 23 || minutes > 59) return fail();
        return (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    }
    bool good() const { return good_; }
    bool at_end() const { return rest_.empty(); }

  private:
    int fail() {
        good_ = false;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool good_ = true;
};

} // namespace

Timestamp Timestamp::now() {
    const auto now = netkit::TimeSource::wall_now().time_since_epoch();
    return Timestamp{ch::duration_cast<ch::nanoseconds>(now).count()};
}

std::string Timestamp::rfc3339() const {
    const Split s = split(nanos);
    if (s.nanos == 0) return seconds_text(s) + "Z";
    std::string fraction = fmt::format("{:09}", s.nanos);
    while (fraction.back() == '0')
        fraction.pop_back();
    return fmt::format("{}.{}Z", seconds_text(s), fraction);
}

std::string Timestamp::rfc3339_seconds() const {
    return seconds_text(split(nanos)) + "Z";
}

Result<Timestamp> Timestamp::parse(std::string_view text) {
    Reader in(text);
    const int year = in.digits(4);
    in.expect("-");
    const int month = in.digits(2);
    in.expect("-");
    const int day = in.digits(2);
    in.expect("Tt ");
    const int hour = in.digits(2);
    in.expect(":");
    const int minute = in.digits(2);
    in.expect(":");
    const int second = in.digits(2);
    const std::int64_t fraction = in.fraction();
    const int offset = in.offset();
    const ch::year_month_day date{ch::year(year), ch::month(static_cast<unsigned>(month)), ch::day(static_cast<unsigned>(day))};
    // 60 is a leap second: it becomes the first moment of the next minute, as POSIX time has none.
    bool good = in.good() && in.at_end() && date.ok() && hour <= 23 && minute <= 59 && second <= 60;
    std::int64_t nanos = 0;
    if (good) {
        const std::int64_t days = ch::sys_days(date).time_since_epoch().count();
        std::int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
        std::int64_t rest = fraction;
        if (seconds < 0 && rest > 0) { // towards zero, so that the very first moment is not missed by less than a second
            seconds += 1;
            rest -= nanos_per_second;
        }
        // Outside of September 1677 to April 2262 nanoseconds do not fit into 64 bits.
        good = !__builtin_mul_overflow(seconds, nanos_per_second, &nanos) && !__builtin_add_overflow(nanos, rest, &nanos);
    }
    if (!good)
        return make_error(Code::invalid_argument,
                          fmt::format("'{}' is not an RFC 3339 time such as 2026-11-24T14:02:05Z", text.substr(0, 64)));
    return Timestamp{nanos};
}

} // namespace xtn
