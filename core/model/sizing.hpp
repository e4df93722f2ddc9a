// Sizing presets and machine recommendations (spec 10 §6).
#pragma once

#include <boost/json/object.hpp>

#include <array>
#include <string>
#include <string_view>

namespace xtn {

struct SizePreset {
    std::string_view name;
    std::string_view request_cpu, request_memory, limit_cpu, limit_memory; // of a worker
    std::string_view azure, aws, gcp;                                      // machine types
};

inline constexpr std::array size_presets{
    SizePreset{"xs", "1", "4Gi", "2", "8Gi", "Standard_D2as_v5", "m5.large", "n1-standard-2"},
    SizePreset{"s", "2", "8Gi", "8", "32Gi", "Standard_D8as_v5", "m5.2xlarge", "n1-standard-8"},
    SizePreset{"m", "4", "16Gi", "16", "64Gi", "Standard_D16as_v5", "m5.4xlarge", "n1-standard-16"},
    SizePreset{"l", "8", "32Gi", "32", "128Gi", "Standard_D32as_v5", "m5.8xlarge", "n1-standard-32"},
    SizePreset{"xl", "16", "64Gi", "64", "256Gi", "Standard_D64as_v5", "m5.16xlarge", "n1-standard-64"},
};
// The coordinator of every preset.
inline constexpr SizePreset coordinator_preset{"", "1", "4Gi", "2", "8Gi", "", "", ""};

const SizePreset *find_preset(std::string_view lower_name);                           // exact lower-case name
std::string_view preset_machine(const SizePreset &preset, std::string_view provider); // "" for an unknown provider
boost::json::object preset_resources(const SizePreset &preset);                       // {requests, limits}

struct MachineAdvice {
    std::string machine; // empty: none
    std::string source;  // "size 's'" or "resolved worker resources"
};
// Spec 10 §6.1; `provider` exactly as given there (azure, aws, gcp).
MachineAdvice recommend_machine(const boost::json::object &spec, std::string_view provider);
// Position of a machine in its provider's column, or -1 (spec 10 §6.2).
int machine_rank(std::string_view provider, std::string_view machine);

} // namespace xtn
