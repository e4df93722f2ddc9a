#include "adapters/sandbox/objects/managers.hpp"

#include "adapters/sandbox/objects/json_util.hpp"
#include "adapters/sandbox/objects/metadata.hpp"

#include <algorithm>
#include <tuple>

namespace xtn::sandbox::objects {

namespace json = boost::json;

namespace {
constexpr std::size_t max_updaters = 10;
constexpr std::string_view ancient = "ancient-changes";

const json::value *list_of(const json::object &object) {
    const auto *m = meta_of(object);
    const auto *v = m ? m->if_contains("managedFields") : nullptr;
    return v && v->is_array() ? v : nullptr;
}
} // namespace

ManagerEntry &Managers::of(std::string_view manager, std::string_view operation, std::string_view api_version,
                           std::string_view subresource) {
    ManagerEntry wanted{std::string(manager), std::string(operation), std::string(api_version), std::string(subresource), {}, {}};
    const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto &e) { return e.same_writer(wanted); });
    if (it != entries.end()) return *it;
    return entries.emplace_back(std::move(wanted));
}

void Managers::drop_empty() {
    std::erase_if(entries, [](const auto &e) { return e.fields.empty(); });
}

void Managers::cap(std::string_view api_version) {
    std::vector<ManagerEntry *> updaters;
    for (auto &e : entries)
        if (e.operation == "Update" && e.subresource.empty()) updaters.push_back(&e);
    if (updaters.size() <= max_updaters) return;
    std::sort(updaters.begin(), updaters.end(), [](auto *a, auto *b) { return a->time < b->time; });
    ManagerEntry bucket{std::string(ancient), "Update", std::string(api_version), "", "", {}};
    const auto surplus = updaters.size() - max_updaters + 1;
    for (std::size_t i = 0; i < surplus; ++i) {
        bucket.fields = set_union(bucket.fields, updaters[i]->fields);
        bucket.time = std::max(bucket.time, updaters[i]->time);
        updaters[i]->fields = {};
    }
    drop_empty();
    entries.push_back(std::move(bucket));
}

void Managers::store(json::object &object) const {
    auto &m = meta(object);
    if (entries.empty()) {
        erase_member(m, "managedFields");
        return;
    }
    std::vector<const ManagerEntry *> sorted;
    sorted.reserve(entries.size());
    for (const auto &e : entries)
        sorted.push_back(&e);
    std::sort(sorted.begin(), sorted.end(), [](auto *a, auto *b) {
        return std::tie(a->operation, a->time, a->manager, a->api_version, a->subresource) <
               std::tie(b->operation, b->time, b->manager, b->api_version, b->subresource);
    });
    json::array list;
    for (const auto *e : sorted) {
        json::object entry{{"manager", e->manager}, {"operation", e->operation}, {"apiVersion", e->api_version}};
        if (!e->time.empty()) entry["time"] = e->time;
        entry["fieldsType"] = "FieldsV1";
        entry["fieldsV1"] = e->fields.to_json();
        if (!e->subresource.empty()) entry["subresource"] = e->subresource;
        list.push_back(std::move(entry));
    }
    m["managedFields"] = std::move(list);
}

Result<Managers> Managers::read(const json::value &list) {
    Managers out;
    const auto *items = list.if_array();
    if (!items) return make_error(Code::invalid_argument, "managedFields must be a list");
    for (const auto &value : *items) {
        const auto *o = value.if_object();
        if (!o) return make_error(Code::invalid_argument, "managedFields must hold objects");
        ManagerEntry e{std::string(find_string(*o, "manager")),    std::string(find_string(*o, "operation")),
                       std::string(find_string(*o, "apiVersion")), std::string(find_string(*o, "subresource")),
                       std::string(find_string(*o, "time")),       {}};
        if (e.operation != "Apply" && e.operation != "Update")
            return make_error(Code::invalid_argument, "unknown operation " + e.operation);
        if (find_string(*o, "fieldsType") != "FieldsV1") return make_error(Code::invalid_argument, "unknown fieldsType");
        if (e.api_version.empty()) return make_error(Code::invalid_argument, "apiVersion must not be empty");
        if (const auto *fields = o->if_contains("fieldsV1")) {
            auto set = FieldSet::from_json(*fields);
            if (!set.ok()) return std::move(set).error();
            e.fields = std::move(*set);
        }
        out.entries.push_back(std::move(e));
    }
    return out;
}

Managers Managers::of_object(const json::object &object) {
    const auto *list = list_of(object);
    return list ? read(*list).value_or(Managers{}) : Managers{};
}

Managers managers_for_update(const json::object &object, const json::object *live, bool subresource) {
    auto stored = live ? Managers::of_object(*live) : Managers{};
    const auto *given = list_of(object);
    if (subresource || !given || given->get_array().empty()) return stored;
    const auto &list = given->get_array();
    if (list.size() == 1 && list.front().is_object() && list.front().get_object().empty()) return {};
    return Managers::read(*given).value_or(stored);
}

} // namespace xtn::sandbox::objects
