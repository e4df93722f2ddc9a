#include "core/model/look.hpp"
#include "core/model/xtrinode.hpp"

#include <fmt/format.h>

namespace xtn {
namespace {

namespace json = boost::json;

constexpr std::int64_t default_port = 8080;

// What a target of the native autoscaler means: off when "" or not positive (spec 10 §14.2).
std::int64_t hpa_target(const json::object &spec, std::string_view name, std::int64_t fallback) {
    const auto *value = look::at(spec, "valuesOverlay.server.autoscaling." + std::string(name));
    if (value == nullptr) return fallback;
    if (value->is_string() && value->get_string().empty()) return 0;
    return look::loose_integer(*value).value_or(fallback);
}

} // namespace

bool spec_suspended(const json::object &spec) {
    return look::flag(spec, "suspended");
}

std::int64_t spec_min_workers(const json::object &spec) {
    return look::integer(spec, "minWorkers").value_or(0);
}

bool keda_active(const json::object &spec) {
    if (!look::flag(spec, "keda.enabled")) return false;
    return !look::text(spec, "keda.scalerType").empty() || !look::text(spec, "keda.scalingMetric").empty() ||
           !look::blank(look::text(spec, "keda.prometheusServer")) || !look::blank(look::text(spec, "keda.prometheusQuery")) ||
           !look::blank(look::text(spec, "keda.httpEndpoint"));
}

bool native_hpa_active(const json::object &spec) {
    if (!look::flag(spec, "valuesOverlay.server.autoscaling.enabled")) return false;
    return hpa_target(spec, "targetCPUUtilizationPercentage", 50) > 0 ||
           hpa_target(spec, "targetMemoryUtilizationPercentage", 80) > 0;
}

std::int64_t service_port(const json::object &spec) {
    const auto *value = look::at(spec, "valuesOverlay.service.port");
    const auto port = value == nullptr ? std::nullopt : look::loose_integer(*value);
    return port && *port > 0 ? *port : default_port;
}

std::string coordinator_url(const RuntimeId &id, const json::object &spec) {
    return fmt::format("http://trino-{}.{}.svc.cluster.local:{}", id.name, id.ns, service_port(spec));
}

RoutingSpec routing_of(const RuntimeId &id, const json::object &spec) {
    RoutingSpec out;
    out.present = look::object(spec, "routing") != nullptr;
    out.routing_group = look::text(spec, "routing.routingGroup");
    if (out.routing_group.empty()) out.routing_group = id.ns + "--" + id.name;
    out.hostname = look::text(spec, "routing.hostname");
    if (const auto domain = look::text(spec, "routing.hostnameDomain"); out.hostname.empty() && !domain.empty()) {
        out.hostname = out.routing_group + "." + std::string(domain);
    }
    std::string_view header = look::text(spec, "routing.header");
    for (const char separator : {'=', ':'}) { // "X-Trino-XTrinode=a", "X-Trino-XTrinode: a" or just "a"
        const auto at = header.find(separator);
        if (at != std::string_view::npos && at + 1 < header.size()) {
            header.remove_prefix(at + 1);
            break;
        }
    }
    out.header = look::trim(header);
    out.is_default = look::flag(spec, "routing.default");
    out.capacity_units = look::integer(spec, "routing.capacityUnits");
    return out;
}

} // namespace xtn
