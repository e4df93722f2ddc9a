#include "gateway/routing/selection.hpp"

#include <algorithm>
#include <tuple>

namespace xtn::gateway {

namespace {

// Lower is better; 0 is "all guards pass".
int guard_rank(const BackendEntry &entry, TimePoint now) {
    if (!entry.coordinator->breaker.selectable(now)) return 3;
    if (entry.coordinator->health.sleeping_for_routing(now)) return 2; // connecting to it is the probe of spec 50 §11.2
    return entry.coordinator->health.good_for_routing(now) ? 0 : 1;
}

// Less load for its capacity; on equal terms the smaller one. Cross-multiplied, so that no rounding decides.
bool lighter(const BackendEntry &a, const BackendEntry &b) {
    const auto left = a.coordinator->load() * b.capacity();
    const auto right = b.coordinator->load() * a.capacity();
    return left != right ? left < right : a.capacity() < b.capacity();
}

} // namespace

const BackendEntry *select_backend(const RouteChoice &choice, std::span<const BackendEntry *const> tried, TimePoint now) {
    const BackendEntry *best = nullptr;
    int best_rank = 0;
    for (const auto &entry : choice.route->backends) {
        if (choice.only != nullptr && choice.only != &entry) continue;
        if (!entry.takes_new_queries() || std::find(tried.begin(), tried.end(), &entry) != tried.end()) continue;
        const int rank = guard_rank(entry, now);
        if (best == nullptr || rank < best_rank || (rank == best_rank && lighter(entry, *best))) {
            best = &entry;
            best_rank = rank;
        }
    }
    return best;
}

const BackendEntry *resume_candidate(const RouteChoice &choice, TimePoint now) {
    const auto order = [now](const BackendEntry &entry) {
        switch (entry.backend.state) {
        case BackendState::paused:
            return 0;
        case BackendState::resuming:
            return 1;
        case BackendState::running:
            return entry.coordinator->health.sleeping_for_routing(now) ? 2 : 9;
        default:
            return 9;
        }
    };
    const BackendEntry *best = nullptr;
    for (const auto &entry : choice.route->backends) {
        if (choice.only != nullptr && choice.only != &entry) continue;
        if (!entry.backend.active || order(entry) == 9) continue;
        const auto key = [&](const BackendEntry &e) {
            return std::make_tuple(order(e), e.capacity(), std::string_view(e.backend.name), std::string_view(e.backend.ns));
        };
        if (best == nullptr || key(entry) < key(*best)) best = &entry;
    }
    return best;
}

} // namespace xtn::gateway
