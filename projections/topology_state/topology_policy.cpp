#include "projections/topology_state/topology_policy.hpp"

#include "core/event/canonical.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/policy.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace xtn {

namespace json = boost::json;

namespace {

bool may_plan(const RuntimeState &rt, const ClusterState &cluster) {
    if (rt.adopted || rt.deleting || !rt.spec || !rt.has_finalizer || rt.wants_suspended()) return false;
    if (rt.phase != Phase::provisioning && rt.phase != Phase::ready && rt.phase != Phase::resuming && rt.phase != Phase::failed)
        return false;
    // A plan without a catalog that was only not listed yet would replace every pod.
    return cluster.configured() && cluster.synced("XTrinodeCatalog");
}

// Workers that a wake window asks for beyond the fixed number; nothing: none. They go into the manifest as well, or the next
// apply would fight with the scale that brought them (spec 40 B1).
std::optional<std::int64_t> woken_workers(const RuntimeId &id, const RuntimeState &rt) {
    if (!rt.wake) return std::nullopt;
    const auto shape = resolve_shape(id.name, *rt.spec);
    if (!shape.ok() || !shape.value().fixed_workers || rt.wake->min_workers <= *shape.value().fixed_workers) return std::nullopt;
    return rt.wake->min_workers;
}

// Everything besides the spec that a plan depends on and whose change is worth a new one.
std::string inputs_digest(const TopologyState &topology, std::string_view catalogs, std::optional<std::int64_t> woken) {
    std::string text(catalogs);
    if (woken) text += fmt::format("\nworkers\n{}", *woken);
    for (const auto &[key, digest] : topology.config_digests)
        text += fmt::format("\n{}\n{}", key, digest);
    return Digest::of(text).hex;
}

void set_workers(TopologyPlan &plan, std::string_view deployment, std::int64_t workers) {
    plan.worker_replicas = static_cast<int>(workers); // 32 bits by the rules of commands and schema
    for (auto &object : plan.objects) {
        if (object.ref.kind != "Deployment" || object.ref.name != deployment) continue;
        if (auto *spec = object.manifest["spec"].if_object(); spec != nullptr && spec->contains("replicas"))
            (*spec)["replicas"] = workers;
    }
}

TopologyDecision rejected(const RuntimeId &id, const RuntimeState &rt, const std::string &inputs, const Error &error,
                          std::string_view reason = "ResourceBuildFailed") {
    TopologyDecision decision{policy_draft(topology_policy_name, "topology.rejected", id), {}};
    decision.draft.payload["generation"] = rt.spec_generation;
    decision.draft.payload["reason"] = reason;
    decision.draft.payload["message"] = error.message;
    decision.draft.payload["inputs"] = inputs;
    return decision;
}

// Design rule 4 where the log was lost: what this renderer makes of a generation that is applied already may differ from what an
// older one made. Its pods are not rolled for that; nothing: there is no such difference.
std::optional<Error> held(const RuntimeState &rt, const TopologyState &topology, const TopologyPlan &plan) {
    if (topology.plan || !topology.applied || topology.applied->generation != rt.spec_generation) return std::nullopt;
    if (rt.phase == Phase::resuming) return std::nullopt; // there are no pods
    // Held once, and other inputs since: that is a change like any other.
    if (topology.rejected && topology.rejected->reason == held_reason && topology.rejected->generation == rt.spec_generation)
        return std::nullopt;
    const auto differs = [](const std::string &applied, const std::string &planned) {
        return !applied.empty() && !planned.empty() && applied != planned;
    };
    const bool coordinator = differs(topology.applied->coordinator_hash, plan.coordinator_rollout_hash);
    const bool worker = differs(topology.applied->worker_hash, plan.worker_rollout_hash);
    if (!coordinator && !worker) return std::nullopt;
    return make_error(
        Code::conflict,
        fmt::format("an earlier log, which is not known any more, applied generation {} in another form; this one would replace "
                    "the {} pods, which nobody asked for. It is taken up with the next change of the spec or of a catalog, or "
                    "after a sleep",
                    rt.spec_generation,
                    coordinator && worker ? "coordinator and worker"
                    : coordinator         ? "coordinator"
                                          : "worker"));
}

std::string why(const RuntimeState &rt, const TopologyState &topology) {
    if (!topology.plan && topology.applied) return "the plan of an earlier log is not known any more";
    if (!topology.plan) return "first plan";
    if (topology.plan->generation != rt.spec_generation)
        return fmt::format("the spec changed from generation {} to {}", topology.plan->generation, rt.spec_generation);
    return "catalogs, referenced content or the wake window changed";
}

Result<TopologyDecision> planned(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology,
                                 const TopologyPlan &plan, const std::string &renderer, const std::string &inputs) {
    TopologyDecision decision{policy_draft(topology_policy_name, "topology.planned", id), {}};
    json::array objects;
    for (const auto &object : plan.objects) {
        auto text = canonical_json(object.manifest);
        if (!text.ok()) return std::move(text).error().with(object.ref.text());
        auto digest = Digest::of(text.value());
        objects.emplace_back(json::object{{"api_version", object.ref.api_version},
                                          {"kind", object.ref.kind},
                                          {"ns", object.ref.ns},
                                          {"name", object.ref.name},
                                          {"manifest", digest.hex},
                                          {"force", object.force}});
        decision.blobs.push_back({std::move(digest), std::move(text).value()});
    }
    json::object replicas{{"coordinator", plan.coordinator_replicas}};
    if (plan.worker_replicas_managed) replicas["worker"] = plan.worker_replicas;
    auto &payload = decision.draft.payload;
    payload["generation"] = rt.spec_generation;
    payload["renderer"] = renderer;
    payload["revision"] = plan.revision;
    payload["shape"] = plan.shape;
    payload["objects"] = std::move(objects);
    payload["rollout_hashes"] = {{"coordinator", plan.coordinator_rollout_hash}, {"worker", plan.worker_rollout_hash}};
    payload["replicas"] = std::move(replicas);
    payload["coordinator_url"] = plan.coordinator_url;
    payload["catalogs"] = read::strings(plan.catalogs);
    if (!plan.not_rendered.empty()) payload["not_rendered"] = fmt::format("{}", fmt::join(plan.not_rendered, ", "));
    payload["reason"] = why(rt, topology);
    payload["inputs"] = inputs;
    return decision;
}

} // namespace

std::optional<TopologyDecision> decide_topology(const RuntimeId &id, const RuntimeState &rt, const TopologyState &topology,
                                                const Catalogs &catalogs, const ClusterState &cluster, const Planner &planner) {
    if (!may_plan(rt, cluster)) return std::nullopt;
    const auto *selector = read::object(*rt.spec, "catalogSelector");
    const auto digest = catalogs.digest(id.ns, selector);
    const auto woken = woken_workers(id, rt);
    const std::string inputs = inputs_digest(topology, digest.ok() ? digest.value().hex : digest.error().message, woken);
    if (topology.plan && topology.plan->generation == rt.spec_generation && topology.plan->inputs == inputs) return std::nullopt;
    if (topology.rejected && topology.rejected->generation == rt.spec_generation && topology.rejected->inputs == inputs)
        return std::nullopt;

    auto selected = catalogs.select(id.ns, selector);
    if (!selected.ok()) return rejected(id, rt, inputs, selected.error());
    TopologyInput input;
    input.id = id;
    input.uid = rt.uid;
    input.generation = rt.spec_generation;
    input.spec = &*rt.spec;
    input.operator_version = cluster.operator_version();
    input.catalogs = std::move(selected).value();
    input.config_digests = topology.config_digests;
    auto plan = planner.plan(input);
    if (!plan.ok()) return rejected(id, rt, inputs, plan.error());
    if (auto kept = held(rt, topology, plan.value())) return rejected(id, rt, inputs, *kept, held_reason);
    if (woken) set_workers(plan.value(), "trino-" + id.name + "-worker", *woken);
    auto decision = planned(id, rt, topology, plan.value(), planner.version, inputs);
    if (!decision.ok()) return rejected(id, rt, inputs, decision.error());
    return std::move(decision).value();
}

} // namespace xtn
