#include "test/sim/choices.hpp"

#include <algorithm>

namespace xtn::simulation {

namespace {

// SplitMix64: every bit of the input reaches every bit of the output.
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

// FNV-1a: the same on every machine, unlike std::hash.
constexpr std::uint64_t hash(std::string_view text) {
    std::uint64_t out = 0xcbf29ce484222325U;
    for (const char c : text)
        out = (out ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return out;
}

} // namespace

Choices::Choices(std::uint64_t seed) : seed_(mix(seed)) {}

std::uint64_t Choices::draw(std::string_view point, std::uint64_t number) const {
    return mix(seed_ ^ mix(hash(point) ^ mix(number)));
}

std::uint64_t Choices::next(std::string_view point) {
    auto at = asked_.find(point);
    if (at == asked_.end()) at = asked_.emplace(std::string(point), 0).first;
    return at->second++;
}

bool Choices::fault(std::string_view point, int per_mille) {
    const auto number = next(point);
    if (quiet_) return false;
    Fault fault{std::string(point), number};
    bool fires = false;
    if (allowed_) {
        fires = allowed_->contains(fault);
    } else {
        // The weather of this point in this run: none, ordinary, or a storm.
        const auto weather = draw(std::string(point) + " weather", 0) % 8;
        const std::uint64_t chance = weather < 4   ? 0
                                     : weather < 7 ? static_cast<std::uint64_t>(per_mille)
                                                   : 6 * static_cast<std::uint64_t>(per_mille);
        fires = draw(point, number) % 1000 < chance;
    }
    if (fires) fired_.push_back(std::move(fault));
    return fires;
}

Duration Choices::latency(std::string_view point, Duration low, Duration high) {
    const auto number = next(point);
    if (quiet_ || calm_schedule_ || high <= low) return low;
    const auto x = draw(point, number);
    // Mostly within an eighth of the range, one time in sixteen anywhere in it.
    const auto range = static_cast<std::uint64_t>((high - low).count());
    const auto reach = std::max<std::uint64_t>(1, x % 16 == 0 ? range : range / 8);
    return low + Duration(static_cast<std::int64_t>((x >> 8U) % reach));
}

std::uint64_t Choices::pick(std::string_view point, std::uint64_t bound) {
    return bound == 0 ? 0 : draw(point, next(point)) % bound;
}

double Choices::unit(std::string_view point) {
    return static_cast<double>(draw(point, next(point)) >> 11U) / 9007199254740992.0;
}

} // namespace xtn::simulation
