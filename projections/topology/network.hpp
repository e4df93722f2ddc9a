// Services, disruption budgets and monitors (spec 30 §5.2-§5.9).
#pragma once

#include "projections/topology/rendering.hpp"

namespace xtn::topology {

PlannedManifest service_account(const Rendering &rendering);
PlannedManifest service(const Rendering &rendering, Role role);
PlannedManifest metrics_service(const Rendering &rendering, Role role);
PlannedManifest disruption_budget(const Rendering &rendering, Role role);
PlannedManifest service_monitor(const Rendering &rendering, Role role);

} // namespace xtn::topology
