#include "projections/cluster/cluster_state.hpp"

#include "projections/json_read.hpp"

#include <algorithm>
#include <iterator>

namespace xtn {

namespace {

// Spec 40 §4.1: a drain window that is not positive falls back to five minutes. The upper bound keeps times within 64 bits.
constexpr std::int64_t default_drain_window_ms = std::int64_t{5} * 60 * 1000;
constexpr std::int64_t longest_drain_window_ms = std::int64_t{7} * 24 * 3600 * 1000;

// What adapters/kube/ingest/kinds.cpp watches; a test holds the two lists against each other.
constexpr std::string_view watched_kinds[] = {"XTrinode",      "XTrinodeCatalog", "Deployment", "Pod",
                                              "EndpointSlice", "Service",         "ConfigMap",  "ServiceAccount"};

} // namespace

std::string ClusterState::incomplete() const {
    if (!configured_) return "the settings of this leader term (config.effective)";
    for (const auto kind : watched_kinds)
        if (!synced(kind)) return "the list of every " + std::string(kind);
    return {};
}

bool ClusterState::complete() const {
    return configured_ && std::all_of(std::begin(watched_kinds), std::end(watched_kinds),
                                      [this](std::string_view kind) { return synced(kind); });
}

void ClusterState::apply(const Event &event) {
    if (event.epoch > epoch_) {
        // What an earlier leader had listed completely may have changed since.
        epoch_ = event.epoch;
        elected_at_ = event.time;
        synced_.clear();
    }
    const auto name = event.name();
    if (name == "watch.synced") {
        if (const auto kind = read::text(event.payload, "kind"); !kind.empty()) synced_.insert(kind);
    } else if (name == "leader.elected") {
        leader_ = read::text(event.payload, "holder");
    } else if (name == "config.effective") {
        configured_ = true;
        operator_version_ = read::text(event.payload, "operator_version");
        binary_version_ = read::text(event.payload, "binary_version");
        const auto window = read::integer(event.payload, "drain_window_ms");
        drain_window_ms_ = window <= 0 ? default_drain_window_ms : std::min(window, longest_drain_window_ms);
        flags_ = {};
        if (const auto *flags = read::object(event.payload, "flags")) flags_ = *flags;
    } else if (name == "observation.gap") {
        last_gap_ = event.time;
    }
    if (!was_complete_) was_complete_ = complete();
}

template <class Archive, state::Either<ClusterState> Self> void state_fields(Archive &archive, Self &cluster) {
    archive("epoch", cluster.epoch_);
    archive("leader", cluster.leader_);
    archive("synced", cluster.synced_);
    archive("configured", cluster.configured_);
    archive("wasComplete", cluster.was_complete_);
    archive("operatorVersion", cluster.operator_version_);
    archive("binaryVersion", cluster.binary_version_);
    archive("drainWindowMs", cluster.drain_window_ms_);
    archive("flags", cluster.flags_);
    archive("lastGap", cluster.last_gap_);
    archive("electedAt", cluster.elected_at_);
}

boost::json::object ClusterState::to_json() const {
    return state::to_object(*this);
}

Status ClusterState::restore(const boost::json::value &from) {
    return state::from_value(from, *this);
}

} // namespace xtn
