// The status of an XTrinode, derived as a whole from the state (spec 40 §20, B3).
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/runtimes/runtime_view.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <optional>

namespace xtn {

namespace json = boost::json;

namespace {

// Spec 40 §20.4: ready workers, or those that exist while none is ready.
std::int64_t workers(const RuntimeState &rt) {
    if (rt.phase == Phase::suspended) return 0;
    const auto *worker = rt.deployment("worker");
    if (worker == nullptr) return 0;
    return worker->ready > 0 ? worker->ready : worker->pods;
}

// A deletion has no phase of its own in the contract: the last one stays (docs/lifecycle.md).
Phase shown_phase(const RuntimeState &rt) {
    return is_deleting(rt.phase) ? rt.phase_before_deletion : rt.phase;
}

void put_text(json::object &to, std::string_view name, const std::string &text) {
    if (!text.empty()) to[json::string_view(name.data(), name.size())] = text;
}

json::array conditions_json(const RuntimeState &rt) {
    json::array all;
    for (const auto &condition : rt.conditions) {
        json::object one{{"type", condition.type},
                         {"status", condition.status},
                         {"reason", condition.reason},
                         {"message", condition.message},
                         {"lastTransitionTime", condition.since.rfc3339_seconds()}};
        if (condition.observed_generation != 0) one["observedGeneration"] = condition.observed_generation;
        all.emplace_back(std::move(one));
    }
    return all;
}

} // namespace

std::optional<json::object> status_of(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology) {
    if (rt.phase == Phase::pending) return std::nullopt; // nothing was decided yet
    // The XTrinode is about to vanish: a status written now would only race with that.
    if (rt.phase == Phase::cleaning && topology.objects.empty()) return std::nullopt;
    // Read back, and its plan still being carried out anew: what stands there is what will stand there.
    if (rt.adopted || (topology.unproven && topology.plan)) return std::nullopt;
    json::object status{{"phase", std::string(phase_text(shown_phase(rt)))}};
    put_text(status, "coordinatorURL", rt.spec ? coordinator_url(id, *rt.spec) : rt.coordinator_url);
    if (const auto count = workers(rt); count != 0) status["workers"] = count;
    const auto &applied = topology.applied;
    const auto observed = std::max(applied ? applied->generation : 0, rt.observed_generation);
    if (observed != 0) status["observedGeneration"] = observed;
    if (applied) {
        put_text(status, "currentRevision", applied->revision);
        put_text(status, "coordinatorRolloutHash", applied->coordinator_hash);
        put_text(status, "workerRolloutHash", applied->worker_hash);
        if (!applied->catalogs.empty()) status["observedCatalogs"] = read::strings(applied->catalogs);
    }
    if (rt.phase == Phase::suspended && rt.spec) {
        // Nothing is planned while asleep, but the shape on show follows the spec (spec 40 §20.5).
        if (const auto shape = resolve_shape(id.name, *rt.spec); shape.ok())
            status["observedRuntimeShape"] = shape.value().observed;
    } else if (applied && !applied->shape.empty()) {
        status["observedRuntimeShape"] = applied->shape;
    }
    if (rt.wake)
        status["wake"] = json::object{{"minWorkers", rt.wake->min_workers}, {"expiresAt", rt.wake->until.rfc3339_seconds()}};
    status["conditions"] = conditions_json(rt);
    return status;
}

} // namespace xtn
