// The files of /etc/trino, line by line (spec 30 §6).
#pragma once

#include "projections/topology/rendering.hpp"

#include <map>
#include <string>

namespace xtn::topology {

// File name -> text of one role's config ConfigMap. Errors: invalid_argument for a memory limit that Trino cannot start with.
Result<std::map<std::string, std::string>> config_files(const Rendering &rendering, Role role);

// Heap and query memory per node for a memory limit: "8Gi" -> "8G" and "4GB" (spec 30 §6.1). Limits in Gi and Mi above 1Gi keep
// the contract's text; all others are whole MiB with half of them for queries, because the contract's text would not start.
struct NodeMemory {
    std::string heap;     // for -Xmx
    std::string per_node; // for query.max-memory-per-node
};
Result<NodeMemory> node_memory(std::string_view limit);

} // namespace xtn::topology
