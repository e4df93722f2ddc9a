// Checks of pods and of what makes pods, as far as our objects and the recordings of a real server need them.
#include "adapters/sandbox/objects/builtin_hooks.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/selector.hpp"

#include <algorithm>

namespace xtn::sandbox::objects::builtin {

namespace json = boost::json;

namespace {

void each(const json::object &parent, std::string_view list, std::string_view field, const auto &visit) {
    if (const auto *items = find_array(parent, list))
        for (std::size_t i = 0; i < items->size(); ++i)
            if (const auto *o = (*items)[i].if_object()) visit(*o, indexed(joined(field, list), i));
}

void check_dns_label(const json::object &object, std::string_view field, Causes &out) {
    const auto name = find_string(object, "name");
    if (name.empty())
        out.push_back(required_value(joined(field, "name")));
    else if (!is_dns_label(name))
        out.push_back(invalid_value(joined(field, "name"), json::value(name), dns_label_text()));
}

void check_container(const json::object &c, const std::string &field, const std::vector<std::string> &volumes, Causes &out) {
    check_dns_label(c, field, out);
    if (find_string(c, "image").empty()) out.push_back(required_value(joined(field, "image")));
    each(c, "ports", field, [&](const json::object &port, const std::string &where) {
        const auto number = integer_of(port.if_contains("containerPort"));
        if (number == 0)
            out.push_back(required_value(joined(where, "containerPort")));
        else if (number < 1 || number > 65535)
            out.push_back(invalid_value(joined(where, "containerPort"), number, "must be between 1 and 65535, inclusive"));
    });
    each(c, "env", field, [&](const json::object &env, const std::string &where) {
        if (find_string(env, "name").empty()) out.push_back(required_value(joined(where, "name")));
        if (env.contains("valueFrom") && !find_string(env, "value").empty())
            out.push_back(invalid_value(joined(where, "valueFrom"), "", "may not be specified when `value` is not empty"));
    });
    each(c, "volumeMounts", field, [&](const json::object &mount, const std::string &where) {
        const auto name = std::string(find_string(mount, "name"));
        if (name.empty())
            out.push_back(required_value(joined(where, "name")));
        else if (std::find(volumes.begin(), volumes.end(), name) == volumes.end())
            out.push_back({"FieldValueNotFound", "Not found: " + go_quoted(name), joined(where, "name")});
        if (find_string(mount, "mountPath").empty()) out.push_back(required_value(joined(where, "mountPath")));
    });
    const auto policy = find_string(c, "imagePullPolicy");
    if (policy != "Always" && policy != "IfNotPresent" && policy != "Never")
        out.push_back(not_supported(joined(field, "imagePullPolicy"), json::value(policy), {"Always", "IfNotPresent", "Never"}));
}

// The workload's selector and template have to fit, and the template has to be a pod.
void check_template(const json::object &spec, Causes &out) {
    const auto *selector = find_object(spec, "selector");
    const auto *pod_template = find_object(spec, "template");
    if (!selector)
        out.push_back(required_value("spec.selector"));
    else if (selector->empty())
        out.push_back(invalid_value("spec.selector", *selector, "empty selector is invalid for deployment"));
    if (!pod_template) return;
    const auto *labels = at_path(*pod_template, "metadata.labels");
    const auto parsed = selector ? LabelSelector::from_object(*selector) : Result<LabelSelector>(LabelSelector{});
    const bool fits =
        selector && !selector->empty() && parsed.ok() && parsed->matches_labels(labels ? labels->if_object() : nullptr);
    if (!fits)
        out.push_back(invalid_value("spec.template.metadata.labels", labels ? *labels : json::value(nullptr),
                                    "`selector` does not match template `labels`"));
    if (const auto *pod = find_object(*pod_template, "spec")) {
        check_pod_spec(*pod, "spec.template.spec", out);
        if (const auto policy = find_string(*pod, "restartPolicy"); policy != "Always")
            out.push_back(not_supported("spec.template.spec.restartPolicy", json::value(policy), {"Always"}));
    }
}

void check_count(const json::object &spec, const char *member, Causes &out) {
    const auto *v = spec.if_contains(member);
    if (v && integer_of(v) < 0) out.push_back(invalid_value(joined("spec", member), *v, "must be greater than or equal to 0"));
}

} // namespace

void check_pod_spec(const Object &spec, std::string_view field, Causes &out) {
    std::vector<std::string> volumes;
    each(spec, "volumes", field, [&](const json::object &volume, const std::string &where) {
        check_dns_label(volume, where, out);
        const auto name = std::string(find_string(volume, "name"));
        if (std::find(volumes.begin(), volumes.end(), name) != volumes.end())
            out.push_back(duplicate_value(joined(where, "name"), json::value(name)));
        volumes.push_back(name);
        if (volume.size() > 2) out.push_back(forbidden(where, "may not specify more than 1 volume type"));
    });
    const auto *containers = find_array(spec, "containers");
    if (!containers || containers->empty()) out.push_back(required_value(joined(field, "containers")));
    std::vector<std::string> names;
    for (const auto *list : {"containers", "initContainers"})
        each(spec, list, field, [&](const json::object &c, const std::string &where) {
            check_container(c, where, volumes, out);
            const auto name = std::string(find_string(c, "name"));
            if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end())
                out.push_back(duplicate_value(joined(where, "name"), json::value(name)));
            names.push_back(name);
        });
    const auto policy = find_string(spec, "restartPolicy");
    if (policy != "Always" && policy != "OnFailure" && policy != "Never")
        out.push_back(not_supported(joined(field, "restartPolicy"), json::value(policy), {"Always", "Never", "OnFailure"}));
    const auto account = find_string(spec, "serviceAccountName");
    if (!account.empty() && !is_dns_subdomain(account))
        out.push_back(invalid_value(joined(field, "serviceAccountName"), json::value(account), dns_subdomain_text()));
}

void check_pod(const Object &object, Causes &out) {
    if (const auto *spec = find_object(object, "spec")) check_pod_spec(*spec, "spec", out);
}

void check_pod_update(const Object &object, const Object &old, Causes &out) {
    // What may change in a running pod.
    const auto fixed = [](const Object &pod) {
        json::object spec;
        if (const auto *s = find_object(pod, "spec")) spec = *s;
        for (const auto *name : {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName"})
            erase_member(spec, name);
        for (const auto *list : {"containers", "initContainers"})
            if (auto *containers = find_array(spec, list))
                for (auto &c : *containers)
                    if (auto *o = c.if_object()) erase_member(*o, "image");
        return spec;
    };
    if (!same_value(fixed(object), fixed(old)))
        out.push_back(
            forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,"
                              "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
                              "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                              "previously negative)"));
}

void check_deployment(const Object &object, Causes &out) {
    const auto *spec = find_object(object, "spec");
    if (!spec) return;
    check_count(*spec, "replicas", out);
    check_template(*spec, out);
    if (const auto *strategy = find_object(*spec, "strategy")) {
        const auto type = find_string(*strategy, "type");
        if (type == "Recreate" && strategy->contains("rollingUpdate"))
            out.push_back(forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"));
        else if (type != "Recreate" && type != "RollingUpdate")
            out.push_back(not_supported("spec.strategy.type", json::value(type), {"Recreate", "RollingUpdate"}));
    }
    for (const auto *member : {"minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"})
        check_count(*spec, member, out);
    const auto *deadline = spec->if_contains("progressDeadlineSeconds");
    if (deadline && integer_of(deadline) <= integer_of(spec->if_contains("minReadySeconds")) && integer_of(deadline) >= 0)
        out.push_back(invalid_value("spec.progressDeadlineSeconds", *deadline, "must be greater than minReadySeconds"));
}

void check_deployment_update(const Object &object, const Object &old, Causes &out) {
    const auto *now = at_path(object, "spec.selector");
    const auto *then = at_path(old, "spec.selector");
    if (then && (!now || !same_value(*now, *then)))
        out.push_back(invalid_value("spec.selector", now ? *now : json::value(nullptr), "field is immutable"));
}

void check_replica_set(const Object &object, Causes &out) {
    const auto *spec = find_object(object, "spec");
    if (!spec) return;
    check_count(*spec, "replicas", out);
    check_template(*spec, out);
}

} // namespace xtn::sandbox::objects::builtin
