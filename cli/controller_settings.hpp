// Flags of the control plane, shared by `xtrinode controller` and the sandbox.
#pragma once

#include "cli/control_plane.hpp"

#include <chrono>
#include <string_view>

namespace CLI {
class App;
} // namespace CLI

namespace xtn::cli {

// --gateway-drain-duration
void add_drain_flag(CLI::App &command, ControlPlaneSettings &settings);
// --disk-low, --disk-scarce, --disk-critical, --disk-reserve
void add_disk_flags(CLI::App &command, SpaceLimits &limits);
void add_control_plane_flags(CLI::App &command, ControlPlaneSettings &settings);

// A duration as Kubernetes users write it ("90s", "5m", "1h30m", "250ms"), not negative. Errors: invalid_argument.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace xtn::cli
