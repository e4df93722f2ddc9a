#include "projections/runtimes/runtime_view.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/runtimes/commands.hpp"
#include "projections/runtimes/lifecycle_policy.hpp"
#include "projections/runtimes/readiness.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace xtn {

namespace json = boost::json;

namespace {

bool is_awake(Phase phase) {
    return phase == Phase::provisioning || phase == Phase::ready || phase == Phase::resuming || phase == Phase::failed;
}

// Pods may be taken away: asleep, or on the way there with every query ended.
bool is_asleep(const RuntimeState &rt) {
    return rt.phase == Phase::suspended || (rt.phase == Phase::suspending && rt.quiet);
}

void put_scale(RuntimeView &view, const RuntimeState &rt, const TopologyState &topology) {
    if (is_asleep(rt)) {
        view.coordinator_replicas = 0;
        view.worker_replicas = 0;
    } else if (is_awake(rt.phase) && topology.plan) {
        view.coordinator_replicas = static_cast<int>(topology.plan->coordinator_replicas);
        if (const auto workers = wanted_workers(rt, topology))
            view.worker_replicas = static_cast<int>(std::clamp<std::int64_t>(*workers, 0, 100'000));
    }
}

void put_annotations(RuntimeView &view, const RuntimeState &rt) {
    if (rt.command) {
        for (const auto &name : rt.command->clear)
            view.annotations[name] = std::nullopt;
        view.suspended = rt.command->suspended;
    }
    // Spec 40 §9.3 step 5: the resume took them over. Those of a command that was refused stay with it: what is left without them
    // would be another command, which nobody gave.
    if (rt.command_refusal.empty() && (rt.phase == Phase::provisioning || rt.phase == Phase::ready) && rt.wake_settled &&
        !rt.command)
        for (const auto *name : {&annotation::wake_min_workers, &annotation::wake_ttl})
            if (rt.annotations.contains(*name)) view.annotations[*name] = std::nullopt;
    for (const auto &[name, value] : view.annotations)
        if (const auto known = rt.annotations.find(name); known != rt.annotations.end()) view.absent_from.insert(*known);
    if (is_deleting(rt.phase) && rt.has_finalizer) {
        const auto started = rt.drain_started.rfc3339_seconds();
        view.annotations[annotation::drain_started_at] = started;
        if (rt.phase == Phase::cleaning) {
            view.annotations[annotation::drain_completed_at] = rt.drained_at.rfc3339_seconds();
            view.annotations[annotation::drain_result] = rt.drain_result == "timeout" ? "time_fallback" : "query_complete";
        }
    }
}

bool wants_finalizer(const RuntimeState &rt, const TopologyState &topology, const Routes &routes, const RuntimeId &id) {
    // What was never valid has nothing to clean up; of what was, an earlier log may have been told.
    if (!rt.deleting) return rt.spec.has_value() || rt.has_finalizer;
    return rt.phase != Phase::cleaning || !topology.objects.empty() || !topology.doubtful.empty() || routes.route(id) != nullptr;
}

json::object ref_json(const ObjectRef &ref) {
    return {{"apiVersion", ref.api_version}, {"kind", ref.kind}, {"namespace", ref.ns}, {"name", ref.name}};
}

json::array objects_json(const TopologyState &topology) {
    json::array all;
    const auto put = [&](const ObjectRef &ref, const PlannedObject *planned, const KnownObject *known) {
        auto one = ref_json(ref);
        if (planned != nullptr) one["planned"] = planned->manifest.hex;
        if (known != nullptr) {
            one["applied"] = known->manifest.hex;
            one["uid"] = known->uid;
            if (known->drifted) one["drifted"] = true;
        }
        if (const auto failed = topology.failures.find(ref); failed != topology.failures.end())
            one["failure"] = failed->second.code + ": " + failed->second.message;
        one["state"] = planned == nullptr                     ? "surplus"
                       : known == nullptr                     ? "missing"
                       : known->manifest != planned->manifest ? "outdated"
                       : known->drifted                       ? "drifted"
                                                              : "applied";
        all.emplace_back(std::move(one));
    };
    if (topology.plan)
        for (const auto &planned : topology.plan->objects) {
            const auto known = topology.objects.find(planned.ref);
            put(planned.ref, &planned, known == topology.objects.end() ? nullptr : &known->second);
        }
    for (const auto &[ref, known] : topology.objects)
        if (!topology.plan || topology.plan->find(ref) == nullptr) put(ref, nullptr, &known);
    return all;
}

json::object workload_json(const RuntimeState &rt) {
    json::object out;
    for (const auto &[component, d] : rt.deployments)
        out[component] =
            json::object{{"deployment", d.name}, {"wanted", d.replicas}, {"ready", d.ready}, {"upToDate", d.updated}};
    json::array pods;
    for (const auto &[uid, pod] : rt.pods) {
        json::object one{{"name", pod.name}, {"component", pod.component}, {"phase", pod.phase}, {"ready", pod.ready}};
        if (!pod.reason.empty()) one["reason"] = pod.reason;
        if (pod.restarts != 0) one["restarts"] = pod.restarts;
        pods.emplace_back(std::move(one));
    }
    out["pods"] = std::move(pods);
    json::object endpoints;
    for (const auto &[service, ready] : rt.endpoints)
        endpoints[service.view()] = ready;
    out["readyEndpoints"] = std::move(endpoints);
    std::int64_t running = 0;
    std::int64_t queued = 0;
    for (const auto &[gateway, busy] : rt.busy) {
        running += busy.running;
        queued += busy.queued;
    }
    out["queries"] = json::object{{"running", running}, {"queued", queued}};
    return out;
}

json::object spec_summary(const json::object &spec) {
    json::object out{{"suspended", spec_suspended(spec)}};
    for (const auto *name : {"size", "minWorkers", "maxWorkers", "autoSuspendAfter", "routing", "catalogSelector"})
        if (const auto *value = spec.if_contains(name)) out[name] = *value;
    return out;
}

} // namespace

RuntimeView view_of(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology, const Routes &routes) {
    RuntimeView view;
    view.id = id;
    view.uid = rt.uid;
    view.generation = rt.generation;
    view.resource_version = rt.resource_version;
    view.has_finalizer = rt.has_finalizer;
    view.deleting = rt.deleting;
    view.decided_by = rt.decided_by;
    view.want_finalizer = rt.has_finalizer;
    if (rt.adopted) return view; // asks for nothing yet
    view.want_finalizer = wants_finalizer(rt, topology, routes, id);
    // Nothing is created that no finalizer promises to clean up.
    view.apply_allowed = is_awake(rt.phase) && !rt.deleting && rt.has_finalizer && topology.plan.has_value();
    // Suspended keeps its plan on show; being deleted has nothing to keep.
    if (topology.plan && !rt.deleting && rt.phase != Phase::pending) view.desired = topology.plan->objects;
    for (const auto &[ref, known] : topology.objects)
        view.applied.push_back({ref, known.manifest, known.uid, known.resource_version, known.drifted});
    if (rt.phase != Phase::pending && rt.phase != Phase::draining)
        view.surplus = surplus_objects(id, topology, rt.phase == Phase::cleaning, is_asleep(rt));
    put_scale(view, rt, topology);
    put_annotations(view, rt);
    view.status = status_of(id, rt, topology);
    return view;
}

json::object describe(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology, const Routes &routes,
                      const ClusterState &cluster) {
    json::object out{{"namespace", id.ns},
                     {"name", id.name},
                     {"uid", rt.uid},
                     {"phase", std::string(phase_text(rt.phase))},
                     {"since", read::stamp(rt.phase_since)},
                     {"decidedBy", rt.decided_by.value},
                     {"generation", rt.generation},
                     {"specGeneration", rt.spec_generation}};
    if (!rt.message.empty()) out["because"] = rt.message;
    if (const auto waits = waiting_for(id, rt, topology, cluster); !waits.empty()) out["waitingFor"] = waits;
    if (!rt.invalid.empty()) out["invalid"] = rt.invalid;
    if (rt.spec) out["spec"] = spec_summary(*rt.spec);
    json::array conditions;
    for (const auto &condition : rt.conditions)
        conditions.emplace_back(json::object{{"type", condition.type},
                                             {"status", condition.status},
                                             {"reason", condition.reason},
                                             {"message", condition.message},
                                             {"since", read::stamp(condition.since)}});
    out["conditions"] = std::move(conditions);
    if (topology.plan) {
        const auto &plan = *topology.plan;
        json::object planned{{"seq", plan.seq.value},
                             {"generation", plan.generation},
                             {"revision", plan.revision},
                             {"renderer", plan.renderer},
                             {"reason", plan.reason},
                             {"complete", topology.complete()},
                             {"coordinatorURL", plan.coordinator_url},
                             {"catalogs", read::strings(plan.catalogs)}};
        out["plan"] = std::move(planned);
    }
    out["objects"] = objects_json(topology);
    out["workload"] = workload_json(rt);
    if (const auto *backend = routes.backend(id)) {
        const auto *route = routes.route(id);
        json::object shown{{"routingGroup", route->routing_group}, {"backend", backend_json(*backend)}};
        if (!route->header.empty()) shown["header"] = route->header;
        if (!route->hostname.empty()) shown["hostname"] = route->hostname;
        shown["default"] = route->is_default;
        out["route"] = std::move(shown);
    } else {
        out["route"] = nullptr;
    }
    if (const auto refused = routes.rejected().find(id); refused != routes.rejected().end())
        out["routeRefused"] = refused->second;
    return out;
}

} // namespace xtn
