// What an answer teaches: whose a query id is, in what state a query is, and what goes into the records.
#include "gateway/net/session.hpp"

#include <boost/json/object.hpp>

namespace xtn::gateway {

void Session::learn_from_answer() {
    if (scanning_) observe_answer();
    if (x_.new_statement) record_routed();
    // Not for a partialCancelUri: that query ends with what it has, and as FINISHED.
    if (x_.head.method == "DELETE" && !x_.query_id.empty() && x_.answer.status == 204 &&
        x_.head.path.find("/partialCancel/") == std::string_view::npos) {
        observe_end(QueryState::canceled, x_.query_id);
    }
}

// Spec 50 §9.2, with the repairs of §26.5: only real query ids of the statement protocol count, and a page without a nextUri is
// the last.
void Session::observe_answer() {
    if (!x_.statement || x_.answer.status != 200 || !is_query_id(scan_.id())) return;
    if (x_.new_statement) {
        x_.learned_id = scan_.id();
        // The coordinator that answered a POST is where the follow-ups belong: news for ids whose suffix nobody has told us.
        const auto suffix = coordinator_suffix(scan_.id());
        if (shared_.directory.learn(suffix, x_.backend->identity) && shared_.records.enabled()) {
            boost::json::object payload;
            payload["backend"] = x_.backend->identity;
            payload["suffix"] = suffix;
            shared_.record_level("coordinator.identified", "runtime/" + x_.backend->identity, std::move(payload));
        }
    }
    auto state = parse_query_state(scan_.query_state());
    // nextUri stands before columns, data and stats: a page that was read as far as it will be and showed none has none.
    const bool last_page = scan_.over() && !scan_.has_next_uri();
    // Rows come before the state; a page of rows with a nextUri belongs to a query that runs.
    if (state == QueryState::unknown && scan_.has_next_uri() && scan_.query_state().empty()) state = QueryState::running;
    if (last_page && !terminal(state)) state = scan_.error_name().empty() ? QueryState::finished : QueryState::failed;
    // FINISHED with a nextUri is not the end: the client still fetches rows (facts of the wire, 9).
    if (state == QueryState::finished && scan_.has_next_uri()) state = QueryState::finishing;
    if (terminal(state)) {
        observe_end(state, scan_.id());
    } else {
        shared_.tracker.observe(scan_.id(), x_.backend->home, state, now());
    }
}

void Session::observe_end(QueryState state, std::string_view id) {
    const auto ended = shared_.tracker.observe(id, x_.backend->home, state, now());
    if (!ended || !shared_.records.enabled()) return;
    boost::json::object payload;
    payload["query_id"] = id;
    payload["runtime"] = ended->home->ns + "/" + ended->home->name;
    payload["backend"] = ended->home->coordinator->url;
    payload["state"] = query_state_name(state);
    if (!scan_.error_name().empty()) payload["error_name"] = scan_.error_name();
    if (!scan_.error_type().empty()) payload["error_type"] = scan_.error_type();
    payload["elapsed_ms"] = ended->elapsed.count();
    shared_.record("query.ended", "runtime/" + ended->home->ns + "/" + ended->home->name, std::move(payload));
}

void Session::record_routed() {
    if (!shared_.records.enabled()) return;
    boost::json::object payload;
    if (!x_.learned_id.empty()) payload["query_id"] = x_.learned_id;
    payload["runtime"] = x_.backend->identity;
    payload["backend"] = x_.backend->backend.coordinator_url;
    payload["routing_group"] = x_.choice.route->route.routing_group;
    payload["method"] = selected_by_name(x_.choice.how);
    const auto user = x_.head.value(Field::trino_user);
    const auto source = x_.head.value(Field::trino_source);
    if (!user.empty()) payload["user"] = std::string(user.substr(0, 128));
    if (!source.empty()) payload["source"] = std::string(source.substr(0, 128));
    payload["status"] = x_.answer.status;
    payload["wait_ms"] = x_.wait.count();
    shared_.record("query.routed", "runtime/" + x_.backend->identity, std::move(payload));
}

} // namespace xtn::gateway
