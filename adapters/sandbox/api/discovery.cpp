#include "adapters/sandbox/api/discovery.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using objects::Kind;

const std::vector<std::string> read_write = {"get", "patch", "update"};

json::array texts(const std::vector<std::string> &values) {
    json::array out;
    for (const auto &value : values)
        out.emplace_back(value);
    return out;
}

std::string group_version(std::string_view group, std::string_view version) {
    return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

struct Group {
    std::string name;
    std::vector<std::string> versions;
};

void note(std::vector<Group> &groups, std::string_view name, std::string_view version) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group &g) { return g.name == name; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{std::string(name), {}});
    if (std::find(group->versions.begin(), group->versions.end(), version) == group->versions.end())
        group->versions.emplace_back(version);
}

// Built-in groups in alphabetical order, then the custom ones; the core group is left out.
std::vector<Group> groups_of(const Registry &registry) {
    std::vector<Group> builtin, custom;
    for (const auto &kind : registry.all())
        if (!kind->group.empty()) note(kind->custom ? custom : builtin, kind->group, kind->version);
    for (const auto &review : review_kinds())
        note(builtin, review.group, "v1");
    std::sort(builtin.begin(), builtin.end(), [](const Group &a, const Group &b) { return a.name < b.name; });
    builtin.insert(builtin.end(), custom.begin(), custom.end());
    return builtin;
}

json::object group_json(const Group &group, bool alone) {
    json::array versions;
    for (const auto &version : group.versions)
        versions.push_back(json::object{{"groupVersion", group_version(group.name, version)}, {"version", version}});
    json::object out;
    if (alone) out = {{"kind", "APIGroup"}, {"apiVersion", "v1"}};
    out["name"] = group.name;
    const json::value preferred = versions.front();
    out["versions"] = std::move(versions);
    out["preferredVersion"] = preferred;
    return out;
}

json::object resource_json(const Kind &kind) {
    json::object out{
        {"name", kind.plural}, {"singularName", kind.singular}, {"namespaced", kind.namespaced}, {"kind", kind.kind}};
    out["verbs"] = texts(kind.verbs);
    if (!kind.short_names.empty()) out["shortNames"] = texts(kind.short_names);
    if (!kind.categories.empty()) out["categories"] = texts(kind.categories);
    return out;
}

json::object response_kind(std::string_view group, std::string_view version, std::string_view kind) {
    return {{"group", group}, {"version", version}, {"kind", kind}};
}

json::object aggregated_resource(const Kind &kind) {
    // A real server leaves group and version empty for its own kinds.
    const std::string group = kind.custom ? kind.group : "";
    const std::string version = kind.custom ? kind.version : "";
    json::object out{{"resource", kind.plural},
                     {"responseKind", response_kind(group, version, kind.kind)},
                     {"scope", kind.namespaced ? "Namespaced" : "Cluster"},
                     {"singularResource", kind.singular},
                     {"verbs", texts(kind.verbs)}};
    if (!kind.short_names.empty()) out["shortNames"] = texts(kind.short_names);
    if (!kind.categories.empty()) out["categories"] = texts(kind.categories);
    json::array subresources;
    for (const auto &sub : subresources_of(kind))
        subresources.push_back(
            json::object{{"subresource", sub.name},
                         {"responseKind", sub.version.empty() ? response_kind(group, version, sub.kind)
                                                              : response_kind(sub.group, sub.version, sub.kind)},
                         {"verbs", texts(sub.verbs)}});
    if (!subresources.empty()) out["subresources"] = std::move(subresources);
    return out;
}

json::object aggregated_group(const Registry &registry, const Group &group) {
    json::array versions;
    for (const auto &version : group.versions) {
        json::array resources;
        for (const auto &kind : registry.all())
            if (kind->group == group.name && kind->version == version) resources.push_back(aggregated_resource(*kind));
        for (const auto &review : review_kinds())
            if (review.group == group.name)
                resources.push_back(json::object{{"resource", review.plural},
                                                 {"responseKind", response_kind("", "", review.kind)},
                                                 {"scope", review.namespaced ? "Namespaced" : "Cluster"},
                                                 {"singularResource", review.singular},
                                                 {"verbs", json::array{"create"}}});
        {
            // Custom resources are listed by name here, in the order of their definitions in the old documents.
            std::vector<json::object> by_name;
            for (auto &resource : resources)
                by_name.push_back(std::move(resource.get_object()));
            std::sort(by_name.begin(), by_name.end(), [](const json::object &a, const json::object &b) {
                return a.at("resource").get_string() < b.at("resource").get_string();
            });
            resources = json::array(by_name.begin(), by_name.end());
        }
        versions.push_back(json::object{{"version", version}, {"resources", std::move(resources)}, {"freshness", "Current"}});
    }
    json::object metadata;
    if (!group.name.empty()) metadata["name"] = group.name;
    return {{"metadata", std::move(metadata)}, {"versions", std::move(versions)}};
}

} // namespace

const std::vector<ReviewKind> &review_kinds() {
    static const std::vector<ReviewKind> kinds = {
        {"authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview", false},
        {"authentication.k8s.io", "tokenreviews", "tokenreview", "TokenReview", false},
        {"authorization.k8s.io", "localsubjectaccessreviews", "localsubjectaccessreview", "LocalSubjectAccessReview", true},
        {"authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview", false},
        {"authorization.k8s.io", "selfsubjectrulesreviews", "selfsubjectrulesreview", "SelfSubjectRulesReview", false},
        {"authorization.k8s.io", "subjectaccessreviews", "subjectaccessreview", "SubjectAccessReview", false},
    };
    return kinds;
}

std::vector<Subresource> subresources_of(const Kind &kind) {
    std::vector<Subresource> out;
    const bool core = kind.group.empty();
    if (core && kind.plural == "namespaces") out.push_back({"finalize", "", "", kind.kind, {"update"}});
    if (core && kind.plural == "pods") out.push_back({"log", "", "", kind.kind, {"get"}});
    if (kind.custom && kind.has_status) out.push_back({"status", "", "", kind.kind, read_write});
    if (kind.scale) out.push_back({"scale", "autoscaling", "v1", "Scale", read_write});
    if (!kind.custom && kind.has_status) out.push_back({"status", "", "", kind.kind, read_write});
    return out;
}

json::object core_versions(std::string_view server_address) {
    return {{"kind", "APIVersions"},
            {"versions", json::array{"v1"}},
            {"serverAddressByClientCIDRs",
             json::array{json::object{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", server_address}}}}};
}

json::object group_list(const Registry &registry) {
    json::array groups;
    for (const auto &group : groups_of(registry))
        groups.push_back(group_json(group, false));
    return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

std::optional<json::object> group_document(const Registry &registry, std::string_view name) {
    for (const auto &group : groups_of(registry))
        if (group.name == name) return group_json(group, true);
    return {};
}

std::optional<json::object> resource_list(const Registry &registry, std::string_view group, std::string_view version) {
    json::array resources;
    for (const auto &kind : registry.all()) {
        if (kind->group != group || kind->version != version) continue;
        resources.push_back(resource_json(*kind));
        for (const auto &sub : subresources_of(*kind)) {
            json::object entry{{"name", kind->plural + "/" + sub.name}, {"singularName", ""}, {"namespaced", kind->namespaced}};
            if (!sub.version.empty()) {
                entry["group"] = sub.group;
                entry["version"] = sub.version;
            }
            entry["kind"] = sub.kind;
            entry["verbs"] = texts(sub.verbs);
            resources.push_back(std::move(entry));
        }
    }
    for (const auto &review : review_kinds())
        if (review.group == group && version == "v1")
            resources.push_back(json::object{{"name", review.plural},
                                             {"singularName", review.singular},
                                             {"namespaced", review.namespaced},
                                             {"kind", review.kind},
                                             {"verbs", json::array{"create"}}});
    if (resources.empty()) return {};
    json::object out{{"kind", "APIResourceList"}};
    if (!group.empty()) out["apiVersion"] = "v1"; // the core group's list has none
    out["groupVersion"] = group_version(group, version);
    out["resources"] = std::move(resources);
    return out;
}

json::object aggregated(const Registry &registry, bool core) {
    json::array items;
    if (core) {
        items.push_back(aggregated_group(registry, Group{"", {"v1"}}));
    } else {
        for (const auto &group : groups_of(registry))
            items.push_back(aggregated_group(registry, group));
    }
    return {{"kind", "APIGroupDiscoveryList"},
            {"apiVersion", "apidiscovery.k8s.io/v2"},
            {"metadata", json::object()},
            {"items", std::move(items)}};
}

} // namespace xtn::sandbox
