// Many runtimes that all lived through the same: one is brought up by the real renderer and the real policies, its events are
// recorded, and told again under other names.
#pragma once

#include "core/event/event.hpp"
#include "projections/world.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xtn::bench {

class Fleet {
  public:
    Fleet();

    // Cluster, settings and lists: what stands before the first runtime.
    const std::vector<Event> &beginning() const { return beginning_; }
    // The life of runtime number `index` up to Ready with one coordinator and two worker pods; numbers and times are to be set.
    std::vector<Event> life(int index) const;
    static RuntimeId id(int index);

    // A world with that many runtimes, by folding all their lives; `seq` and `time` go on from there.
    struct Told {
        std::unique_ptr<World> world;
        Seq seq;
        Epoch epoch;
        Timestamp time;
    };
    Told tell(int runtimes) const;

    // What goes on afterwards: pods come, flap and go, queries begin and end, rollouts move, statuses are written. The event of
    // `number` is about a runtime drawn from all of them.
    EventDraft everyday(int number, int runtimes) const;

  private:
    static Event own(const std::string &text, int index);

    std::vector<Event> beginning_;
    std::vector<std::string> life_; // as JSON, with placeholders for names
    std::string workers_seen_;      // of these the newest deployment.observed of the workers
    Timestamp began_;
};

} // namespace xtn::bench
