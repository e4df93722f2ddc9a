#include "test/sim/facts.hpp"

#include "adapters/sandbox/api/request.hpp"
#include "core/model/xtrinode.hpp"
#include "kubeclient/object.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace xtn::simulation {
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> commands{"resume-requested", "suspend-requested", "auto-suspend-requested"};

const json::value *template_of(const json::object &deployment) {
    return kube::find(deployment, {"spec", "template"});
}

// Deployments of a namespace (and of one runtime, if given) may replace their pods once.
void allow(Facts &facts, const std::string &ns, std::string_view runtime) {
    for (const auto &object : facts.objects("apps/deployments", ns))
        if (runtime.empty() || kube::find_string(*object, {"metadata", "labels", "app.kubernetes.io/instance"}) == runtime)
            ++facts.may_roll[std::string(kube::find_string(*object, {"metadata", "uid"}))];
}

int commands_in(const json::object *object) {
    int out = 0;
    for (const auto name : commands)
        if (object && kube::find(*object, {"metadata", "annotations", std::string(annotation_prefix) + std::string(name)})) ++out;
    return out;
}

} // namespace

std::string runtime_text(const RuntimeId &id) {
    return id.ns + "/" + id.name;
}

bool contains(const json::value &actual, const json::value &wanted, std::string &where) {
    const auto place = where;
    if (const auto *object = wanted.if_object()) {
        if (!actual.is_object()) return object->empty() && actual.is_null();
        for (const auto &[key, value] : *object) {
            where = place + "." + std::string(key);
            const auto *found = actual.get_object().if_contains(key);
            if (!found) {
                // The server leaves out what is empty.
                if (value.is_null() || (value.is_object() && value.get_object().empty()) ||
                    (value.is_array() && value.get_array().empty()))
                    continue;
                return false;
            }
            if (!contains(*found, value, where)) return false;
        }
        where = place;
        return true;
    }
    if (const auto *array = wanted.if_array()) {
        if (!actual.is_array() || actual.get_array().size() < array->size()) return false;
        for (std::size_t i = 0; i < array->size(); ++i) {
            where = place + "[" + std::to_string(i) + "]";
            if (!contains(actual.get_array()[i], (*array)[i], where)) return false;
        }
        where = place;
        return true;
    }
    if (actual == wanted) return true;
    if (actual.is_number() && wanted.is_number()) return actual.to_number<double>() == wanted.to_number<double>();
    return false;
}

bool is_ours(const json::object &object) {
    const auto *owners = kube::find(object, {"metadata", "ownerReferences"});
    return owners && owners->is_array() &&
           std::any_of(owners->get_array().begin(), owners->get_array().end(), [](const json::value &owner) {
               const auto *controls = owner.as_object().if_contains("controller");
               return kube::find_string(owner.as_object(), {"kind"}) == "XTrinode" && controls && *controls == true;
           });
}

Digest planned_body(const netkit::Request &request) {
    auto body = kube::parse_json_object(request.body);
    if (!body.ok() || !kube::find(*body, {"metadata", "uid"})) return Digest::of(request.body);
    json::object &metadata = body->at("metadata").as_object();
    metadata.stable_erase(metadata.find("uid"));
    return Digest::of(kube::to_json_text(*body));
}

std::vector<sandbox::ObjectPtr> Facts::objects(std::string_view storage, std::string_view ns) const {
    auto listed = server->store().list(storage, ns);
    return std::move(listed->objects);
}

void Facts::note(const Event &event) {
    last_seq = event.seq;
    last_time = event.time;
    last_epoch = event.epoch;
    if (event.name() == "leader.elected") last_elected = event.epoch;
    if (event.name() == "runtime.command.accepted" || event.name() == "runtime.command.rejected")
        ++commands_taken[event.subject.text];
    durable->apply(event);
    if (event.name() == "topology.planned") note_plan(event);
    if (event.name().starts_with("catalog.spec.")) note_catalog(event);
    if (event.name() == "route.published") tables.insert(Digest::of(durable->routes().to_yaml()));
    if (tables.empty()) tables.insert(Digest::of(durable->routes().to_yaml())); // the empty one
    if (const auto id = event.subject.as_runtime(); id.ok()) return note_views(*id);
    for (const auto &id : durable->runtimes())
        note_views(id);
}

void Facts::note_plan(const Event &planned) {
    const auto id = planned.subject.as_runtime();
    const auto *objects = planned.payload.if_contains("objects");
    if (!id.ok() || !objects || !objects->is_array()) return;
    for (const auto &object : objects->get_array()) {
        const auto hex = kube::find_string(object.as_object(), {"manifest"});
        const auto blob = log->blob(Digest{std::string(hex)});
        if (!blob.ok()) continue;
        const auto value = kube::parse_json(*blob);
        if (!value.ok()) continue;
        const auto sent_as = Digest::of(kube::to_json_text(*value));
        manifests.insert(sent_as);
        const auto view = durable->runtime(*id);
        planned_from[sent_as] = {view ? view->uid : std::string(), kube::find_int(planned.payload, {"generation"}),
                                 catalogs_known[id->ns]};
    }
}

void Facts::note_catalog(const Event &seen) {
    const auto text = std::string_view(seen.subject.text); // catalog/<namespace>/<name>
    const auto first = text.find('/') + 1;
    const std::string ns(text.substr(first, text.rfind('/') - first));
    const auto uid = kube::find_string(seen.payload, {"uid"});
    const auto version = std::strtoull(std::string(kube::find_string(seen.payload, {"resource_version"})).c_str(), nullptr, 10);
    const bool gone = seen.name() == "catalog.spec.deleted";
    const auto &changes = catalog_changes[ns];
    auto &known = catalogs_known[ns];
    for (std::size_t i = known; i < changes.size(); ++i)
        if (changes[i].revision <= version || (gone && changes[i].gone && changes[i].uid == uid)) known = i + 1;
}

int Facts::lacks(const SeenChange &made) const {
    const auto &key = made.change.key;
    const auto instance = kube::find_string(*made.change.after, {"metadata", "labels", "app.kubernetes.io/instance"});
    const auto resource = server->store().get({"analytics.xtrinode.io/xtrinodes", key.ns, std::string(instance)});
    if (!resource) return 0;
    const auto generation = kube::find_int(*resource, {"metadata", "generation"});
    const auto changes = catalog_changes.find(key.ns);
    const auto catalogs = changes == catalog_changes.end() ? std::size_t{0} : changes->second.size();
    const auto from = sent_from.find(key.ns + "/" + key.name);
    // Of a request that came late nobody knows any more what it was made from; and an XTrinode that was recreated meanwhile asks
    // for everything anew.
    if (made.writer == ApiServer::Writer::late || from == sent_from.end() ||
        from->second.uid != kube::find_string(*resource, {"metadata", "uid"}))
        return static_cast<int>(generation + static_cast<std::int64_t>(catalogs));
    return static_cast<int>(generation - from->second.generation + static_cast<std::int64_t>(catalogs - from->second.catalogs));
}

void Facts::note(const netkit::Request &sent) {
    if (sent.method != "PATCH") return;
    const auto path = sandbox::ResourcePath::parse(sent.path());
    if (path.plural != "deployments" || !path.subresource.empty()) return;
    if (const auto found = planned_from.find(planned_body(sent)); found != planned_from.end())
        sent_from[path.ns + "/" + path.name] = found->second;
}

void Facts::note_views(const RuntimeId &id) {
    const auto view = durable->runtime(id);
    if (!view) return;
    const auto name = runtime_text(id);
    if (view->coordinator_replicas) scales.emplace(id.ns + "/trino-" + id.name + "-coordinator", *view->coordinator_replicas);
    if (view->worker_replicas) scales.emplace(id.ns + "/trino-" + id.name + "-worker", *view->worker_replicas);
    for (const auto &object : view->surplus) {
        if (object.uid.empty())
            perhaps_there.insert(object.ref.kind + "/" + object.ref.ns + "/" + object.ref.name + " of " + view->uid);
        else
            deletable.insert(object.uid);
    }
    if (view->status)
        for (const auto &[key, value] : *view->status)
            statuses.emplace(name, std::string(key) + "=" + json::serialize(value));
}

void Facts::note(const SeenChange &seen) {
    const auto &change = seen.change;
    const auto &after = *change.after;
    const auto uid = std::string(kube::find_string(after, {"metadata", "uid"}));
    uids.insert(uid);
    if (seen.writer == ApiServer::Writer::others && change.type == sandbox::ChangeType::added)
        made_at[uid] = netkit::TimeSource::monotonic_now();
    if (seen.writer == ApiServer::Writer::late && change.type == sandbox::ChangeType::added) made_late.insert(uid);
    if (change.key.resource == "apps/deployments" && change.type == sandbox::ChangeType::added) may_roll[uid] += lacks(seen);
    if (change.key.resource == "/events") told.insert(change.key.ns + "/" + change.key.name);
    if (change.key.resource == "apps/deployments" && change.type != sandbox::ChangeType::deleted) {
        const auto *before = change.before ? template_of(*change.before) : nullptr;
        const auto *now = template_of(after);
        const bool rolled = before && now && *before != *now;
        // Somebody else rolled it (or an old request of ours that came late): to put that right it has to be rolled again.
        if (rolled) may_roll[uid] += seen.by_control_plane() ? -1 : 1;
    }
    const bool runtime = change.key.resource == "analytics.xtrinode.io/xtrinodes";
    if (runtime && !seen.by_control_plane()) {
        const int before = commands_in(change.before.get());
        const int now = change.type == sandbox::ChangeType::deleted ? 0 : commands_in(&after);
        // Setting one that is set already, with another time, is another command.
        const bool other =
            change.before && kube::find(*change.before, {"metadata", "annotations"}) &&
            kube::find(after, {"metadata", "annotations"}) &&
            *kube::find(*change.before, {"metadata", "annotations"}) != *kube::find(after, {"metadata", "annotations"});
        if (now > before || (now > 0 && other)) ++commands_given["runtime/" + change.key.ns + "/" + change.key.name];
    }
    if (runtime && (!change.before || kube::find_int(*change.before, {"metadata", "generation"}) !=
                                          kube::find_int(after, {"metadata", "generation"})))
        allow(*this, change.key.ns, change.key.name);
    if (change.key.resource == "analytics.xtrinode.io/xtrinodecatalogs") {
        const bool gone = change.type == sandbox::ChangeType::deleted;
        catalog_changes[change.key.ns].push_back({uid, change.revision, gone});
        allow(*this, change.key.ns, {});
    }
}

} // namespace xtn::simulation
