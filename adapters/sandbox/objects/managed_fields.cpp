#include "adapters/sandbox/objects/managed_fields.hpp"

#include "adapters/sandbox/objects/go_decode.hpp"
#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/managers.hpp"
#include "adapters/sandbox/objects/typed.hpp"
#include "adapters/sandbox/objects/types.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {

constexpr std::string_view last_applied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::string_view kubectl = "kubectl"; // the manager of kubectl apply --server-side

// The schema of whole objects: custom kinds get what every object has.
SchemaPtr typed_schema(const Kind &kind) {
    if (!kind.custom) return kind.schema;
    auto out = std::make_shared<Schema>(*kind.schema);
    static const auto common = [] {
        auto s = root_schema("Namespace");
        std::vector<std::pair<std::string, SchemaPtr>> properties;
        for (const auto *name : {"apiVersion", "kind", "metadata"})
            for (const auto &p : s->properties)
                if (p.first == name) properties.push_back(p);
        return properties;
    }();
    out->properties.insert(out->properties.begin(), common.begin(), common.end());
    return out;
}

json::object without_managed(json::object object) {
    if (auto *m = find_object(object, "metadata")) erase_member(*m, "managedFields");
    return object;
}

// What an object of the kind is before it exists.
json::value nothing_yet(const Kind &kind) {
    json::object out;
    if (!kind.custom) out = go_zero(*kind.schema).as_object();
    out["apiVersion"] = kind.api_version();
    out["kind"] = kind.kind;
    return out;
}

// Fields that have no owner: identity and what only the server sets.
FieldSet unowned() {
    FieldSet out;
    const auto field = [](std::string_view n) { return PathElement::field(n); };
    for (const auto *name : {"apiVersion", "kind", "metadata"})
        out.insert({field(name)});
    for (const auto *name : {"name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                             "managedFields", "resourceVersion"})
        out.insert({field("metadata"), field(name)});
    return out;
}

// Without what writes through this subresource are not heard on.
FieldSet heard(const FieldSet &set, const Kind &kind, std::string_view subresource) {
    FieldSet out = set;
    const auto drop = [](FieldSet &from, std::string_view name) {
        from.members.erase(PathElement::field(name));
        from.children.erase(PathElement::field(name));
    };
    if (!kind.has_status || subresource == "scale") return out;
    if (subresource != "status") {
        drop(out, "status");
        return out;
    }
    drop(out, "spec");
    if (kind.custom)
        drop(out, "metadata");
    else if (const auto it = out.children.find(PathElement::field("metadata")); it != out.children.end()) {
        drop(it->second, "labels");
        if (it->second.empty()) out.children.erase(it);
    }
    return out;
}

Comparison heard(Comparison c, const Kind &kind, std::string_view subresource) {
    return {heard(c.added, kind, subresource), heard(c.modified, kind, subresource), heard(c.removed, kind, subresource)};
}

// One write at work on the managers of an object.
struct Writer {
    const Kind &kind;
    const Manager &manager;
    Timestamp now;
    SchemaPtr schema = typed_schema(kind);

    // An update by `name`: it takes what it changed, everybody loses what is gone.
    void update(Managers &managers, const json::value &before, const json::value &after, std::string_view name,
                std::string_view subresource) const {
        const auto change = heard(compare(schema.get(), before, after), kind, manager.subresource);
        const auto taken = set_union(change.modified, change.added);
        for (auto &entry : managers.entries)
            entry.fields = set_difference(set_difference(entry.fields, taken), change.removed);
        managers.drop_empty();
        const auto mine = set_difference(taken, unowned());
        if (mine.empty()) return;
        auto &entry = managers.of(name, "Update", kind.api_version(), subresource);
        entry.fields = set_union(entry.fields, mine);
        // Scale entries carry no time: the Scale object that was written had none.
        entry.time = subresource == "scale" ? std::string() : now.rfc3339_seconds();
    }
};

std::string manager_name(const Manager &m) {
    return m.name.empty() ? "unknown" : m.name;
}

// Who stands where in a conflict's text.
std::string conflict_text(const ManagerEntry &e) {
    auto out = go_quoted(e.manager);
    if (!e.subresource.empty()) out += " with subresource " + go_quoted(e.subresource);
    if (e.operation == "Update") out += " using " + e.api_version;
    return out;
}

struct Conflict {
    std::string manager; // as shown
    std::vector<PathElement> path;
};

ApiFailure conflicts_failure(std::vector<Conflict> conflicts) {
    Causes causes;
    std::map<std::string, std::vector<std::string>> by_manager;
    for (const auto &c : conflicts) {
        causes.push_back({"FieldManagerConflict", "conflict with " + c.manager, path_text(c.path)});
        by_manager[c.manager].push_back(path_text(c.path));
    }
    std::string list;
    if (conflicts.size() == 1)
        list = "conflict with " + conflicts[0].manager + ": " + path_text(conflicts[0].path);
    else
        for (const auto &[who, paths] : by_manager) {
            list += (list.empty() ? "" : "\n") + std::string("conflicts with ") + who + ":";
            for (const auto &p : paths)
                list += "\n- " + p;
        }
    return apply_conflict("Apply failed with " + std::to_string(conflicts.size()) +
                              (conflicts.size() == 1 ? " conflict: " : " conflicts: ") + list,
                          causes);
}

// In the order of the fields, whoever owns them.
std::vector<Conflict> conflicts_of(const Managers &managers, const ManagerEntry &self, const FieldSet &taken) {
    std::vector<Conflict> out;
    taken.for_each([&](const std::vector<PathElement> &path) {
        for (const auto &entry : managers.entries)
            if (!entry.same_writer(self) && entry.fields.has(path)) out.push_back({conflict_text(entry), path});
    });
    return out;
}

// Removes what the manager applied last time and not now, unless somebody else owns it.
json::value without_given_up(const Schema *schema, const json::value &merged, const FieldSet &last, const Managers &managers) {
    if (last.empty()) return merged;
    const auto named = [&](const FieldSet &s) { return with_named_parents(s, schema); };
    auto pruned = remove_fields(schema, merged, named(last));
    FieldSet owned;
    for (const auto &e : managers.entries)
        owned = set_union(owned, e.fields);
    const auto all = named(fields_of(schema, merged));
    auto kept = set_union(named(fields_of(schema, pruned)), named(owned));
    pruned = remove_fields(schema, merged, set_difference(all, kept));
    // What came into the way of a removed parent and was never this manager's stays.
    const auto gone = set_difference(all, named(fields_of(schema, pruned)));
    return remove_fields(schema, merged, set_intersection(gone, named(last)));
}

std::string typed_failure(const Kind &kind, const json::object &applied, const std::vector<std::string> &errors) {
    std::string list;
    if (errors.size() == 1)
        list = errors[0];
    else {
        list = "errors:";
        for (const auto &e : errors)
            list += "\n  " + e;
    }
    const auto group_version = kind.group + "/" + kind.version;
    return "failed to create typed patch object (" + std::string(namespace_of(applied)) + "/" + std::string(name_of(applied)) +
           "; " + group_version + ", Kind=" + kind.kind + "): " + list;
}

// The fields of kubectl's last client-side apply, which its server-side apply may take over without force.
FieldSet last_applied_fields(const Schema *schema, const json::object &live) {
    const auto *m = meta_of(live);
    const auto *annotations = m ? find_object(*m, "annotations") : nullptr;
    if (!annotations) return {};
    boost::system::error_code error;
    const auto value = json::parse(find_string(*annotations, last_applied), error);
    return error || !value.is_object() ? FieldSet{} : fields_of(schema, value);
}

void follow_last_applied(json::object &object, const json::object *live, const json::object &applied) {
    const auto *m = live ? meta_of(*live) : nullptr;
    const auto *annotations = m ? find_object(*m, "annotations") : nullptr;
    if (!annotations || !annotations->contains(last_applied)) return;
    make_object_at(object, "metadata.annotations")[last_applied] = compact_json(applied, true) + "\n";
}

} // namespace

void update_managed_fields(const Kind &kind, json::object &object, const json::object *live, const Manager &manager,
                           Timestamp now) {
    auto managers = managers_for_update(object, live, !manager.subresource.empty());
    auto after = without_managed(object);
    // Objects that nobody tracks stay so until they are applied; new ones are tracked from the start.
    if (!managers.entries.empty() || !live) {
        const Writer writer{.kind = kind, .manager = manager, .now = now};
        writer.update(managers, live ? json::value(without_managed(*live)) : nothing_yet(kind), after, manager_name(manager),
                      manager.subresource);
        managers.cap(kind.api_version());
    }
    managers.store(after);
    object = std::move(after);
}

std::variant<json::object, ApiFailure> apply(const Kind &kind, const ApplyRequest &request, const json::object *live,
                                             Timestamp now) {
    if (const auto *m = meta_of(request.applied); m && m->contains("managedFields") && !m->at("managedFields").is_null())
        return bad_request("metadata.managedFields must be nil");
    const Writer writer{.kind = kind, .manager = request.manager, .now = now};
    const auto *schema = writer.schema.get();
    if (const auto errors = typed_errors(schema, request.applied); !errors.empty())
        return internal_failure(typed_failure(kind, request.applied, errors));

    const json::value before = live ? json::value(without_managed(*live)) : nothing_yet(kind);
    auto managers = live ? Managers::of_object(*live) : Managers{};
    if (live && managers.entries.empty()) writer.update(managers, nothing_yet(kind), before, "before-first-apply", "");

    // Names and kind count while fields are given up (they keep metadata in being), but nobody owns them.
    const auto mine = heard(fields_of(schema, request.applied), kind, request.manager.subresource);
    auto &entry = managers.of(manager_name(request.manager), "Apply", kind.api_version(), request.manager.subresource);
    const auto last = std::exchange(entry.fields, mine);
    entry.api_version = kind.api_version();
    const ManagerEntry self = entry;

    auto merged = merge_typed(schema, before, request.applied);
    merged = without_given_up(schema, merged, last, managers);
    managers.of(self.manager, self.operation, self.api_version, self.subresource).fields = set_difference(mine, unowned());

    const auto change = heard(compare(schema, before, merged), kind, request.manager.subresource);
    const auto taken = set_union(change.modified, change.added);
    auto conflicts = request.force ? std::vector<Conflict>{} : conflicts_of(managers, self, taken);
    if (!conflicts.empty() && request.manager.name == kubectl && live) {
        const auto excused = last_applied_fields(schema, *live);
        std::erase_if(conflicts, [&](const Conflict &c) { return excused.has(c.path); });
    }
    if (!conflicts.empty()) return conflicts_failure(std::move(conflicts));
    for (auto &e : managers.entries) {
        if (!e.same_writer(self)) e.fields = set_difference(e.fields, taken);
        e.fields = set_difference(e.fields, change.removed);
    }
    if (!same_value(before, merged))
        managers.of(self.manager, self.operation, self.api_version, self.subresource).time = now.rfc3339_seconds();
    managers.drop_empty();

    auto out = std::move(merged.as_object());
    if (request.manager.name == kubectl) follow_last_applied(out, live, request.applied);
    managers.store(out);
    return out;
}

} // namespace xtn::sandbox::objects
