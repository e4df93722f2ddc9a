// Apart from world_create.cpp, so that xtn-audit needs no renderer for it.
#include "fold_sources.hpp"
#include "projections/world.hpp"

namespace xtn {

std::string World::state_version() {
    constexpr std::string_view format = "world/1"; // of what serialize() shows
    return std::string(format) + "+" + std::string(fold_sources);
}

} // namespace xtn
