#include "adapters/sandbox/objects/builtin.hpp"

#include "adapters/sandbox/objects/builtin_hooks.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/types.hpp"

#include <algorithm>
#include <sstream>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

// Columns as one line: "Name, Ready, Age:date, IP+" (":" type, default string; "+" only with -o wide).
std::vector<ColumnDef> columns(std::string_view line) {
    std::vector<ColumnDef> out;
    std::istringstream words{std::string(line)};
    std::string word;
    while (std::getline(words, word, ',')) {
        ColumnDef c;
        c.name = word.substr(word.find_first_not_of(' '));
        if (c.name.ends_with('+')) {
            c.priority = 1;
            c.name.pop_back();
        }
        const auto colon = c.name.find(':');
        c.type = colon == std::string::npos ? "string" : c.name.substr(colon + 1);
        c.name = c.name.substr(0, colon);
        if (c.name == "Name" && c.priority == 0) c.format = "name";
        out.push_back(std::move(c));
    }
    return out;
}

const std::vector<std::string> all_verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
const std::vector<std::string> no_collection_delete = {"create", "delete", "get", "list", "patch", "update", "watch"};

using Selectable = std::vector<std::pair<std::string, std::string>>;
Selectable same_names(std::initializer_list<const char *> paths) {
    Selectable out;
    for (const auto *p : paths)
        out.emplace_back(p, p);
    return out;
}
Selectable event_fields() {
    return same_names({"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                       "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
                       "source", "reportingComponent", "type"});
}
Selectable events_event_fields() {
    auto out = same_names({"reason", "reportingController", "type"});
    for (const auto *p : {"kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"})
        out.emplace_back(std::string("regarding.") + p, std::string("regarding.") + p);
    return out;
}
const Kind::Scale workload_scale{
    .spec_replicas = ".spec.replicas", .status_replicas = ".status.replicas", .label_selector = ".spec.selector"};

using namespace builtin;

std::vector<Kind> rows() {
    return {
        {.version = "v1",
         .kind = "ConfigMap",
         .plural = "configmaps",
         .singular = "configmap",
         .short_names = {"cm"},
         .verbs = all_verbs,
         .schema = root_schema("ConfigMap"),
         .columns = columns("Name, Data:integer, Age"),
         .cells = config_map_cells,
         .check = check_config_map,
         .check_update = check_config_map_update},
        {.version = "v1",
         .kind = "Endpoints",
         .plural = "endpoints",
         .singular = "endpoints",
         .short_names = {"ep"},
         .verbs = all_verbs,
         .schema = root_schema("Endpoints"),
         .columns = columns("Name, Endpoints, Age"),
         .cells = endpoints_cells},
        {.version = "v1",
         .kind = "Event",
         .plural = "events",
         .singular = "event",
         .short_names = {"ev"},
         .verbs = all_verbs,
         .schema = root_schema("Event"),
         .selectable = event_fields(),
         .columns = columns("Last Seen, Type, Reason, Object, Subobject+, Source+, Message, First Seen+, Count:integer+, Name+"),
         .cells = event_cells,
         .check = check_event},
        {.version = "v1",
         .kind = "Namespace",
         .plural = "namespaces",
         .singular = "namespace",
         .short_names = {"ns"},
         .namespaced = false,
         .verbs = no_collection_delete,
         .has_status = true,
         .answers_delete_with_object = true,
         .names = NameRule::dns_label,
         .schema = root_schema("Namespace"),
         .selectable = same_names({"status.phase"}),
         .columns = columns("Name, Status, Age"),
         .cells = namespace_cells,
         .defaults = default_namespace,
         .on_create = create_namespace,
         .on_update = update_namespace},
        {.version = "v1",
         .kind = "Node",
         .plural = "nodes",
         .singular = "node",
         .short_names = {"no"},
         .namespaced = false,
         .verbs = all_verbs,
         .has_status = true,
         .schema = root_schema("Node"),
         .selectable = same_names({"spec.unschedulable"}),
         .columns = columns(
             "Name, Status, Roles, Age, Version, Internal-IP+, External-IP+, OS-Image+, Kernel-Version+, Container-Runtime+"),
         .cells = node_cells},
        {.version = "v1",
         .kind = "Pod",
         .plural = "pods",
         .singular = "pod",
         .short_names = {"po"},
         .categories = {"all"},
         .verbs = all_verbs,
         .has_status = true,
         .has_generation = true,
         .graceful_delete = true,
         .answers_delete_with_object = true,
         .schema = root_schema("Pod"),
         .selectable = same_names({"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                                   "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"}),
         .columns = columns("Name, Ready, Status, Restarts, Age, IP+, Node+, Nominated Node+, Readiness Gates+"),
         .cells = pod_cells,
         .defaults = default_pod,
         .on_create = create_pod,
         .on_update = update_pod,
         .check = check_pod,
         .check_update = check_pod_update},
        {.version = "v1",
         .kind = "Secret",
         .plural = "secrets",
         .singular = "secret",
         .verbs = all_verbs,
         .schema = root_schema("Secret"),
         .selectable = same_names({"type"}),
         .columns = columns("Name, Type, Data:integer, Age"),
         .cells = secret_cells,
         .defaults = default_secret,
         .check = check_secret,
         .check_update = check_secret_update},
        {.version = "v1",
         .kind = "ServiceAccount",
         .plural = "serviceaccounts",
         .singular = "serviceaccount",
         .short_names = {"sa"},
         .verbs = all_verbs,
         .answers_delete_with_object = true,
         .schema = root_schema("ServiceAccount"),
         .columns = columns("Name, Secrets:integer, Age"),
         .cells = service_account_cells},
        {.version = "v1",
         .kind = "Service",
         .plural = "services",
         .singular = "service",
         .short_names = {"svc"},
         .categories = {"all"},
         .verbs = all_verbs,
         .has_status = true,
         .answers_delete_with_object = true,
         .names = NameRule::dns_label,
         .schema = root_schema("Service"),
         .selectable = same_names({"spec.clusterIP", "spec.type"}),
         .columns = columns("Name, Type, Cluster-IP, External-IP, Port(s), Age, Selector+"),
         .cells = service_cells,
         .defaults = default_service,
         .on_create = create_service,
         .on_update = update_service,
         .check = check_service,
         .check_update = check_service_update},
        {.group = "apiextensions.k8s.io",
         .version = "v1",
         .kind = "CustomResourceDefinition",
         .plural = "customresourcedefinitions",
         .singular = "customresourcedefinition",
         .short_names = {"crd", "crds"},
         .categories = {"api-extensions"},
         .namespaced = false,
         .verbs = all_verbs,
         .has_status = true,
         .has_generation = true,
         .answers_delete_with_object = true,
         .schema = root_schema("CustomResourceDefinition"),
         .columns = columns("Name, Created At:date"),
         .cells = crd_cells,
         .on_create = create_crd},
        {.group = "apps",
         .version = "v1",
         .kind = "Deployment",
         .plural = "deployments",
         .singular = "deployment",
         .short_names = {"deploy"},
         .categories = {"all"},
         .verbs = all_verbs,
         .has_status = true,
         .has_generation = true,
         .schema = root_schema("Deployment"),
         .scale = workload_scale,
         .columns = columns("Name, Ready, Up-to-date:integer, Available:integer, Age, Containers+, Images+, Selector+"),
         .cells = deployment_cells,
         .defaults = default_deployment,
         .check = check_deployment,
         .check_update = check_deployment_update},
        {.group = "apps",
         .version = "v1",
         .kind = "ReplicaSet",
         .plural = "replicasets",
         .singular = "replicaset",
         .short_names = {"rs"},
         .categories = {"all"},
         .verbs = all_verbs,
         .has_status = true,
         .has_generation = true,
         .schema = root_schema("ReplicaSet"),
         .scale = workload_scale,
         .selectable = same_names({"status.replicas"}),
         .columns = columns("Name, Desired:integer, Current:integer, Ready:integer, Age, Containers+, Images+, Selector+"),
         .cells = replica_set_cells,
         .defaults = default_replica_set,
         .check = check_replica_set},
        {.group = "coordination.k8s.io",
         .version = "v1",
         .kind = "Lease",
         .plural = "leases",
         .singular = "lease",
         .verbs = all_verbs,
         .update_creates = true,
         .schema = root_schema("Lease"),
         .columns = columns("Name, Holder, Age"),
         .cells = lease_cells,
         .check = check_lease},
        {.group = "discovery.k8s.io",
         .version = "v1",
         .kind = "EndpointSlice",
         .plural = "endpointslices",
         .singular = "endpointslice",
         .verbs = all_verbs,
         .has_generation = true,
         .schema = root_schema("EndpointSlice"),
         .columns = columns("Name, AddressType, Ports, Endpoints, Age"),
         .cells = endpoint_slice_cells},
        {.group = "events.k8s.io",
         .version = "v1",
         .kind = "Event",
         .plural = "events",
         .singular = "event",
         .short_names = {"ev"},
         .verbs = all_verbs,
         .schema = root_schema("EventsEvent"),
         .selectable = events_event_fields(),
         .columns = columns("Last Seen, Type, Reason, Object, Subobject+, Source+, Message, First Seen+, Count:integer+, Name+"),
         .cells = events_event_cells,
         .check = check_events_event},
        {.group = "policy",
         .version = "v1",
         .kind = "PodDisruptionBudget",
         .plural = "poddisruptionbudgets",
         .singular = "poddisruptionbudget",
         .short_names = {"pdb"},
         .verbs = all_verbs,
         .has_status = true,
         .has_generation = true,
         .schema = root_schema("PodDisruptionBudget"),
         .columns = columns("Name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age"),
         .cells = disruption_budget_cells},
        {.group = "rbac.authorization.k8s.io",
         .version = "v1",
         .kind = "RoleBinding",
         .plural = "rolebindings",
         .singular = "rolebinding",
         .verbs = all_verbs,
         .names = NameRule::path_segment,
         .schema = root_schema("RoleBinding"),
         .columns = columns("Name, Role, Age"),
         .cells = role_binding_cells},
        {.group = "rbac.authorization.k8s.io",
         .version = "v1",
         .kind = "Role",
         .plural = "roles",
         .singular = "role",
         .verbs = all_verbs,
         .names = NameRule::path_segment,
         .schema = root_schema("Role"),
         .columns = columns("Name, Created At:date"),
         .cells = role_cells},
    };
}

} // namespace

const std::vector<Kind> &builtin_kinds() {
    static const std::vector<Kind> kinds = [] {
        auto out = rows();
        for (auto &k : out)
            k.list_kind = k.kind == "Endpoints" ? "EndpointsList" : k.kind + "List";
        return out;
    }();
    return kinds;
}

const Kind *builtin_kind(std::string_view group, std::string_view version, std::string_view plural) {
    const auto &kinds = builtin_kinds();
    const auto it = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const Kind &k) { return k.group == group && k.version == version && k.plural == plural; });
    return it == kinds.end() ? nullptr : &*it;
}

namespace {
// Members of core/v1 and events.k8s.io/v1 events that say the same.
constexpr std::pair<std::string_view, std::string_view> event_members[] = {{"metadata", "metadata"},
                                                                           {"eventTime", "eventTime"},
                                                                           {"series", "series"},
                                                                           {"reportingComponent", "reportingController"},
                                                                           {"reportingInstance", "reportingInstance"},
                                                                           {"action", "action"},
                                                                           {"reason", "reason"},
                                                                           {"involvedObject", "regarding"},
                                                                           {"related", "related"},
                                                                           {"message", "note"},
                                                                           {"type", "type"},
                                                                           {"source", "deprecatedSource"},
                                                                           {"firstTimestamp", "deprecatedFirstTimestamp"},
                                                                           {"lastTimestamp", "deprecatedLastTimestamp"},
                                                                           {"count", "deprecatedCount"}};

json::object as_event(const Kind &kind, const json::object &from, bool to_core) {
    json::object out{{"kind", "Event"}, {"apiVersion", kind.api_version()}};
    for (const auto &[core, events] : event_members)
        if (const auto *v = from.if_contains(to_core ? events : core)) out[to_core ? core : events] = *v;
    // Through the type, for its order and its empty members.
    auto decoded = decode(kind, out);
    if (auto *good = std::get_if<Decoded>(&decoded)) return std::move(good->object);
    return out;
}
} // namespace

json::object event_to_v1(const json::object &core) {
    return as_event(*builtin_kind("events.k8s.io", "v1", "events"), core, false);
}
json::object event_from_v1(const json::object &event) {
    return as_event(*builtin_kind("", "v1", "events"), event, true);
}

} // namespace xtn::sandbox::objects
