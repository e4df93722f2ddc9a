// Deployments and their pod templates (spec 30 §7).
#pragma once

#include "projections/topology/rendering.hpp"

#include <string>

namespace xtn::topology {

struct RenderedDeployment {
    PlannedManifest manifest;
    std::string rollout_hash;
};
// `config_map`: name of the role's config ConfigMap.
RenderedDeployment deployment(const Rendering &rendering, Role role, const std::string &config_map);

} // namespace xtn::topology
