// What every part of the renderer needs to know of one runtime, resolved once, and the names and labels of its objects (spec 30
// §2, §3).
#pragma once

#include "core/model/xtrinode.hpp"
#include "projections/topology/planner.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace xtn::topology {

inline constexpr std::string_view field_manager = "xtrinode-operator";
inline constexpr std::string_view revision_key = "xtrinode.io/revision";
inline constexpr std::string_view rollout_prefix = "trino.io/rollout-hash-"; // followed by the role

enum class Role { coordinator, worker };
inline constexpr std::array roles{Role::coordinator, Role::worker};
std::string_view text(Role role);

struct Rendering {
    const TopologyInput &in;
    const boost::json::object &spec;
    RuntimeShape shape;
    std::int64_t port = 0;    // Trino's HTTP port, everywhere
    std::string version;      // label app.kubernetes.io/version
    std::string revision;     // status.currentRevision
    bool has_workers = false; // false: fixed mode with no workers, no worker object at all

    const std::string &name() const { return in.id.name; }
    std::string base_name() const { return "trino-" + in.id.name; }
    std::string role_name(Role role) const { return base_name() + "-" + std::string(text(role)); } // Deployment
    std::string service_account() const { return base_name(); }
    std::string schemas_config_map(Role role) const { return base_name() + "-schemas-volume-" + std::string(text(role)); }
    const boost::json::object &resources(Role role) const;
    const boost::json::object &placement(Role role) const;
};

// Label sets of spec 30 §3.
boost::json::object base_labels(const Rendering &rendering);
boost::json::object selector_labels(const Rendering &rendering, Role role);
boost::json::object pod_labels(const Rendering &rendering, Role role);
boost::json::object metrics_labels(const Rendering &rendering, Role role);

// metadata with name, namespace, labels and the owner reference.
boost::json::object metadata(const Rendering &rendering, std::string_view name, boost::json::object labels);
// Adds label and annotation xtrinode.io/revision.
void stamp_revision(const Rendering &rendering, boost::json::object &metadata);

PlannedManifest planned(const Rendering &rendering, std::string_view api_version, std::string_view kind, std::string_view name,
                        boost::json::object body);

} // namespace xtn::topology
