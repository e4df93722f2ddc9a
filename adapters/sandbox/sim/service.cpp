#include "adapters/sandbox/sim/service.hpp"

#include "adapters/sandbox/sim/conditions.hpp"
#include "adapters/sandbox/sim/json_path.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {

constexpr std::string_view cluster_domain = ".svc.cluster.local";

bool is_ready(const json::object &pod) {
    return condition_is(pod, "Ready") && !is_deleting(pod);
}

// A Service port's target in these pods: a number, or a container port's name.
std::int64_t target_port(const json::object &port, const std::vector<const json::object *> &pods) {
    const auto *target = port.if_contains("targetPort");
    if (target != nullptr && target->is_int64() && target->get_int64() > 0) return target->get_int64();
    if (target != nullptr && target->is_string()) {
        for (const auto *pod : pods)
            for (const auto &container : array_at(*pod, "spec.containers"))
                for (const auto &entry : array_at(container.get_object(), "ports"))
                    if (text_at(entry.get_object(), "name") == std::string_view(target->get_string()))
                        return number_at(entry.get_object(), "containerPort");
    }
    return number_at(port, "port");
}

json::array slice_ports(const json::object &service, const std::vector<const json::object *> &pods) {
    json::array ports;
    for (const auto &entry : array_at(service, "spec.ports")) {
        const auto &port = entry.get_object();
        ports.emplace_back(json::object{{"name", text_at(port, "name")},
                                        {"port", target_port(port, pods)},
                                        {"protocol", port.contains("protocol") ? text_at(port, "protocol") : "TCP"}});
    }
    return ports;
}

json::object pod_reference(const json::object &pod) {
    return {{"kind", "Pod"}, {"name", name_of(pod)}, {"namespace", namespace_of(pod)}, {"uid", uid_of(pod)}};
}

} // namespace

std::vector<const json::object *> selected_pods(const json::object &service, const std::vector<const json::object *> &pods) {
    std::vector<const json::object *> out;
    const auto &selector = object_at(service, "spec.selector");
    for (const auto *pod : pods)
        if (namespace_of(*pod) == namespace_of(service) && has_labels(*pod, selector) && !text_at(*pod, "status.podIP").empty())
            out.push_back(pod);
    std::sort(out.begin(), out.end(), [](const auto *a, const auto *b) { return name_of(*a) < name_of(*b); });
    return out;
}

json::object make_slice(const json::object &service, const std::vector<const json::object *> &pods,
                        const json::object *existing) {
    json::object labels = object_at(service, "metadata.labels"); // a real controller copies them, too
    labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io";
    labels["kubernetes.io/service-name"] = name_of(service);
    json::object metadata;
    if (existing != nullptr) {
        metadata = object_at(*existing, "metadata");
    } else {
        metadata["generateName"] = name_of(service) + "-";
        metadata["namespace"] = namespace_of(service);
    }
    metadata["labels"] = std::move(labels);
    metadata["ownerReferences"] = json::array{controller_reference("v1", "Service", service)};
    json::array list;
    for (const auto *pod : pods) {
        const bool ready = is_ready(*pod);
        list.emplace_back(json::object{
            {"addresses", json::array{text_at(*pod, "status.podIP")}},
            {"conditions",
             json::object{{"ready", ready}, {"serving", condition_is(*pod, "Ready")}, {"terminating", is_deleting(*pod)}}},
            {"nodeName", text_at(*pod, "spec.nodeName")},
            {"targetRef", pod_reference(*pod)}});
    }
    return {{"apiVersion", "discovery.k8s.io/v1"}, {"kind", "EndpointSlice"},
            {"metadata", std::move(metadata)},     {"addressType", "IPv4"},
            {"endpoints", std::move(list)},        {"ports", slice_ports(service, pods)}};
}

json::object make_endpoints(const json::object &service, const std::vector<const json::object *> &pods) {
    json::object labels = object_at(service, "metadata.labels");
    labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
    json::array ready;
    json::array waiting;
    for (const auto *pod : pods) {
        if (is_deleting(*pod)) continue;
        auto &list = is_ready(*pod) ? ready : waiting;
        list.emplace_back(json::object{{"ip", text_at(*pod, "status.podIP")},
                                       {"nodeName", text_at(*pod, "spec.nodeName")},
                                       {"targetRef", pod_reference(*pod)}});
    }
    json::object out = {
        {"apiVersion", "v1"},
        {"kind", "Endpoints"},
        {"metadata", json::object{{"name", name_of(service)},
                                  {"namespace", namespace_of(service)},
                                  {"labels", std::move(labels)},
                                  {"ownerReferences", json::array{controller_reference("v1", "Service", service)}}}}};
    if (ready.empty() && waiting.empty()) return out;
    json::object subset;
    if (!ready.empty()) subset["addresses"] = std::move(ready);
    if (!waiting.empty()) subset["notReadyAddresses"] = std::move(waiting);
    subset["ports"] = slice_ports(service, pods);
    out["subsets"] = json::array{std::move(subset)};
    return out;
}

Hosts host_names(const std::vector<const json::object *> &services, const std::vector<const json::object *> &pods,
                 bool ready_only) {
    Hosts hosts;
    const auto counts = [&](const json::object &pod) { return is_ready(pod) || (!ready_only && !is_deleting(pod)); };
    for (const auto *pod : pods) {
        const auto ip = text_at(*pod, "status.podIP");
        if (ip.empty() || !counts(*pod)) continue;
        hosts[name_of(*pod) + "." + namespace_of(*pod)] = ip;
        hosts[name_of(*pod) + "." + namespace_of(*pod) + ".pod.cluster.local"] = ip;
    }
    for (const auto *service : services) {
        const auto chosen = selected_pods(*service, pods);
        auto first = std::find_if(chosen.begin(), chosen.end(), [](const auto *pod) { return is_ready(*pod); });
        if (first == chosen.end())
            first = std::find_if(chosen.begin(), chosen.end(), [&](const auto *pod) { return counts(*pod); });
        if (first == chosen.end()) continue;
        const auto ip = text_at(**first, "status.podIP");
        const auto name = name_of(*service) + "." + namespace_of(*service);
        hosts[name] = ip;
        hosts[name + ".svc"] = ip;
        hosts[name + std::string(cluster_domain)] = ip;
    }
    return hosts;
}

Hosts local_names(const Hosts &all, const std::string &ns) {
    Hosts out = all;
    const std::string suffix = "." + ns;
    for (const auto &[name, ip] : all)
        if (name.ends_with(suffix)) out.emplace(name.substr(0, name.size() - suffix.size()), ip);
    return out;
}

std::string hosts_text(const Hosts &hosts) {
    std::string out = "# Names of the sandbox's Services and pods; rewritten whenever they change.\n";
    for (const auto &[name, ip] : hosts)
        out.append(ip).append(" ").append(name).append("\n");
    return out;
}

} // namespace xtn::sandbox::sim
