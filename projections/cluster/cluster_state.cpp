#include "projections/cluster/cluster_state.hpp"

#include "projections/json_read.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <iterator>

namespace xtn {

namespace {

// Spec 40 §4.1: a drain window that is not positive falls back to five minutes. The upper bound keeps times within 64 bits.
constexpr std::chrono::milliseconds default_drain_window = std::chrono::minutes(5);
constexpr std::chrono::milliseconds longest_drain_window = std::chrono::hours(24 * 7);

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
        const std::chrono::milliseconds window(read::integer(event.payload, "drain_window_ms"));
        drain_window_ = window.count() <= 0 ? default_drain_window : std::min(window, longest_drain_window);
        flags_ = {};
        if (const auto *flags = read::object(event.payload, "flags")) flags_ = *flags;
    } else if (name == "observation.gap") {
        last_gap_ = event.time;
    }
    if (!was_complete_) was_complete_ = complete();
}

boost::json::object ClusterState::to_json() const {
    boost::json::array synced;
    for (const auto &kind : synced_)
        synced.emplace_back(kind);
    return {
        {"epoch", epoch_.value},
        {"leader", leader_},
        {"synced", std::move(synced)},
        {"configured", configured_},
        {"wasComplete", was_complete_},
        {"operatorVersion", operator_version_},
        {"binaryVersion", binary_version_},
        {"drainWindowMs", std::chrono::duration_cast<std::chrono::milliseconds>(drain_window_).count()},
        {"flags", flags_},
        {"lastGap", read::stamp(last_gap_)},
        {"electedAt", read::stamp(elected_at_)},
    };
}

} // namespace xtn
