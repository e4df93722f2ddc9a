// What the server adds when an object is created or changed, after its managed fields were computed: addresses, phases, what
// admission puts into pods.
#include "adapters/sandbox/objects/builtin_hooks.hpp"
#include "adapters/sandbox/objects/json_util.hpp"

namespace xtn::sandbox::objects::builtin {

namespace json = boost::json;

void create_namespace(Object &object, const Allocators &) {
    make_object_at(object, "spec")["finalizers"] = json::array{"kubernetes"};
    make_object_at(object, "status")["phase"] = "Active";
}

void update_namespace(Object &object, const Object &old) {
    if (const auto *spec = old.if_contains("spec")) object["spec"] = *spec;
}

void create_service(Object &object, const Allocators &allocators) {
    auto &spec = make_object_at(object, "spec");
    if (find_string(spec, "type") == "ExternalName") return;
    if (find_string(spec, "clusterIP").empty()) {
        const auto *addresses = find_array(spec, "clusterIPs");
        if (addresses && !addresses->empty())
            spec["clusterIP"] = addresses->front();
        else if (allocators.cluster_ip)
            spec["clusterIP"] = allocators.cluster_ip();
    }
    if (const auto *ip = spec.if_contains("clusterIP")) {
        const json::value copy = *ip;
        set_default(spec, "clusterIPs", json::array{copy});
    }
    set_default(spec, "ipFamilies", json::array{"IPv4"});
    set_default(spec, "ipFamilyPolicy", "SingleStack");
}

void update_service(Object &object, const Object &old) {
    auto &spec = make_object_at(object, "spec");
    const auto *before = find_object(old, "spec");
    if (!before || find_string(spec, "type") == "ExternalName") return;
    for (const auto *name : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"})
        if (const auto *v = before->if_contains(name)) set_default(spec, name, *v);
}

namespace {
void tolerate(json::object &spec, std::string_view key) {
    auto *list = find_array(spec, "tolerations");
    if (!list) list = &spec.emplace("tolerations", json::array()).first->value().get_array();
    for (const auto &t : *list)
        if (const auto *o = t.if_object(); o && find_string(*o, "key") == key) return;
    list->push_back(json::object{{"key", key}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}});
}

// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
std::string_view qos_class(const json::object &spec) {
    bool any = false, all = true;
    if (const auto *containers = find_array(spec, "containers"))
        for (const auto &value : *containers) {
            const auto *c = value.if_object();
            const auto *resources = c ? find_object(*c, "resources") : nullptr;
            const auto *limits = resources ? find_object(*resources, "limits") : nullptr;
            const auto *requests = resources ? find_object(*resources, "requests") : nullptr;
            any = any || (limits && !limits->empty()) || (requests && !requests->empty());
            for (const auto *name : {"cpu", "memory"}) {
                const auto *limit = limits ? limits->if_contains(name) : nullptr;
                const auto *request = requests ? requests->if_contains(name) : nullptr;
                all = all && limit && (!request || *request == *limit);
            }
        }
    if (!any) return "BestEffort";
    return all ? "Guaranteed" : "Burstable";
}
} // namespace

void create_pod(Object &object, const Allocators &) {
    auto &spec = make_object_at(object, "spec");
    set_default(spec, "serviceAccountName", "default");
    const json::value account = spec["serviceAccountName"];
    set_default(spec, "serviceAccount", account);
    tolerate(spec, "node.kubernetes.io/not-ready");
    tolerate(spec, "node.kubernetes.io/unreachable");
    set_default(spec, "priority", 0);
    set_default(spec, "preemptionPolicy", "PreemptLowerPriority");
    const auto qos = qos_class(spec); // before status: a new member may move the others
    auto &status = make_object_at(object, "status");
    status["phase"] = "Pending";
    status["qosClass"] = qos;
}

void update_pod(Object &object, const Object &old) {
    // A client that sends the whole pod again does not know what admission added.
    auto &spec = make_object_at(object, "spec");
    const auto *before = find_object(old, "spec");
    if (!before) return;
    for (const auto *name : {"serviceAccountName", "serviceAccount", "priority", "preemptionPolicy", "tolerations", "nodeName"})
        if (const auto *v = before->if_contains(name)) set_default(spec, name, *v);
}

void create_crd(Object &object, const Allocators &) {
    auto &spec = make_object_at(object, "spec");
    set_default(spec, "conversion", json::object{{"strategy", "None"}});
    auto &names = make_object_at(spec, "names");
    const std::string kind(find_string(names, "kind"));
    std::string lower = kind;
    for (auto &c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!kind.empty()) {
        set_default(names, "singular", json::string(lower));
        set_default(names, "listKind", json::string(kind + "List"));
    }
    const auto time = meta_string(object, "creationTimestamp");
    json::array stored;
    if (const auto *versions = find_array(spec, "versions"))
        for (const auto &value : *versions)
            if (const auto *v = value.if_object(); v && v->contains("storage") && v->at("storage") == true)
                stored.push_back(json::value(find_string(*v, "name")));
    const auto condition = [&](const char *type, const char *reason, const char *message) {
        return json::object{
            {"type", type}, {"status", "True"}, {"lastTransitionTime", time}, {"reason", reason}, {"message", message}};
    };
    json::array conditions{condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                           condition("Established", "InitialNamesAccepted", "the initial names have been accepted")};
    object["status"] =
        json::object{{"conditions", std::move(conditions)}, {"acceptedNames", names}, {"storedVersions", std::move(stored)}};
}

} // namespace xtn::sandbox::objects::builtin
