#include "projections/runtimes/adoption.hpp"

#include "projections/json_read.hpp"
#include "projections/runtimes/commands.hpp"

#include <algorithm>
#include <string_view>

namespace xtn {

namespace json = boost::json;

namespace {

std::vector<Condition> conditions_of(const json::object &status) {
    std::vector<Condition> all;
    const auto *listed = read::array(status, "conditions");
    if (listed == nullptr) return all;
    for (const auto &value : *listed) {
        const auto *one = value.if_object();
        if (one == nullptr) continue;
        Condition condition{read::text(*one, "type"),
                            read::text(*one, "status"),
                            read::text(*one, "reason"),
                            read::text(*one, "message"),
                            read::time(*one, "lastTransitionTime"),
                            read::integer(*one, "observedGeneration")};
        const bool twice = std::any_of(all.begin(), all.end(), [&](const Condition &c) { return c.type == condition.type; });
        if (!condition.type.empty() && !twice) all.push_back(std::move(condition));
    }
    return all;
}

const Condition *find_condition(const RuntimeState &rt, std::string_view type) {
    const auto at = std::find_if(rt.conditions.begin(), rt.conditions.end(), [&](const Condition &c) { return c.type == type; });
    return at == rt.conditions.end() ? nullptr : &*at;
}

std::string annotation_in(const json::object &payload, const std::string &name) {
    const auto *annotations = read::object(payload, "annotations");
    return annotations == nullptr ? std::string() : read::text(*annotations, name);
}

// Spec 40 §16: the annotations of a deletion under way say how far it came.
void adopt_deletion(RuntimeState &rt, const json::object &payload, Timestamp now) {
    const auto started = Timestamp::parse(annotation_in(payload, annotation::drain_started_at));
    if (!started.ok()) return; // nothing was begun: the deletion is decided upon as usual
    rt.phase_before_deletion = rt.phase;
    rt.phase = Phase::draining;
    rt.drain_started = rt.phase_since = std::min(started.value(), now); // never in the future (spec 40 §16)
    const auto completed = Timestamp::parse(annotation_in(payload, annotation::drain_completed_at));
    if (!completed.ok()) return;
    rt.phase = Phase::cleaning;
    rt.drained_at = completed.value();
    rt.drain_result = annotation_in(payload, annotation::drain_result) == "time_fallback" ? "timeout" : "idle";
    rt.took_queries = false;
}

} // namespace

const json::object *adoptable_status(const json::object &payload) {
    const auto *status = read::object(payload, "status");
    if (status == nullptr) return nullptr;
    const auto phase = phase_from(read::text(*status, "phase"));
    return phase && !is_deleting(*phase) ? status : nullptr; // those two have no name in a status
}

void adopt_runtime(RuntimeState &rt, const Event &event) {
    const auto *status = adoptable_status(event.payload);
    if (status == nullptr) return;
    rt.adopted = true;
    rt.phase = phase_from(read::text(*status, "phase")).value_or(Phase::pending);
    rt.conditions = conditions_of(*status);
    rt.decided_by = event.seq;
    rt.phase_since = event.time;
    rt.coordinator_url = read::text(*status, "coordinatorURL");
    if (const auto *ready = find_condition(rt, "Ready")) {
        if (ready->since.nanos != 0) rt.phase_since = ready->since;
        rt.reason = ready->reason;
        rt.message = ready->message;
    }
    rt.failure_adopted = rt.phase == Phase::failed;
    // Unknown is never zero: until gateways had the time to say otherwise, queries may run wherever a route may have been open.
    rt.took_queries = rt.phase != Phase::suspended;
    const auto observed = read::integer(*status, "observedGeneration");
    if (rt.phase == Phase::suspended) rt.observed_generation = observed;
    if (!rt.spec) rt.spec_generation = observed; // the generation whose objects are in force
    if (const auto applied = adopt_applied(*status)) {
        rt.served_coordinator_hash = applied->coordinator_hash;
        rt.served_worker_hash = applied->worker_hash;
    }
    if (const auto *wake = read::object(*status, "wake")) {
        const WakeWindow window{read::integer(*wake, "minWorkers"), read::time(*wake, "expiresAt")};
        if (window.min_workers > 0 && window.until.nanos != 0) rt.wake = window;
    }
    // A resume whose wake window was not decided yet still has its wish in the annotations (spec 40 §9.3 step 5).
    const bool wishes = !annotation_in(event.payload, annotation::wake_min_workers).empty();
    rt.wake_settled = rt.wake || !(rt.phase == Phase::resuming || (rt.phase == Phase::provisioning && wishes));
    if (rt.deleting) adopt_deletion(rt, event.payload, event.time);
}

std::optional<AppliedPlan> adopt_applied(const json::object &status) {
    AppliedPlan applied;
    applied.revision = read::text(status, "currentRevision");
    if (applied.revision.empty()) return std::nullopt;
    applied.generation = read::integer(status, "observedGeneration");
    applied.coordinator_hash = read::text(status, "coordinatorRolloutHash");
    applied.worker_hash = read::text(status, "workerRolloutHash");
    applied.catalogs = read::texts(status, "observedCatalogs");
    if (const auto *shape = read::object(status, "observedRuntimeShape")) applied.shape = *shape;
    return applied;
}

void finish_adoption(RuntimeState &rt, const ClusterState &cluster) {
    rt.adopted = false;
    if (rt.phase == Phase::suspended && rt.spec && rt.wants_suspended()) rt.observed_generation = rt.generation; // spec 40 §20.5
    if (rt.phase == Phase::draining && rt.drain_until.nanos == 0) rt.drain_until = rt.drain_started.plus(cluster.drain_window());
}

} // namespace xtn
