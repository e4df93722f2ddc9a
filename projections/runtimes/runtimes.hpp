// The projection `runtimes`: one RuntimeState per XTrinode, filled by folding events. One event touches one runtime. What was
// seen of Deployments, pods and endpoints whose XTrinode is not known (yet, or any more) waits beside it: there is as much of it
// as there are such objects in the cluster.
#pragma once

#include "core/event/event.hpp"
#include "projections/by_id.hpp"
#include "projections/cluster/cluster_state.hpp"
#include "projections/runtimes/runtime_state.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace xtn {

class Runtimes {
  public:
    // Total: an event that concerns no known runtime changes nothing. `id`: whom the event is about. `found`: what find() says of
    // it just before.
    void apply(const Event &event, const HashedId &id, RuntimeState *found);
    void expect(std::uint64_t hash) const { states_.expect(hash); }
    // What everyday observations touch.
    void fetch(std::uint64_t hash) const { states_.fetch(hash, 0, RuntimeState::everyday_bytes()); }
    const RuntimeState *find(const HashedId &id) const { return states_.find(id); }
    RuntimeState *find(const HashedId &id) { return states_.find(id); }
    const RuntimeState *find(const RuntimeId &id) const { return states_.find(id); }
    RuntimeState *find(const RuntimeId &id) { return states_.find(id); }
    const ById<RuntimeState>::Map &all() const { return states_.all(); }
    boost::json::object to_json() const;
    boost::json::object unowned_json() const; // what was seen of no known XTrinode
    // Becomes what to_json() and unowned_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from);
    Status restore_unowned(const boost::json::value &from);

    // Ends every adoption; to be called once the picture is complete. Returns the runtimes that were adopted.
    std::vector<RuntimeId> finish_adoptions(const ClusterState &cluster);

  private:
    void begin(const RuntimeId &id, const Event &event);
    void end(const RuntimeId &id, RuntimeState &rt);
    void observe_unowned(const RuntimeId &id, const Event &event);

    ById<RuntimeState> states_;
    std::map<RuntimeId, Observed> unowned_; // of no XTrinode that is known
    std::set<RuntimeId> adopting_;          // those whose state says `adopted`, and perhaps some that did
};

} // namespace xtn
