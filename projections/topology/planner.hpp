// Which objects a runtime shall have: a pure function from a resolved runtime to manifests (spec 30). The policy in
// projections/topology_policy.* calls it and records the answer as `topology.planned`; `xtrinode render` calls it offline.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "projections/world.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

// Bumped whenever the same input would give other objects: "trino/1".
std::string_view renderer_version();

// One selected XTrinodeCatalog, as spec 20 resolves it.
struct CatalogInput {
    std::string name;
    boost::json::object spec; // defaults applied
};

struct TopologyInput {
    RuntimeId id;
    std::string uid; // for owner references
    std::int64_t generation = 0;
    const boost::json::object *spec = nullptr;         // defaults applied (core/model/xtrinode.hpp)
    std::string operator_version;                      // spec 30: label and revision input
    std::vector<CatalogInput> catalogs;                // sorted by name
    std::map<std::string, std::string> config_digests; // "configmap/<name>", "secret/<name>" -> digest, for rollout hashes
};

struct PlannedManifest {
    ObjectRef ref;
    boost::json::object manifest; // complete, for server-side apply
    bool force = true;            // spec 30 §11.1: false for Deployments
};

struct TopologyPlan {
    std::vector<PlannedManifest> objects; // in apply order
    boost::json::object shape;            // status.observedRuntimeShape
    std::string revision;                 // status.currentRevision: spec 30 §10.3
    std::string coordinator_rollout_hash; // 12 hex characters: spec 30 §10.5
    std::string worker_rollout_hash;
    std::string coordinator_url;
    std::vector<std::string> catalogs;     // names mounted
    int coordinator_replicas = 1;          // while resumed
    int worker_replicas = 0;               // fixed mode: while resumed; else 0
    bool worker_replicas_managed = true;   // false: an autoscaler owns spec.replicas of the worker Deployment
    std::vector<std::string> not_rendered; // field paths that are set and that this renderer does not bring about yet
};

// Errors: invalid_argument with the field path for a spec that cannot be turned into objects (bad preset, bad quantity).
Result<TopologyPlan> plan_topology(const TopologyInput &input);

} // namespace xtn
