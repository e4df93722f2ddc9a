#include "test/sim/broken.hpp"

#include "adapters/sandbox/api/request.hpp"
#include "kubeclient/merge_patch.hpp"
#include "kubeclient/object.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace xtn::simulation {
namespace json = boost::json;
using netkit::Request;
using netkit::Response;

namespace {

constexpr auto table = std::to_array<Promise>({
    {Broken::skip_a_number, "skip_a_number", "sequence_is_gapless", "the log leaves a number out"},
    {Broken::time_goes_back, "time_goes_back", "time_never_decreases", "the log writes an event's time a second too early"},
    {Broken::same_term_again, "same_term_again", "epoch_rises", "a restart leads with the term of before"},
    {Broken::lose_causes, "lose_causes", "decisions_have_causes", "the log forgets why something was decided"},
    {Broken::lose_a_batch, "lose_a_batch", "acknowledged_is_never_lost", "a crash takes what was acknowledged"},
    {Broken::refuse_a_batch, "refuse_a_batch", "no_broken_invariant", "the log refuses a batch"},
    {Broken::publish_before_sync, "publish_before_sync", "nothing_acts_before_durable",
     "what is folded is shown before it is durable"},
    {Broken::skip_in_replay, "skip_in_replay", "state_equals_replay", "a restart forgets to fold the last event"},
    {Broken::delete_without_uid, "delete_without_uid", "no_delete_without_uid", "deletes lose their precondition"},
    {Broken::send_an_old_table, "send_an_old_table", "routes_never_go_back",
     "the first route table is sent again in place of others"},
    {Broken::delete_nothing, "delete_nothing", "finalizer_removed_only_after_cleanup",
     "the server says that it deleted, and did not"},
    {Broken::keep_finalizers, "keep_finalizers", "deletions_end", "the server says that it took a finalizer off, and did not"},
    {Broken::keep_commands, "keep_commands", "once_actions_happen_once",
     "a command stays where it was read, and a restart forgets that it was taken"},
    {Broken::drop_status, "drop_status", "status_is_right", "the server says that it wrote a status, and did not"},
    {Broken::say_nothing, "say_nothing", "what_is_in_the_way_is_named", "no status says what is in the way"},
    {Broken::overlook_others, "overlook_others", "what_is_not_ours_is_left_alone",
     "whoever looks for an object that is not ours is told that there is none"},
    {Broken::stamp_pod_templates, "stamp_pod_templates", "an_unchanged_spec_never_rolls_a_pod",
     "every apply changes the pod template"},
    {Broken::half_a_list, "half_a_list", "absence_needs_proof", "a part of a list is shown as the whole"},
    {Broken::another_uid, "another_uid", "what_was_seen_was_there", "watches show pods under uids that nobody has"},
    {Broken::hide_a_runtime, "hide_a_runtime", "every_runtime_is_known", "one XTrinode is in no list and no watch"},
    {Broken::hide_edits, "hide_edits", "desired_equals_observed", "watches do not show edits of ConfigMaps"},
    {Broken::hide_table_edits, "hide_table_edits", "routes_are_consistent", "watches do not show edits of the route table"},
    {Broken::no_garbage_collector, "no_garbage_collector", "nothing_is_left_behind", "nobody collects what lost its owner"},
    {Broken::pods_never_ready, "pods_never_ready", "every_valid_runtime_is_where_it_shall_be",
     "pods start and never become ready"},
    {Broken::pods_always_crash, "pods_always_crash", "converges_after_faults_stop", "pods crash whenever they started"},
    {Broken::stray_pod, "stray_pod", "a_suspended_runtime_has_no_pods_at_rest",
     "a pod of a suspended runtime stays, and nobody looks"},
    {Broken::endless_edits, "endless_edits", "idle_writes_nothing", "somebody edits a ConfigMap of ours every ten minutes"},
    {Broken::true_randomness, "true_randomness", "same_seed_same_bytes", "two runs of a seed decide by chance"},
});

bool is_collection(const Request &request, std::string_view plural) {
    const auto path = sandbox::ResourcePath::parse(request.path());
    return request.method == "GET" && path.name.empty() && (plural.empty() || path.plural == plural);
}
std::string plural_of(const Request &request) {
    return sandbox::ResourcePath::parse(request.path()).plural;
}
std::string subresource_of(const Request &request) {
    return sandbox::ResourcePath::parse(request.path()).subresource;
}

json::object object_of(const std::string &body) {
    auto parsed = kube::parse_json_object(body);
    return parsed.ok() ? std::move(*parsed) : json::object();
}

// The object as it would be, and it is not.
Response pretend(const Request &request, const Saboteur::Server &server, const json::object &patch) {
    Request get;
    get.method = "GET";
    get.target = request.target.substr(0, request.target.find('?'));
    if (get.target.ends_with("/status")) get.target.resize(get.target.size() - 7);
    get.headers = request.headers;
    auto answer = server(get);
    if (answer.status != 200) return answer;
    auto object = object_of(answer.body);
    kube::merge_apply(object, patch);
    answer.body = kube::to_json_text(object);
    return answer;
}

template <class Drop> void drop_items(Response &response, Drop drop) {
    if (response.status != 200) return;
    auto list = object_of(response.body);
    auto *items = list.if_contains("items");
    if (!items || !items->is_array()) return;
    json::array kept;
    for (auto &item : items->get_array())
        if (!drop(item.as_object(), items->get_array().size(), kept.size())) kept.push_back(std::move(item));
    *items = std::move(kept);
    response.body = kube::to_json_text(list);
}

} // namespace

std::span<const Promise> promises() {
    return table;
}

std::optional<Broken> broken_named(std::string_view name) {
    if (name == "nothing") return Broken::nothing;
    const auto found = std::find_if(table.begin(), table.end(), [&](const Promise &promise) { return promise.name == name; });
    if (found == table.end()) return std::nullopt;
    return found->broken;
}

void Saboteur::sent(Request &request) {
    if (broken_ == Broken::delete_without_uid && request.method == "DELETE") request.body = "{}";
    if (broken_ == Broken::send_an_old_table && request.method == "PATCH" && request.path().ends_with("/trino-gateway-routes")) {
        if (old_table_.empty()) old_table_ = request.body;
        if (++stamps_ > 2) request.body = old_table_;
    }
}

Response Saboteur::carry_out(const Request &request, const Server &server) {
    const bool writes_runtime = request.method == "PATCH" && plural_of(request) == "xtrinodes";
    switch (broken_) {
    case Broken::delete_nothing:
        if (request.method != "DELETE") break;
        {
            Response done;
            done.body = R"({"kind":"Status","apiVersion":"v1","status":"Success"})";
            return done;
        }
    case Broken::keep_finalizers: {
        const auto patch = object_of(request.body);
        const auto *finalizers = kube::find(patch, {"metadata", "finalizers"});
        if (writes_runtime && finalizers && finalizers->is_array() && finalizers->get_array().empty())
            return pretend(request, server, patch);
        break;
    }
    case Broken::drop_status:
    case Broken::say_nothing:
        if (writes_runtime && subresource_of(request) == "status") return pretend(request, server, object_of(request.body));
        break;
    case Broken::overlook_others: {
        auto answer = server(request);
        const auto path = sandbox::ResourcePath::parse(request.path());
        const bool look = request.method == "GET" && path.name.starts_with("trino-r") && path.subresource.empty();
        if (look && !kube::find(object_of(answer.body), {"metadata", "ownerReferences"})) answer.status = 404;
        return answer;
    }
    case Broken::keep_commands: {
        if (!writes_runtime || !kube::find(object_of(request.body), {"metadata", "annotations"})) break;
        auto without = request;
        auto patch = object_of(request.body);
        patch["metadata"].as_object().erase("annotations");
        without.body = kube::to_json_text(patch);
        return server(without);
    }
    case Broken::stamp_pod_templates: {
        if (request.method != "PATCH" || plural_of(request) != "deployments" || !subresource_of(request).empty()) break;
        auto stamped = request;
        auto body = object_of(request.body);
        kube::merge_apply(
            body,
            {{"spec", {{"template", {{"metadata", {{"annotations", {{"stamp.example/number", std::to_string(++stamps_)}}}}}}}}}});
        stamped.body = kube::to_json_text(body);
        return server(stamped);
    }
    case Broken::half_a_list: {
        auto response = server(request);
        if (is_collection(request, {}))
            drop_items(response, [](const json::object &, std::size_t all, std::size_t kept) { return kept + 1 == all; });
        return response;
    }
    case Broken::hide_a_runtime: {
        auto response = server(request);
        if (is_collection(request, "xtrinodes"))
            drop_items(response, [](const json::object &item, std::size_t, std::size_t) {
                return kube::find_string(item, {"metadata", "name"}) == "r0";
            });
        return response;
    }
    default:
        break;
    }
    return server(request);
}

bool Saboteur::hides(const sandbox::StoredChange &change) const {
    const bool edit = change.type == sandbox::ChangeType::modified && change.key.resource == "/configmaps";
    if (broken_ == Broken::hide_edits) return edit && change.key.name != "trino-gateway-routes";
    if (broken_ == Broken::hide_table_edits) return edit && change.key.name == "trino-gateway-routes";
    return broken_ == Broken::hide_a_runtime && change.key.resource == "analytics.xtrinode.io/xtrinodes" &&
           change.key.name == "r0";
}

void Saboteur::shown(json::object &object) const {
    if (broken_ == Broken::another_uid && kube::find_string(object, {"kind"}) == "Pod")
        object["metadata"].as_object()["uid"] = "00000000-0000-4000-9000-000000000000";
}

} // namespace xtn::simulation
