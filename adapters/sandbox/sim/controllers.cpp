#include "adapters/sandbox/sim/controllers.hpp"

#include "adapters/sandbox/sim/conditions.hpp"
#include "adapters/sandbox/sim/deployment.hpp"
#include "adapters/sandbox/sim/pod_status.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {

constexpr std::string_view deployment_controller = "deployment-controller";
constexpr std::string_view replica_set_controller = "replicaset-controller";
constexpr std::string_view controller_manager = "kube-controller-manager"; // field manager of all of them, as in a real cluster

// Objects of a namespace, copied: reconciling writes to the view.
std::vector<json::object> of_namespace(const View &view, const ResourceName &resource, const std::string &ns) {
    std::vector<json::object> out;
    for (const auto &[key, object] : view.all(resource))
        if (key.first == ns) out.push_back(object);
    return out;
}

std::vector<const json::object *> pointers(const std::map<Key, json::object> &objects) {
    std::vector<const json::object *> out;
    out.reserve(objects.size());
    for (const auto &[key, object] : objects)
        out.push_back(&object);
    return out;
}

bool is_active(const json::object &pod) {
    const auto phase = text_at(pod, "status.phase");
    return !is_deleting(pod) && phase != "Failed" && phase != "Succeeded";
}

// Pods to lose first: without a node, not running, not ready; then the youngest.
int worth(const json::object &pod) {
    if (text_at(pod, "spec.nodeName").empty()) return 0;
    if (text_at(pod, "status.phase") != "Running") return 1;
    return condition_is(pod, "Ready") ? 3 : 2;
}

bool has_prefix(const std::string &name, const std::set<std::string> &prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string &prefix) { return name.starts_with(prefix); });
}

} // namespace

void Controllers::scale(const json::object &deployment, const json::object &set, std::int64_t replicas, const std::string &now) {
    const auto before = number_at(set, "spec.replicas", 1);
    json::object patch = {{"spec", json::object{{"replicas", replicas}}}};
    const auto *revision = object_at(set, "metadata.annotations").if_contains("deployment.kubernetes.io/revision");
    const std::string kept = revision != nullptr && revision->is_string() ? std::string(revision->get_string()) : "1";
    patch["metadata"] = json::object{{"annotations", replica_set_annotations(deployment, kept)}};
    if (!writer_.merge_patch(replica_sets, key_of(set), std::move(patch), controller_manager)) return;
    recorder_.record(
        deployment, "Deployment", "Normal", "ScalingReplicaSet",
        fmt::format("Scaled {} replica set {} from {} to {}", replicas > before ? "up" : "down", name_of(set), before, replicas),
        deployment_controller, now);
}

void Controllers::deployment(const json::object &deployment, const std::string &now) {
    if (is_deleting(deployment)) return;
    auto &view = writer_.view();
    auto sets = view.controlled(replica_sets, deployment);
    int current = find_new(deployment, sets);
    const auto *paused_value = find(deployment, "spec.paused");
    const bool paused = paused_value != nullptr && paused_value->is_bool() && paused_value->get_bool();
    if (current < 0 && paused) { // nothing new is made while it is paused; it is only seen
        json::object written = deployment;
        json::object status = object_at(deployment, "status");
        status["observedGeneration"] = number_at(deployment, "metadata.generation", 1);
        if (status == object_at(deployment, "status")) return;
        written["status"] = std::move(status);
        writer_.update(deployments, std::move(written), controller_manager, "status");
        return;
    }
    if (current < 0) {
        const auto made = make_replica_set(deployment, sets);
        if (!writer_.create(replica_sets, made, controller_manager)) return; // seen again with the change that got in between
        sets = view.controlled(replica_sets, deployment);
        current = find_new(deployment, sets);
        if (current < 0) return;
    }
    const auto at = static_cast<std::size_t>(current);
    const auto *revision = object_at(sets[at], "metadata.annotations").if_contains("deployment.kubernetes.io/revision");
    if (revision != nullptr &&
        (object_at(deployment, "metadata.annotations").if_contains("deployment.kubernetes.io/revision") == nullptr ||
         object_at(deployment, "metadata.annotations").at("deployment.kubernetes.io/revision") != *revision)) {
        json::object patch = {
            {"metadata", json::object{{"annotations", json::object{{"deployment.kubernetes.io/revision", *revision}}}}}};
        writer_.merge_patch(deployments, key_of(deployment), std::move(patch), controller_manager);
    }
    if (!paused)
        for (const auto &[index, replicas] : next_replicas(deployment, sets, at))
            scale(deployment, sets[index], replicas, now);
    for (const auto index : surplus_history(deployment, sets, at))
        writer_.remove(replica_sets, sets[index]);
    const auto *latest = view.get(deployments, key_of(deployment));
    if (latest == nullptr) return;
    auto status = deployment_status(*latest, sets, at, now);
    if (status == object_at(*latest, "status")) return;
    json::object written = *latest;
    written["status"] = std::move(status);
    writer_.update(deployments, std::move(written), controller_manager, "status");
}

void Controllers::make_pods(const json::object &set, std::int64_t count, const std::string &now) {
    const auto &pod_template = object_at(set, "spec.template");
    for (std::int64_t i = 0; i < count; ++i) {
        json::object metadata = object_at(pod_template, "metadata");
        metadata.erase("creationTimestamp");
        metadata["generateName"] = name_of(set) + "-";
        metadata["namespace"] = namespace_of(set);
        metadata["ownerReferences"] = json::array{controller_reference("apps/v1", "ReplicaSet", set)};
        json::object spec = object_at(pod_template, "spec");
        if (!has_prefix(name_of(set), unschedulable)) spec["nodeName"] = node_name;
        json::object pod = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
        WriteOptions options;
        options.field_manager = controller_manager;
        auto made = writer_.cluster().create(pods, namespace_of(set), std::move(pod), options);
        const auto *created = std::get_if<json::object>(&made);
        if (created == nullptr) {
            const auto &failure = std::get<ApiFailure>(made);
            recorder_.record(set, "ReplicaSet", "Warning", "FailedCreate",
                             "Error creating: " + text_at(failure.status, "message"), replica_set_controller, now);
            return;
        }
        writer_.view().put(pods, *created);
        recorder_.record(set, "ReplicaSet", "Normal", "SuccessfulCreate", "Created pod: " + name_of(*created),
                         replica_set_controller, now);
    }
}

void Controllers::replica_set(const json::object &set, const std::string &now) {
    if (is_deleting(set)) return;
    auto owned = writer_.view().controlled(pods, set);
    owned.erase(std::remove_if(owned.begin(), owned.end(), [](const json::object &pod) { return !is_active(pod); }), owned.end());
    const auto wanted = number_at(set, "spec.replicas", 1);
    const auto have = static_cast<std::int64_t>(owned.size());
    if (have < wanted) {
        make_pods(set, wanted - have, now);
    } else if (have > wanted) {
        std::sort(owned.begin(), owned.end(), [](const json::object &a, const json::object &b) {
            if (worth(a) != worth(b)) return worth(a) < worth(b);
            return text_at(a, "metadata.creationTimestamp") > text_at(b, "metadata.creationTimestamp");
        });
        for (std::int64_t i = 0; i < have - wanted; ++i) {
            const auto &victim = owned[static_cast<std::size_t>(i)];
            if (writer_.remove(pods, victim))
                recorder_.record(set, "ReplicaSet", "Normal", "SuccessfulDelete", "Deleted pod: " + name_of(victim),
                                 replica_set_controller, now);
        }
    }
    owned = writer_.view().controlled(pods, set);
    std::int64_t replicas = 0;
    std::int64_t ready = 0;
    for (const auto &pod : owned) {
        if (!is_active(pod)) continue;
        ++replicas;
        if (condition_is(pod, "Ready")) ++ready;
    }
    json::object status = {{"replicas", replicas}};
    if (replicas > 0) status["fullyLabeledReplicas"] = replicas;
    if (ready > 0) status["readyReplicas"] = ready;
    if (ready > 0) status["availableReplicas"] = ready;
    status["observedGeneration"] = number_at(set, "metadata.generation");
    const auto *latest = writer_.view().get(replica_sets, key_of(set));
    if (latest == nullptr || object_at(*latest, "status") == status) return;
    json::object written = *latest;
    written["status"] = std::move(status);
    writer_.update(replica_sets, std::move(written), controller_manager, "status");
}

void Controllers::service(const json::object &service) {
    if (is_deleting(service) || object_at(service, "spec.selector").empty()) return;
    auto &view = writer_.view();
    const auto all = pointers(view.all(pods));
    const auto chosen = selected_pods(service, all);
    if (slices_served_) {
        const json::object *existing = nullptr;
        for (const auto &[key, slice] : view.all(endpoint_slices))
            if (is_controlled_by(slice, uid_of(service))) existing = &slice;
        auto wanted = make_slice(service, chosen, existing);
        if (existing == nullptr) {
            slices_served_ = writer_.create(endpoint_slices, std::move(wanted), controller_manager);
        } else if (object_at(*existing, "metadata.labels") != wanted["metadata"].at("labels") ||
                   array_at(*existing, "endpoints") != wanted["endpoints"].get_array() ||
                   array_at(*existing, "ports") != wanted["ports"].get_array()) {
            writer_.update(endpoint_slices, std::move(wanted), controller_manager);
        }
    }
    if (!endpoints_served_) return;
    const auto *existing = view.get(endpoints, key_of(service));
    auto wanted = make_endpoints(service, chosen);
    if (existing == nullptr) {
        endpoints_served_ = writer_.create(endpoints, std::move(wanted), controller_manager);
    } else if (array_at(*existing, "subsets") != array_at(wanted, "subsets")) {
        auto metadata = object_at(*existing, "metadata");
        wanted["metadata"] = std::move(metadata);
        writer_.update(endpoints, std::move(wanted), controller_manager);
    }
}

void Controllers::reconcile(const std::string &ns, const std::string &now) {
    const auto &view = writer_.view();
    for (const auto &object : of_namespace(view, deployments, ns))
        deployment(object, now);
    for (const auto &object : of_namespace(view, replica_sets, ns))
        replica_set(object, now);
    for (const auto &object : of_namespace(view, services, ns))
        service(object);
}

Hosts Controllers::hosts(bool ready_only) const {
    return host_names(pointers(writer_.view().all(services)), pointers(writer_.view().all(pods)), ready_only);
}

} // namespace xtn::sandbox::sim
