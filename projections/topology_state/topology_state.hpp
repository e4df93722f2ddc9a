// What was planned for each runtime and what became of it: folds topology.* decisions and object.* outcomes.
#pragma once

#include "core/base/ids.hpp"
#include "core/event/event.hpp"
#include "projections/by_id.hpp"
#include "projections/world.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

// The newest topology.planned.
struct Plan {
    Seq seq;
    std::int64_t generation = 0;
    std::string renderer;
    std::string revision;
    boost::json::object shape;
    std::vector<PlannedObject> objects;
    std::string coordinator_hash;
    std::string worker_hash;
    std::int64_t coordinator_replicas = 1;
    std::optional<std::int64_t> worker_replicas; // nothing: an autoscaler says
    std::string coordinator_url;
    std::vector<std::string> catalogs;
    std::string reason;
    std::string inputs;

    const PlannedObject *find(const ObjectRef &ref) const;
};

// The part of a plan that status shows, once every object of it was applied.
struct AppliedPlan {
    std::int64_t generation = 0;
    std::string revision;
    boost::json::object shape;
    std::string coordinator_hash;
    std::string worker_hash;
    std::vector<std::string> catalogs;
};

struct KnownObject {
    Digest manifest; // last one applied
    std::string uid;
    std::string resource_version;
    bool drifted = false;
    Seq first; // when this uid was first applied: age, for retention
    std::string
        owner; // uid of the XTrinode that controls it, of an object that an earlier log applied; empty: applied by this log
};

struct ObjectFailure {
    std::string code;
    std::string message;
    std::int64_t attempt = 0;
    bool apply = true; // false: scaling or deleting it failed

    // Whether trying again cannot help by itself: the API refuses the object as such, or several tries failed.
    bool lasting() const;
};

// One that was seen to be gone.
struct GoneObject {
    std::string uid;
};

// Reason of a rejection that only keeps running pods from being rolled (topology_policy.cpp).
inline constexpr std::string_view held_reason = "RolloutHeld";

struct PlanRejection {
    std::int64_t generation = 0;
    std::string reason;
    std::string message;
    std::string inputs;
};

struct TopologyState {
    std::string uid; // of the custom resource this belongs to; empty: not known yet, only objects of it were seen
    std::optional<Plan> plan;
    std::optional<AppliedPlan> applied;
    std::optional<PlanRejection> rejected;
    // `applied` was read back from status, and no plan of this log was carried out, refused or failed since.
    bool unproven = false;
    std::map<ObjectRef, KnownObject> objects;
    std::map<ObjectRef, ObjectFailure> failures;
    // Perhaps there: planned and never known to be applied, though it may have been (a lost answer, a process that died). Looked
    // for when it is not wanted any more, in kinds that are not watched nobody else would.
    std::set<ObjectRef> doubtful;
    std::set<ObjectRef> skipped;                       // of an optional kind that the cluster lacks; not missed
    std::map<ObjectRef, GoneObject> gone;              // the last one of that name; what says that it is there is older
    std::map<std::string, std::string> config_digests; // "configmap/<name>", "secret/<name>"

    // Objects of the plan that are not applied as planned, those aside that the cluster cannot hold. Counted whenever one of
    // them changes, for it is asked for at every event: all of them for a new plan, the one of which an event told otherwise.
    std::size_t missing() const { return missing_; }
    void count_missing();
    void count_missing(const ObjectRef &changed);
    bool complete() const { return plan && missing() == 0; }
    boost::json::object to_json() const;

  private:
    bool is_missing(const PlannedObject &wanted) const;

    // Both follow from the rest.
    std::vector<bool> missing_of_plan_; // as plan->objects
    std::size_t missing_ = 0;
};

class Topologies {
  public:
    // False: apply() does nothing upon events of that name.
    static bool listens_to(std::string_view event_name);
    void apply(const Event &event, const HashedId &id);
    const TopologyState &of(const HashedId &id) const; // an empty one for an unknown runtime
    const TopologyState &of(const RuntimeId &id) const { return of(HashedId(id)); }
    boost::json::object to_json() const;
    // Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from);

  private:
    ById<TopologyState> states_;
};

// Objects that exist and that the runtime shall not have, newest rules of spec 30 §11.2 and §11.3: nothing before the plan is
// complete; three former role ConfigMaps are kept. `all`: the runtime goes, so everything does. `asleep`: autoscalers go too.
// What is perhaps there has no uid.
std::vector<AppliedObject> surplus_objects(const RuntimeId &id, const TopologyState &state, bool all, bool asleep);

} // namespace xtn
