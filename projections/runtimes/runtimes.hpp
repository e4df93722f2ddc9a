// The projection `runtimes`: one RuntimeState per XTrinode, filled by folding events. One event touches one runtime.
#pragma once

#include "core/event/event.hpp"
#include "projections/runtimes/runtime_state.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>

namespace xtn {

class Runtimes {
  public:
    // Total: an event that concerns no known runtime changes nothing.
    void apply(const Event &event);
    const RuntimeState *find(const RuntimeId &id) const;
    RuntimeState *find(const RuntimeId &id);
    const std::map<RuntimeId, RuntimeState> &all() const { return states_; }
    boost::json::object to_json() const;

  private:
    std::map<RuntimeId, RuntimeState> states_;
};

} // namespace xtn
