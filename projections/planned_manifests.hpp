// Whether the manifests that plans in force name can be had: asked once at start, before anything is applied.
#pragma once

#include "core/log/log.hpp"
#include "projections/world.hpp"

#include <filesystem>

namespace xtn {

// Reads each of them and holds it against its digest. One whose loss was accepted (`topology.manifest.lost`) is not missed: its
// plan is made again. Nobody may change `world` meanwhile. Errors: data_corrupted, naming the plan's event, the object and what
// to do with `folder`, where the log lies.
Status check_planned_manifests(const World &world, const LogReader &log, const std::filesystem::path &folder);

} // namespace xtn
