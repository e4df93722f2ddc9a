#include "core/model/sizing.hpp"

#include "core/model/look.hpp"
#include "core/model/quantity.hpp"

#include <optional>

namespace xtn {
namespace {

namespace json = boost::json;

// The larger of the positive request and limit of `resource`; nothing when neither is positive.
std::optional<Quantity> need(const json::object &resources, std::string_view resource) {
    std::optional<Quantity> out;
    for (const std::string_view kind : {"requests", "limits"}) {
        const auto *map = look::object(resources, kind);
        const auto *value = map == nullptr ? nullptr : map->if_contains(resource);
        if (value == nullptr) continue;
        auto quantity = Quantity::of(*value);
        if (quantity.ok() && quantity->positive() && (!out || *out < *quantity)) out = *quantity;
    }
    return out;
}

} // namespace

const SizePreset *find_preset(std::string_view lower_name) {
    for (const auto &preset : size_presets) {
        if (preset.name == lower_name) return &preset;
    }
    return nullptr;
}

std::string_view preset_machine(const SizePreset &preset, std::string_view provider) {
    if (provider == "azure") return preset.azure;
    if (provider == "aws") return preset.aws;
    if (provider == "gcp") return preset.gcp;
    return {};
}

json::object preset_resources(const SizePreset &preset) {
    json::object requests;
    requests["cpu"] = preset.request_cpu;
    requests["memory"] = preset.request_memory;
    json::object limits;
    limits["cpu"] = preset.limit_cpu;
    limits["memory"] = preset.limit_memory;
    json::object out;
    out["requests"] = std::move(requests);
    out["limits"] = std::move(limits);
    return out;
}

MachineAdvice recommend_machine(const json::object &spec, std::string_view provider) {
    const auto given = look::text(spec, "size");
    const auto size = look::trim_lower(given);
    const auto *preset = find_preset(size);
    MachineAdvice fallback{preset == nullptr ? std::string() : std::string(preset_machine(*preset, provider)),
                           "size '" + std::string(given) + "'"};
    if (preset == nullptr) return fallback;
    const auto *typed = look::object(spec, "resources.worker");
    const auto resources = typed != nullptr ? *typed : preset_resources(*preset);
    const auto cpu = need(resources, "cpu");
    const auto memory = need(resources, "memory");
    if (!cpu && !memory) return fallback;
    const SizePreset *pick = &size_presets.back();
    for (const auto &candidate : size_presets) {
        const auto own = preset_resources(candidate);
        if ((!cpu || *need(own, "cpu") >= *cpu) && (!memory || *need(own, "memory") >= *memory)) {
            pick = &candidate;
            break;
        }
    }
    const auto machine = preset_machine(*pick, provider);
    if (machine.empty()) return fallback;
    return {std::string(machine), typed == nullptr && pick == preset ? fallback.source : "resolved worker resources"};
}

int machine_rank(std::string_view provider, std::string_view machine) {
    const auto wanted = look::trim_lower(machine);
    for (std::size_t i = 0; i < size_presets.size(); ++i) {
        const auto known = preset_machine(size_presets[i], provider);
        if (!known.empty() && look::lower(known) == wanted) return static_cast<int>(i);
    }
    return -1;
}

} // namespace xtn
