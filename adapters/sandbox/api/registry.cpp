#include "adapters/sandbox/api/registry.hpp"

#include "adapters/sandbox/objects/builtin.hpp"
#include "adapters/sandbox/objects/crd.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

json::object &member(json::object &object, std::string_view name) {
    auto &value = object[name];
    if (!value.is_object()) value.emplace_object();
    return value.get_object();
}

} // namespace

std::string storage_of(const objects::Kind &kind) {
    if (kind.group == "events.k8s.io") return "/" + kind.plural;
    return kind.group + "/" + kind.plural;
}

ObjectKey key_of(const objects::Kind &kind, std::string_view ns, std::string_view name) {
    return ObjectKey{storage_of(kind), kind.namespaced ? std::string(ns) : std::string(), std::string(name)};
}

Registry::Registry() {
    for (const auto &kind : objects::builtin_kinds())
        builtin_.push_back(KindPtr(&kind, [](const objects::Kind *) {})); // static storage
}

std::vector<KindPtr> Registry::all() const {
    const MutexLock lock(mutex_);
    auto out = builtin_;
    std::vector<KindPtr> custom;
    for (const auto &name : order_)
        for (const auto &kind : custom_.find(name)->second)
            custom.push_back(kind);
    // By group; within a group the order of `order_` stays (insertion, because std::stable_sort warns in this toolchain).
    std::vector<KindPtr> sorted;
    for (auto &kind : custom) {
        const auto at =
            std::find_if(sorted.begin(), sorted.end(), [&](const KindPtr &other) { return kind->group < other->group; });
        sorted.insert(at, std::move(kind));
    }
    out.insert(out.end(), sorted.begin(), sorted.end());
    return out;
}

KindPtr Registry::find(std::string_view group, std::string_view version, std::string_view plural) const {
    for (auto &kind : all())
        if (kind->plural == plural && kind->group == group && kind->version == version) return kind;
    return nullptr;
}
KindPtr Registry::find_kind(std::string_view api_version, std::string_view name) const {
    for (auto &kind : all())
        if (kind->kind == name && kind->api_version() == api_version) return kind;
    return nullptr;
}
KindPtr Registry::by_storage(std::string_view storage) const {
    for (auto &kind : all())
        if (storage_of(*kind) == storage) return kind;
    return nullptr;
}
bool Registry::has_group_version(std::string_view group, std::string_view version) const {
    const auto kinds = all();
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](const KindPtr &kind) { return kind->group == group && kind->version == version; });
}

std::uint64_t Registry::generation() const {
    const MutexLock lock(mutex_);
    return generation_;
}

json::object Registry::published_schema(const objects::Kind &kind) const {
    if (!kind.custom) return objects::openapi_from_schema(*kind.schema);
    const MutexLock lock(mutex_);
    const auto found = schemas_.find(kind.resource() + "/" + kind.version);
    return found == schemas_.end() ? json::object{{"type", "object"}} : found->second;
}

Status Registry::install(const json::object &crd) {
    auto kinds = objects::kinds_of_crd(crd);
    if (!kinds.ok()) return std::move(kinds).error();
    std::vector<KindPtr> made;
    for (auto &kind : *kinds)
        made.push_back(std::make_shared<const objects::Kind>(std::move(kind)));
    const std::string name(objects::name_of(crd));
    const MutexLock lock(mutex_);
    for (const auto &version : crd.at("spec").at("versions").as_array()) { // kinds_of_crd() has looked at both
        const auto *schema = version.as_object().if_contains("schema");
        const auto *open = schema && schema->is_object() ? schema->get_object().if_contains("openAPIV3Schema") : nullptr;
        schemas_[name + "/" + std::string(std::string_view(version.at("name").as_string()))] =
            open && open->is_object() ? open->get_object() : json::object{{"type", "object"}};
    }
    if (std::find(order_.begin(), order_.end(), name) == order_.end()) order_.push_back(name);
    custom_.insert_or_assign(name, std::move(made));
    ++generation_;
    return ok();
}

void Registry::uninstall(std::string_view crd_name) {
    const MutexLock lock(mutex_);
    const auto found = custom_.find(crd_name);
    if (found == custom_.end()) return;
    std::erase(order_, found->first);
    custom_.erase(found);
    ++generation_;
}

void complete_crd(json::object &crd, Timestamp now) {
    auto &spec = member(crd, "spec");
    auto &names = member(spec, "names");
    const auto *kind_value = names.if_contains("kind");
    const std::string kind(kind_value && kind_value->is_string() ? std::string_view(kind_value->get_string())
                                                                 : std::string_view());
    if (!names.contains("listKind")) names["listKind"] = kind + "List";
    if (!names.contains("singular")) names["singular"] = lower(kind);
    if (!spec.contains("conversion")) spec["conversion"] = json::object{{"strategy", "None"}};
    json::array stored;
    if (const auto *versions = spec.if_contains("versions"); versions && versions->is_array())
        for (const auto &version : versions->get_array())
            if (const auto *v = version.if_object();
                v && v->contains("storage") && v->at("storage").is_bool() && v->at("storage").get_bool())
                stored.push_back(v->at("name"));
    auto &status = member(crd, "status");
    const std::string time = now.rfc3339_seconds();
    const auto condition = [&](std::string_view type, std::string_view reason, std::string_view message) {
        return json::object{
            {"lastTransitionTime", time}, {"message", message}, {"reason", reason}, {"status", "True"}, {"type", type}};
    };
    if (!status.contains("conditions"))
        status["conditions"] =
            json::array{condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                        condition("Established", "InitialNamesAccepted", "the initial names have been accepted")};
    status["acceptedNames"] = names;
    status["storedVersions"] = std::move(stored);
}

} // namespace xtn::sandbox
