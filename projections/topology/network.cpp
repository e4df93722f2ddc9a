#include "projections/topology/network.hpp"

#include <boost/json/array.hpp>

namespace xtn::topology {
namespace {

namespace json = boost::json;

json::object service_port(std::string_view name, std::int64_t port, json::value target) {
    json::object out;
    out["name"] = name;
    out["port"] = port;
    out["targetPort"] = std::move(target);
    out["protocol"] = "TCP";
    return out;
}

json::object object_of(json::object metadata, json::object spec) {
    json::object out;
    out["metadata"] = std::move(metadata);
    out["spec"] = std::move(spec);
    return out;
}

json::object match_labels(json::object labels) {
    json::object out;
    out["matchLabels"] = std::move(labels);
    return out;
}

// "trino-x" and "trino-x-worker": the name of a role's Service, ServiceMonitor and, with "-metrics", metrics Service.
std::string short_name(const Rendering &rendering, Role role) {
    return role == Role::worker ? rendering.role_name(role) : rendering.base_name();
}

} // namespace

PlannedManifest service_account(const Rendering &rendering) {
    json::object body;
    body["metadata"] = metadata(rendering, rendering.service_account(), base_labels(rendering));
    return planned(rendering, "v1", "ServiceAccount", rendering.service_account(), std::move(body));
}

PlannedManifest service(const Rendering &rendering, Role role) {
    const auto name = short_name(rendering, role);
    json::object spec;
    spec["type"] = "ClusterIP";
    if (role == Role::worker) spec["clusterIP"] = "None";
    spec["selector"] = selector_labels(rendering, role);
    spec["ports"] = json::array{service_port("http", rendering.port, "http")};
    return planned(rendering, "v1", "Service", name,
                   object_of(metadata(rendering, name, base_labels(rendering)), std::move(spec)));
}

PlannedManifest metrics_service(const Rendering &rendering, Role role) {
    const auto name = short_name(rendering, role) + "-metrics";
    auto meta = metadata(rendering, name, metrics_labels(rendering, role));
    json::object annotations;
    annotations["prometheus.io/scrape"] = "true";
    annotations["prometheus.io/path"] = "/metrics";
    annotations["prometheus.io/port"] = std::to_string(rendering.port);
    annotations["prometheus.io/scheme"] = "http";
    meta["annotations"] = std::move(annotations);
    json::object spec;
    spec["type"] = "ClusterIP";
    spec["clusterIP"] = "None";
    spec["publishNotReadyAddresses"] = true;
    spec["selector"] = selector_labels(rendering, role);
    spec["ports"] = json::array{service_port("metrics", rendering.port, rendering.port)};
    return planned(rendering, "v1", "Service", name, object_of(std::move(meta), std::move(spec)));
}

PlannedManifest disruption_budget(const Rendering &rendering, Role role) {
    const auto name = rendering.name() + "-" + std::string(text(role)) + "-pdb";
    json::object spec;
    spec[role == Role::worker ? "maxUnavailable" : "minAvailable"] = 1;
    spec["selector"] = match_labels(selector_labels(rendering, role));
    return planned(rendering, "policy/v1", "PodDisruptionBudget", name,
                   object_of(metadata(rendering, name, base_labels(rendering)), std::move(spec)));
}

PlannedManifest service_monitor(const Rendering &rendering, Role role) {
    const auto name = short_name(rendering, role);
    json::object namespaces;
    namespaces["matchNames"] = json::array{json::value(rendering.in.id.ns)};
    json::object endpoint;
    endpoint["port"] = "metrics";
    endpoint["interval"] = "30s";
    json::object spec;
    spec["selector"] = match_labels(selector_labels(rendering, role));
    spec["namespaceSelector"] = std::move(namespaces);
    spec["endpoints"] = json::array{std::move(endpoint)};
    return planned(rendering, "monitoring.coreos.com/v1", "ServiceMonitor", name,
                   object_of(metadata(rendering, name, base_labels(rendering)), std::move(spec)));
}

} // namespace xtn::topology
