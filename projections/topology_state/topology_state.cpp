#include "projections/topology_state/topology_state.hpp"

#include "projections/json_read.hpp"
#include "projections/runtimes/adoption.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace xtn {

namespace {

// Answers of the API server that the same request will get again (spec 40 §24.2 calls them permanent). 404 is not among them: a
// namespace or a CRD may still come.
constexpr std::array<std::string_view, 6> lasting_codes = {"400", "403", "405", "413", "415", "422"};
constexpr std::int64_t lasting_after_attempts = 3;

// The names differ most.
bool is_same(const ObjectRef &one, const ObjectRef &other) {
    return one.name == other.name && one.kind == other.kind && one.ns == other.ns && one.api_version == other.api_version;
}

ObjectRef ref_of(const Event &event, const RuntimeId &id) {
    ObjectRef ref;
    read::Walk payload(event.payload);
    ref.api_version = payload.text("api_version");
    ref.kind = payload.text("kind");
    ref.name = payload.text("name");
    ref.ns = payload.text("ns");
    if (ref.ns.empty()) ref.ns = id.ns;
    return ref;
}

Plan plan_of(const Event &event) {
    const auto &p = event.payload;
    Plan plan;
    plan.seq = event.seq;
    plan.generation = read::integer(p, "generation");
    plan.renderer = read::text(p, "renderer");
    plan.revision = read::text(p, "revision");
    if (const auto *shape = read::object(p, "shape")) plan.shape = *shape;
    if (const auto *objects = read::array(p, "objects"))
        for (const auto &value : *objects) {
            const auto *object = value.if_object();
            if (object == nullptr) continue;
            PlannedObject planned;
            planned.ref.api_version = read::text(*object, "api_version");
            planned.ref.kind = read::text(*object, "kind");
            planned.ref.ns = read::text(*object, "ns");
            planned.ref.name = read::text(*object, "name");
            planned.manifest = Digest{read::text(*object, "manifest")};
            planned.force = read::boolean(*object, "force", true);
            plan.objects.push_back(std::move(planned));
        }
    if (const auto *hashes = read::object(p, "rollout_hashes")) {
        plan.coordinator_hash = read::text(*hashes, "coordinator");
        plan.worker_hash = read::text(*hashes, "worker");
    }
    if (const auto *replicas = read::object(p, "replicas")) {
        plan.coordinator_replicas = read::integer(*replicas, "coordinator", 1);
        if (const auto *worker = read::member(*replicas, "worker"); worker != nullptr && worker->is_int64())
            plan.worker_replicas = worker->get_int64();
    }
    plan.coordinator_url = read::text(p, "coordinator_url");
    plan.catalogs = read::texts(p, "catalogs");
    plan.reason = read::text(p, "reason");
    plan.inputs = read::text(p, "inputs");
    return plan;
}

// What was applied becomes what status shows, once all of the plan is.
void note_complete(TopologyState &state) {
    if (!state.complete()) return;
    const Plan &plan = *state.plan;
    AppliedPlan applied{plan.generation, plan.revision, plan.shape, plan.coordinator_hash, plan.worker_hash, plan.catalogs};
    // Spec 30 §11.6: without a worker Deployment the worker's hash stays what it was.
    if (applied.worker_hash.empty() && state.applied) applied.worker_hash = state.applied->worker_hash;
    state.applied = std::move(applied);
    state.unproven = false;
}

// The plan is replaced, or nothing will be applied any more. What was to be applied and is not known to be may have been all the
// same, with an outcome that is still to come or that nobody was told.
void doubt_what_was_not_confirmed(TopologyState &state, bool also_config_maps) {
    if (!state.plan) return;
    for (const auto &planned : state.plan->objects) {
        const auto known = state.objects.find(planned.ref);
        if (known != state.objects.end()) {
            // Should the next plan want what is known: it has to be applied again.
            if (known->second.manifest != planned.manifest) known->second.drifted = true;
        } else if (!state.skipped.contains(planned.ref) && (also_config_maps || planned.ref.kind != "ConfigMap")) {
            // Names of ConfigMaps change with their content and would pile up; those are watched, and known when they are seen.
            state.doubtful.insert(planned.ref);
        }
    }
}

// A uid comes once. News of one that is known to be gone was overtaken on its way into the log, for what is seen and what was
// done come on different lanes.
bool was_overtaken(const TopologyState &state, const ObjectRef &ref, const std::string &uid) {
    const auto last = state.gone.find(ref);
    return last != state.gone.end() && last->second.uid == uid;
}

void fold_applied(TopologyState &state, const ObjectRef &ref, const Event &event) {
    const auto uid = read::text(event.payload, "uid");
    if (was_overtaken(state, ref, uid)) return;
    auto &known = state.objects[ref];
    if (known.uid != uid) known.first = event.seq;
    known.uid = uid;
    known.manifest = Digest{read::text(event.payload, "manifest")};
    known.resource_version = read::text(event.payload, "resource_version");
    known.drifted = false;
    known.owner.clear();
    state.doubtful.erase(ref);
    state.failures.erase(ref);
    state.skipped.erase(ref);
    state.count_missing(ref);
    note_complete(state);
}

void fold_gone(TopologyState &state, const ObjectRef &ref, const Event &event) {
    state.doubtful.erase(ref); // looked for, or watched
    const auto uid = read::text(event.payload, "uid");
    // Not what we deleted: until the last finalizer is off it can be met again.
    if (event.name() == "object.gone" && !uid.empty()) state.gone[ref].uid = uid;
    const auto known = state.objects.find(ref);
    if (known == state.objects.end()) return;
    // Another object of the same name went: not the one we know.
    if (known->second.uid != uid) return;
    state.objects.erase(known);
    state.failures.erase(ref);
    state.count_missing(ref);
}

void fold_observed(TopologyState &state, const ObjectRef &ref, const Event &event) {
    const auto known = state.objects.find(ref);
    const auto uid = read::text(event.payload, "uid");
    if (was_overtaken(state, ref, uid)) return;
    if (known == state.objects.end()) {
        // Ours by its own testimony: our apply made it, and this XTrinode controls it. Anything else is never adopted silently.
        const auto owner = read::text(event.payload, "owner");
        if (owner.empty() || (!state.uid.empty() && owner != state.uid)) return;
        state.objects[ref] = KnownObject{Digest{}, uid, read::text(event.payload, "resource_version"), false, event.seq, owner};
        state.doubtful.erase(ref);
        return;
    }
    if (known->second.uid != uid) {
        // Recreated by somebody else. If it is ours by its own testimony, the manifest has to be applied to it; if not, ours is
        // gone, and theirs is left alone.
        if (read::text(event.payload, "owner").empty()) {
            state.objects.erase(known);
            state.count_missing();
            return;
        }
        known->second.uid = uid;
        known->second.first = event.seq;
        known->second.drifted = true;
    }
    known->second.resource_version = read::text(event.payload, "resource_version");
    if (read::boolean(event.payload, "drifted")) known->second.drifted = true;
}

void fold_failed(TopologyState &state, const ObjectRef &ref, const Event &event) {
    // Of the XTrinode itself (status, finalizer) or of what is no part of the runtime: nothing that the plan could be blamed for.
    if (!state.objects.contains(ref) && (!state.plan || state.plan->find(ref) == nullptr)) return;
    ObjectFailure failure;
    failure.code = read::text(event.payload, "code");
    failure.message = read::text(event.payload, "message");
    failure.attempt = read::integer(event.payload, "attempt", 1);
    failure.apply = !read::text(event.payload, "manifest").empty();
    state.failures[ref] = std::move(failure);
    state.unproven = false;
}

void fold_skipped(TopologyState &state, const ObjectRef &ref) {
    if (!optional_kind(ref)) return;
    state.skipped.insert(ref);
    state.doubtful.erase(ref);
    state.objects.erase(ref); // its kind is gone, and so is it
    state.failures.erase(ref);
    state.count_missing(ref);
    note_complete(state);
}

// A Deployment that is seen or scaled again: what failed about its scale is past, or will be told anew.
void forget_scale_failure(TopologyState &state, const Event &event) {
    const auto name = read::text(event.payload, "name");
    std::erase_if(state.failures, [&](const auto &entry) {
        return !entry.second.apply && entry.first.kind == "Deployment" && entry.first.name == name;
    });
}

void fold(TopologyState &state, const RuntimeId &id, const Event &event) {
    const auto name = event.name();
    if (name == "topology.planned") {
        doubt_what_was_not_confirmed(state, false);
        state.plan = plan_of(event);
        state.rejected.reset();
        std::erase_if(state.gone, [&](const auto &entry) { return state.plan->find(entry.first) == nullptr; });
        // Failures of objects that are not wanted any more, or not in this form, say nothing about the new plan.
        state.failures.clear();
        state.count_missing();
        note_complete(state);
    } else if (name == "topology.manifest.lost") {
        // No inputs have this digest: the policy plans again.
        const Digest lost{read::text(event.payload, "manifest")};
        if (state.plan && std::any_of(state.plan->objects.begin(), state.plan->objects.end(),
                                      [&](const PlannedObject &o) { return o.manifest == lost; }))
            state.plan->inputs = "a manifest was lost";
    } else if (name == "topology.rejected") {
        state.rejected = PlanRejection{read::integer(event.payload, "generation"), read::text(event.payload, "reason"),
                                       read::text(event.payload, "message"), read::text(event.payload, "inputs")};
        state.unproven = false;
    } else if (name == "runtime.drained") {
        doubt_what_was_not_confirmed(state, true);
    } else if (name == "runtime.suspended") {
        // No pod is left that a plan held back could roll.
        if (state.rejected && state.rejected->reason == held_reason) state.rejected.reset();
    } else if (name == "object.applied") {
        fold_applied(state, ref_of(event, id), event);
    } else if (name == "object.deleted" || name == "object.gone") {
        fold_gone(state, ref_of(event, id), event);
    } else if (name == "object.observed") {
        fold_observed(state, ref_of(event, id), event);
    } else if (name == "object.scaled" || name == "deployment.observed") {
        forget_scale_failure(state, event);
    } else if (name == "object.failed") {
        fold_failed(state, ref_of(event, id), event);
    } else if (name == "object.skipped") {
        fold_skipped(state, ref_of(event, id));
    } else if (name == "config.observed") {
        const auto kind = read::text(event.payload, "kind");
        const std::string key = (kind == "Secret" ? "secret/" : "configmap/") + read::text(event.payload, "name");
        if (read::text(event.payload, "uid").empty())
            state.config_digests.erase(key);
        else
            state.config_digests[key] = read::text(event.payload, "digest");
    }
}

// An XTrinode is seen for the first time: what an earlier log applied for it is known by its status and its objects.
void begin(TopologyState &state, const std::string &uid, const Event &event) {
    state.uid = uid;
    std::erase_if(state.objects, [&](const auto &entry) { return entry.second.owner != uid; });
    const auto *status = adoptable_status(event.payload);
    if (status != nullptr) state.applied = adopt_applied(*status);
    state.unproven = state.applied.has_value();
}

// Role ConfigMaps carry a digest in their name, so each change of configuration leaves one behind (spec 30 §11.2).
constexpr std::size_t kept_role_config_maps = 3;

std::string_view role_of_config_map(const RuntimeId &id, const ObjectRef &ref) {
    if (ref.kind != "ConfigMap") return {};
    if (ref.name.starts_with(fmt::format("trino-{}-coordinator-", id.name))) return "coordinator";
    if (ref.name.starts_with(fmt::format("trino-{}-worker-worker-", id.name))) return "worker";
    return {};
}

AppliedObject applied_object(const ObjectRef &ref, const KnownObject &known) {
    return {ref, known.manifest, known.uid, known.resource_version, known.drifted};
}

bool is_autoscaler(const ObjectRef &ref) {
    return ref.kind == "HorizontalPodAutoscaler" || ref.kind == "ScaledObject";
}

} // namespace

const PlannedObject *Plan::find(const ObjectRef &ref) const {
    const auto found = std::find_if(objects.begin(), objects.end(), [&](const PlannedObject &o) { return is_same(o.ref, ref); });
    return found == objects.end() ? nullptr : &*found;
}

bool ObjectFailure::lasting() const {
    if (!apply) return false;
    return attempt >= lasting_after_attempts ||
           std::find(lasting_codes.begin(), lasting_codes.end(), code) != lasting_codes.end();
}

bool TopologyState::is_missing(const PlannedObject &wanted) const {
    if (skipped.contains(wanted.ref)) return false;
    const auto known = objects.find(wanted.ref);
    return known == objects.end() || known->second.manifest != wanted.manifest;
}

void TopologyState::count_missing() {
    missing_ = 0;
    missing_of_plan_.clear();
    if (!plan) return;
    missing_of_plan_.reserve(plan->objects.size());
    for (const auto &wanted : plan->objects) {
        missing_of_plan_.push_back(is_missing(wanted));
        if (missing_of_plan_.back()) ++missing_;
    }
}

void TopologyState::count_missing(const ObjectRef &changed) {
    if (!plan) return;
    for (std::size_t i = 0; i < plan->objects.size(); ++i) {
        const auto &wanted = plan->objects[i];
        if (!is_same(wanted.ref, changed)) continue;
        const bool missing = is_missing(wanted);
        if (missing == missing_of_plan_[i]) continue;
        missing_of_plan_[i] = missing;
        missing_ = missing ? missing_ + 1 : missing_ - 1;
    }
}

bool Topologies::listens_to(std::string_view name) {
    return name.starts_with("topology.") || name.starts_with("object.") || name == "config.observed" ||
           name == "deployment.observed" || name == "runtime.suspended" || name == "runtime.drained" ||
           name.starts_with("runtime.spec.");
}

void Topologies::apply(const Event &event, const HashedId &id) {
    const auto name = event.name();
    if (!listens_to(name)) return;
    if (name.starts_with("runtime.spec.")) {
        const auto uid = read::text(event.payload, "uid");
        auto *found = states_.find(id);
        if (name == "runtime.spec.deleted") {
            if (found != nullptr && found->uid == uid) states_.erase(id.id);
        } else if (found == nullptr || found->uid.empty()) {
            begin(states_[id.id], uid, event);
        } else if (found->uid != uid) {
            // A new custom resource under an old name: what belonged to the old one goes with its owner.
            *found = TopologyState{};
            begin(*found, uid, event);
        }
        return;
    }
    // The list of a kind may come before that of the XTrinodes: what belongs to one waits for it.
    const bool waits = name == "object.observed" && !read::text(event.payload, "owner").empty();
    auto *found = waits ? &states_[id.id] : states_.find(id);
    if (found == nullptr) return;
    fold(*found, id.id, event);
    if (found->uid.empty() && found->objects.empty()) states_.erase(id.id);
}

const TopologyState &Topologies::of(const HashedId &id) const {
    static const TopologyState none;
    const auto *found = states_.find(id);
    return found == nullptr ? none : *found;
}

std::vector<AppliedObject> surplus_objects(const RuntimeId &id, const TopologyState &state, bool all, bool asleep) {
    std::vector<AppliedObject> surplus;
    if (all) {
        // Spec 30 §11.4 names an order: workers before coordinators, Deployments before what they mount.
        const auto rank = [](const ObjectRef &ref) {
            return ref.kind != "Deployment" ? 2 : ref.name.ends_with("-worker") ? 0 : 1;
        };
        for (const int wanted : {0, 1, 2})
            for (const auto &[ref, known] : state.objects)
                if (rank(ref) == wanted) surplus.push_back(applied_object(ref, known));
        for (const auto &ref : state.doubtful)
            surplus.push_back(applied_object(ref, {}));
        return surplus;
    }
    if (asleep)
        for (const auto &[ref, known] : state.objects)
            if (is_autoscaler(ref)) surplus.push_back(applied_object(ref, known));
    if (!state.complete()) return surplus;                                     // what the old plan had may still be in use
    std::map<std::string_view, std::vector<std::pair<Seq, ObjectRef>>> former; // by role
    for (const auto &[ref, known] : state.objects) {
        if (state.plan->find(ref) != nullptr) continue;
        if (const auto role = role_of_config_map(id, ref); !role.empty())
            former[role].emplace_back(known.first, ref);
        else if (!(asleep && is_autoscaler(ref)))
            surplus.push_back(applied_object(ref, known));
    }
    for (const auto &ref : state.doubtful)
        if (state.plan->find(ref) == nullptr) surplus.push_back(applied_object(ref, {}));
    for (auto &[role, maps] : former) {
        std::sort(maps.begin(), maps.end());
        for (std::size_t i = 0; i + kept_role_config_maps < maps.size(); ++i)
            surplus.push_back(applied_object(maps[i].second, state.objects.at(maps[i].second)));
    }
    return surplus;
}

} // namespace xtn
