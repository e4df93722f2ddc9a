// The kinds that are watched, as one table.
#pragma once

#include "kubeclient/kind.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace xtn::ingest {

enum class Role {
    runtime,    // XTrinode
    catalog,    // XTrinodeCatalog
    deployment, // observed in detail, and owned
    pod,
    slice, // EndpointSlice: counted per Service
    owned, // only that it exists, and whether somebody else changed it
};

struct WatchedKind {
    kube::Kind kind;
    std::string label_selector; // empty: all
    Role role = Role::owned;
};

const std::vector<WatchedKind> &watched_kinds();

// The engine's lane (core/engine/input_queue.hpp) for news of objects of a kind in a namespace, in their order.
std::string lane_of(std::string_view kind, std::string_view ns);

} // namespace xtn::ingest
