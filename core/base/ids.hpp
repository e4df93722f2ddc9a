// Strong types for every number and name that could be confused with another.
#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace xtn {

// Position of an event in its stream. Gapless from 1; 0 means "before the first".
struct Seq {
    std::uint64_t value = 0;
    friend auto operator<=>(Seq, Seq) = default;
    Seq next() const { return Seq{value + 1}; }
};

// Leader term. Grows with every election; an append with an older one is refused. 0 means "none yet".
struct Epoch {
    std::uint64_t value = 0;
    friend auto operator<=>(Epoch, Epoch) = default;
};

// UTC, nanoseconds since 1970. Events carry it; folds never read a clock.
struct Timestamp {
    std::int64_t nanos = 0;
    friend auto operator<=>(Timestamp, Timestamp) = default;

    static Timestamp now();
    // "2026-11-24T14:02:05.123456789Z"; fraction left out when zero.
    std::string rfc3339() const;
    // Whole seconds, the form Kubernetes uses: "2026-11-24T14:02:05Z".
    std::string rfc3339_seconds() const;
    // Accepts RFC 3339 with any offset and up to nine fractional digits, and everything that rfc3339() says.
    static Result<Timestamp> parse(std::string_view text);

    // The ends of the range (the years 1677 and 2262) are not crossed: folds meet whatever an event says.
    Timestamp plus(std::chrono::nanoseconds d) const {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(nanos, d.count(), &sum)) sum = d.count() < 0 ? INT64_MIN : INT64_MAX;
        return Timestamp{sum};
    }
    std::chrono::nanoseconds since(Timestamp earlier) const {
        std::int64_t difference = 0;
        if (__builtin_sub_overflow(nanos, earlier.nanos, &difference)) difference = nanos < earlier.nanos ? INT64_MIN : INT64_MAX;
        return std::chrono::nanoseconds(difference);
    }
};

// A runtime: one XTrinode, by namespace and name. A recreated one has the same id and another uid.
struct RuntimeId {
    std::string ns;
    std::string name;
    friend auto operator<=>(const RuntimeId &, const RuntimeId &) = default;
    std::string text() const { return ns + "/" + name; }
    static Result<RuntimeId> parse(std::string_view text); // "<namespace>/<name>"
};

// SHA-256 of some bytes, as 64 lower-case hex characters. Empty: none.
struct Digest {
    std::string hex;
    friend auto operator<=>(const Digest &, const Digest &) = default;
    bool empty() const { return hex.empty(); }
    static Digest of(std::string_view bytes);
};

// What an event is about: "runtime/<ns>/<name>", "catalog/<ns>/<name>", "object/<kind>/<ns>/<name>", "cluster", ...
// At most 320 bytes of [A-Za-z0-9._/-].
struct Subject {
    std::string text;
    friend auto operator<=>(const Subject &, const Subject &) = default;

    static Subject runtime(const RuntimeId &id) { return Subject{"runtime/" + id.text()}; }
    static Subject catalog(const RuntimeId &id) { return Subject{"catalog/" + id.text()}; }
    static Subject cluster() { return Subject{"cluster"}; }
    // The runtime named by "runtime/<ns>/<name>", or an error for every other subject.
    Result<RuntimeId> as_runtime() const;
    static Result<Subject> parse(std::string_view text);
};

} // namespace xtn
