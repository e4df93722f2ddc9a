#include "projections/runtimes/runtime_state.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/state_fields.hpp"

#include <algorithm>
#include <array>

namespace xtn {

namespace json = boost::json;

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 9> phase_names = {"Pending",  "Reconciling", "Ready",    "Suspending", "Suspended",
                                                         "Resuming", "Error",       "Draining", "Deleting"};

} // namespace

std::string_view phase_text(Phase phase) {
    return phase_names.at(static_cast<std::size_t>(phase));
}

std::optional<Phase> phase_from(std::string_view text) {
    for (std::size_t i = 0; i < phase_names.size(); ++i)
        if (phase_names[i] == text) return static_cast<Phase>(i);
    return std::nullopt;
}

std::size_t RuntimeState::everyday_bytes() {
    static const auto bytes = [] {
        const RuntimeState one;
        const auto *begin = reinterpret_cast<const char *>(&one);
        return static_cast<std::size_t>(reinterpret_cast<const char *>(&one.status_digest + 1) - begin);
    }();
    return bytes;
}

bool RuntimeState::wants_suspended() const {
    // Of a spec that was never known only the phase tells what its owner wanted last.
    return spec ? spec_suspended(*spec) : phase == Phase::suspended || phase == Phase::suspending;
}

const DeploymentSeen *RuntimeState::deployment(const std::string &component) const {
    const auto found = deployments.find(component);
    return found == deployments.end() ? nullptr : &found->second;
}

// ---- as state shows them

json::value state_value(Phase phase) {
    const auto text = phase_text(phase);
    return json::string(text.data(), text.size());
}
bool read_state_value(const json::value &from, Phase &phase) {
    const auto found = phase_from(read::view(from));
    if (found) phase = *found;
    return found.has_value();
}

template <class Archive, state::Either<DeploymentSeen> Self> void state_fields(Archive &archive, Self &d) {
    archive("name", d.name);
    archive("uid", d.uid);
    archive("generation", d.generation);
    archive("observedGeneration", d.observed_generation);
    archive("replicas", d.replicas);
    archive("updated", d.updated);
    archive("ready", d.ready);
    archive("available", d.available);
    archive("pods", d.pods);
    archive("progressing", d.progressing);
    archive("replicaFailure", d.replica_failure);
    archive("writtenGeneration", d.written_generation);
    archive("askedReplicas", d.asked_replicas);
}

template <class Archive, state::Either<PodSeen> Self> void state_fields(Archive &archive, Self &pod) {
    archive("name", pod.name);
    archive("component", pod.component);
    archive("phase", pod.phase);
    archive("ready", pod.ready);
    archive("reason", pod.reason);
    archive("message", pod.message);
    archive("restarts", pod.restarts);
    archive("terminating", pod.terminating);
}

template <class Archive, state::Either<Busy> Self> void state_fields(Archive &archive, Self &busy) {
    archive("running", busy.running);
    archive("queued", busy.queued);
}

template <class Archive, state::Either<PendingCommand> Self> void state_fields(Archive &archive, Self &command) {
    archive("command", command.command);
    archive("suspended", command.suspended);
    archive("clear", command.clear);
    archive("decided", command.decided);
}

template <class Archive, state::Either<WakeWindow> Self> void state_fields(Archive &archive, Self &wake) {
    archive("minWorkers", wake.min_workers);
    archive("until", wake.until);
}

template <class Archive, state::Either<Condition> Self> void state_fields(Archive &archive, Self &condition) {
    archive("type", condition.type);
    archive("status", condition.status);
    archive("reason", condition.reason);
    archive("message", condition.message);
    archive("since", condition.since);
    archive("observedGeneration", condition.observed_generation);
}

template <class Archive, class Self> void observed_fields(Archive &archive, Self &seen) {
    archive("deployments", seen.deployments);
    archive("pods", seen.pods);
    archive("endpoints", seen.endpoints);
}

template <class Archive, state::Either<Observed> Self> void state_fields(Archive &archive, Self &seen) {
    observed_fields(archive, seen);
}

template <class Archive, state::Either<RuntimeState> Self> void state_fields(Archive &archive, Self &rt) {
    archive("uid", rt.uid);
    archive("resourceVersion", rt.resource_version);
    archive("created", rt.created);
    archive("generation", rt.generation);
    archive("hasFinalizer", rt.has_finalizer);
    archive("deleting", rt.deleting);
    archive("specGeneration", rt.spec_generation);
    archive("invalid", rt.invalid);
    archive("statusDigest", rt.status_digest);
    archive("spec", rt.spec);
    archive("annotations", rt.annotations);

    archive("phase", rt.phase);
    archive("phaseBeforeDeletion", rt.phase_before_deletion);
    archive("phaseSince", rt.phase_since);
    archive("reason", rt.reason);
    archive("message", rt.message);
    archive("decidedBy", rt.decided_by);
    archive("quiet", rt.quiet);
    archive("openSince", rt.open_since);
    archive("tookQueries", rt.took_queries);
    archive("drainStarted", rt.drain_started);
    archive("drainUntil", rt.drain_until);
    archive("drainedAt", rt.drained_at);
    archive("drainResult", rt.drain_result);
    archive("command", rt.command);
    archive("commandKey", rt.command_key);
    archive("commandRefusal", rt.command_refusal);
    archive("wake", rt.wake);
    archive("wakeAskedWorkers", rt.wake_asked.min_workers);
    archive("wakeAskedTtlMs", rt.wake_asked.ttl_ms);
    archive("wakeSettled", rt.wake_settled);
    archive.group("servedHashes", [&](auto &hashes) {
        hashes("coordinator", rt.served_coordinator_hash);
        hashes("worker", rt.served_worker_hash);
    });
    archive("observedGeneration", rt.observed_generation);
    archive("adopted", rt.adopted);
    archive("failureAdopted", rt.failure_adopted);
    archive("coordinatorURL", rt.coordinator_url);

    observed_fields(archive, rt);
    archive("busy", rt.busy);
    archive("conditions", rt.conditions);
}

json::object Observed::to_json() const {
    return state::to_object(*this);
}

json::object RuntimeState::to_json() const {
    return state::to_object(*this);
}

json::object to_json(const std::map<RuntimeId, Observed> &unowned) {
    return state::to_object_of(unowned);
}

Status restore(const json::value &from, std::map<RuntimeId, Observed> &unowned) {
    return state::from_value(from, unowned);
}

json::object to_json(const std::pmr::map<RuntimeId, RuntimeState> &states) {
    return state::to_object_of(states);
}

Status restore(const json::value &from, std::pmr::map<RuntimeId, RuntimeState> &states) {
    return state::from_value(from, states);
}

} // namespace xtn
