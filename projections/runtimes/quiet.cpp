#include "projections/runtimes/quiet.hpp"

#include "projections/json_read.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xtn {

namespace {

Timestamp settled_at(const RuntimeState &rt, const ClusterState &cluster) {
    const auto usual = std::max(rt.phase_since, cluster.last_gap()).plus(settle_time);
    // Open only within this term: nothing that an earlier leader missed can concern it.
    if (rt.open_since >= cluster.elected_at()) return usual;
    return std::max(usual, cluster.elected_at().plus(settle_after_election));
}

} // namespace

std::optional<Quiet> is_quiet(const RuntimeState &rt, const ClusterState &cluster, Timestamp now) {
    if (rt.busy.empty()) {
        if (!rt.took_queries) return Quiet{"idle", "its route was never open, so no query can be running"};
        if (now >= settled_at(rt, cluster)) return Quiet{"idle", "no gateway reports a running query"};
    }
    if (rt.phase == Phase::draining && now >= rt.drain_until)
        return Quiet{"timeout", fmt::format("the drain window is over; {}", waits_for_quiet(rt))};
    return std::nullopt;
}

std::string waits_for_quiet(const RuntimeState &rt) {
    std::int64_t running = 0;
    std::int64_t queued = 0;
    std::string gateways;
    for (const auto &[gateway, busy] : rt.busy) {
        running += busy.running;
        queued += busy.queued;
        gateways += (gateways.empty() ? "" : ", ") + gateway;
    }
    if (rt.busy.empty()) return "gateways had no time yet to report queries";
    return fmt::format("{} queries running and {} waiting, as reported by {}", running, queued, gateways);
}

std::optional<Timestamp> quiet_deadline(const RuntimeState &rt, const ClusterState &cluster, Timestamp now) {
    std::optional<Timestamp> next;
    const auto consider = [&](Timestamp at) {
        if (at > now && (!next || at < *next)) next = at;
    };
    if (rt.busy.empty()) consider(settled_at(rt, cluster));
    if (rt.phase == Phase::draining) consider(rt.drain_until);
    return next;
}

} // namespace xtn
