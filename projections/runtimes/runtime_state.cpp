#include "projections/runtimes/runtime_state.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace xtn {

namespace json = boost::json;

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 9> phase_names = {"Pending",  "Reconciling", "Ready",    "Suspending", "Suspended",
                                                         "Resuming", "Error",       "Draining", "Deleting"};

json::object deployment_json(const DeploymentSeen &d) {
    json::object out{
        {"name", d.name},
        {"uid", d.uid},
        {"generation", d.generation},
        {"observedGeneration", d.observed_generation},
        {"replicas", d.replicas},
        {"updated", d.updated},
        {"ready", d.ready},
        {"available", d.available},
        {"pods", d.pods},
        {"progressing", d.progressing},
        {"replicaFailure", d.replica_failure},
        {"writtenGeneration", d.written_generation},
    };
    if (d.asked_replicas) out["askedReplicas"] = *d.asked_replicas;
    return out;
}

json::object pod_json(const PodSeen &pod) {
    return {
        {"name", pod.name},     {"component", pod.component}, {"phase", pod.phase},       {"ready", pod.ready},
        {"reason", pod.reason}, {"message", pod.message},     {"restarts", pod.restarts}, {"terminating", pod.terminating},
    };
}

void put_observed(json::object &out, const Observed &rt) {
    json::object deployments;
    for (const auto &[component, deployment] : rt.deployments)
        deployments[component] = deployment_json(deployment);
    out["deployments"] = std::move(deployments);
    json::object pods;
    for (const auto &[uid, pod] : rt.pods)
        pods[uid] = pod_json(pod);
    out["pods"] = std::move(pods);
    json::object endpoints;
    for (const auto &[service, ready] : rt.endpoints)
        endpoints[service] = ready;
    out["endpoints"] = std::move(endpoints);
}

void put_busy(json::object &out, const RuntimeState &rt) {
    json::object busy;
    for (const auto &[gateway, counts] : rt.busy)
        busy[gateway] = json::object{{"running", counts.running}, {"queued", counts.queued}};
    out["busy"] = std::move(busy);
}

void put_decisions(json::object &out, const RuntimeState &rt) {
    out["phase"] = std::string(phase_text(rt.phase));
    out["phaseBeforeDeletion"] = std::string(phase_text(rt.phase_before_deletion));
    out["phaseSince"] = read::stamp(rt.phase_since);
    out["reason"] = rt.reason;
    out["message"] = rt.message;
    out["decidedBy"] = rt.decided_by.value;
    out["quiet"] = rt.quiet;
    out["openSince"] = read::stamp(rt.open_since);
    out["tookQueries"] = rt.took_queries;
    out["drainStarted"] = read::stamp(rt.drain_started);
    out["drainUntil"] = read::stamp(rt.drain_until);
    out["drainedAt"] = read::stamp(rt.drained_at);
    out["drainResult"] = rt.drain_result;
    if (rt.command)
        out["command"] = json::object{{"command", rt.command->command},
                                      {"suspended", rt.command->suspended},
                                      {"clear", read::strings(rt.command->clear)},
                                      {"decided", rt.command->decided.value}};
    out["commandKey"] = rt.command_key;
    out["commandRefusal"] = rt.command_refusal;
    if (rt.wake) out["wake"] = json::object{{"minWorkers", rt.wake->min_workers}, {"until", read::stamp(rt.wake->until)}};
    if (rt.wake_asked.min_workers) out["wakeAskedWorkers"] = *rt.wake_asked.min_workers;
    if (rt.wake_asked.ttl_ms) out["wakeAskedTtlMs"] = *rt.wake_asked.ttl_ms;
    out["wakeSettled"] = rt.wake_settled;
    out["servedHashes"] = json::object{{"coordinator", rt.served_coordinator_hash}, {"worker", rt.served_worker_hash}};
    out["observedGeneration"] = rt.observed_generation;
    out["adopted"] = rt.adopted;
    out["failureAdopted"] = rt.failure_adopted;
    out["coordinatorURL"] = rt.coordinator_url;
}

} // namespace

json::object Observed::to_json() const {
    json::object out;
    put_observed(out, *this);
    return out;
}

std::string_view phase_text(Phase phase) {
    return phase_names.at(static_cast<std::size_t>(phase));
}

std::optional<Phase> phase_from(std::string_view text) {
    for (std::size_t i = 0; i < phase_names.size(); ++i)
        if (phase_names[i] == text) return static_cast<Phase>(i);
    return std::nullopt;
}

bool RuntimeState::wants_suspended() const {
    // Of a spec that was never known only the phase tells what its owner wanted last.
    return spec ? spec_suspended(*spec) : phase == Phase::suspended || phase == Phase::suspending;
}

const DeploymentSeen *RuntimeState::deployment(const std::string &component) const {
    const auto found = deployments.find(component);
    return found == deployments.end() ? nullptr : &found->second;
}

json::object RuntimeState::to_json() const {
    json::object out{
        {"uid", uid},
        {"resourceVersion", resource_version},
        {"created", read::stamp(created)},
        {"generation", generation},
        {"hasFinalizer", has_finalizer},
        {"deleting", deleting},
        {"specGeneration", spec_generation},
        {"invalid", invalid},
        {"statusDigest", status_digest},
    };
    if (spec) out["spec"] = *spec;
    json::object own;
    for (const auto &[name, value] : annotations)
        own[name] = value;
    out["annotations"] = std::move(own);
    put_decisions(out, *this);
    put_observed(out, *this);
    put_busy(out, *this);
    json::array all;
    for (const auto &condition : conditions)
        all.emplace_back(json::object{{"type", condition.type},
                                      {"status", condition.status},
                                      {"reason", condition.reason},
                                      {"message", condition.message},
                                      {"since", read::stamp(condition.since)},
                                      {"observedGeneration", condition.observed_generation}});
    out["conditions"] = std::move(all);
    return out;
}

} // namespace xtn
