#include "projections/runtimes/everyday.hpp"

#include "projections/json_read.hpp"
#include "projections/runtimes/scheduling.hpp"

#include <algorithm>
#include <array>

namespace xtn {

namespace {

constexpr std::array<std::string_view, 6> apart_from_routes = {"pod.observed",       "pod.gone",          "deployment.observed",
                                                               "endpoints.observed", "activity.observed", "status.written"};

// Whoever goes to sleep or is deleted waits for pods and queries to end; others do not look at them.
bool waits_for_an_end(Phase phase) {
    return phase == Phase::suspending || is_deleting(phase);
}

bool is_blocked(const RuntimeState &rt, std::string_view uid) {
    const auto pod = rt.pods.find(uid);
    return pod != rt.pods.end() && finds_no_place(pod->second.phase, pod->second.reason);
}

} // namespace

bool changes_no_condition(const RuntimeState &rt, const Event &event) {
    const auto name = event.name();
    if (name == "status.written") return true;
    if (waits_for_an_end(rt.phase)) return false;
    if (name == "activity.observed") return true;
    if (name == "pod.gone") return !is_blocked(rt, read::view_of(event.payload, "uid"));
    if (name == "pod.observed")
        return !is_blocked(rt, read::view_of(event.payload, "uid")) &&
               !finds_no_place(read::view_of(event.payload, "phase"), read::view_of(event.payload, "reason"));
    if (name == "endpoints.observed") return rt.shortcuts.serves_quietly;
    if (name == "deployment.observed")
        return rt.shortcuts.serves_quietly && read::view_of(event.payload, "replica_failure").empty();
    return false;
}

bool changes_no_route(std::string_view event_name) {
    return std::find(apart_from_routes.begin(), apart_from_routes.end(), event_name) != apart_from_routes.end();
}

} // namespace xtn
