// What the predicates may look at: the cluster as it really is, the durable state as a second, independent fold shows it, and
// what happened so far. Filled in by the simulation, never by the control plane.
#pragma once

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
    std::set<std::pair<std::string, std::string>> statuses; // runtime, "member=value"
    std::pair<std::uint64_t, std::uint64_t> table_sent;     // (epoch, version) of the last table that was sent

    std::set<std::string> uids;          // of every object that ever existed
    std::set<std::string> made_late;     // uids of what a late request made
    std::map<std::string, int> may_roll; // uid of a Deployment -> how often its pods may be replaced, by what happened

    // What the cluster holds of a kind ("apps/deployments"); no namespace: in all.
    std::vector<sandbox::ObjectPtr> objects(std::string_view storage, std::string_view ns) const;

    void note(const Event &event);
    void note_views(const RuntimeId &id);
    void note(const SeenChange &change);
};

std::string runtime_text(const RuntimeId &id);
// Whether `wanted` says nothing that `actual` does not say: members of objects, elements of arrays by place.
bool contains(const boost::json::value &actual, const boost::json::value &wanted, std::string &where);

} // namespace xtn::simulation
