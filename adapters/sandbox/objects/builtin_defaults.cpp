// What the server fills in on reading an object of a built-in kind.
#include "adapters/sandbox/objects/builtin_hooks.hpp"
#include "adapters/sandbox/objects/json_util.hpp"

#include <string>

namespace xtn::sandbox::objects::builtin {

namespace json = boost::json;

namespace {

constexpr int read_only_mode = 0644; // 420

void each_object(json::object &parent, std::string_view list, const auto &visit) {
    if (auto *items = find_array(parent, list))
        for (auto &item : *items)
            if (auto *o = item.if_object()) visit(*o);
}

bool is_latest(std::string_view image) {
    if (image.find('@') != std::string_view::npos) return false;
    const auto slash = image.rfind('/');
    const auto colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
    return colon == std::string_view::npos || image.substr(colon + 1) == "latest";
}

void default_http_get(json::object &action) {
    if (auto *get = find_object(action, "httpGet")) {
        set_default(*get, "path", "/");
        set_default(*get, "scheme", "HTTP");
    }
}

void default_probe(json::object &probe) {
    set_default(probe, "timeoutSeconds", 1);
    set_default(probe, "periodSeconds", 10);
    set_default(probe, "successThreshold", 1);
    set_default(probe, "failureThreshold", 3);
    default_http_get(probe);
    if (auto *grpc = find_object(probe, "grpc")) set_default(*grpc, "service", "");
}

void default_container(json::object &c) {
    set_default(c, "terminationMessagePath", "/dev/termination-log");
    set_default(c, "terminationMessagePolicy", "File");
    set_default(c, "imagePullPolicy", is_latest(find_string(c, "image")) ? "Always" : "IfNotPresent");
    each_object(c, "ports", [](json::object &port) { set_default(port, "protocol", "TCP"); });
    each_object(c, "env", [](json::object &env) {
        auto *from = find_object(env, "valueFrom");
        auto *field = from ? find_object(*from, "fieldRef") : nullptr;
        if (field) set_default(*field, "apiVersion", "v1");
    });
    for (const auto *name : {"livenessProbe", "readinessProbe", "startupProbe"})
        if (auto *probe = find_object(c, name)) default_probe(*probe);
    if (auto *lifecycle = find_object(c, "lifecycle"))
        for (const auto *name : {"postStart", "preStop"})
            if (auto *handler = find_object(*lifecycle, name)) default_http_get(*handler);
}

void default_downward(json::object &source) {
    each_object(source, "items", [](json::object &item) {
        if (auto *field = find_object(item, "fieldRef")) set_default(*field, "apiVersion", "v1");
    });
}

void default_volume(json::object &volume) {
    if (volume.size() == 1) volume["emptyDir"] = json::object();
    for (const auto *name : {"configMap", "secret", "downwardAPI", "projected"})
        if (auto *source = find_object(volume, name)) set_default(*source, "defaultMode", read_only_mode);
    if (auto *path = find_object(volume, "hostPath")) set_default(*path, "type", "");
    if (auto *source = find_object(volume, "downwardAPI")) default_downward(*source);
    if (auto *projected = find_object(volume, "projected"))
        each_object(*projected, "sources", [](json::object &source) {
            if (auto *token = find_object(source, "serviceAccountToken")) set_default(*token, "expirationSeconds", 3600);
            if (auto *downward = find_object(source, "downwardAPI")) default_downward(*downward);
        });
}

void default_pod_spec(json::object &spec) {
    for (const auto *list : {"initContainers", "containers"})
        each_object(spec, list, default_container);
    each_object(spec, "volumes", default_volume);
    set_default(spec, "restartPolicy", "Always");
    set_default(spec, "terminationGracePeriodSeconds", 30);
    set_default(spec, "dnsPolicy", "ClusterFirst");
    set_default(spec, "securityContext", json::object());
    set_default(spec, "schedulerName", "default-scheduler");
    // The old and the new name of one field.
    if (const auto *name = spec.if_contains("serviceAccountName"))
        set_default(spec, "serviceAccount", *name);
    else if (const auto *old = spec.if_contains("serviceAccount"))
        set_default(spec, "serviceAccountName", *old);
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= bytes.size() - i ? alphabet[group >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

} // namespace

void default_namespace(Object &object) {
    const std::string name(name_of(object)); // a copy: adding labels moves the members
    if (!name.empty()) make_object_at(object, "metadata.labels")["kubernetes.io/metadata.name"] = name;
}

void default_secret(Object &object) {
    set_default(object, "type", "Opaque");
    if (const auto *plain = find_object(object, "stringData")) {
        const auto copy = *plain;
        auto &data = make_object_at(object, "data");
        for (const auto &m : copy)
            if (m.value().is_string()) data[m.key()] = base64(std::string(m.value().get_string()));
        erase_member(object, "stringData");
    }
}

void default_service(Object &object) {
    auto &spec = make_object_at(object, "spec");
    set_default(spec, "sessionAffinity", "None");
    set_default(spec, "type", "ClusterIP");
    if (find_string(spec, "sessionAffinity") == "ClientIP")
        set_default(make_object_at(spec, "sessionAffinityConfig.clientIP"), "timeoutSeconds", 10800);
    const auto type = std::string(find_string(spec, "type"));
    if (type != "ExternalName") set_default(spec, "internalTrafficPolicy", "Cluster");
    if (type == "NodePort" || type == "LoadBalancer") set_default(spec, "externalTrafficPolicy", "Cluster");
    if (type == "LoadBalancer") set_default(spec, "allocateLoadBalancerNodePorts", true);
    each_object(spec, "ports", [](json::object &port) {
        set_default(port, "protocol", "TCP");
        const auto *target = port.if_contains("targetPort");
        const bool none = !target || (target->is_string() ? target->get_string().empty() : integer_of(target) == 0);
        if (none) port["targetPort"] = port.contains("port") ? port["port"] : json::value(0);
    });
}

void default_pod(Object &object) {
    auto &spec = make_object_at(object, "spec");
    default_pod_spec(spec);
    set_default(spec, "enableServiceLinks", true);
    // Limits are requests where none are given: of pods, not of templates.
    for (const auto *list : {"initContainers", "containers"})
        each_object(spec, list, [](json::object &c) {
            auto *resources = find_object(c, "resources");
            const auto *limits = resources ? find_object(*resources, "limits") : nullptr;
            if (!limits) return;
            const auto copy = *limits;
            auto &requests = make_object_at(*resources, "requests");
            for (const auto &limit : copy)
                set_default(requests, limit.key(), limit.value());
        });
}

void default_deployment(Object &object) {
    auto &spec = make_object_at(object, "spec");
    set_default(spec, "replicas", 1);
    auto &strategy = make_object_at(spec, "strategy");
    set_default(strategy, "type", "RollingUpdate");
    if (find_string(strategy, "type") == "RollingUpdate") {
        auto &rolling = make_object_at(strategy, "rollingUpdate");
        set_default(rolling, "maxUnavailable", "25%");
        set_default(rolling, "maxSurge", "25%");
    }
    set_default(spec, "revisionHistoryLimit", 10);
    set_default(spec, "progressDeadlineSeconds", 600);
    default_pod_spec(make_object_at(spec, "template.spec"));
}

void default_replica_set(Object &object) {
    auto &spec = make_object_at(object, "spec");
    set_default(spec, "replicas", 1);
    default_pod_spec(make_object_at(spec, "template.spec"));
}

} // namespace xtn::sandbox::objects::builtin
