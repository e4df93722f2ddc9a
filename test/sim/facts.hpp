// What the predicates may look at: the cluster as it really is, the durable state as a second, independent fold shows it, and
// what happened so far. Filled in by the simulation, never by the control plane.
#pragma once

#include "netkit/http_message.hpp"
#include "netkit/time_source.hpp"
#include "projections/world.hpp"
#include "test/sim/api_server.hpp"
#include "test/sim/memory_log.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace xtn::simulation {

struct Violation {
    std::string predicate;
    std::string message;
    Duration at{0};
};

// A change of a stored object, and who made it.
struct SeenChange {
    const sandbox::StoredChange &change;
    ApiServer::Writer writer = ApiServer::Writer::others;
    bool by_control_plane() const { return writer == ApiServer::Writer::control_plane; }
};

struct Facts {
    ApiServer *server = nullptr;
    const MemoryLog *log = nullptr;
    std::unique_ptr<World> durable = World::create(); // folds what is durable, right after it became so

    // Of the log.
    Seq last_seq;
    Timestamp last_time;
    Epoch last_epoch;
    Epoch last_elected;                        // of the last leader.elected
    std::map<std::string, int> commands_taken; // by runtime
    std::map<std::string, int> commands_given; // by runtime: how often a user set a command annotation
    std::set<std::string> told;                // names of Kubernetes Events that exist or existed

    // What durable states asked for, now or earlier.
    std::set<Digest> manifests;                             // as request bodies
    std::set<Digest> tables;                                // routes.yaml
    std::set<std::pair<std::string, std::int64_t>> scales;  // Deployment -> replicas
    std::set<std::string> deletable;                        // uids
    std::set<std::string> perhaps_there;                    // "kind/namespace/name of uid": to be deleted if that XTrinode's
    std::set<std::pair<std::string, std::string>> statuses; // runtime, "member=value"
    std::pair<std::uint64_t, std::uint64_t> table_sent;     // (epoch, version) of the last table that was sent

    std::set<std::string> uids;                                   // of every object that ever existed
    std::set<std::string> made_late;                              // uids of what a late request made
    std::map<std::string, netkit::TimeSource::Monotonic> made_at; // by uid: of what others made
    std::map<std::string, int> may_roll; // uid of a Deployment -> how often its pods may be replaced, by what happened

    // How new a plan is. A Deployment that is made from an older one than its XTrinode and catalogs ask for by then (the control
    // plane was away, or its watches late) is right to be rolled once for each change that it lacks.
    struct PlannedFrom {
        std::string uid; // of the XTrinode
        std::int64_t generation = 0;
        std::size_t catalogs = 0; // changes of catalogs in the namespace that the log knew
    };
    struct CatalogChange {
        std::string uid;
        std::uint64_t revision = 0;
        bool gone = false;
    };
    std::map<Digest, PlannedFrom> planned_from;                        // by manifest, as request body: the newest plan with it
    std::map<std::string, PlannedFrom> sent_from;                      // by Deployment: of the last manifest that was sent
    std::map<std::string, std::vector<CatalogChange>> catalog_changes; // by namespace, in order
    std::map<std::string, std::size_t> catalogs_known;                 // by namespace: how many of these the log knows

    // What the cluster holds of a kind ("apps/deployments"); no namespace: in all.
    std::vector<sandbox::ObjectPtr> objects(std::string_view storage, std::string_view ns) const;

    void note(const Event &event);
    void note(const SeenChange &change);
    void note(const netkit::Request &sent);

  private:
    void note_views(const RuntimeId &id);
    void note_plan(const Event &planned);
    void note_catalog(const Event &seen);
    int lacks(const SeenChange &made) const; // changes that a new Deployment does not have yet
};

std::string runtime_text(const RuntimeId &id);
// Whether an XTrinode controls the object.
bool is_ours(const boost::json::object &object);
// The body of a request as the plan has it: without the uid that says which object is meant.
Digest planned_body(const netkit::Request &request);
// Whether `wanted` says nothing that `actual` does not say: members of objects, elements of arrays by place.
bool contains(const boost::json::value &actual, const boost::json::value &wanted, std::string &where);

} // namespace xtn::simulation
