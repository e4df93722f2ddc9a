// Apart from world.cpp, so that a test with a planner of its own needs no renderer.
#include "projections/topology/planner.hpp"
#include "projections/world_impl.hpp"

namespace xtn {

std::unique_ptr<World> World::create() {
    return create_world({plan_topology, std::string(renderer_version())});
}

} // namespace xtn
