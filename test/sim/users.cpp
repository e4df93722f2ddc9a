#include "test/sim/users.hpp"

#include "core/model/xtrinode.hpp"
#include "kubeclient/object.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace xtn::simulation {
namespace json = boost::json;
using sandbox::ResourceName;

namespace {

const ResourceName runtimes{"analytics.xtrinode.io", "v1", "xtrinodes"};
const ResourceName catalogs{"analytics.xtrinode.io", "v1", "xtrinodecatalogs"};
const ResourceName deployments{"apps", "v1", "deployments"};
const ResourceName pods{"", "v1", "pods"};
const ResourceName services{"", "v1", "services"};
const ResourceName config_maps{"", "v1", "configmaps"};
const ResourceName namespaces{"", "v1", "namespaces"};
constexpr std::array<std::string_view, 4> sizes{"xs", "s", "m", "l"};

json::object annotations(std::initializer_list<std::pair<std::string_view, std::string>> entries) {
    json::object inner;
    for (const auto &[name, value] : entries)
        inner[std::string(annotation_prefix) + std::string(name)] = value;
    json::object metadata;
    metadata["annotations"] = std::move(inner);
    return {{"metadata", std::move(metadata)}};
}
template <class Value> json::object spec(std::string_view member, const Value &value) {
    json::object inner;
    inner[member] = value;
    return {{"spec", std::move(inner)}};
}

} // namespace

Users::Users(ApiServer &server) : server_(server) {
    for (const auto *name : {"team-a", "team-b", "xtrinode-gateway"}) {
        json::object body{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
        (void)server_.cluster().create(namespaces, "", std::move(body), {.field_manager = "setup"});
    }
    server_.changed();
}

std::optional<json::object> Users::get(const ResourceName &resource, const std::string &ns, const std::string &name) {
    auto found = server_.cluster().get(resource, ns, name);
    if (auto *object = std::get_if<json::object>(&found)) return std::move(*object);
    return std::nullopt;
}

void Users::patch(const ResourceName &resource, const std::string &ns, const std::string &name, json::object patch,
                  std::string_view manager) {
    (void)server_.cluster().merge_patch(resource, ns, name, std::move(patch), {.field_manager = std::string(manager)});
}

void Users::remove(const ResourceName &resource, const std::string &ns, const std::string &name) {
    (void)server_.cluster().remove(resource, ns, name, {});
}

std::vector<std::string> Users::of_runtime(const ResourceName &resource, int target) {
    std::vector<std::string> out;
    for (const auto &object : server_.cluster().list(resource, ns_of(target)))
        if (kube::find_string(object, {"metadata", "labels", "app.kubernetes.io/instance"}) == simulation::name_of(target))
            out.emplace_back(kube::find_string(object, {"metadata", "name"}));
    return out;
}

void Users::create(int target, int amount) {
    const auto name = simulation::name_of(target);
    json::object spec{
        {"size", sizes[static_cast<std::size_t>(amount) % sizes.size()]}, {"minWorkers", 1 + amount % 2}, {"maxWorkers", 3}};
    if (amount % 5 == 0) spec["suspended"] = true;
    if (amount % 3 == 0) spec["routing"] = json::object{{"header", "X-Trino-XTrinode=" + ns_of(target) + "/" + name}};
    if (amount % 7 == 0) spec["routing"] = json::object{{"default", true}}; // of two that want it, one is refused
    if (amount % 2 == 0) spec["catalogSelector"] = json::object{{"matchLabels", {{"team", "a"}}}};
    json::object body{{"apiVersion", "analytics.xtrinode.io/v1"},
                      {"kind", "XTrinode"},
                      {"metadata", {{"name", name}, {"namespace", ns_of(target)}}},
                      {"spec", std::move(spec)}};
    (void)server_.cluster().create(runtimes, ns_of(target), std::move(body), {.field_manager = "kubectl-create"});
}

// A Deployment, a Service or a ConfigMap with a name that we plan, and nothing else of ours.
void Users::put_another(int target, int amount) {
    const auto ns = ns_of(target);
    const auto name = "trino-" + simulation::name_of(target);
    json::object body{{"metadata", {{"namespace", ns}, {"annotations", {{"example.com/owner", "somebody"}}}}}};
    const auto put = [&](const ResourceName &resource, std::string_view version, std::string_view kind,
                         const std::string &called) {
        remove(resource, ns, called);
        body["apiVersion"] = version;
        body["kind"] = kind;
        body["metadata"].as_object()["name"] = called;
        (void)server_.cluster().create(resource, ns, std::move(body), {.field_manager = "somebody"});
    };
    const json::object theirs{{"app", "theirs"}};
    switch (amount % 4) {
    case 0:
        body["spec"] =
            json::object{{"replicas", amount % 3},
                         {"selector", {{"matchLabels", theirs}}},
                         {"template",
                          {{"metadata", {{"labels", theirs}}},
                           {"spec", {{"containers", json::array{json::object{{"name", "web"}, {"image", "nginx"}}}}}}}}};
        return put(deployments, "apps/v1", "Deployment", name + (amount % 8 == 0 ? "-worker" : "-coordinator"));
    case 1:
        body["spec"] = json::object{{"selector", theirs}, {"ports", json::array{json::object{{"name", "web"}, {"port", 80}}}}};
        return put(services, "v1", "Service", name);
    case 2:
        body["data"] = json::object{{"motd", "welcome"}};
        return put(config_maps, "v1", "ConfigMap", name + "-schemas-volume-coordinator");
    default:
        body["data"] = json::object{{"config.properties", "theirs"}};
        if (const auto ours = of_runtime(config_maps, target); !ours.empty())
            put(config_maps, "v1", "ConfigMap", ours[static_cast<std::size_t>(amount) % ours.size()]);
    }
}

bool Users::take_others(int target) {
    bool any = false;
    for (const auto *resource : {&deployments, &services, &config_maps})
        for (const auto &object : server_.cluster().list(*resource, ns_of(target))) {
            const std::string name(kube::find_string(object, {"metadata", "name"}));
            if (kube::find(object, {"metadata", "ownerReferences"}) ||
                kube::find_string(object, {"metadata", "annotations", "example.com/owner"}).empty() ||
                !name.starts_with("trino-" + simulation::name_of(target)))
                continue;
            remove(*resource, ns_of(target), name);
            any = true;
        }
    return any;
}

bool Users::take_all_others() {
    bool any = false;
    for (int target = 0; target < most_targets; ++target)
        any |= take_others(target);
    if (any) server_.changed();
    return any;
}

void Users::leave_stray_pods() {
    for (const auto &runtime : server_.cluster().list(runtimes, "")) {
        if (kube::find_string(runtime, {"status", "phase"}) != "Suspended") continue;
        const std::string ns(kube::find_string(runtime, {"metadata", "namespace"}));
        json::object body{
            {"apiVersion", "v1"},
            {"kind", "Pod"},
            {"metadata",
             {{"name", "stray"}, {"labels", {{"app.kubernetes.io/instance", kube::find_string(runtime, {"metadata", "name"})}}}}},
            {"spec", {{"containers", json::array{json::object{{"name", "trino"}, {"image", "trino"}}}}}}};
        (void)server_.cluster().create(pods, ns, std::move(body), {.field_manager = "somebody"});
    }
}

void Users::act(const Action &action) {
    const auto ns = ns_of(action.target);
    const auto name = simulation::name_of(action.target);
    const int amount = action.amount;
    switch (action.act) {
    case Act::create:
        create(action.target, amount);
        break;
    case Act::resize:
        patch(runtimes, ns, name, spec("size", sizes[static_cast<std::size_t>(amount) % sizes.size()]));
        break;
    case Act::set_workers:
        patch(runtimes, ns, name, spec("minWorkers", amount % 4));
        break;
    case Act::set_invalid:
        patch(runtimes, ns, name, spec("size", "enormous-" + std::to_string(amount)));
        break;
    case Act::make_valid:
        patch(runtimes, ns, name, spec("size", "s"));
        break;
    case Act::suspend:
        patch(runtimes, ns, name, spec("suspended", true));
        break;
    case Act::resume:
        patch(runtimes, ns, name, spec("suspended", false));
        break;
    case Act::ask_suspend:
        patch(runtimes, ns, name,
              annotations({{"suspend-requested", "true"}, {"suspend-requested-at", Timestamp::now().rfc3339_seconds()}}));
        break;
    case Act::ask_resume:
        if (amount % 7 == 0)
            patch(runtimes, ns, name, annotations({{"resume-requested", "true"}, {"wake-min-workers", "many"}}));
        else if (amount % 2 == 0)
            patch(runtimes, ns, name, annotations({{"resume-requested", "true"}, {"wake-min-workers", "2"}, {"wake-ttl", "3m"}}));
        else
            patch(runtimes, ns, name, annotations({{"resume-requested", "true"}}));
        break;
    case Act::remove:
        remove(runtimes, ns, name);
        break;
    case Act::remove_now:
        remove(runtimes, ns, name);
        patch(runtimes, ns, name, json::object{{"metadata", {{"finalizers", nullptr}}}});
        break;
    case Act::recreate:
        remove(runtimes, ns, name);
        patch(runtimes, ns, name, json::object{{"metadata", {{"finalizers", nullptr}}}});
        create(action.target, amount);
        break;
    case Act::relabel:
        patch(runtimes, ns, name, json::object{{"metadata", {{"labels", {{"cost-centre", std::to_string(amount)}}}}}});
        break;
    case Act::put_catalog: {
        json::object body{{"apiVersion", "analytics.xtrinode.io/v1"},
                          {"kind", "XTrinodeCatalog"},
                          {"metadata", {{"name", "tpch"}, {"namespace", ns}}},
                          {"spec", {{"labels", {{"team", "a"}}}, {"connector", {{"tpch", json::object()}}}}}};
        (void)server_.cluster().create(catalogs, ns, std::move(body), {.field_manager = "kubectl-create"});
        break;
    }
    case Act::edit_catalog:
        patch(catalogs, ns, "tpch", json::object{{"spec", {{"labels", {{"team", amount % 2 == 0 ? "a" : "b"}}}}}});
        break;
    case Act::remove_catalog:
        remove(catalogs, ns, "tpch");
        break;
    case Act::scale_by_hand:
        (void)server_.cluster().merge_patch(deployments, ns, "trino-" + name + (amount % 2 == 0 ? "-worker" : "-coordinator"),
                                            spec("replicas", amount % 4), {.field_manager = "kubectl", .subresource = "scale"});
        break;
    case Act::edit_config:
        for (const auto &each : of_runtime(config_maps, action.target))
            patch(config_maps, ns, each, json::object{{"data", {{"config.properties", "nonsense " + std::to_string(amount)}}}});
        break;
    case Act::edit_pods:
        for (const auto &each : of_runtime(deployments, action.target))
            patch(deployments, ns, each,
                  json::object{
                      {"spec",
                       {{"template", {{"metadata", {{"annotations", {{"mesh.example/injected", std::to_string(amount)}}}}}}}}}},
                  "mesh");
        break;
    case Act::delete_service:
        remove(services, ns, "trino-" + name);
        break;
    case Act::delete_config:
        for (const auto &each : of_runtime(config_maps, action.target))
            remove(config_maps, ns, each);
        break;
    case Act::delete_deployment:
        remove(deployments, ns, "trino-" + name + (amount % 2 == 0 ? "-worker" : "-coordinator"));
        break;
    case Act::put_another:
        put_another(action.target, amount);
        break;
    case Act::take_another:
        take_others(action.target);
        break;
    case Act::delete_pod:
        for (const auto &each : of_runtime(pods, action.target))
            remove(pods, ns, each);
        break;
    case Act::crash_pods:
        server_.pods().crash("trino-" + name + "-");
        break;
    case Act::edit_routes:
        patch(config_maps, "xtrinode-gateway", "trino-gateway-routes",
              json::object{{"data", {{"routes.yaml", "routes: []\n# " + std::to_string(amount)}}}});
        break;
    case Act::delete_routes:
        remove(config_maps, "xtrinode-gateway", "trino-gateway-routes");
        break;
    case Act::compact:
        server_.compact();
        break;
    case Act::cut_watches:
        server_.cut_watches({});
        break;
    default:
        break; // not the cluster's
    }
    server_.changed();
}

} // namespace xtn::simulation
