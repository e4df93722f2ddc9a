// The kinds that are watched, as one table.
#pragma once

#include "kubeclient/kind.hpp"

#include <string>
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

} // namespace xtn::ingest
