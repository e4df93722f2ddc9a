// World put together. Separate from world.cpp for tests and for re-deciding: the planner can be another.
#pragma once

#include "projections/topology_state/topology_policy.hpp"
#include "projections/world.hpp"

#include <memory>

namespace xtn {

// World::create() with another planner.
std::unique_ptr<World> create_world(Planner planner);

} // namespace xtn
