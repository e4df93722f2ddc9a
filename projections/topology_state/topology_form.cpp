// How the projection's state becomes JSON and comes back (projections/state_fields.hpp).
#include "projections/state_fields.hpp"
#include "projections/topology_state/topology_state.hpp"

namespace xtn {

namespace json = boost::json;

template <class Archive, state::Either<ObjectRef> Self> void state_fields(Archive &archive, Self &ref) {
    archive("apiVersion", ref.api_version);
    archive("kind", ref.kind);
    archive("ns", ref.ns);
    archive("name", ref.name);
}

template <class Archive, state::Either<PlannedObject> Self> void state_fields(Archive &archive, Self &object) {
    state_fields(archive, object.ref);
    archive("manifest", object.manifest);
    archive("force", object.force);
}

template <class Archive, state::Either<Plan> Self> void state_fields(Archive &archive, Self &plan) {
    archive("seq", plan.seq);
    archive("generation", plan.generation);
    archive("renderer", plan.renderer);
    archive("revision", plan.revision);
    archive("shape", plan.shape);
    archive("objects", plan.objects);
    archive.group("rolloutHashes", [&](auto &hashes) {
        hashes("coordinator", plan.coordinator_hash);
        hashes("worker", plan.worker_hash);
    });
    archive.group("replicas", [&](auto &replicas) {
        replicas("coordinator", plan.coordinator_replicas);
        replicas("worker", plan.worker_replicas);
    });
    archive("coordinatorURL", plan.coordinator_url);
    archive("catalogs", plan.catalogs);
    archive("reason", plan.reason);
    archive("inputs", plan.inputs);
}

template <class Archive, state::Either<AppliedPlan> Self> void state_fields(Archive &archive, Self &applied) {
    archive("generation", applied.generation);
    archive("revision", applied.revision);
    archive("shape", applied.shape);
    archive.group("rolloutHashes", [&](auto &hashes) {
        hashes("coordinator", applied.coordinator_hash);
        hashes("worker", applied.worker_hash);
    });
    archive("catalogs", applied.catalogs);
}

template <class Archive, state::Either<PlanRejection> Self> void state_fields(Archive &archive, Self &rejected) {
    archive("generation", rejected.generation);
    archive("reason", rejected.reason);
    archive("message", rejected.message);
    archive("inputs", rejected.inputs);
}

template <class Archive, state::Either<KnownObject> Self> void state_fields(Archive &archive, Self &object) {
    archive("manifest", object.manifest);
    archive("uid", object.uid);
    archive("resourceVersion", object.resource_version);
    archive("drifted", object.drifted);
    archive("first", object.first);
    archive("owner", object.owner);
}

template <class Archive, state::Either<GoneObject> Self> void state_fields(Archive &archive, Self &object) {
    archive("uid", object.uid);
}

template <class Archive, state::Either<ObjectFailure> Self> void state_fields(Archive &archive, Self &failure) {
    archive("code", failure.code);
    archive("message", failure.message);
    archive("attempt", failure.attempt);
    archive("apply", failure.apply);
}

template <class Archive, state::Either<TopologyState> Self> void state_fields(Archive &archive, Self &topology) {
    archive("uid", topology.uid);
    archive("plan", topology.plan);
    archive("applied", topology.applied);
    archive("unproven", topology.unproven);
    archive("rejected", topology.rejected);
    archive("objects", topology.objects);
    archive("failures", topology.failures);
    archive("doubtful", topology.doubtful);
    archive("skipped", topology.skipped);
    archive("gone", topology.gone);
    archive("configDigests", topology.config_digests);
}

json::object TopologyState::to_json() const {
    return state::to_object(*this);
}

json::object Topologies::to_json() const {
    return state::to_object_of(states_.all());
}

Status Topologies::restore(const json::value &from) {
    ById<TopologyState>::Map states;
    if (auto read = state::from_value(from, states); !read) return read;
    for (auto &[id, topology] : states)
        topology.count_missing();
    states_.assign(std::move(states));
    return ok();
}

} // namespace xtn
