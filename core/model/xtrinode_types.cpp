// The JSON type of every typed member of an XTrinode's spec (spec 10 §3), as a table.
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <array>
#include <limits>

namespace xtn::rules {
namespace {

namespace json = boost::json;

enum class Type { text, whole, boolean, duration, object, list, texts, text_map, int_or_text, quantities };

struct Typed {
    std::string_view path;
    Type type;
};

constexpr std::array typed_members{
    Typed{"size", Type::text},
    Typed{"maxWorkers", Type::whole},
    Typed{"minWorkers", Type::whole},
    Typed{"suspended", Type::boolean},
    Typed{"autoSuspendAfter", Type::duration},
    Typed{"wakeMinWorkers", Type::whole},
    Typed{"wakeTTL", Type::duration},
    Typed{"resources", Type::object},
    Typed{"resources.coordinator", Type::object},
    Typed{"resources.coordinator.requests", Type::quantities},
    Typed{"resources.coordinator.limits", Type::quantities},
    Typed{"resources.worker", Type::object},
    Typed{"resources.worker.requests", Type::quantities},
    Typed{"resources.worker.limits", Type::quantities},
    Typed{"placement", Type::object},
    Typed{"placement.nodeSelector", Type::text_map},
    Typed{"placement.tolerations", Type::list},
    Typed{"placement.affinity", Type::object},
    Typed{"placement.existingNodePool", Type::object},
    Typed{"placement.existingNodePool.provider", Type::text},
    Typed{"placement.existingNodePool.name", Type::text},
    Typed{"placement.coordinator", Type::object},
    Typed{"placement.coordinator.nodeSelector", Type::text_map},
    Typed{"placement.coordinator.tolerations", Type::list},
    Typed{"placement.coordinator.affinity", Type::object},
    Typed{"placement.coordinator.topologySpreadConstraints", Type::list},
    Typed{"placement.worker", Type::object},
    Typed{"placement.worker.nodeSelector", Type::text_map},
    Typed{"placement.worker.tolerations", Type::list},
    Typed{"placement.worker.affinity", Type::object},
    Typed{"placement.worker.topologySpreadConstraints", Type::list},
    Typed{"nodePool", Type::object},
    Typed{"nodePool.name", Type::text},
    Typed{"nodePool.provider", Type::text},
    Typed{"nodePool.minNodes", Type::whole},
    Typed{"nodePool.maxNodes", Type::whole},
    Typed{"nodePool.zones", Type::texts},
    Typed{"nodePool.osDiskGB", Type::whole},
    Typed{"nodePool.spot", Type::object},
    Typed{"nodePool.spot.enabled", Type::boolean},
    Typed{"nodePool.spot.maxPrice", Type::text},
    Typed{"nodePool.nodeLabels", Type::text_map},
    Typed{"nodePool.schedulePods", Type::boolean},
    Typed{"nodePool.nodeTaints", Type::list},
    Typed{"nodePool.resourceTags", Type::text_map},
    Typed{"nodePool.prewarm", Type::object},
    Typed{"nodePool.prewarm.nodes", Type::whole},
    Typed{"nodePool.prewarm.ttl", Type::duration},
    Typed{"nodePool.provisioningTimeout", Type::duration},
    Typed{"nodePool.resourceNotFoundRequeueInterval", Type::duration},
    Typed{"nodePool.statusNotAvailableRequeueInterval", Type::duration},
    Typed{"nodePool.noNodesReadyRequeueInterval", Type::duration},
    Typed{"nodePool.nodesReadyRequeueInterval", Type::duration},
    Typed{"nodePool.errorRequeueInterval", Type::duration},
    Typed{"nodePool.minRequiredReplicasWhenMinNodesZero", Type::whole},
    Typed{"nodePool.clusterName", Type::text},
    Typed{"nodePool.kubernetesVersion", Type::text},
    Typed{"nodePool.bootstrapConfigRef", Type::object},
    Typed{"nodePool.providerMode", Type::text},
    Typed{"nodePool.autoscalerEnabled", Type::boolean},
    Typed{"nodePool.scaleDownOnSuspend", Type::boolean},
    Typed{"nodePool.deletionPolicy", Type::text},
    Typed{"nodePool.azure", Type::object},
    Typed{"nodePool.azure.vmSize", Type::text},
    Typed{"nodePool.azure.osDiskType", Type::text},
    Typed{"nodePool.aws", Type::object},
    Typed{"nodePool.aws.instanceType", Type::text},
    Typed{"nodePool.aws.volumeType", Type::text},
    Typed{"nodePool.gcp", Type::object},
    Typed{"nodePool.gcp.machineType", Type::text},
    Typed{"nodePool.gcp.diskType", Type::text},
    Typed{"routing", Type::object},
    Typed{"routing.routingGroup", Type::text},
    Typed{"routing.hostnameDomain", Type::text},
    Typed{"routing.hostname", Type::text},
    Typed{"routing.header", Type::text},
    Typed{"routing.default", Type::boolean},
    Typed{"routing.capacityUnits", Type::whole},
    Typed{"catalogSelector", Type::object},
    Typed{"catalogSelector.matchLabels", Type::text_map},
    Typed{"catalogSelector.matchExpressions", Type::list},
    Typed{"resourceGroupsProfile", Type::text},
    Typed{"customConfigMaps", Type::texts},
    Typed{"limits", Type::object},
    Typed{"limits.hardConcurrencyPerGroup", Type::whole},
    Typed{"limits.maxQueuedPerGroup", Type::whole},
    Typed{"limits.session", Type::object},
    Typed{"limits.session.maxQueryMemory", Type::text},
    Typed{"limits.session.maxTotalMemoryPerNode", Type::text},
    Typed{"trinoControlAuth", Type::object},
    Typed{"trinoControlAuth.username", Type::text},
    Typed{"trinoControlAuth.passwordSecret", Type::object},
    Typed{"trinoControlAuth.passwordSecret.name", Type::text},
    Typed{"trinoControlAuth.passwordSecret.key", Type::text},
    Typed{"faultTolerantExecution", Type::object},
    Typed{"faultTolerantExecution.retryPolicy", Type::text},
    Typed{"faultTolerantExecution.exchangeManager", Type::object},
    Typed{"faultTolerantExecution.exchangeManager.enabled", Type::boolean},
    Typed{"faultTolerantExecution.exchangeManager.name", Type::text},
    Typed{"faultTolerantExecution.exchangeManager.baseDirectories", Type::texts},
    Typed{"faultTolerantExecution.exchangeManager.properties", Type::text_map},
    Typed{"keda", Type::object},
    Typed{"keda.enabled", Type::boolean},
    Typed{"keda.scalerType", Type::text},
    Typed{"keda.scalingMetric", Type::text},
    Typed{"keda.threshold", Type::text},
    Typed{"keda.prometheusServer", Type::text},
    Typed{"keda.prometheusQuery", Type::text},
    Typed{"keda.httpEndpoint", Type::text},
    Typed{"keda.httpValueLocation", Type::text},
    Typed{"keda.scaleDownCooldown", Type::duration},
    Typed{"keda.scaleUpCooldown", Type::duration},
    Typed{"keda.jmxExporter", Type::object},
    Typed{"keda.jmxExporter.enabled", Type::boolean},
    Typed{"keda.jmxExporter.image", Type::text},
    Typed{"keda.jmxExporter.port", Type::whole},
    Typed{"keda.jmxExporter.configMap", Type::text},
    Typed{"tls", Type::object},
    Typed{"tls.serverSecretClass", Type::text},
    Typed{"tls.internalSecretClass", Type::text},
    Typed{"helmChartConfig", Type::object},
    Typed{"operatorNodePoolDefaults", Type::object},
    Typed{"operatorNodePoolDefaults.defaultMinNodes", Type::whole},
    Typed{"operatorNodePoolDefaults.defaultMaxNodes", Type::whole},
    Typed{"operatorNodePoolDefaults.defaultOSDiskGB", Type::whole},
    Typed{"rolloutPolicy", Type::object},
    Typed{"rolloutPolicy.revisionHistoryLimit", Type::whole},
    Typed{"rolloutPolicy.rollingUpdateStrategy", Type::object},
    Typed{"rolloutPolicy.rollingUpdateStrategy.maxSurge", Type::int_or_text},
    Typed{"rolloutPolicy.rollingUpdateStrategy.maxUnavailable", Type::int_or_text},
};

bool fits_32_bits(const json::value &value) {
    const auto number = look::as_integer(value);
    return number && *number >= std::numeric_limits<std::int32_t>::min() && *number <= std::numeric_limits<std::int32_t>::max();
}

bool all_text(const json::value &value) {
    if (const auto *list = value.if_array()) {
        return std::all_of(list->begin(), list->end(), [](const auto &item) { return item.is_string(); });
    }
    const auto *map = value.if_object();
    return map != nullptr && std::all_of(map->begin(), map->end(), [](const auto &member) { return member.value().is_string(); });
}

// What is wrong with `value`; empty: nothing.
std::string fault(Type type, const json::value &value) {
    switch (type) {
    case Type::text:
        return value.is_string() ? "" : "must be text (put it in quotes)";
    case Type::whole:
        return fits_32_bits(value) ? "" : "must be a whole number of at most 32 bits";
    case Type::boolean:
        return value.is_bool() ? "" : "must be true or false";
    case Type::duration: {
        if (!value.is_string()) return "must be a duration in quotes, such as \"5m\"";
        auto duration = parse_go_duration(value.get_string());
        return duration.ok() ? "" : duration.error().message;
    }
    case Type::object:
        return value.is_object() && look::float_text(value).empty() ? "" : "must be a map";
    case Type::list:
        return value.is_array() ? "" : "must be a list";
    case Type::texts:
        return value.is_array() && all_text(value) ? "" : "must be a list of text";
    case Type::text_map:
        return value.is_object() && all_text(value) ? "" : "must be a map of text to text (put numbers and booleans in quotes)";
    case Type::int_or_text:
        return value.is_string() || fits_32_bits(value) ? "" : "must be a whole number or text such as \"25%\"";
    case Type::quantities:
        return value.is_object() ? "" : "must be a map of quantities";
    }
    return {};
}

// The map that holds the last part of `path`, and that part's name.
std::pair<json::object *, std::string_view> holder(json::object &spec, std::string_view path) {
    json::object *here = &spec;
    for (;;) {
        const auto dot = path.find('.');
        if (dot == std::string_view::npos) return {here, path};
        auto *value = here->if_contains(path.substr(0, dot));
        if (value == nullptr || !value->is_object()) return {nullptr, path};
        here = &value->get_object();
        path.remove_prefix(dot + 1);
    }
}

void check_quantities(json::object &map, std::string_view path, FieldReport &report) {
    std::vector<std::string> bad;
    for (const auto &entry : map) {
        auto quantity = Quantity::of(entry.value());
        if (quantity.ok()) continue;
        report.invalid(fmt::format("spec.{}[{}]", path, std::string_view(entry.key())), entry.value(), quantity.error().message);
        bad.emplace_back(entry.key());
    }
    for (const auto &key : bad)
        map.stable_erase(map.find(key));
}

} // namespace

void check_types(json::object &spec, FieldReport &report) {
    for (const auto &typed : typed_members) {
        const auto [map, name] = holder(spec, typed.path);
        if (map == nullptr) continue;
        auto *value = map->if_contains(name);
        if (value == nullptr || value->is_null()) continue;
        if (const auto what = fault(typed.type, *value); !what.empty()) {
            report.invalid("spec." + std::string(typed.path), *value, what);
            map->stable_erase(map->find(name));
        } else if (typed.type == Type::quantities) {
            check_quantities(value->get_object(), typed.path, report);
        }
    }
}

} // namespace xtn::rules
