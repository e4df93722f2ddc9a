#include "projections/topology/rendering.hpp"

#include <boost/json/array.hpp>

namespace xtn::topology {

namespace json = boost::json;

std::string_view text(Role role) {
    return role == Role::worker ? "worker" : "coordinator";
}

const json::object &Rendering::resources(Role role) const {
    return role == Role::worker ? shape.worker_resources : shape.coordinator_resources;
}
const json::object &Rendering::placement(Role role) const {
    return role == Role::worker ? shape.worker_placement : shape.coordinator_placement;
}

json::object base_labels(const Rendering &rendering) {
    json::object out;
    out["app.kubernetes.io/name"] = "trino";
    out["app.kubernetes.io/instance"] = rendering.name();
    out["app.kubernetes.io/version"] = rendering.version;
    out["app.kubernetes.io/managed-by"] = field_manager;
    return out;
}

json::object selector_labels(const Rendering &rendering, Role role) {
    json::object out;
    out["app.kubernetes.io/name"] = "trino";
    out["app.kubernetes.io/instance"] = rendering.name();
    out["app.kubernetes.io/managed-by"] = field_manager;
    out["app.kubernetes.io/component"] = text(role);
    return out;
}

json::object pod_labels(const Rendering &rendering, Role role) {
    json::object out = selector_labels(rendering, role);
    out["app.kubernetes.io/version"] = rendering.version;
    out["trino.io/network-policy-protection"] = "disabled"; // until NetworkPolicies are rendered: see not_rendered.cpp
    return out;
}

json::object metrics_labels(const Rendering &rendering, Role role) {
    json::object out = selector_labels(rendering, role);
    out["prometheus.io/scrape"] = "true";
    return out;
}

json::object metadata(const Rendering &rendering, std::string_view name, json::object labels) {
    json::object owner;
    owner["apiVersion"] = api_group_version;
    owner["kind"] = "XTrinode";
    owner["name"] = rendering.name();
    owner["uid"] = rendering.in.uid;
    owner["controller"] = true;
    owner["blockOwnerDeletion"] = true;
    json::object out;
    out["name"] = name;
    out["namespace"] = rendering.in.id.ns;
    out["labels"] = std::move(labels);
    out["ownerReferences"] = json::array{std::move(owner)};
    return out;
}

void stamp_revision(const Rendering &rendering, json::object &metadata) {
    for (const std::string_view member : {"labels", "annotations"}) {
        auto &map = metadata[member];
        if (!map.is_object()) map = json::object();
        map.get_object()[revision_key] = rendering.revision;
    }
}

PlannedManifest planned(const Rendering &rendering, std::string_view api_version, std::string_view kind, std::string_view name,
                        json::object body) {
    PlannedManifest out;
    out.ref = {std::string(api_version), std::string(kind), rendering.in.id.ns, std::string(name)};
    out.manifest["apiVersion"] = api_version;
    out.manifest["kind"] = kind;
    for (auto &member : body)
        out.manifest[member.key()] = std::move(member.value());
    out.force = kind != "Deployment"; // spec 30 §11.1: replicas may belong to an autoscaler or to whoever suspended the runtime
    return out;
}

} // namespace xtn::topology
