#include "adapters/sandbox/api/discovery.hpp"
#include "adapters/sandbox/api/openapi_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using objects::Kind;

constexpr std::string_view meta_prefix = "io.k8s.apimachinery.pkg.apis.meta.v1.";

// The texts that every Kubernetes type carries (API conventions); kubectl explain shows them.
constexpr std::string_view api_version_text =
    "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to "
    "the latest "
    "internal value, and may reject unrecognized values. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
constexpr std::string_view kind_text =
    "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the "
    "client "
    "submits requests to. Cannot be updated. In CamelCase. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
constexpr std::string_view metadata_text =
    "Standard object's metadata. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
constexpr std::string_view list_metadata_text =
    "Standard list metadata. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";

// What kubectl explain says about built-in kinds, and about members of theirs. Custom kinds bring their own texts.
struct Description {
    std::string_view kind;
    std::string_view member; // empty: the kind itself
    std::string_view text;
};
constexpr Description descriptions[] = {
    {"ConfigMap", "", "ConfigMap holds configuration data for pods to consume."},
    {"ConfigMap", "data",
     "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with "
     "non-UTF-8 byte "
     "sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, "
     "this is "
     "enforced during validation process."},
    {"ConfigMap", "binaryData",
     "BinaryData contains the binary data. Each key must consist of alphanumeric characters, '-', '_' or '.'. BinaryData can "
     "contain byte "
     "sequences that are not in the UTF-8 range. The keys stored in BinaryData must not overlap with the ones in the Data field, "
     "this is "
     "enforced during validation process. Using this field will require 1.10+ apiserver and kubelet."},
    {"ConfigMap", "immutable",
     "Immutable, if set to true, ensures that data stored in the ConfigMap cannot be updated (only object metadata can be "
     "modified). If not "
     "set to true, the field can be modified at any time. Defaulted to nil."},
    {"Deployment", "", "A number of equal pods, replaced step by step when their template changes."},
    {"Event", "", "Something that happened to an object, for people. Kept for an hour."},
    {"Lease", "", "Who holds a role at the moment, and until when."},
    {"Namespace", "", "A scope for names; what is in it ends with it."},
    {"Pod", "", "Containers that run together. In the sandbox they are simulated."},
    {"ReplicaSet", "", "A number of pods of one template, mostly kept by a Deployment."},
    {"Secret", "", "Small confidential data by key."},
    {"Service", "", "A name and an address for the pods that a selector finds."},
    {"ServiceAccount", "", "An identity for pods."},
};

struct QueryParameter {
    std::string_view name;
    std::string_view type;
    std::string_view description;
};
constexpr QueryParameter dry_run{
    "dryRun", "string",
    "When present, indicates that modifications should not be persisted. An invalid or unrecognized dryRun "
    "directive will result in an error response and no further processing of the request. Valid values are: - "
    "All: all dry run stages will be processed"};
constexpr QueryParameter field_manager{
    "fieldManager", "string",
    "fieldManager is a name associated with the actor or entity that is making these changes. The value must be less than or 128 "
    "characters "
    "long, and only contain printable characters, as defined by https://golang.org/pkg/unicode/#IsPrint."};
constexpr QueryParameter apply_field_manager{
    "fieldManager", "string",
    "fieldManager is a name associated with the actor or entity that is making these changes. The value must be less than or 128 "
    "characters "
    "long, and only contain printable characters, as defined by https://golang.org/pkg/unicode/#IsPrint. This field is required "
    "for apply "
    "requests (application/apply-patch) but optional for non-apply patch types (JsonPatch, MergePatch, StrategicMergePatch)."};
constexpr QueryParameter field_validation{"fieldValidation", "string",
                                          "fieldValidation instructs the server on how to handle objects in the request "
                                          "(POST/PUT/PATCH) containing unknown or duplicate fields. "
                                          "Valid values are: - Ignore: This will ignore any unknown fields that are silently "
                                          "dropped from the object, and will ignore all but the "
                                          "last duplicate field that the decoder encounters. This is the default behavior prior "
                                          "to v1.23. - Warn: This will send a warning via the "
                                          "standard warning response header for each unknown field that is dropped from the "
                                          "object, and for each duplicate field that is "
                                          "encountered. The request will still succeed if there are no other errors, and will "
                                          "only persist the last of any duplicate fields. This "
                                          "is the default in v1.23+ - Strict: This will fail the request with a BadRequest error "
                                          "if any unknown fields would be dropped from the "
                                          "object, or if any duplicate fields are present. The error returned from the server "
                                          "will contain all unknown and duplicate fields "
                                          "encountered."};
constexpr QueryParameter force{
    "force", "boolean",
    "Force is going to \"force\" Apply requests. It means user will re-acquire conflicting fields owned by other "
    "people. Force flag must be unset for non-apply patch requests."};
constexpr QueryParameter pretty{
    "pretty", "string",
    "If 'true', then the output is pretty printed. Defaults to 'false' unless the user-agent indicates a browser "
    "or command-line HTTP tool (curl and wget)."};
constexpr QueryParameter label_selector{"labelSelector", "string", "Only objects whose labels this selects."};
constexpr QueryParameter field_selector{"fieldSelector", "string", "Only objects whose fields this selects."};
constexpr QueryParameter limit{"limit", "integer", "At most so many objects on a page."};
constexpr QueryParameter continue_token{"continue", "string", "The page that follows."};
constexpr QueryParameter resource_version{"resourceVersion", "string", "The state to start from."};
constexpr QueryParameter timeout_seconds{"timeoutSeconds", "integer", "How long a watch lasts."};
constexpr QueryParameter watch{"watch", "boolean", "Changes as a stream instead of a list."};
constexpr QueryParameter bookmarks{"allowWatchBookmarks", "boolean", "The stream may carry bookmarks."};

json::object schema_ref(std::string_view name) {
    return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}
json::object described_ref(std::string_view description, std::string_view name) {
    return {{"description", description}, {"allOf", json::array{schema_ref(name)}}};
}

json::object query_parameter(const QueryParameter &parameter) {
    return {{"name", parameter.name},
            {"in", "query"},
            {"description", parameter.description},
            {"schema", json::object{{"type", parameter.type}, {"uniqueItems", true}}}};
}
json::object path_parameter(std::string_view name, std::string_view description) {
    return {{"name", name},
            {"in", "path"},
            {"description", description},
            {"required", true},
            {"schema", json::object{{"type", "string"}, {"uniqueItems", true}}}};
}
template <class... P> json::array query_parameters(const P &...parameters) {
    return json::array{query_parameter(parameters)...};
}

std::string capitalised(std::string_view text) {
    std::string out;
    bool up = true;
    for (const char c : text) {
        if (c == '.' || c == '-') {
            up = true;
            continue;
        }
        out += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        up = false;
    }
    return out;
}

json::object gvk(const Kind &kind) {
    return {{"group", kind.group}, {"version", kind.version}, {"kind", kind.kind}};
}

json::object content(const json::object &schema, std::initializer_list<std::string_view> types) {
    json::object out;
    for (const auto type : types)
        out[type] = json::object{{"schema", schema}};
    return out;
}

// One operation. `action` as in x-kubernetes-action; `id`: "patch", "createNamespaced...".
json::object operation(const Kind &kind, std::string_view verb, std::string_view action, std::string_view tail,
                       std::string_view description, json::array parameters, json::object body, std::string_view answers) {
    const auto group = capitalised(kind.group.empty() ? "core" : kind.group);
    std::string tag = group;
    tag[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(tag[0])));
    json::object out{{"tags", json::array{tag + "_" + kind.version}},
                     {"description", description},
                     {"operationId", fmt::format("{}{}{}{}{}{}", verb, group, capitalised(kind.version),
                                                 kind.namespaced ? "Namespaced" : "", kind.kind, tail)}};
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
    if (!body.empty()) out["requestBody"] = json::object{{"content", std::move(body)}, {"required", true}};
    out["responses"] =
        json::object{{"200", json::object{{"description", "OK"},
                                          {"content", content(schema_ref(answers), {"application/json", "application/yaml"})}}},
                     {"401", json::object{{"description", "Unauthorized"}}}};
    out["x-kubernetes-action"] = action;
    out["x-kubernetes-group-version-kind"] = gvk(kind);
    return out;
}

json::object patch_body(const Kind &kind) {
    const auto patch = schema_ref(std::string(meta_prefix) + "Patch");
    if (kind.custom)
        return content(patch, {"application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"});
    return content(patch, {"application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
                           "application/strategic-merge-patch+json"});
}

bool has_verb(const Kind &kind, std::string_view verb) {
    return std::find(kind.verbs.begin(), kind.verbs.end(), verb) != kind.verbs.end();
}

json::array item_parameters(const Kind &kind) {
    json::array out{path_parameter("name", "name of the " + kind.kind)};
    if (kind.namespaced) out.push_back(path_parameter("namespace", "object name and auth scope, such as for teams and projects"));
    out.push_back(query_parameter(pretty));
    return out;
}

void add_paths(const Kind &kind, const GroupVersion &of, json::object &paths) {
    const auto name = schema_name(kind);
    const auto own = content(schema_ref(name), {"application/json"});
    const std::string root = "/" + of.path();
    const std::string collection = root + (kind.namespaced ? "/namespaces/{namespace}/" : "/") + kind.plural;
    const auto status = std::string(meta_prefix) + "Status";
    json::object all;
    if (has_verb(kind, "list"))
        all["get"] = operation(kind, "list", "list", "", "list or watch objects of kind " + kind.kind,
                               query_parameters(bookmarks, continue_token, field_selector, label_selector, limit,
                                                resource_version, timeout_seconds, watch),
                               {}, name + "List");
    if (has_verb(kind, "create"))
        all["post"] = operation(kind, "create", "post", "", "create a " + kind.kind,
                                query_parameters(dry_run, field_manager, field_validation), own, name);
    if (has_verb(kind, "deletecollection"))
        all["delete"] = operation(kind, "deleteCollection", "deletecollection", "", "delete collection of " + kind.kind,
                                  query_parameters(dry_run, field_selector, label_selector), {}, status);
    json::array collection_parameters;
    if (kind.namespaced)
        collection_parameters.push_back(
            path_parameter("namespace", "object name and auth scope, such as for teams and projects"));
    collection_parameters.push_back(query_parameter(pretty));
    all["parameters"] = std::move(collection_parameters);
    paths[collection] = std::move(all);

    const auto patch_parameters = query_parameters(dry_run, apply_field_manager, field_validation, force);
    json::object item;
    if (has_verb(kind, "get")) item["get"] = operation(kind, "read", "get", "", "read the specified " + kind.kind, {}, {}, name);
    if (has_verb(kind, "update"))
        item["put"] = operation(kind, "replace", "put", "", "replace the specified " + kind.kind,
                                query_parameters(dry_run, field_manager, field_validation), own, name);
    if (has_verb(kind, "delete"))
        item["delete"] = operation(kind, "delete", "delete", "", "delete a " + kind.kind, query_parameters(dry_run),
                                   content(schema_ref(std::string(meta_prefix) + "DeleteOptions"), {"application/json"}), status);
    if (has_verb(kind, "patch"))
        item["patch"] = operation(kind, "patch", "patch", "", "partially update the specified " + kind.kind, patch_parameters,
                                  patch_body(kind), name);
    item["parameters"] = item_parameters(kind);
    paths[collection + "/{name}"] = std::move(item);

    for (const auto &sub : subresources_of(kind)) {
        if (sub.name != "status" && sub.name != "scale") continue;
        const auto answer = sub.name == "scale" ? std::string("io.k8s.api.autoscaling.v1.Scale") : name;
        const auto tail = capitalised(sub.name);
        json::object entry;
        entry["get"] =
            operation(kind, "read", "get", tail, fmt::format("read {} of the specified {}", sub.name, kind.kind), {}, {}, answer);
        entry["put"] = operation(kind, "replace", "put", tail, fmt::format("replace {} of the specified {}", sub.name, kind.kind),
                                 query_parameters(dry_run, field_manager, field_validation),
                                 content(schema_ref(answer), {"application/json"}), answer);
        entry["patch"] =
            operation(kind, "patch", "patch", tail, fmt::format("partially update {} of the specified {}", sub.name, kind.kind),
                      patch_parameters, patch_body(kind), answer);
        entry["parameters"] = item_parameters(kind);
        paths[collection + "/{name}/" + sub.name] = std::move(entry);
    }
    if (kind.namespaced && has_verb(kind, "list")) {
        auto everywhere = operation(kind, "list", "list", "ForAllNamespaces", "list or watch objects of kind " + kind.kind, {},
                                    {}, name + "List");
        paths[root + "/" + kind.plural] =
            json::object{{"get", std::move(everywhere)},
                         {"parameters", query_parameters(bookmarks, continue_token, field_selector, label_selector, limit, pretty,
                                                         resource_version, timeout_seconds, watch)}};
    }
}

json::object selectable_fields(const Kind &kind, json::object schema) {
    json::array fields;
    if (kind.custom)
        for (const auto &[label, path] : kind.selectable)
            fields.push_back(json::object{{"fieldPath", label}});
    if (!fields.empty()) schema["x-kubernetes-selectable-fields"] = std::move(fields);
    return schema;
}

// What may be a number or a string says so in words that every OpenAPI reader knows.
void spell_out_int_or_string(json::value &value) {
    if (auto *array = value.if_array()) {
        for (auto &element : *array)
            spell_out_int_or_string(element);
        return;
    }
    auto *schema = value.if_object();
    if (!schema) return;
    const auto *marked = schema->if_contains("x-kubernetes-int-or-string");
    if (marked && marked->is_bool() && marked->get_bool() && !schema->contains("anyOf"))
        (*schema)["anyOf"] = json::array{json::object{{"type", "integer"}}, json::object{{"type", "string"}}};
    for (const auto *holder : {"properties", "items", "additionalProperties"}) {
        auto *inner = schema->if_contains(holder);
        if (!inner) continue;
        if (std::string_view(holder) != "properties") {
            spell_out_int_or_string(*inner);
        } else if (inner->is_object()) {
            for (auto &property : inner->get_object())
                spell_out_int_or_string(property.value());
        }
    }
}

json::object kind_schema(const Registry &registry, const Kind &kind) {
    json::value published = registry.published_schema(kind);
    spell_out_int_or_string(published);
    auto &schema = published.get_object();
    auto &properties = schema["properties"];
    if (!properties.is_object()) properties.emplace_object();
    auto &members = properties.get_object();
    if (!kind.custom)
        for (const auto &description : descriptions) {
            if (description.kind != kind.kind) continue;
            auto *member = description.member.empty() ? &published : members.if_contains(description.member);
            if (member && member->is_object()) member->get_object()["description"] = description.text;
        }
    members["apiVersion"] = json::object{{"description", api_version_text}, {"type", "string"}};
    members["kind"] = json::object{{"description", kind_text}, {"type", "string"}};
    members["metadata"] = described_ref(metadata_text, std::string(meta_prefix) + "ObjectMeta");
    schema["x-kubernetes-group-version-kind"] =
        json::array{json::object{{"group", kind.group}, {"kind", kind.kind}, {"version", kind.version}}};
    return selectable_fields(kind, std::move(schema));
}

json::object list_schema(const Kind &kind) {
    json::object properties;
    properties["apiVersion"] = json::object{{"description", api_version_text}, {"type", "string"}};
    properties["items"] = json::object{
        {"description", fmt::format("List of {}. More info: "
                                    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md",
                                    kind.plural)},
        {"type", "array"},
        {"items", schema_ref(schema_name(kind))}};
    properties["kind"] = json::object{{"description", kind_text}, {"type", "string"}};
    properties["metadata"] = described_ref(list_metadata_text, std::string(meta_prefix) + "ListMeta");
    json::object schema{{"description", fmt::format("{} is a list of {}", kind.list_kind, kind.kind)},
                        {"type", "object"},
                        {"required", json::array{"items"}},
                        {"properties", std::move(properties)}};
    schema["x-kubernetes-group-version-kind"] =
        json::array{json::object{{"group", kind.group}, {"kind", kind.list_kind}, {"version", kind.version}}};
    return selectable_fields(kind, std::move(schema));
}

} // namespace

std::string schema_name(const Kind &kind) {
    if (kind.custom) { // the group's labels, last first
        std::string reversed;
        std::string_view rest = kind.group;
        while (!rest.empty()) {
            const auto dot = rest.rfind('.');
            reversed.append(rest.substr(dot == std::string_view::npos ? 0 : dot + 1)).append(".");
            rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
        }
        return reversed + kind.version + "." + kind.kind;
    }
    if (kind.group == "apiextensions.k8s.io")
        return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions." + kind.version + "." + kind.kind;
    const auto package = kind.group.empty() ? std::string("core") : kind.group.substr(0, kind.group.find('.'));
    return "io.k8s.api." + package + "." + kind.version + "." + kind.kind;
}

std::vector<GroupVersion> group_versions(const Registry &registry) {
    std::vector<GroupVersion> out;
    for (const auto &kind : registry.all())
        if (std::none_of(out.begin(), out.end(),
                         [&](const GroupVersion &g) { return g.group == kind->group && g.version == kind->version; }))
            out.push_back({kind->group, kind->version});
    return out;
}

json::object openapi_v3(const Registry &registry, const GroupVersion &of) {
    json::object paths;
    json::object schemas = common_schemas();
    for (const auto &kind : registry.all()) {
        if (kind->group != of.group || kind->version != of.version) continue;
        add_paths(*kind, of, paths);
        schemas[schema_name(*kind)] = kind_schema(registry, *kind);
        if (!kind->list_kind.empty()) schemas[schema_name(*kind) + "List"] = list_schema(*kind);
    }
    return {{"openapi", "3.0.0"},
            {"info", json::object{{"title", "Kubernetes (XTrinode sandbox)"}, {"version", "v1"}}},
            {"paths", std::move(paths)},
            {"components", json::object{{"schemas", std::move(schemas)}}}};
}

} // namespace xtn::sandbox
