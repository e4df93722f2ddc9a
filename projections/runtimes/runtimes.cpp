#include "projections/runtimes/runtimes.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/runtimes/adoption.hpp"
#include "projections/runtimes/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace xtn {

namespace json = boost::json;

namespace {

// Gateways name themselves; more than this many busy ones of one runtime are not told apart.
constexpr std::size_t max_busy_gateways = 256;

using Fold = void (*)(RuntimeState &, const Event &);
using ObservedFold = void (*)(Observed &, const Event &);

// ---- the custom resource

void fold_resource(RuntimeState &rt, const Event &e) {
    const auto &p = e.payload;
    rt.uid = read::text(p, "uid");
    rt.resource_version = read::text(p, "resource_version");
    rt.generation = read::integer(p, "generation");
    const auto finalizers = read::texts(p, "finalizers");
    rt.has_finalizer = std::find(finalizers.begin(), finalizers.end(), finalizer_name) != finalizers.end();
    rt.deleting = rt.deleting || !read::text(p, "deletion_timestamp").empty();
    if (rt.created.nanos == 0) rt.created = read::time(p, "creation_timestamp");
}

void fold_spec(RuntimeState &rt, const Event &e) {
    fold_resource(rt, e);
    if (rt.spec_generation != rt.generation) rt.failure_adopted = false; // another spec, another chance
    if (const auto *spec = read::object(e.payload, "spec"))
        rt.spec.emplace(*spec, json::storage_ptr()); // the event's own memory may be lent
    rt.spec_generation = rt.generation;
    rt.invalid.clear();
    rt.annotations.clear();
    if (const auto *annotations = read::object(e.payload, "annotations"))
        for (const auto &member : *annotations)
            if (member.value().is_string()) rt.annotations[std::string(member.key())] = std::string(read::view(member.value()));
    if (rt.phase == Phase::suspended && rt.wants_suspended()) rt.observed_generation = rt.generation; // spec 40 §20.5
    if (rt.command && command_was_written(*rt.command, rt)) rt.command.reset();
    forget_what_went(rt);
}

void fold_rejected(RuntimeState &rt, const Event &e) {
    fold_resource(rt, e);
    rt.invalid.clear();
    if (const auto *errors = read::array(e.payload, "errors"))
        for (const auto &value : *errors) {
            const auto *error = value.if_object();
            if (error == nullptr) continue;
            if (!rt.invalid.empty()) rt.invalid += "; ";
            rt.invalid += read::text(*error, "field") + ": " + read::text(*error, "message");
        }
    if (rt.invalid.empty()) rt.invalid = "the spec breaks a rule";
}

void fold_finalizer_added(RuntimeState &rt, const Event &e) {
    if (rt.uid == read::text(e.payload, "uid")) rt.has_finalizer = true;
}
void fold_finalizer_removed(RuntimeState &rt, const Event &e) {
    if (rt.uid == read::text(e.payload, "uid")) rt.has_finalizer = false;
}
void fold_status_written(RuntimeState &rt, const Event &e) {
    if (rt.uid == read::view_of(e.payload, "uid")) rt.status_digest = read::view_of(e.payload, "digest");
}

// ---- observations

// Nearly always it is what it was.
template <class Text> void set(Text &to, std::string_view text) {
    if (to != text) to = text;
}

void fold_deployment(Observed &rt, const Event &e) {
    if (read::boolean(e.payload, "stale")) return; // older than our own last write: says nothing about now
    read::Walk p(e.payload);
    const auto available = p.integer("available_replicas");
    const auto component = p.text("component");
    if (component != "coordinator" && component != "worker") return;
    auto &d = rt.deployments[component];
    if (const auto uid = read::view_of(e.payload, "uid"); d.uid != uid) {
        d = DeploymentSeen{};
        d.uid = uid;
    }
    d.available = available;
    d.generation = p.integer("generation");
    set(d.name, p.text("name"));
    d.observed_generation = p.integer("observed_generation");
    const auto pods = p.member("pods");
    set(d.progressing, p.text("progressing"));
    d.ready = p.integer("ready_replicas");
    set(d.replica_failure, p.text("replica_failure"));
    d.replicas = p.integer("replicas");
    d.updated = p.integer("updated_replicas");
    d.pods = pods != nullptr && pods->is_int64() ? pods->get_int64() : d.ready;
    // Seen with what was asked for, or changed again since: nothing of ours is outstanding any more.
    d.asked_replicas.reset();
}

void fold_pod(Observed &rt, const Event &e) {
    const auto uid = read::view_of(e.payload, "uid");
    if (uid.empty()) return;
    auto &pod = rt.pods[uid];
    read::Walk p(e.payload);
    set(pod.component, p.text("component"));
    pod.terminating = !p.text("deletion_timestamp").empty();
    set(pod.message, p.text("message"));
    set(pod.name, p.text("name"));
    set(pod.phase, p.text("phase"));
    pod.ready = p.boolean("ready");
    set(pod.reason, p.text("reason"));
    pod.restarts = p.integer("restarts");
}

void fold_pod_gone(Observed &rt, const Event &e) {
    rt.pods.erase(read::text(e.payload, "uid"));
}

void fold_endpoints(Observed &rt, const Event &e) {
    rt.endpoints[read::view_of(e.payload, "service")] = read::integer(e.payload, "ready");
}

void fold_activity(RuntimeState &rt, const Event &e) {
    const auto gateway = read::view_of(e.payload, "gateway");
    const Busy busy{std::max<std::int64_t>(0, read::integer(e.payload, "running")),
                    std::max<std::int64_t>(0, read::integer(e.payload, "queued"))};
    const auto known = rt.busy.find(gateway);
    if (busy.running == 0 && busy.queued == 0) {
        if (known != rt.busy.end()) rt.busy.erase(known);
    } else if (known != rt.busy.end()) {
        known->second = busy;
    } else if (rt.busy.size() < max_busy_gateways) {
        rt.busy[gateway] = busy;
    }
}

// ---- outcomes of our own writes

DeploymentSeen *deployment_named(RuntimeState &rt, const Event &e) {
    if (read::text(e.payload, "kind") != "Deployment") return nullptr;
    const auto name = read::text(e.payload, "name");
    for (auto &[component, deployment] : rt.deployments)
        if (deployment.name == name) return &deployment;
    return nullptr;
}

void fold_object_applied(RuntimeState &rt, const Event &e) {
    auto *deployment = deployment_named(rt, e);
    if (deployment == nullptr || deployment->uid != read::text(e.payload, "uid")) return;
    deployment->written_generation = std::max(deployment->written_generation, read::integer(e.payload, "generation"));
}

void fold_object_scaled(RuntimeState &rt, const Event &e) {
    auto *deployment = deployment_named(rt, e);
    if (deployment == nullptr) return;
    const auto asked = read::integer(e.payload, "to");
    // The watch may have been faster than the outcome. But as long as an earlier write was not seen, what is known is older than
    // both, even if it looks like what is asked for now: 0, asked 1, asked 0 again.
    if (deployment->replicas != asked || deployment->asked_replicas) deployment->asked_replicas = asked;
}

void fold_object_gone(Observed &rt, const Event &e) {
    if (read::text(e.payload, "kind") != "Deployment") return;
    const auto uid = read::text(e.payload, "uid");
    erase_if(rt.deployments, [&](const auto &entry) { return entry.second.uid == uid; });
}

// ---- decisions

void enter(RuntimeState &rt, const Event &e, Phase phase) {
    if (rt.phase == phase) {
        // The same decision twice: since when must not move.
        rt.decided_by = e.seq;
        return;
    }
    rt.adopted = rt.failure_adopted = false; // decided upon by a log of its own
    if (is_deleting(phase) && !is_deleting(rt.phase)) rt.phase_before_deletion = rt.phase;
    rt.phase = phase;
    rt.phase_since = e.time;
    rt.reason = read::text(e.payload, "reason");
    rt.message = read::text(e.payload, "message");
    rt.decided_by = e.seq;
    rt.quiet = false;
}

void fold_provisioning(RuntimeState &rt, const Event &e) {
    enter(rt, e, Phase::provisioning);
}
void fold_ready(RuntimeState &rt, const Event &e) {
    enter(rt, e, Phase::ready);
    if (!rt.took_queries) rt.open_since = e.time;
    rt.took_queries = true;
    rt.wake_settled = true; // a resume that asked for no worker to stay has ended
    rt.wake_asked = {};
}
void fold_failed(RuntimeState &rt, const Event &e) {
    enter(rt, e, Phase::failed);
}
void fold_suspending(RuntimeState &rt, const Event &e) {
    enter(rt, e, Phase::suspending);
    rt.wake.reset(); // spec 40 §8.2
    rt.wake_settled = true;
}
void fold_suspended(RuntimeState &rt, const Event &e) {
    enter(rt, e, Phase::suspended);
    rt.observed_generation = rt.generation;
}
void fold_resuming(RuntimeState &rt, const Event &e) {
    enter(rt, e, Phase::resuming);
    rt.wake_settled = false;
}
void fold_draining(RuntimeState &rt, const Event &e) {
    if (rt.phase != Phase::draining) rt.drain_started = e.time;
    enter(rt, e, Phase::draining);
    rt.drain_until = read::time(e.payload, "drain_until");
    rt.command.reset();
}
void fold_drained(RuntimeState &rt, const Event &e) {
    rt.decided_by = e.seq;
    rt.took_queries = false;
    if (rt.phase == Phase::draining) {
        rt.drain_result = read::text(e.payload, "result");
        rt.drained_at = e.time;
        enter(rt, e, Phase::cleaning);
    } else if (rt.phase == Phase::suspending) {
        rt.quiet = true;
    }
}

void fold_command_accepted(RuntimeState &rt, const Event &e) {
    rt.decided_by = e.seq;
    note_accepted(rt);
    PendingCommand command;
    command.command = read::text(e.payload, "command");
    command.suspended = read::boolean(e.payload, "suspended");
    command.clear = read::texts(e.payload, "clear");
    command.decided = e.seq;
    rt.command.reset();
    if (!command.suspended) {
        const auto number = [&](std::string_view name) -> std::optional<std::int64_t> {
            const auto *value = read::member(e.payload, name);
            return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
        };
        rt.wake_asked = {number("wake_min_workers"), number("wake_ttl_ms")};
        rt.wake_settled = false;
    }
    if (!command_was_written(command, rt)) rt.command = std::move(command);
}
void fold_command_rejected(RuntimeState &rt, const Event &e) {
    note_rejected(rt, read::text(e.payload, "message"));
}

void fold_wake_started(RuntimeState &rt, const Event &e) {
    rt.decided_by = e.seq;
    rt.wake_settled = true;
    rt.wake_asked = {};
    const auto floor = read::integer(e.payload, "min_workers");
    rt.wake.reset();
    if (floor > 0) rt.wake = WakeWindow{floor, read::time(e.payload, "until")};
}
void fold_wake_ended(RuntimeState &rt, const Event &e) {
    rt.decided_by = e.seq;
    rt.wake_settled = true;
    rt.wake_asked = {};
    rt.wake.reset();
}

void fold_topology_decision(RuntimeState &rt, const Event &e) {
    rt.decided_by = e.seq;
}

const std::unordered_map<std::string_view, ObservedFold> observed_folds = {
    {"deployment.observed", fold_deployment}, {"pod.observed", fold_pod},        {"pod.gone", fold_pod_gone},
    {"endpoints.observed", fold_endpoints},   {"object.gone", fold_object_gone}, {"object.deleted", fold_object_gone},
};

const std::unordered_map<std::string_view, Fold> folds = {
    {"runtime.spec.applied", fold_spec},
    {"runtime.spec.rejected", fold_rejected},
    {"finalizer.added", fold_finalizer_added},
    {"finalizer.removed", fold_finalizer_removed},
    {"status.written", fold_status_written},
    {"activity.observed", fold_activity},
    {"object.applied", fold_object_applied},
    {"object.scaled", fold_object_scaled},
    {"runtime.provisioning", fold_provisioning},
    {"runtime.unready", fold_provisioning},
    {"runtime.ready", fold_ready},
    {"runtime.failed", fold_failed},
    {"runtime.suspending", fold_suspending},
    {"runtime.suspended", fold_suspended},
    {"runtime.resuming", fold_resuming},
    {"runtime.draining", fold_draining},
    {"runtime.drained", fold_drained},
    {"runtime.command.accepted", fold_command_accepted},
    {"runtime.command.rejected", fold_command_rejected},
    {"runtime.wake.started", fold_wake_started},
    {"runtime.wake.ended", fold_wake_ended},
    {"topology.planned", fold_topology_decision},
    {"topology.rejected", fold_topology_decision},
    {"route.published", fold_topology_decision},
};

} // namespace

void Runtimes::apply(const Event &event, const HashedId &hashed, RuntimeState *found) {
    const RuntimeId &id = hashed.id;
    const auto name = event.name();
    if (name == "runtime.spec.deleted") {
        if (found != nullptr && found->uid == read::text(event.payload, "uid")) end(id, *found);
        return;
    }
    if (name == "runtime.spec.applied" || name == "runtime.spec.rejected") {
        // A recreated XTrinode begins a new life.
        if (found != nullptr && found->uid != read::text(event.payload, "uid")) {
            end(id, *found);
            found = nullptr;
        }
        if (found == nullptr) return begin(id, event);
    }
    if (const auto fold = observed_folds.find(name); fold != observed_folds.end()) {
        if (found == nullptr) return observe_unowned(id, event);
        return fold->second(*found, event);
    }
    if (const auto fold = folds.find(name); fold != folds.end() && found != nullptr) fold->second(*found, event);
}

void Runtimes::begin(const RuntimeId &id, const Event &event) {
    auto &rt = states_[id];
    if (auto waiting = unowned_.extract(id)) static_cast<Observed &>(rt) = std::move(waiting.mapped());
    rt.phase_since = event.time;
    folds.at(event.name())(rt, event);
    adopt_runtime(rt, event);
    if (rt.adopted) adopting_.insert(id);
}

void Runtimes::end(const RuntimeId &id, RuntimeState &rt) {
    // What runs may outlive it, and belong to the next XTrinode of that name.
    Observed seen = std::move(static_cast<Observed &>(rt));
    states_.erase(id);
    erase_if(seen.endpoints, [](const auto &service) { return service.second == 0; });
    if (!seen.empty()) unowned_[id] = std::move(seen);
}

void Runtimes::observe_unowned(const RuntimeId &id, const Event &event) {
    auto &seen = unowned_[id];
    observed_folds.at(event.name())(seen, event);
    erase_if(seen.endpoints, [](const auto &service) { return service.second == 0; });
    if (seen.empty()) unowned_.erase(id);
}

std::vector<RuntimeId> Runtimes::finish_adoptions(const ClusterState &cluster) {
    std::vector<RuntimeId> finished;
    for (const auto &id : adopting_) {
        auto *rt = find(id);
        if (rt == nullptr || !rt->adopted) continue;
        finish_adoption(*rt, cluster);
        finished.push_back(id);
    }
    adopting_.clear();
    return finished;
}

json::object Runtimes::to_json() const {
    return xtn::to_json(states_.all());
}

json::object Runtimes::unowned_json() const {
    return xtn::to_json(unowned_);
}

Status Runtimes::restore(const json::value &from) {
    ById<RuntimeState>::Map states;
    if (auto read = xtn::restore(from, states); !read) return read;
    states_.assign(std::move(states));
    adopting_.clear();
    for (const auto &[id, rt] : states_.all())
        if (rt.adopted) adopting_.insert(id);
    return ok();
}

Status Runtimes::restore_unowned(const json::value &from) {
    return xtn::restore(from, unowned_);
}

} // namespace xtn
