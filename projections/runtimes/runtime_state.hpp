// All that is known and decided about one runtime, as values. Filled by the folds of runtimes.cpp; read by policies and views.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/event/event.hpp"
#include "projections/flat_map.hpp"
#include "projections/runtimes/phase.hpp"
#include "projections/text.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

// A condition of the status, with the rules of spec 40 §20.2.
struct Condition {
    std::string type;
    std::string status; // True, False, Unknown
    std::string reason;
    std::string message;
    Timestamp since; // lastTransitionTime: when status or reason changed
    std::int64_t observed_generation = 0;
};

// Of anything in Kubernetes: a uid is a UUID, names are rarely longer.
using UidText = Text<36>;
using NameText = Text<63>;

// A Deployment as last seen; `component` (coordinator, worker) is its key.
struct DeploymentSeen {
    NameText name;
    UidText uid;
    std::int64_t generation = 0;
    std::int64_t observed_generation = 0;
    std::int64_t replicas = 0;
    std::int64_t updated = 0;
    std::int64_t ready = 0;
    std::int64_t available = 0;
    std::int64_t pods = 0;
    std::string progressing;     // True, False, Unknown or empty
    std::string replica_failure; // empty: none
    // Set by our own writes, until an observation that is at least as new arrives.
    std::int64_t written_generation = 0;
    std::optional<std::int64_t> asked_replicas;

    // True when this observation may be older than our own last write or its controller has not seen the spec yet.
    bool lags() const {
        return generation < written_generation || observed_generation < generation || asked_replicas.has_value();
    }
};

struct PodSeen {
    NameText name;
    std::string component;
    std::string phase;
    bool ready = false;
    std::string reason;
    std::string message;
    std::int64_t restarts = 0;
    bool terminating = false;
};

// Queries as one gateway counts them; kept while one of the numbers is not zero.
struct Busy {
    std::int64_t running = 0;
    std::int64_t queued = 0;
};

// A command that was taken and whose write to the XTrinode was not seen yet (spec 40 §7).
struct PendingCommand {
    std::string command;
    bool suspended = false;
    std::vector<std::string> clear; // annotations that go with the same write
    Seq decided;
};

// Spec 40 §9.2: workers that stay for a while after a resume.
struct WakeWindow {
    std::int64_t min_workers = 0;
    Timestamp until;
};

// What a resume over the API asked for, until its window was decided.
struct WakeAsked {
    std::optional<std::int64_t> min_workers;
    std::optional<std::int64_t> ttl_ms;
};

// What runs, as far as it was seen. Known also while the XTrinode it belongs to is not: lists of several kinds have no order.
struct Observed {
    // As many as a usual runtime has lie here, and not elsewhere.
    FlatMap<PodSeen, 3, UidText> pods;            // by uid
    FlatMap<std::int64_t, 1, NameText> endpoints; // ready ones by Service name
    FlatMap<DeploymentSeen, 2> deployments;
    boost::json::object to_json() const;
    bool empty() const { return deployments.empty() && pods.empty() && endpoints.empty(); }
};

// What readiness of a runtime that serves asks of its Deployments and endpoints; it follows from plan, spec and what was served.
struct ServingNeeds {
    bool steady_coordinator = false;
    bool steady_worker = false;
    std::int64_t workers = 0;
};

// What was found out and holds until something else changes, so that everyday observations need not ask again. None of it is
// state: without it the same comes out, later.
struct Shortcuts {
    // The world's mark under which the lifecycle policy had nothing to say and will have nothing to say until more changes than
    // lifecycle_overlooks() or, with `needs`, than Deployments and endpoints (lifecycle_policy.hpp). 0: it has to be asked.
    std::uint64_t silent_under = 0;
    std::optional<ServingNeeds> needs;
    bool needs_unasked = false; // Deployments or endpoints changed since `needs` were last held against them
    // Conditions and deadline are those of a runtime that serves and about which nobody complains (conditions.cpp).
    bool serves_quietly = false;
};

struct RuntimeState : Observed {
    // ---- what everyday observations touch lies together, beside what Observed has
    mutable Shortcuts shortcuts; // not state
    Phase phase = Phase::pending;
    bool deleting = false;
    bool adopted = false;   // read back from the XTrinode at its first sight, and left alone until the picture is complete
    FlatMap<Busy, 2> busy;  // by gateway id
    UidText uid;            // of the custom resource
    Text<64> status_digest; // of the last status written

    // ---- the custom resource as last seen
    std::string resource_version;
    Timestamp created;
    std::int64_t generation = 0; // newest seen, valid or not
    bool has_finalizer = false;
    std::map<std::string, std::string> annotations; // of our prefix, which is kept
    std::optional<boost::json::object> spec;        // newest valid one, defaults applied
    std::int64_t spec_generation = 0;
    std::string invalid; // what is wrong with the newest generation; empty: it is valid

    // ---- decided
    Phase phase_before_deletion = Phase::pending;
    Timestamp phase_since;
    std::string reason; // of the last change of phase
    std::string message;
    Seq decided_by;            // newest decision about this runtime
    bool quiet = false;        // queries ended (runtime.drained), counted within suspending and draining
    Timestamp open_since;      // when its route opened first since it was last quiet
    bool took_queries = false; // its route was open since it was last quiet
    Timestamp drain_started;
    Timestamp drain_until;
    Timestamp drained_at;
    std::string drain_result; // idle, timeout, cancelled
    std::optional<PendingCommand> command;
    std::string command_key;     // command annotations that were decided upon and still stand (commands.cpp)
    std::string command_refusal; // why that command was rejected; empty: it was not
    std::optional<WakeWindow> wake;
    WakeAsked wake_asked;
    bool wake_settled = true;            // false from a resume on until its wake window was decided
    std::string served_coordinator_hash; // rollout hashes with which it last became ready
    std::string served_worker_hash;
    std::int64_t observed_generation = 0;

    // ---- read back from the XTrinode at its first sight (adoption.hpp)
    bool failure_adopted = false; // the phase failed was; what failed is proven mended by a complete plan only
    std::string coordinator_url;  // as its status named it; shown while no valid spec is known

    std::vector<Condition> conditions;

    // How much of it, from its beginning, everyday observations touch.
    static std::size_t everyday_bytes();

    bool wants_suspended() const;
    const DeploymentSeen *deployment(const std::string &component) const;
    boost::json::object to_json() const;
};

// All of them, by "<namespace>/<name>". A member that is not named in runtime_state.cpp's state_fields() is lost at a restart.
boost::json::object to_json(const std::pmr::map<RuntimeId, RuntimeState> &states);
// Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
Status restore(const boost::json::value &from, std::pmr::map<RuntimeId, RuntimeState> &states);
// The same of what was seen of runtimes whose XTrinode is not known.
boost::json::object to_json(const std::map<RuntimeId, Observed> &unowned);
Status restore(const boost::json::value &from, std::map<RuntimeId, Observed> &unowned);

} // namespace xtn
