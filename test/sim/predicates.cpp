#include "test/sim/predicates.hpp"

#include "adapters/sandbox/api/request.hpp"
#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"
#include "core/model/xtrinode.hpp"
#include "kubeclient/merge_patch.hpp"
#include "kubeclient/object.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn::simulation {
namespace json = boost::json;

namespace {

using Text = std::string_view;

// ---- of each event ----

Finding sequence_is_gapless(const Facts &facts, const Event &event) {
    if (event.seq == facts.last_seq.next()) return std::nullopt;
    return fmt::format("#{} follows #{}", event.seq.value, facts.last_seq.value);
}

Finding time_never_decreases(const Facts &facts, const Event &event) {
    if (event.time >= facts.last_time) return std::nullopt;
    return fmt::format("#{} has time {}, the one before {}", event.seq.value, event.time.rfc3339(), facts.last_time.rfc3339());
}

Finding epoch_rises(const Facts &facts, const Event &event) {
    const bool begins = event.name() == "leader.elected";
    if (event.epoch >= facts.last_epoch && (!begins || event.epoch > facts.last_elected)) return std::nullopt;
    return fmt::format("#{} {} has epoch {}, the one before {}", event.seq.value, event.type, event.epoch.value,
                       facts.last_epoch.value);
}

Finding decisions_have_causes(const Facts &, const Event &event) {
    if (!Text(event.source).starts_with("policy/")) return std::nullopt;
    if (event.cause && *event.cause < event.seq) return std::nullopt;
    return fmt::format("#{} {} was decided by {} without a cause", event.seq.value, event.type, event.source);
}

// Gone is only what is really gone: the cluster is asked.
Finding absence_needs_proof(const Facts &facts, const Event &event) {
    constexpr std::array<Text, 4> absent{"pod.gone", "object.gone", "runtime.spec.deleted", "catalog.spec.deleted"};
    if (std::find(absent.begin(), absent.end(), event.name()) == absent.end()) return std::nullopt;
    const auto uid = kube::find_string(event.payload, {"uid"});
    if (!facts.server->store().by_uid(uid)) return std::nullopt;
    return fmt::format("#{} {} {} says that {} is gone, and it is there", event.seq.value, event.type, event.subject.text, uid);
}

Finding what_was_seen_was_there(const Facts &facts, const Event &event) {
    const auto *uid = event.payload.if_contains("uid");
    if (event.source != "kube" || !uid || !uid->is_string() || uid->get_string().empty()) return std::nullopt;
    if (facts.uids.contains(std::string(uid->get_string()))) return std::nullopt;
    return fmt::format("#{} {} speaks of {}, which never existed", event.seq.value, event.type, Text(uid->get_string()));
}

Finding once_actions_happen_once(const Facts &facts, const Event &event) {
    if (event.name() != "runtime.command.accepted" && event.name() != "runtime.command.rejected") return std::nullopt;
    const auto count = [&](const std::map<std::string, int> &of) {
        const auto found = of.find(event.subject.text);
        return found == of.end() ? 0 : found->second;
    };
    if (count(facts.commands_taken) < count(facts.commands_given)) return std::nullopt;
    return fmt::format("#{}: {} commands were given to {}, and this is the {}th taken", event.seq.value,
                       count(facts.commands_given), event.subject.text, count(facts.commands_taken) + 1);
}

// ---- of each request ----

struct Parts {
    sandbox::ResourcePath path;
    json::object body;
};
Parts parts_of(const netkit::Request &request) {
    Parts out{sandbox::ResourcePath::parse(request.path()), {}};
    if (auto body = kube::parse_json_object(request.body); body.ok()) out.body = std::move(*body);
    return out;
}
bool is_apply(const netkit::Request &request) {
    const auto type = request.headers.get("Content-Type");
    return type && type->starts_with("application/apply-patch");
}

Finding acts_on_manifest(const Facts &facts, const netkit::Request &request, const Parts &parts) {
    if (parts.path.plural == "configmaps" && parts.path.name == "trino-gateway-routes") {
        const auto yaml = kube::find_string(parts.body, {"data", "routes.yaml"});
        if (facts.tables.contains(Digest::of(yaml))) return std::nullopt;
        return fmt::format("a route table is sent that no durable state has:\n{}", yaml);
    }
    if (facts.manifests.contains(planned_body(request))) return std::nullopt;
    return fmt::format("{} is applied, and no durable plan holds this manifest", request.path());
}

Finding acts_on_resource(const Facts &facts, const Parts &parts) {
    const auto name = parts.path.ns + "/" + parts.path.name;
    if (parts.path.subresource == "status") {
        const auto *status = kube::find_object(parts.body, {"status"});
        if (!status) return std::nullopt;
        for (const auto &[key, value] : *status) {
            if (value.is_null() || value.is_object()) continue;
            if (!facts.statuses.contains({name, std::string(key) + "=" + json::serialize(value)}))
                return fmt::format("status of {} gets {}={}, which no durable state says", name, Text(key),
                                   json::serialize(value));
        }
        return std::nullopt;
    }
    const auto *finalizers = kube::find(parts.body, {"metadata", "finalizers"});
    const bool keeps = finalizers && finalizers->is_array() &&
                       std::find(finalizers->get_array().begin(), finalizers->get_array().end(), json::value(finalizer_name)) !=
                           finalizers->get_array().end();
    if (!finalizers || keeps) return std::nullopt;
    const auto view = facts.durable->runtime({parts.path.ns, parts.path.name});
    if (!view || (view->deleting && !view->want_finalizer)) return std::nullopt;
    return fmt::format("the finalizer of {} is taken off, and the durable state wants it", name);
}

// The durable state asked to look whether it is there, it is, and it belongs to the XTrinode that the state meant.
bool found_and_surplus(const Facts &facts, const Parts &parts, Text uid) {
    const auto kind = ApiServer::registry().find(parts.path.group, parts.path.version, parts.path.plural);
    const auto key = facts.server->store().by_uid(uid);
    const auto object = key ? facts.server->store().get(*key) : nullptr;
    const auto *owners = object ? kube::find(*object, {"metadata", "ownerReferences"}) : nullptr;
    if (!kind || !owners || !owners->is_array()) return false;
    const auto name = kind->kind + "/" + parts.path.ns + "/" + parts.path.name;
    return std::any_of(owners->get_array().begin(), owners->get_array().end(), [&](const json::value &owner) {
        return facts.perhaps_there.contains(name + " of " + std::string(kube::find_string(owner.as_object(), {"uid"})));
    });
}

Finding nothing_acts_before_durable(const Facts &facts, const SentRequest &sent) {
    const auto &request = sent.request;
    const auto parts = parts_of(request);
    if (request.method == "PATCH" && is_apply(request)) return acts_on_manifest(facts, request, parts);
    if (request.method == "PATCH" && parts.path.subresource == "scale") {
        const auto to = kube::find_int(parts.body, {"spec", "replicas"}, -1);
        if (facts.scales.contains({parts.path.ns + "/" + parts.path.name, to})) return std::nullopt;
        return fmt::format("{} is scaled to {}, which no durable state asked for", request.path(), to);
    }
    if (request.method == "PATCH" && parts.path.plural == "xtrinodes") return acts_on_resource(facts, parts);
    if (request.method == "DELETE") {
        const auto uid = kube::find_string(parts.body, {"preconditions", "uid"});
        if (uid.empty() || facts.deletable.contains(std::string(uid))) return std::nullopt; // without: another predicate's
        if (found_and_surplus(facts, parts, uid)) return std::nullopt;
        return fmt::format("{} ({}) is deleted, and no durable state calls it surplus", request.path(), uid);
    }
    return std::nullopt;
}

Finding no_delete_without_uid(const Facts &, const SentRequest &sent) {
    if (sent.request.method != "DELETE") return std::nullopt;
    if (!kube::find_string(parts_of(sent.request).body, {"preconditions", "uid"}).empty()) return std::nullopt;
    return fmt::format("DELETE {} names no uid", sent.request.path());
}

Finding routes_never_go_back(const Facts &facts, const SentRequest &sent) {
    if (!sent.request.path().ends_with("/trino-gateway-routes")) return std::nullopt;
    const auto version = table_version(sent.request);
    if (!version) return std::string("a route table without a version is sent");
    if (*version >= facts.table_sent) return std::nullopt;
    return fmt::format("route table {}.{} is sent after {}.{}", version->first, version->second, facts.table_sent.first,
                       facts.table_sent.second);
}

// ---- of each change in the cluster ----

Finding finalizer_removed_only_after_cleanup(const Facts &facts, const SeenChange &seen) {
    const auto &change = seen.change;
    if (!seen.by_control_plane() || change.key.resource != "analytics.xtrinode.io/xtrinodes" || !change.before)
        return std::nullopt;
    const auto holds = [](const json::object &object) {
        const auto *list = kube::find(object, {"metadata", "finalizers"});
        return list && list->is_array() &&
               std::find(list->get_array().begin(), list->get_array().end(), json::value(finalizer_name)) !=
                   list->get_array().end();
    };
    if (!holds(*change.before) || (change.type != sandbox::ChangeType::deleted && holds(*change.after))) return std::nullopt;
    for (const auto &left : facts.server->store().dependents(kube::find_string(*change.after, {"metadata", "uid"}))) {
        const auto object = facts.server->store().get(left);
        if (!object || !kube::find_string(*object, {"metadata", "deletionTimestamp"}).empty()) continue;
        // Made by a request that came late: nobody can know of it yet, and the garbage collector takes it.
        if (facts.made_late.contains(std::string(kube::find_string(*object, {"metadata", "uid"})))) continue;
        return fmt::format("the finalizer of {}/{} was taken off while {} is there", change.key.ns, change.key.name, left.path());
    }
    return std::nullopt;
}

Finding an_unchanged_spec_never_rolls_a_pod(const Facts &facts, const SeenChange &seen) {
    const auto &change = seen.change;
    if (!seen.by_control_plane() || change.key.resource != "apps/deployments" || !change.before ||
        change.type == sandbox::ChangeType::deleted)
        return std::nullopt;
    const auto *before = kube::find(*change.before, {"spec", "template"});
    const auto *now = kube::find(*change.after, {"spec", "template"});
    if (!before || !now || *before == *now) return std::nullopt;
    const auto allowed = facts.may_roll.find(std::string(kube::find_string(*change.after, {"metadata", "uid"})));
    if (allowed != facts.may_roll.end() && allowed->second > 0) return std::nullopt;
    return fmt::format("{} gets another pod template, and neither spec nor catalogs changed", change.key.path());
}

// Somebody else's object that bears a name of ours: neither written nor deleted. Between the look and the write another object
// may come, for no apply can be told to make only; so what came within the time of a call is not counted, nor what came before a
// request that was late.
Finding what_is_not_ours_is_left_alone(const Facts &facts, const SeenChange &seen) {
    constexpr std::array<Text, 5> made_by_us{"apps/deployments", "/services", "/configmaps", "/serviceaccounts",
                                             "policy/poddisruptionbudgets"};
    const auto &change = seen.change;
    if (!seen.by_control_plane() || !change.before || is_ours(*change.before) ||
        std::find(made_by_us.begin(), made_by_us.end(), change.key.resource) == made_by_us.end() ||
        change.key.name == "trino-gateway-routes")
        return std::nullopt;
    const auto made = facts.made_at.find(std::string(kube::find_string(*change.before, {"metadata", "uid"})));
    if (made == facts.made_at.end() || netkit::TimeSource::monotonic_now() - made->second < std::chrono::seconds(10))
        return std::nullopt;
    return fmt::format("{} is somebody else's, and was {}", change.key.path(),
                       change.type == sandbox::ChangeType::deleted ? "deleted" : "written");
}

// ---- at rest ----

Finding state_equals_replay(const Facts &facts, const AtRest &rest) {
    auto fresh = World::create();
    auto read = facts.log->scan(Stream::control, Seq{1}, [&](const Event &event) {
        fresh->apply(event);
        return true;
    });
    if (!read.ok()) return "the log cannot be read: " + read.error().message;
    const auto live = canonical_json(rest.world.serialize());
    const auto replayed = canonical_json(fresh->serialize());
    if (!live.ok() || !replayed.ok()) return "a state cannot be written";
    if (*live == *replayed) return std::nullopt;
    const auto differ = std::mismatch(live->begin(), live->end(), replayed->begin(), replayed->end()).first - live->begin();
    const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, differ - 60));
    return fmt::format("byte {}: running ...{}... replayed ...{}...", differ, live->substr(from, 160),
                       replayed->substr(from, 160));
}

std::vector<std::pair<RuntimeId, sandbox::ObjectPtr>> resources(const Facts &facts) {
    std::vector<std::pair<RuntimeId, sandbox::ObjectPtr>> out;
    for (const auto &object : facts.objects("analytics.xtrinode.io/xtrinodes", ""))
        out.emplace_back(RuntimeId{std::string(kube::find_string(*object, {"metadata", "namespace"})),
                                   std::string(kube::find_string(*object, {"metadata", "name"}))},
                         object);
    return out;
}

Finding every_runtime_is_known(const Facts &facts, const AtRest &rest) {
    auto known = rest.world.runtimes();
    for (const auto &[id, object] : resources(facts)) {
        if (std::erase(known, id) == 0) return fmt::format("{} exists, and the state does not know it", runtime_text(id));
        const auto view = rest.world.runtime(id);
        if (view->uid != kube::find_string(*object, {"metadata", "uid"}))
            return fmt::format("{} is another object than the state's", runtime_text(id));
        if (view->generation != kube::find_int(*object, {"metadata", "generation"}))
            return fmt::format("{} has generation {}, the state {}", runtime_text(id),
                               kube::find_int(*object, {"metadata", "generation"}), view->generation);
    }
    if (!known.empty()) return fmt::format("{} is in the state, and does not exist", runtime_text(known.front()));
    return std::nullopt;
}

// The first object of the plan in whose place somebody else's stands; those behind it wait for it.
std::optional<ObjectRef> in_the_way(const Facts &facts, const RuntimeView &view) {
    for (const auto &planned : view.desired) {
        const auto kind = ApiServer::registry().find_kind(planned.ref.api_version, planned.ref.kind);
        const auto object =
            kind ? facts.server->store().get(sandbox::key_of(*kind, planned.ref.ns, planned.ref.name)) : sandbox::ObjectPtr();
        if (object && !is_ours(*object)) return planned.ref;
    }
    return std::nullopt;
}

Finding what_is_in_the_way_is_named(const Facts &facts, const AtRest &rest) {
    for (const auto &[id, object] : resources(facts)) {
        const auto view = rest.world.runtime(id);
        const auto other = view && view->apply_allowed ? in_the_way(facts, *view) : std::nullopt;
        if (!other) continue;
        const auto *conditions = kube::find(*object, {"status", "conditions"});
        const bool named = conditions && conditions->is_array() &&
                           std::any_of(conditions->get_array().begin(), conditions->get_array().end(), [&](const json::value &c) {
                               return kube::find_string(c.as_object(), {"message"}).find(other->text()) != Text::npos &&
                                      kube::find_string(c.as_object(), {"reason"}) == "ResourceApplyFailed";
                           });
        if (!named) return fmt::format("{} is in the way of {}, and its status does not say so", other->text(), runtime_text(id));
    }
    return std::nullopt;
}

Finding deletions_end(const Facts &facts, const AtRest &) {
    for (const auto &[id, object] : resources(facts))
        if (!kube::find_string(*object, {"metadata", "deletionTimestamp"}).empty())
            return fmt::format("{} is still being deleted", runtime_text(id));
    return std::nullopt;
}

Finding status_is_right(const Facts &facts, const AtRest &rest) {
    for (const auto &[id, object] : resources(facts)) {
        const auto view = rest.world.runtime(id);
        if (!view || !view->status) continue;
        const auto *status = kube::find_object(*object, {"status"});
        const auto difference = kube::merge_diff(status ? *status : json::object(), *view->status);
        if (!difference.empty()) return fmt::format("status of {} lacks {}", runtime_text(id), json::serialize(difference));
    }
    return std::nullopt;
}

Finding every_valid_runtime_is_where_it_shall_be(const Facts &facts, const AtRest &rest) {
    for (const auto &[id, object] : resources(facts)) {
        const auto shown = rest.world.describe_runtime(id);
        if (shown.contains("invalid") || shown.contains("routeRefused")) continue;
        if (const auto view = rest.world.runtime(id); view && in_the_way(facts, *view)) continue;
        const auto *suspended = kube::find(*object, {"spec", "suspended"});
        const auto wanted = suspended && suspended->is_bool() && suspended->get_bool() ? Text("Suspended") : Text("Ready");
        const auto phase = kube::find_string(*object, {"status", "phase"});
        if (phase != wanted)
            return fmt::format("{} is {}, not {}; it waits for: {} {}", runtime_text(id), phase, wanted,
                               kube::find_string(shown, {"waitingFor"}), kube::find_string(shown, {"because"}));
    }
    return std::nullopt;
}

// Of a spec that breaks rules nothing is taken, nor its wish to be suspended: the newest valid one stands. But whatever calls
// itself Suspended has no pods, valid or not.
Finding a_suspended_runtime_has_no_pods_at_rest(const Facts &facts, const AtRest &rest) {
    for (const auto &[id, object] : resources(facts)) {
        const auto *suspended = kube::find(*object, {"spec", "suspended"});
        const bool wished =
            suspended && suspended->is_bool() && suspended->get_bool() && !rest.world.describe_runtime(id).contains("invalid");
        if (!wished && kube::find_string(*object, {"status", "phase"}) != "Suspended") continue;
        for (const auto &pod : facts.objects("/pods", id.ns))
            if (kube::find_string(*pod, {"metadata", "labels", "app.kubernetes.io/instance"}) == id.name)
                return fmt::format("{} is suspended, and pod {} is there", runtime_text(id),
                                   kube::find_string(*pod, {"metadata", "name"}));
    }
    return std::nullopt;
}

Finding desired_equals_observed(const Facts &facts, const AtRest &rest) {
    for (const auto &[id, resource] : resources(facts)) {
        const auto view = rest.world.runtime(id);
        if (!view || !view->apply_allowed || in_the_way(facts, *view)) continue;
        for (const auto &planned : view->desired) {
            if (optional_kind(planned.ref)) continue;
            const auto kind = ApiServer::registry().find_kind(planned.ref.api_version, planned.ref.kind);
            if (!kind) continue;
            const auto object = facts.server->store().get(sandbox::key_of(*kind, planned.ref.ns, planned.ref.name));
            if (!object) return fmt::format("{} is planned, and does not exist", planned.ref.text());
            const auto blob = facts.log->blob(planned.manifest);
            if (!blob.ok()) return fmt::format("the manifest of {} is not in the log", planned.ref.text());
            auto manifest = kube::parse_json_object(*blob);
            if (!manifest.ok()) return manifest.error().message;
            auto *spec = manifest->if_contains("spec");
            if (planned.ref.kind == "Deployment" && spec && spec->is_object()) spec->get_object().erase("replicas");
            std::string where;
            // Numbers that are no integers are kept as text in the log: look at what is comparable.
            if (!contains(*object, *manifest, where) && where.find("resources") == std::string::npos)
                return fmt::format("{} is not as planned at {}", planned.ref.text(), where);
            if (planned.ref.kind != "Deployment") continue;
            const auto wanted = planned.ref.name.ends_with("-worker") ? view->worker_replicas : view->coordinator_replicas;
            const auto replicas = kube::find_int(*object, {"spec", "replicas"}, 1);
            if (wanted && replicas != *wanted)
                return fmt::format("{} has {} replicas, {} are wanted", planned.ref.text(), replicas, *wanted);
        }
        if (!view->surplus.empty())
            return fmt::format("{} still has {} to delete", runtime_text(id), view->surplus.front().ref.text());
    }
    return std::nullopt;
}

Finding nothing_is_left_behind(const Facts &facts, const AtRest &) {
    std::set<std::pair<std::string, std::string>> alive;
    for (const auto &[id, object] : resources(facts))
        alive.emplace(id.ns, id.name);
    for (const auto &kind : ApiServer::registry().all()) {
        if (kind->custom || kind->plural == "events") continue;
        for (const auto &object : facts.objects(sandbox::storage_of(*kind), "")) {
            if (kube::find_string(*object, {"metadata", "labels", "app.kubernetes.io/managed-by"}) != "xtrinode-operator")
                continue;
            const auto instance = kube::find_string(*object, {"metadata", "labels", "app.kubernetes.io/instance"});
            if (instance.empty() ||
                alive.contains({std::string(kube::find_string(*object, {"metadata", "namespace"})), std::string(instance)}))
                continue;
            return fmt::format("{} {} belongs to a runtime that is gone", kind->kind,
                               kube::find_string(*object, {"metadata", "name"}));
        }
    }
    return std::nullopt;
}

Finding routes_are_consistent(const Facts &facts, const AtRest &rest) {
    const auto wanted = rest.world.routes().to_yaml();
    const auto map = facts.server->store().get({"/configmaps", "xtrinode-gateway", "trino-gateway-routes"});
    if (!map) return std::string("there is no route table");
    if (const auto yaml = kube::find_string(*map, {"data", "routes.yaml"}); yaml != wanted)
        return fmt::format("the route table is\n{}\nand shall be\n{}", yaml, wanted);
    std::set<std::pair<std::string, std::string>> alive;
    for (const auto &[id, object] : resources(facts))
        alive.emplace(id.ns, id.name);
    for (const auto &route : rest.world.routes().routes)
        for (const auto &backend : route.backends)
            if (!alive.contains({backend.ns, backend.name}))
                return fmt::format("{}/{} has a route, and does not exist", backend.ns, backend.name);
    return std::nullopt;
}

constexpr auto events = std::to_array<Predicate<Event>>({
    {"sequence_is_gapless", sequence_is_gapless},
    {"time_never_decreases", time_never_decreases},
    {"epoch_rises", epoch_rises},
    {"decisions_have_causes", decisions_have_causes},
    {"absence_needs_proof", absence_needs_proof},
    {"what_was_seen_was_there", what_was_seen_was_there},
    {"once_actions_happen_once", once_actions_happen_once},
});
constexpr auto requests = std::to_array<Predicate<SentRequest>>({
    {"nothing_acts_before_durable", nothing_acts_before_durable},
    {"no_delete_without_uid", no_delete_without_uid},
    {"routes_never_go_back", routes_never_go_back},
});
constexpr auto changes = std::to_array<Predicate<SeenChange>>({
    {"finalizer_removed_only_after_cleanup", finalizer_removed_only_after_cleanup},
    {"an_unchanged_spec_never_rolls_a_pod", an_unchanged_spec_never_rolls_a_pod},
    {"what_is_not_ours_is_left_alone", what_is_not_ours_is_left_alone},
});
constexpr auto at_rest = std::to_array<Predicate<AtRest>>({
    {"state_equals_replay", state_equals_replay},
    {"every_runtime_is_known", every_runtime_is_known},
    {"deletions_end", deletions_end},
    {"desired_equals_observed", desired_equals_observed},
    {"what_is_in_the_way_is_named", what_is_in_the_way_is_named},
    {"status_is_right", status_is_right},
    {"every_valid_runtime_is_where_it_shall_be", every_valid_runtime_is_where_it_shall_be},
    {"a_suspended_runtime_has_no_pods_at_rest", a_suspended_runtime_has_no_pods_at_rest},
    {"nothing_is_left_behind", nothing_is_left_behind},
    {"routes_are_consistent", routes_are_consistent},
});
constexpr auto whole_run = std::to_array<std::string_view>({
    "converges_after_faults_stop",
    "idle_writes_nothing",
    "acknowledged_is_never_lost",
    "same_seed_same_bytes",
    "no_broken_invariant",
});

} // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> table_version(const netkit::Request &request) {
    const auto parts = parts_of(request);
    const auto version =
        kube::find_string(parts.body, {"metadata", "annotations", std::string(annotation_prefix) + "routes-version"});
    const auto dot = version.find('.');
    if (dot == Text::npos) return std::nullopt;
    const auto number = [](Text text) { return std::uint64_t{std::strtoull(std::string(text).c_str(), nullptr, 10)}; };
    return std::pair(number(version.substr(0, dot)), number(version.substr(dot + 1)));
}

std::span<const Predicate<Event>> event_predicates() {
    return events;
}
std::span<const Predicate<SentRequest>> request_predicates() {
    return requests;
}
std::span<const Predicate<SeenChange>> change_predicates() {
    return changes;
}
std::span<const Predicate<AtRest>> rest_predicates() {
    return at_rest;
}
std::span<const std::string_view> run_predicates() {
    return whole_run;
}

} // namespace xtn::simulation
