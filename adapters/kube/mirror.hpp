// What an earlier leader left in the routes ConfigMap: its term and its route table. Read once, before the log is opened for
// writing: gateways never go back to an older (epoch, version), so a new log has to begin above what they may hold, and it begins
// with the table they serve from.
#pragma once

#include "core/base/ids.hpp"
#include "core/event/event.hpp"
#include "core/model/route_table.hpp"
#include "kubeclient/config.hpp"

#include <string>
#include <vector>

namespace xtn {

struct RoutesMirror {
    Epoch epoch;      // newest leader term that the ConfigMap names; 0: it names none, or there is no ConfigMap
    RouteTable table; // empty when there is none
};

// Blocks until answered, trying again until the deadline. Errors: unavailable (nobody answers), permission_denied and others (the
// API server refuses).
Result<RoutesMirror> read_routes_mirror(const kube::Config &config, const std::string &routes_namespace, Deadline deadline);

// One route.carried per backend of the table; backends whose names no runtime can have are left out.
std::vector<EventDraft> carried_routes(const RouteTable &table);

} // namespace xtn
