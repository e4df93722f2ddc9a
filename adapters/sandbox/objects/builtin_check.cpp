// Checks of the built-in kinds but pods and workloads, as far as our objects and the recordings of a real server need them.
#include "adapters/sandbox/objects/builtin.hpp"
#include "adapters/sandbox/objects/builtin_hooks.hpp"
#include "adapters/sandbox/objects/json_util.hpp"

#include <algorithm>
#include <array>

namespace xtn::sandbox::objects::builtin {

namespace json = boost::json;

namespace {

constexpr std::string_view key_characters = "-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t max_data = 1024 * 1024; // of a ConfigMap or Secret

void check_data_keys(const json::object &object, std::string_view member, Causes &out) {
    const auto *data = find_object(object, member);
    if (!data) return;
    for (const auto &m : *data) {
        const std::string_view key(m.key());
        const auto field = keyed(member, key);
        if (key.size() > 253) out.push_back(invalid_value(field, m.key(), "must be no more than 253 characters"));
        if (key.empty() || key.find_first_not_of(key_characters) != std::string_view::npos)
            out.push_back(
                invalid_value(field, m.key(),
                              "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  "
                              "or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"));
        else if (key == "." || key == "..")
            out.push_back(invalid_value(field, m.key(), "must not be '" + std::string(key) + "'"));
    }
}

std::size_t data_size(const json::object &object) {
    std::size_t total = 0;
    for (const auto *member : {"data", "binaryData"})
        if (const auto *data = find_object(object, member))
            for (const auto &m : *data)
                total += m.value().is_string() ? m.value().get_string().size() : 0;
    return total;
}

bool immutable(const json::object &object) {
    const auto *v = object.if_contains("immutable");
    return v && v->is_bool() && v->get_bool();
}

void check_frozen(const json::object &object, const json::object &old, Causes &out) {
    if (!immutable(old)) return;
    constexpr std::string_view why = "field is immutable when `immutable` is set";
    if (!immutable(object)) out.push_back(forbidden("immutable", why));
    for (const auto *member : {"data", "binaryData"}) {
        const auto *now = object.if_contains(member);
        const auto *then = old.if_contains(member);
        if ((now && then) ? !same_value(*now, *then) : now != then) out.push_back(forbidden(member, why));
    }
}

// "10.96.0.1" or an IPv6 address, or "None".
bool is_ip(std::string_view text) {
    if (text.find(':') != std::string_view::npos)
        return text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos && text.size() >= 2;
    int parts = 0;
    while (true) {
        const auto dot = text.find('.');
        const auto part = text.substr(0, dot);
        if (part.empty() || part.size() > 3 || part.find_first_not_of("0123456789") != std::string_view::npos ||
            std::stoi(std::string(part)) > 255)
            return false;
        ++parts;
        if (dot == std::string_view::npos) return parts == 4;
        text.remove_prefix(dot + 1);
    }
}

void check_service_ports(const json::object &spec, Causes &out) {
    const auto *ports = find_array(spec, "ports");
    const auto cluster_ip = find_string(spec, "clusterIP");
    if (!ports || ports->empty()) {
        if (cluster_ip != "None" && find_string(spec, "type") != "ExternalName") out.push_back(required_value("spec.ports"));
        return;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < ports->size(); ++i) {
        const auto *port = (*ports)[i].if_object();
        if (!port) continue;
        const auto field = indexed("spec.ports", i);
        const auto name = std::string(find_string(*port, "name"));
        if (name.empty() && ports->size() > 1)
            out.push_back(required_value(joined(field, "name")));
        else if (!name.empty()) {
            if (!is_dns_label(name)) out.push_back(invalid_value(joined(field, "name"), json::value(name), dns_label_text()));
            if (std::find(names.begin(), names.end(), name) != names.end())
                out.push_back(duplicate_value(joined(field, "name"), json::value(name)));
            names.push_back(name);
        }
        const auto number = integer_of(port->if_contains("port"));
        if (number < 1 || number > 65535)
            out.push_back(invalid_value(joined(field, "port"), number, "must be between 1 and 65535, inclusive"));
        const auto protocol = find_string(*port, "protocol");
        if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP")
            out.push_back(not_supported(joined(field, "protocol"), json::value(protocol), {"SCTP", "TCP", "UDP"}));
    }
}

} // namespace

void check_config_map(const Object &object, Causes &out) {
    check_data_keys(object, "data", out);
    check_data_keys(object, "binaryData", out);
    if (data_size(object) > max_data) out.push_back(too_long("", max_data));
}
void check_config_map_update(const Object &object, const Object &old, Causes &out) {
    check_frozen(object, old, out);
}

void check_secret(const Object &object, Causes &out) {
    check_data_keys(object, "data", out);
    if (data_size(object) > max_data / 3 * 4) out.push_back(too_long("data", max_data));
}
void check_secret_update(const Object &object, const Object &old, Causes &out) {
    if (find_string(object, "type") != find_string(old, "type"))
        out.push_back(invalid_value("type", json::value(find_string(object, "type")), "field is immutable"));
    check_frozen(object, old, out);
}

void check_service(const Object &object, Causes &out) {
    const auto *spec = find_object(object, "spec");
    if (!spec) return;
    check_service_ports(*spec, out);
    const auto type = find_string(*spec, "type");
    if (type != "ClusterIP" && type != "NodePort" && type != "LoadBalancer" && type != "ExternalName")
        out.push_back(not_supported("spec.type", json::value(type), {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"}));
    if (type == "ExternalName" && find_string(*spec, "externalName").empty()) out.push_back(required_value("spec.externalName"));
    if (const auto *ips = find_array(*spec, "clusterIPs"))
        for (std::size_t i = 0; i < ips->size(); ++i) {
            const auto *ip = (*ips)[i].if_string();
            if (ip && *ip != "None" && !is_ip({ip->data(), ip->size()}))
                out.push_back(invalid_value(indexed("spec.clusterIPs", i), *ip,
                                            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
        }
}

void check_service_update(const Object &object, const Object &old, Causes &out) {
    const auto *now = at_path(object, "spec.clusterIPs");
    const auto *then = at_path(old, "spec.clusterIPs");
    const auto first = [](const json::value *list) {
        const auto *a = list ? list->if_array() : nullptr;
        return a && !a->empty() ? a->front() : json::value("");
    };
    const auto *type = at_path(object, "spec.type");
    if (type && *type == "ExternalName") return;
    if (then && first(now) != first(then))
        out.push_back(invalid_value("spec.clusterIPs[0]", now ? *now : json::value(nullptr), "may not change once set"));
    else if (const auto *ip = at_path(object, "spec.clusterIP"); now && ip && *ip != first(now))
        out.push_back(invalid_value("spec.clusterIPs", *now, "first value must match `clusterIP`"));
}

void check_event(const Object &object, Causes &out) {
    const auto *about = find_object(object, "involvedObject");
    const auto ns = about ? find_string(*about, "namespace") : std::string_view{};
    const auto own = namespace_of(object);
    // Events about objects without a namespace live in "default".
    const bool fits = ns.empty() ? own.empty() || own == "default" || own == "kube-system" : ns == own;
    if (!fits) out.push_back(invalid_value("involvedObject.namespace", json::value(ns), "does not match event.namespace"));
}

void check_events_event(const Object &object, Causes &out) {
    const bool v1 = object.contains("regarding") || object.contains("note");
    const auto core = v1 || find_string(object, "apiVersion") != "v1" ? event_from_v1(object) : object;
    check_event(core, out);
    const auto *time = core.if_contains("eventTime");
    const bool timed = time && time->is_string();
    if (!timed)
        out.push_back(required_value("eventTime"));
    else
        for (const auto *member : {"reportingComponent", "reportingInstance", "action", "reason"})
            if (find_string(core, member).empty())
                out.push_back(required_value(std::string_view(member) == "reportingComponent" ? "reportingController" : member));
    const auto type = find_string(core, "type");
    if (type != "Normal" && type != "Warning")
        out.push_back(invalid_value("type", json::value(type), "has invalid value: " + std::string(type)));
}

void check_lease(const Object &object, Causes &out) {
    const auto *spec = find_object(object, "spec");
    if (!spec) return;
    if (const auto *v = spec->if_contains("leaseDurationSeconds"); v && integer_of(v) <= 0)
        out.push_back(invalid_value("spec.leaseDurationSeconds", *v, "must be greater than 0"));
    if (const auto *v = spec->if_contains("leaseTransitions"); v && integer_of(v) < 0)
        out.push_back(invalid_value("spec.leaseTransitions", *v, "must be greater than or equal to 0"));
}

} // namespace xtn::sandbox::objects::builtin
