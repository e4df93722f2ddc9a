#include "adapters/sandbox/objects/crd.hpp"

#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/types.hpp"

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

std::vector<std::string> strings(const json::object &o, std::string_view name) {
    std::vector<std::string> out;
    if (const auto *list = find_array(o, name))
        for (const auto &v : *list)
            if (v.is_string()) out.emplace_back(v.get_string());
    return out;
}

// The whole object: what the CRD says, with apiVersion, kind and metadata as every object has them.
SchemaPtr whole(const Schema &from_crd) {
    auto out = std::make_shared<Schema>(from_crd);
    out->type = ValueType::object;
    std::erase_if(out->properties,
                  [](const auto &p) { return p.first == "apiVersion" || p.first == "kind" || p.first == "metadata"; });
    return out;
}

ColumnDef age_column() {
    return {.name = "Age", .type = "date", .format = "", .description = "", .priority = 0};
}
ColumnDef name_column() {
    return {.name = "Name", .type = "string", .format = "name", .description = "", .priority = 0};
}

// What a column shows: the first value its path finds, lists joined.
json::value cell(const ColumnDef &column, const std::vector<json::value> &found, Timestamp now) {
    if (found.empty() || found.front().is_null()) return column.type == "date" ? json::value("<unknown>") : json::value(nullptr);
    if (column.type == "date")
        return json::string(age_text(found.front().is_string() ? std::string(found.front().get_string()) : "", now));
    if (column.type != "string") return found.front();
    std::string text;
    for (const auto &v : found) {
        if (!text.empty()) text += ',';
        text += v.is_string() ? std::string(v.get_string()) : compact_json(v);
    }
    return json::string(text);
}

void read_columns(const json::object &version, Kind &kind) {
    kind.columns.push_back(name_column());
    std::vector<std::string> paths;
    if (const auto *columns = find_array(version, "additionalPrinterColumns")) {
        for (const auto &value : *columns) {
            const auto *c = value.if_object();
            if (!c) continue;
            kind.columns.push_back({.name = std::string(find_string(*c, "name")),
                                    .type = std::string(find_string(*c, "type")),
                                    .format = std::string(find_string(*c, "format")),
                                    .description = std::string(find_string(*c, "description")),
                                    .priority = static_cast<int>(integer_of(find(*c, "priority")))});
            paths.emplace_back(find_string(*c, "jsonPath"));
        }
    }
    if (paths.empty()) {
        kind.columns.push_back(age_column());
        paths.emplace_back(".metadata.creationTimestamp");
    }
    kind.cells = [columns = kind.columns, paths](const json::object &object, Timestamp now) {
        json::array out{json::value(name_of(object))};
        for (std::size_t i = 0; i < paths.size(); ++i)
            out.push_back(cell(columns[i + 1], json_path(object, paths[i]), now));
        return out;
    };
}

Result<Kind> read_version(const json::object &spec, const json::object &names, const json::object &version) {
    Kind kind;
    kind.custom = true;
    kind.requires_resource_version = true;
    kind.has_generation = true;
    kind.group = find_string(spec, "group");
    kind.version = find_string(version, "name");
    kind.kind = find_string(names, "kind");
    kind.plural = find_string(names, "plural");
    kind.singular = find_string(names, "singular");
    kind.list_kind = find_string(names, "listKind");
    if (kind.list_kind.empty()) kind.list_kind = kind.kind + "List";
    if (kind.singular.empty()) {
        kind.singular = kind.kind;
        std::transform(kind.singular.begin(), kind.singular.end(), kind.singular.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
    kind.short_names = strings(names, "shortNames");
    kind.categories = strings(names, "categories");
    kind.namespaced = find_string(spec, "scope") != "Cluster";
    kind.verbs = {"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"};
    for (const auto &[value, name] : {std::pair{&kind.group, "spec.group"},
                                      {&kind.version, "spec.versions.name"},
                                      {&kind.kind, "spec.names.kind"},
                                      {&kind.plural, "spec.names.plural"}})
        if (value->empty()) return make_error(Code::invalid_argument, std::string(name) + ": Required value");

    if (const auto *subresources = find_object(version, "subresources")) {
        kind.has_status = subresources->contains("status");
        if (const auto *scale = find_object(*subresources, "scale"))
            kind.scale = Kind::Scale{.spec_replicas = std::string(find_string(*scale, "specReplicasPath")),
                                     .status_replicas = std::string(find_string(*scale, "statusReplicasPath")),
                                     .label_selector = std::string(find_string(*scale, "labelSelectorPath"))};
    }
    if (const auto *fields = find_array(version, "selectableFields"))
        for (const auto &value : *fields)
            if (const auto *f = value.if_object()) {
                const auto path = std::string(find_string(*f, "jsonPath"));
                kind.selectable.emplace_back(path.starts_with('.') ? path.substr(1) : path, path);
            }
    const auto *schema = at_path(version, "schema.openAPIV3Schema");
    if (!schema)
        return make_error(Code::invalid_argument, "spec.versions[" + kind.version + "].schema.openAPIV3Schema: Required value");
    auto read = schema_from_openapi(*schema);
    if (!read.ok()) return std::move(read).error().with("spec.versions[" + kind.version + "].schema");
    kind.schema = whole(**read);
    read_columns(version, kind);
    return kind;
}

} // namespace

Result<std::vector<Kind>> kinds_of_crd(const json::object &crd) {
    const auto *spec = find_object(crd, "spec");
    const auto *names = spec ? find_object(*spec, "names") : nullptr;
    const auto *versions = spec ? find_array(*spec, "versions") : nullptr;
    if (!names) return make_error(Code::invalid_argument, "spec.names: Required value");
    if (!versions || versions->empty()) return make_error(Code::invalid_argument, "spec.versions: Required value");
    std::vector<Kind> out;
    for (const auto &value : *versions) {
        const auto *version = value.if_object();
        if (!version) return make_error(Code::invalid_argument, "spec.versions: must hold objects");
        const auto *served = version->if_contains("served");
        if (!served || !served->is_bool() || !served->get_bool()) continue;
        auto kind = read_version(*spec, *names, *version);
        if (!kind.ok()) return std::move(kind).error();
        out.push_back(std::move(*kind));
    }
    return out;
}

namespace {

// One step of a path applied to all values found so far. Steps: .name, [*], [3], [?(@.a=="b")].
void step_member(std::vector<json::value> &found, std::string_view name) {
    std::vector<json::value> next;
    for (const auto &v : found)
        if (const auto *o = v.if_object())
            if (const auto *m = o->if_contains(name)) next.push_back(*m);
    found = std::move(next);
}

void step_bracket(std::vector<json::value> &found, std::string_view inside) {
    std::vector<json::value> next;
    std::string_view field, wanted;
    const bool filter = inside.starts_with("?(@.");
    if (filter) {
        const auto op = inside.find("==");
        if (op == std::string_view::npos) return found.clear();
        field = inside.substr(4, op - 4);
        wanted = inside.substr(op + 2);
        if (wanted.ends_with(')')) wanted.remove_suffix(1);
        while (!wanted.empty() && (wanted.front() == '"' || wanted.front() == '\'' || wanted.front() == ' '))
            wanted.remove_prefix(1);
        while (!wanted.empty() && (wanted.back() == '"' || wanted.back() == '\'' || wanted.back() == ' '))
            wanted.remove_suffix(1);
        while (field.ends_with(' '))
            field.remove_suffix(1);
    }
    for (const auto &v : found) {
        const auto *list = v.if_array();
        if (inside.size() > 2 && (inside.front() == '\'' || inside.front() == '"')) { // ['a.b/c']
            if (const auto *o = v.if_object())
                if (const auto *m = o->if_contains(inside.substr(1, inside.size() - 2))) next.push_back(*m);
            continue;
        }
        if (!list) continue;
        if (inside == "*")
            next.insert(next.end(), list->begin(), list->end());
        else if (filter) {
            for (const auto &item : *list) {
                const auto *o = item.if_object();
                const auto *m = o ? at_path(*o, field) : nullptr;
                if (m && (m->is_string() ? std::string_view(m->get_string()) == wanted : compact_json(*m) == wanted))
                    next.push_back(item);
            }
        } else if (!inside.empty() && inside.find_first_not_of("0123456789") == std::string_view::npos && inside.size() < 9) {
            const auto i = static_cast<std::size_t>(std::stoul(std::string(inside)));
            if (i < list->size()) next.push_back((*list)[i]);
        }
    }
    found = std::move(next);
}

} // namespace

std::vector<json::value> json_path(const json::object &object, std::string_view path) {
    std::vector<json::value> found{object};
    if (path.starts_with('{') && path.ends_with('}')) path = path.substr(1, path.size() - 2);
    while (!path.empty() && !found.empty()) {
        if (path.front() == '.') path.remove_prefix(1);
        if (path.empty()) break;
        if (path.front() == '[') {
            const auto end = path.find(']');
            if (end == std::string_view::npos) return {};
            step_bracket(found, path.substr(1, end - 1));
            path.remove_prefix(end + 1);
            continue;
        }
        std::string name; // "a\.b" is one name
        while (!path.empty() && path.front() != '.' && path.front() != '[') {
            if (path.front() == '\\' && path.size() > 1) path.remove_prefix(1);
            name += path.front();
            path.remove_prefix(1);
        }
        step_member(found, name);
    }
    return found;
}

} // namespace xtn::sandbox::objects
