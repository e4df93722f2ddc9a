// What `kubectl get` shows of the built-in kinds: one cell for each column of builtin.cpp's rows.
#include "adapters/sandbox/objects/builtin.hpp"
#include "adapters/sandbox/objects/builtin_hooks.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/selector.hpp"

#include <fmt/format.h>

#include <functional>

namespace xtn::sandbox::objects::builtin {

namespace json = boost::json;

namespace {

json::value name(const Object &o) {
    return json::value(name_of(o));
}
json::value text(std::string_view s) {
    return json::value(s);
}
json::value text_or(std::string s, std::string_view fallback) {
    return s.empty() ? json::value(fallback) : json::value(s);
}
json::value age(const Object &o, Timestamp now) {
    return json::value(age_text(meta_string(o, "creationTimestamp"), now));
}
std::int64_t number(const Object &o, std::string_view path) {
    return integer_of(at_path(o, path));
}
std::size_t count(const Object &o, std::string_view path) {
    const auto *v = at_path(o, path);
    if (!v) return 0;
    if (const auto *a = v->if_array()) return a->size();
    if (const auto *m = v->if_object()) return m->size();
    return 0;
}
const json::array &list_at(const Object &o, std::string_view path) {
    static const json::array none;
    const auto *v = at_path(o, path);
    const auto *a = v ? v->if_array() : nullptr;
    return a ? *a : none;
}
std::string list_text(const json::array &items, const std::function<std::string(const json::object &)> &one,
                      std::string_view separator = ",") {
    std::string out;
    for (const auto &item : items)
        if (const auto *o = item.if_object()) {
            auto t = one(*o);
            if (t.empty()) continue;
            if (!out.empty()) out += separator;
            out += t;
        }
    return out;
}
std::string member_list(const Object &o, std::string_view path, std::string_view member) {
    return list_text(list_at(o, path), [&](const json::object &c) { return std::string(find_string(c, member)); });
}
std::string selector_text(const Object &o, std::string_view path) {
    const auto *v = at_path(o, path);
    const auto *s = v ? v->if_object() : nullptr;
    if (!s) return {};
    const auto parsed = LabelSelector::from_object(*s);
    return parsed.ok() ? parsed->text() : "<error>";
}

// The word in kubectl's STATUS column: the reason of whatever keeps the pod from running, else its phase.
std::string pod_status(const Object &pod, std::int64_t ready, std::int64_t total) {
    auto out = field_text(pod, "status.reason");
    if (out.empty()) out = field_text(pod, "status.phase");
    bool running = false;
    for (const auto &value : list_at(pod, "status.containerStatuses")) {
        const auto *s = value.if_object();
        if (!s) continue;
        if (const auto reason = field_text(*s, "state.waiting.reason"); !reason.empty())
            out = reason;
        else if (const auto ended = field_text(*s, "state.terminated.reason"); !ended.empty())
            out = ended;
        else if (at_path(*s, "state.terminated"))
            out = fmt::format("ExitCode:{}", number(*s, "state.terminated.exitCode"));
        else if (at_path(*s, "state.running") && s->contains("ready") && s->at("ready") == true)
            running = true;
    }
    if (out == "Completed" && running) out = ready == total ? "Running" : "NotReady";
    if (being_deleted(pod)) out = field_text(pod, "status.reason") == "NodeLost" ? "Unknown" : "Terminating";
    return out;
}

std::string ports_text(const Object &service) {
    return list_text(list_at(service, "spec.ports"), [](const json::object &p) {
        const auto node_port = integer_of(p.if_contains("nodePort"));
        return node_port ? fmt::format("{}:{}/{}", integer_of(p.if_contains("port")), node_port, find_string(p, "protocol"))
                         : fmt::format("{}/{}", integer_of(p.if_contains("port")), find_string(p, "protocol"));
    });
}

std::string external_ip(const Object &service) {
    const auto type = field_text(service, "spec.type");
    if (type == "ExternalName") return field_text(service, "spec.externalName");
    if (type == "LoadBalancer") {
        auto ips = list_text(list_at(service, "status.loadBalancer.ingress"), [](const json::object &i) {
            const auto ip = find_string(i, "ip");
            return std::string(ip.empty() ? find_string(i, "hostname") : ip);
        });
        return ips.empty() ? "<pending>" : ips;
    }
    return "<none>";
}

std::string long_list(std::string all, std::size_t total, std::size_t shown) {
    if (total > shown) all += fmt::format(" + {} more...", total - shown);
    return all;
}

} // namespace

Cells namespace_cells(const Object &o, Timestamp now) {
    return {name(o), text(field_text(o, "status.phase")), age(o, now)};
}

Cells node_cells(const Object &o, Timestamp now) {
    std::string status = "Unknown";
    for (const auto &value : list_at(o, "status.conditions"))
        if (const auto *c = value.if_object(); c && find_string(*c, "type") == "Ready")
            status = find_string(*c, "status") == "True" ? "Ready" : "NotReady";
    if (field_text(o, "spec.unschedulable") == "true") status += ",SchedulingDisabled";
    const auto address = [&](std::string_view type) {
        auto a = list_text(list_at(o, "status.addresses"), [&](const json::object &x) {
            return find_string(x, "type") == type ? std::string(find_string(x, "address")) : std::string();
        });
        return text_or(a, "<none>");
    };
    const auto info = [&](std::string_view m) {
        return text_or(field_text(o, "status.nodeInfo." + std::string(m)), "<unknown>");
    };
    return {name(o),
            text(status),
            text("<none>"),
            age(o, now),
            info("kubeletVersion"),
            address("InternalIP"),
            address("ExternalIP"),
            info("osImage"),
            info("kernelVersion"),
            info("containerRuntimeVersion")};
}

Cells pod_cells(const Object &o, Timestamp now) {
    const auto total = static_cast<std::int64_t>(count(o, "spec.containers"));
    std::int64_t ready = 0, restarts = 0;
    for (const auto &value : list_at(o, "status.containerStatuses"))
        if (const auto *s = value.if_object()) {
            ready += s->contains("ready") && s->at("ready") == true ? 1 : 0;
            restarts += integer_of(s->if_contains("restartCount"));
        }
    return {name(o),
            text(fmt::format("{}/{}", ready, total)),
            text(pod_status(o, ready, total)),
            text(std::to_string(restarts)),
            age(o, now),
            text_or(field_text(o, "status.podIP"), "<none>"),
            text_or(field_text(o, "spec.nodeName"), "<none>"),
            text_or(field_text(o, "status.nominatedNodeName"), "<none>"),
            text("<none>")};
}

Cells service_cells(const Object &o, Timestamp now) {
    std::string labels;
    if (const auto *v = at_path(o, "spec.selector"); v && v->is_object())
        if (const auto s = LabelSelector::from_object({{"matchLabels", *v}}); s.ok()) labels = s->text();
    return {name(o),
            text(field_text(o, "spec.type")),
            text_or(field_text(o, "spec.clusterIP"), "<none>"),
            text(external_ip(o)),
            text_or(ports_text(o), "<none>"),
            age(o, now),
            text_or(labels, "<none>")};
}

Cells config_map_cells(const Object &o, Timestamp now) {
    return {name(o), count(o, "data") + count(o, "binaryData"), age(o, now)};
}
Cells secret_cells(const Object &o, Timestamp now) {
    return {name(o), text(field_text(o, "type")), count(o, "data"), age(o, now)};
}
Cells service_account_cells(const Object &o, Timestamp now) {
    return {name(o), count(o, "secrets"), age(o, now)};
}

Cells event_cells(const Object &o, Timestamp now) {
    const auto first_of = [&](std::initializer_list<const char *> paths) {
        for (const auto *p : paths)
            if (auto t = field_text(o, p); !t.empty()) return t;
        return std::string();
    };
    const auto last = first_of({"series.lastObservedTime", "lastTimestamp", "eventTime"});
    const auto first = first_of({"firstTimestamp", "eventTime"});
    auto kind = field_text(o, "involvedObject.kind");
    for (auto &c : kind)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    auto source = first_of({"source.component", "reportingComponent"});
    if (const auto host = first_of({"source.host", "reportingInstance"}); !host.empty() && !source.empty()) source += ", " + host;
    auto times = number(o, "series.count");
    if (times == 0) times = number(o, "count");
    return {text(age_text(last, now)),
            text(field_text(o, "type")),
            text(field_text(o, "reason")),
            text(kind + "/" + field_text(o, "involvedObject.name")),
            text(field_text(o, "involvedObject.fieldPath")),
            text(source),
            text(field_text(o, "message")),
            text(age_text(first, now)),
            times == 0 ? 1 : times,
            name(o)};
}
Cells events_event_cells(const Object &o, Timestamp now) {
    return event_cells(event_from_v1(o), now);
}

Cells endpoints_cells(const Object &o, Timestamp now) {
    std::string all;
    std::size_t total = 0;
    constexpr std::size_t shown = 3;
    for (const auto &value : list_at(o, "subsets")) {
        const auto *subset = value.if_object();
        if (!subset) continue;
        for (const auto &port : list_at(*subset, "ports"))
            for (const auto &address : list_at(*subset, "addresses")) {
                if (!port.is_object() || !address.is_object() || ++total > shown) continue;
                all += fmt::format("{}{}:{}", all.empty() ? "" : ",", find_string(address.get_object(), "ip"),
                                   integer_of(port.get_object().if_contains("port")));
            }
    }
    return {name(o), text_or(long_list(all, total, shown), "<none>"), age(o, now)};
}

Cells endpoint_slice_cells(const Object &o, Timestamp now) {
    const auto ports =
        list_text(list_at(o, "ports"), [](const json::object &p) { return std::to_string(integer_of(p.if_contains("port"))); });
    std::string all;
    std::size_t total = 0;
    constexpr std::size_t shown = 3;
    for (const auto &value : list_at(o, "endpoints"))
        if (const auto *e = value.if_object())
            for (const auto &a : list_at(*e, "addresses"))
                if (a.is_string() && ++total <= shown) all += (all.empty() ? "" : ",") + std::string(a.get_string());
    return {name(o), text(field_text(o, "addressType")), text_or(ports, "<unset>"),
            text_or(long_list(all, total, shown), "<unset>"), age(o, now)};
}

Cells lease_cells(const Object &o, Timestamp now) {
    return {name(o), text(field_text(o, "spec.holderIdentity")), age(o, now)};
}

Cells deployment_cells(const Object &o, Timestamp now) {
    return {name(o),
            text(fmt::format("{}/{}", number(o, "status.readyReplicas"), number(o, "spec.replicas"))),
            number(o, "status.updatedReplicas"),
            number(o, "status.availableReplicas"),
            age(o, now),
            text(member_list(o, "spec.template.spec.containers", "name")),
            text(member_list(o, "spec.template.spec.containers", "image")),
            text(selector_text(o, "spec.selector"))};
}

Cells replica_set_cells(const Object &o, Timestamp now) {
    return {name(o),
            number(o, "spec.replicas"),
            number(o, "status.replicas"),
            number(o, "status.readyReplicas"),
            age(o, now),
            text(member_list(o, "spec.template.spec.containers", "name")),
            text(member_list(o, "spec.template.spec.containers", "image")),
            text(selector_text(o, "spec.selector"))};
}

Cells crd_cells(const Object &o, Timestamp) {
    return {name(o), text(meta_string(o, "creationTimestamp"))};
}
Cells role_cells(const Object &o, Timestamp) {
    return {name(o), text(meta_string(o, "creationTimestamp"))};
}
Cells role_binding_cells(const Object &o, Timestamp now) {
    return {name(o), text(field_text(o, "roleRef.kind") + "/" + field_text(o, "roleRef.name")), age(o, now)};
}
Cells disruption_budget_cells(const Object &o, Timestamp now) {
    return {name(o), text_or(field_text(o, "spec.minAvailable"), "N/A"), text_or(field_text(o, "spec.maxUnavailable"), "N/A"),
            number(o, "status.disruptionsAllowed"), age(o, now)};
}

} // namespace xtn::sandbox::objects::builtin
