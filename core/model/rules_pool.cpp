// Rules N and O (node pools) of spec 10 §9.1, and the node pool warnings W8 and W9 of §10.3.
#include "core/model/look.hpp"
#include "core/model/sizing.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <array>

namespace xtn::rules {
namespace {

namespace json = boost::json;

struct MachineField {
    std::string_view provider;
    std::string_view path; // below spec.nodePool
};
constexpr std::array machine_fields{MachineField{"azure", "azure.vmSize"}, MachineField{"aws", "aws.instanceType"},
                                    MachineField{"gcp", "gcp.machineType"}};

bool known_provider(std::string_view provider) {
    return provider == "azure" || provider == "aws" || provider == "gcp";
}

void below(FieldReport &report, const std::string &path, std::string_view name, std::optional<std::int64_t> value,
           std::int64_t bound) {
    if (value && *value < bound) report.invalid(path, *value, fmt::format("{} must be at least {}", name, bound));
}
void above(FieldReport &report, const std::string &path, std::string_view name, std::optional<std::int64_t> value,
           std::int64_t bound) {
    if (value && *value > bound) report.invalid(path, *value, fmt::format("{} must be at most {}", name, bound));
}

void machine(const Subject &subject, const json::object &pool, FieldReport &report) {
    const auto provider = look::trim_lower(look::text(pool, "provider"));
    for (const auto &field : machine_fields) {
        if (field.provider != provider || !look::text(pool, field.path).empty()) continue;
        const auto advice = recommend_machine(subject.spec, provider);
        const auto hint = advice.machine.empty() ? std::string() : fmt::format(" ({}: {})", advice.source, advice.machine);
        report.required(fmt::format("spec.nodePool.{}", field.path),
                        fmt::format("{} must be given for provider {}{}", field.path, provider, hint));
    }
}

// Bounds that come from several places (N14).
void effective_bounds(const Subject &subject, const json::object &pool, FieldReport &report) {
    std::string path = "spec.nodePool.minNodes";
    auto least = look::integer(pool, "minNodes");
    if (!least) {
        least = look::integer(subject.spec, "operatorNodePoolDefaults.defaultMinNodes");
        if (least) path = "spec.operatorNodePoolDefaults.defaultMinNodes";
    }
    auto most = look::integer(pool, "maxNodes");
    if (!most) most = look::integer(subject.spec, "operatorNodePoolDefaults.defaultMaxNodes");
    const auto effective_min = least.value_or(subject.policy.default_min_nodes);
    const auto effective_max = most.value_or(subject.policy.default_max_nodes);
    if (effective_min >= 0 && effective_max >= 1 && effective_min > effective_max) {
        report.invalid(path, effective_min,
                       fmt::format("effective minNodes must not be larger than effective maxNodes ({})", effective_max));
    }
}

} // namespace

void node_pool(const Subject &subject, FieldReport &report) {
    const auto *pool = look::object(subject.spec, "nodePool");
    if (pool == nullptr) return;
    const auto &policy = subject.policy;
    const auto provider = look::text(*pool, "provider");
    if (provider.empty()) {
        report.required("spec.nodePool.provider", "provider must be azure, aws or gcp");
    } else if (!known_provider(look::lower(provider))) {
        report.invalid("spec.nodePool.provider", provider, "must be one of [azure aws gcp]");
    }
    machine(subject, *pool, report);
    const auto mode = look::trim_lower(look::text(*pool, "providerMode"));
    const auto *taints = look::array(*pool, "nodeTaints");
    if (taints != nullptr && !taints->empty() && (mode.empty() || mode == "self-managed")) {
        report.forbidden("spec.nodePool.nodeTaints",
                         "a self-managed pool takes its taints from nodeRegistration.taints of its bootstrap configuration");
    }
    const auto deletion = look::text(*pool, "deletionPolicy");
    if (!deletion.empty() && deletion != "Delete" && deletion != "Retain" && deletion != "ScaleToZero") {
        report.unsupported("spec.nodePool.deletionPolicy", deletion, {"Delete", "Retain", "ScaleToZero"});
    }
    const auto least = look::integer(*pool, "minNodes");
    const auto most = look::integer(*pool, "maxNodes");
    below(report, "spec.nodePool.minNodes", "minNodes", least, policy.min_nodes_min);
    if (least && most && *least > *most) {
        report.invalid("spec.nodePool.minNodes", *least, fmt::format("minNodes must not be larger than maxNodes, {}", *most));
    }
    below(report, "spec.nodePool.maxNodes", "maxNodes", most, policy.max_nodes_min);
    above(report, "spec.nodePool.maxNodes", "maxNodes", most, policy.max_nodes_max);
    const auto disk = look::integer(*pool, "osDiskGB");
    below(report, "spec.nodePool.osDiskGB", "osDiskGB", disk, policy.os_disk_gb_min);
    above(report, "spec.nodePool.osDiskGB", "osDiskGB", disk, policy.os_disk_gb_max);
    effective_bounds(subject, *pool, report);
    const auto *labels = look::object(*pool, "nodeLabels");
    const auto *label = labels == nullptr ? nullptr : labels->if_contains(pool_label);
    const auto name = pool_name(subject);
    if (look::flag(*pool, "schedulePods") && label != nullptr && *label != json::value(name)) {
        report.invalid(fmt::format("spec.nodePool.nodeLabels[{}]", pool_label), *label,
                       fmt::format("must be the pool name \"{}\" while schedulePods is true", name));
    }
}

void pool_defaults(const Subject &subject, FieldReport &report) {
    const auto *defaults = look::object(subject.spec, "operatorNodePoolDefaults");
    if (defaults == nullptr) return;
    const auto &policy = subject.policy;
    const std::string base = "spec.operatorNodePoolDefaults.";
    const auto least = look::integer(*defaults, "defaultMinNodes");
    const auto most = look::integer(*defaults, "defaultMaxNodes");
    const auto disk = look::integer(*defaults, "defaultOSDiskGB");
    below(report, base + "defaultMinNodes", "defaultMinNodes", least, policy.min_nodes_min);
    below(report, base + "defaultMaxNodes", "defaultMaxNodes", most, policy.max_nodes_min);
    above(report, base + "defaultMaxNodes", "defaultMaxNodes", most, policy.max_nodes_max);
    below(report, base + "defaultOSDiskGB", "defaultOSDiskGB", disk, policy.os_disk_gb_min);
    above(report, base + "defaultOSDiskGB", "defaultOSDiskGB", disk, policy.os_disk_gb_max);
    if (least && most && *least > *most) {
        report.invalid(base + "defaultMinNodes", *least,
                       fmt::format("defaultMinNodes must not be larger than defaultMaxNodes, {}", *most));
    }
}

void node_pool_warnings(const Subject &subject, FieldReport &report) {
    const auto *pool = look::object(subject.spec, "nodePool");
    if (pool == nullptr) return;
    const auto name = pool_name(subject);
    if (!look::flag(*pool, "schedulePods")) {
        std::string first;
        bool bound = false;
        for (const std::string_view path :
             {"placement.nodeSelector", "placement.coordinator.nodeSelector", "placement.worker.nodeSelector"}) {
            const auto *map = look::object(subject.spec, path);
            const auto *value = map == nullptr ? nullptr : map->if_contains(pool_label);
            if (value == nullptr || !value->is_string()) continue;
            if (first.empty()) first = value->get_string();
            bound = bound || value->get_string() == name;
        }
        if (first.empty()) {
            report.warn(
                fmt::format("no pod is bound to node pool \"{}\": set spec.nodePool.schedulePods=true, or select {}={} in "
                            "spec.placement",
                            name, pool_label, name));
        } else if (!bound) {
            report.warn(
                fmt::format("spec.placement selects node pool \"{}\", not \"{}\", which spec.nodePool creates", first, name));
        }
    }
    const auto provider = look::trim_lower(look::text(*pool, "provider"));
    for (const auto &field : machine_fields) {
        if (field.provider != provider) continue;
        const auto configured = look::text(*pool, field.path);
        const auto advice = recommend_machine(subject.spec, provider);
        const auto have = machine_rank(provider, configured);
        const auto want = machine_rank(provider, advice.machine);
        if (have >= 0 && want >= 0 && have < want) {
            report.warn(
                fmt::format("machine {} is smaller than {} needs; recommended: {}", configured, advice.source, advice.machine));
        }
    }
}

} // namespace xtn::rules
