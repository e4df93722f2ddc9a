#include "projections/topology/pods.hpp"

#include "core/model/look.hpp"
#include "projections/topology/catalog_env.hpp"
#include "projections/topology/hashing.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace xtn::topology {
namespace {

namespace json = boost::json;

constexpr std::string_view image = "trinodb/trino:480";
constexpr std::string_view health_check = "/usr/lib/trino/bin/health-check";
constexpr std::int64_t history_limit = 10;
constexpr std::int64_t coordinator_grace_seconds = 900;
constexpr std::int64_t worker_grace_seconds = 3600;
constexpr std::int64_t trino_user = 1000;

struct Timing {
    std::int64_t initial_delay, period, timeout, failures;
};

json::object probe(json::object action, std::string_view kind, const Timing &timing) {
    json::object out;
    out[kind] = std::move(action);
    out["initialDelaySeconds"] = timing.initial_delay;
    out["periodSeconds"] = timing.period;
    out["timeoutSeconds"] = timing.timeout;
    out["failureThreshold"] = timing.failures;
    out["successThreshold"] = 1;
    return out;
}

json::object health_check_probe(const Timing &timing) {
    json::object exec;
    exec["command"] = json::array{json::value(health_check)};
    return probe(std::move(exec), "exec", timing);
}

json::object liveness_probe() {
    json::object get;
    get["path"] = "/v1/info";
    get["port"] = "http";
    return probe(std::move(get), "httpGet", {30, 10, 5, 6});
}

// Volumes and mounts in the contract's two orders (spec 30 §7.4): they are hashed.
class Storage {
  public:
    json::array volumes;
    json::array mounts;

    void volume(std::string_view name, std::string_view kind, json::object source) {
        json::object out;
        out["name"] = name;
        out[kind] = std::move(source);
        volumes.emplace_back(std::move(out));
    }
    void config_map(std::string_view name, std::string_view config_map) {
        json::object source;
        source["name"] = config_map;
        volume(name, "configMap", std::move(source));
    }
    void mount(std::string_view name, std::string_view path, bool read_only = true) {
        json::object out;
        out["name"] = name;
        out["mountPath"] = path;
        if (read_only) out["readOnly"] = true;
        mounts.emplace_back(std::move(out));
    }
};

json::object catalog_projection(const Rendering &rendering) {
    json::array sources;
    for (const auto &catalog : rendering.in.catalogs) {
        json::object item;
        item["key"] = catalog.name + ".properties";
        item["path"] = catalog.name + ".properties";
        json::object config_map;
        config_map["name"] = "trino-catalog-" + catalog.name;
        config_map["items"] = json::array{std::move(item)};
        json::object source;
        source["configMap"] = std::move(config_map);
        sources.emplace_back(std::move(source));
    }
    json::object out;
    out["sources"] = std::move(sources);
    return out;
}

Storage storage(const Rendering &rendering, Role role, const std::string &config_map) {
    Storage out;
    const auto custom = look::texts(rendering.spec, "customConfigMaps");
    const auto profile = look::text(rendering.spec, "resourceGroupsProfile");
    const bool resource_groups = role == Role::coordinator && !profile.empty();
    const bool catalogs = !rendering.in.catalogs.empty();

    out.mount("config-volume", "/etc/trino", false);
    if (catalogs) out.mount("catalog-volume", "/etc/trino/catalog");
    for (const auto name : custom)
        out.mount(name, fmt::format("/etc/trino/custom/{}", name));
    if (resource_groups) out.mount("resource-groups-volume", "/etc/trino/resource-groups");
    out.mount("schemas-volume", "/etc/trino/kafka");

    out.config_map("config-volume", config_map);
    if (catalogs) out.volume("catalog-volume", "projected", catalog_projection(rendering));
    for (const auto name : custom)
        out.config_map(name, name);
    if (resource_groups) out.config_map("resource-groups-volume", profile);
    out.config_map("schemas-volume", rendering.schemas_config_map(role));
    return out;
}

// Spec 30 §7.5.
json::array environment(const Rendering &rendering, Role role) {
    json::array out;
    const auto *secret = look::object(rendering.spec, "trinoControlAuth.passwordSecret");
    if (role == Role::worker && secret != nullptr) {
        const auto user = look::text(rendering.spec, "trinoControlAuth.username");
        json::object name;
        name["name"] = "XTRINODE_TRINO_CONTROL_USER";
        name["value"] = user.empty() ? field_manager : user;
        out.emplace_back(std::move(name));
        json::object from;
        from["secretKeyRef"] = *secret;
        json::object password;
        password["name"] = "XTRINODE_TRINO_CONTROL_PASSWORD";
        password["valueFrom"] = std::move(from);
        out.emplace_back(std::move(password));
    }
    for (auto &variable : catalog_environment(rendering.in.catalogs))
        out.emplace_back(std::move(variable));
    return out;
}

json::object container_resources(const json::object &resources) {
    json::object out;
    for (const std::string_view kind : {"limits", "requests"}) {
        if (const auto *map = look::object(resources, kind); map != nullptr && !map->empty()) out[kind] = *map;
    }
    return out;
}

json::object container(const Rendering &rendering, Role role, json::array mounts) {
    json::object port;
    port["name"] = "http";
    port["containerPort"] = rendering.port;
    port["protocol"] = "TCP";
    json::object out;
    out["name"] = fmt::format("trino-{}", text(role));
    out["image"] = image;
    out["imagePullPolicy"] = "IfNotPresent";
    out["ports"] = json::array{std::move(port)};
    if (auto resources = container_resources(rendering.resources(role)); !resources.empty())
        out["resources"] = std::move(resources);
    if (auto env = environment(rendering, role); !env.empty()) out["env"] = std::move(env);
    out["volumeMounts"] = std::move(mounts);
    out["livenessProbe"] = liveness_probe();
    out["readinessProbe"] = health_check_probe({10, 10, 5, 6});
    out["startupProbe"] = health_check_probe({10, 2, 2, 60});
    return out;
}

void add_placement(json::object &pod, const json::object &placement) {
    for (const std::string_view member : {"nodeSelector", "tolerations", "affinity", "topologySpreadConstraints"}) {
        const auto *value = look::at(placement, member);
        if (value == nullptr) continue;
        const bool empty =
            (value->is_array() && value->get_array().empty()) || (value->is_object() && value->get_object().empty());
        if (!empty) pod[member] = *value;
    }
}

json::object pod_template(const Rendering &rendering, Role role, const std::string &config_map) {
    auto stored = storage(rendering, role, config_map);
    json::object security;
    security["runAsUser"] = trino_user;
    security["runAsNonRoot"] = true;
    security["fsGroup"] = trino_user;
    json::object pod;
    pod["serviceAccountName"] = rendering.service_account();
    pod["automountServiceAccountToken"] = false;
    pod["securityContext"] = std::move(security);
    pod["terminationGracePeriodSeconds"] = role == Role::worker ? worker_grace_seconds : coordinator_grace_seconds;
    pod["containers"] = json::array{container(rendering, role, std::move(stored.mounts))};
    pod["volumes"] = std::move(stored.volumes);
    add_placement(pod, rendering.placement(role));
    json::object annotations;
    annotations[fmt::format("checksum/{}-config", text(role))] = config_map;
    json::object meta;
    meta["labels"] = pod_labels(rendering, role);
    meta["annotations"] = std::move(annotations);
    json::object out;
    out["metadata"] = std::move(meta);
    out["spec"] = std::move(pod);
    return out;
}

} // namespace

RenderedDeployment deployment(const Rendering &rendering, Role role, const std::string &config_map) {
    const auto &spec = rendering.spec;
    auto pods = pod_template(rendering, role, config_map);
    const auto hash = rollout_hash(rendering, role, pods);
    auto &annotations = pods["metadata"].get_object()["annotations"].get_object();
    annotations[revision_key] = hash;
    annotations[std::string(rollout_prefix).append(text(role))] = hash;

    json::object body;
    if (role == Role::coordinator) {
        body["replicas"] = 1;
    } else if (rendering.shape.fixed_workers) {
        body["replicas"] = *rendering.shape.fixed_workers;
    }
    body["revisionHistoryLimit"] = look::integer(spec, "rolloutPolicy.revisionHistoryLimit").value_or(history_limit);
    if (const auto *strategy = look::object(spec, "rolloutPolicy.rollingUpdateStrategy")) {
        json::object rolling;
        for (const std::string_view member : {"maxSurge", "maxUnavailable"}) {
            if (const auto *value = look::at(*strategy, member)) rolling[member] = *value;
        }
        json::object wanted;
        wanted["type"] = "RollingUpdate";
        if (!rolling.empty()) wanted["rollingUpdate"] = std::move(rolling);
        body["strategy"] = std::move(wanted);
    }
    json::object selector;
    selector["matchLabels"] = selector_labels(rendering, role);
    body["selector"] = std::move(selector);
    body["template"] = std::move(pods);

    const auto name = rendering.role_name(role);
    auto meta = metadata(rendering, name, pod_labels(rendering, role));
    stamp_revision(rendering, meta);
    json::object object;
    object["metadata"] = std::move(meta);
    object["spec"] = std::move(body);
    return {planned(rendering, "apps/v1", "Deployment", name, std::move(object)), hash};
}

} // namespace xtn::topology
