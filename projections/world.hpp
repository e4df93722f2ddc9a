// The world: every projection and policy of the control plane behind the engine's Machine interface, and the views that acting
// adapters read. Nothing here does I/O.
#pragma once

#include "core/engine/engine.hpp"
#include "core/model/route_table.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xtn {

struct ObjectRef {
    std::string api_version; // "apps/v1"
    std::string kind;        // "Deployment"
    std::string ns;
    std::string name;
    friend auto operator<=>(const ObjectRef &, const ObjectRef &) = default;
    std::string text() const { return kind + "/" + ns + "/" + name; } // "Deployment/team-a/trino-x-worker"
};

// Kinds that a cluster may lack without harm to the runtime (spec 30 §11.1): an object of such a kind is left out while the API
// server does not serve it, and recorded as object.skipped.
bool optional_kind(const ObjectRef &ref);

// One object a runtime shall have. The manifest is the blob with this digest (canonical JSON, full object for server-side apply).
struct PlannedObject {
    ObjectRef ref;
    Digest manifest;
    bool force = true; // server-side apply with force; see spec 30 §11.1 and docs/decisions
};

// What is known of an object that was applied once.
struct AppliedObject {
    ObjectRef ref;
    Digest manifest; // last manifest applied
    std::string uid;
    std::string resource_version;
    bool drifted = false; // seen changed or gone since: apply again
};

// Everything an acting adapter has to bring about for one runtime; level-based: repeat it at will.
struct RuntimeView {
    RuntimeId id;
    std::string uid;
    std::int64_t generation = 0;
    std::string resource_version; // of the CR as last seen

    bool want_finalizer = false; // true: must be present; false: must be absent (only once clean-up is complete)
    bool has_finalizer = false;
    bool deleting = false;
    std::vector<PlannedObject>
        desired; // in apply order; empty while nothing may be applied (pending, rejected, suspended keeps its plan)
    std::vector<AppliedObject> applied; // what exists as far as we know
    // Exists and shall not: delete with uid precondition. Without a uid it is perhaps there: look, and delete what is found with
    // the uid it has.
    std::vector<AppliedObject> surplus;
    // Wanted scale of trino-<n>-coordinator through the scale subresource; nothing: leave alone. For a Deployment that exists,
    // scale first and apply then, so that the manifest's replicas never fight another field manager (spec 40 B1).
    std::optional<int> coordinator_replicas;
    std::optional<int> worker_replicas;
    bool apply_allowed = false;                                    // false while suspended or deleting: only scale and delete
    std::optional<boost::json::object> status;                     // the whole status wanted on the CR
    std::map<std::string, std::optional<std::string>> annotations; // wanted on the CR; nothing: must be absent
    // Of those that must be absent: the value that was recorded. Another one is a newer wish, which nobody has decided upon yet.
    std::map<std::string, std::string> absent_from;
    // A command was taken (spec 40 §7): the value that spec.suspended gets, in one write together with `annotations`. Nothing:
    // leave spec.suspended alone. Goes away once the CR is seen without the command's annotations.
    std::optional<bool> suspended;
    Seq decided_by; // newest decision behind this view: the cause of outcomes
};

class World : public Machine {
  public:
    static std::unique_ptr<World> create();
    // Which code folded a state: only the very same restores it from a snapshot. "world/1+" and a digest of the sources that
    // fold.
    static std::string state_version();

    virtual std::vector<RuntimeId> runtimes() const = 0;
    virtual std::optional<RuntimeView> runtime(const RuntimeId &id) const = 0;
    virtual const RouteTable &routes() const = 0;
    // False while routes() may lack runtimes only because nobody looked yet: such a table must reach no gateway. From the first
    // complete picture of this log on, or once the routes of an earlier log were carried over, it is true.
    virtual bool routes_known() const { return synced("XTrinode"); }
    // True once watch.synced for this kind ("XTrinode", "Deployment", ...) was folded in the current epoch.
    virtual bool synced(std::string_view kind) const = 0;
    // Events of types that this binary does not know and need not, since this object was made: they changed nothing.
    virtual std::uint64_t skipped() const { return 0; }

    // Human-readable pieces for xtn-audit: see docs/xtn-audit.md.
    virtual boost::json::object describe_runtime(const RuntimeId &id) const = 0; // state, conditions, plan, route of one runtime
    virtual boost::json::object describe() const = 0;                            // all of it
};

} // namespace xtn
