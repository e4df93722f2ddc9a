// Decides when each runtime gets its next pass. Level-based: a newer view replaces the older one, and a pass on a satisfied view
// does nothing.
//
// Guarantees: never two passes over one runtime at a time; at most `max_passes` at once, namespaces
// in turn; a pass starts
// only on a view that knows the outcomes of the pass before (the engine echoes them), so that nothing is done twice; what failed
// is tried again after its backoff.
#pragma once

#include "adapters/kube/act/fair_queue.hpp"
#include "adapters/kube/act/runtime_pass.hpp"
#include "kubeclient/task_group.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>

namespace xtn::act {

class Actor {
  public:
    struct Options {
        std::size_t max_passes = 8;
        kube::Backoff backoff;                         // between tries of one object
        std::chrono::milliseconds echo_timeout{10000}; // an outcome that never comes back is waited for this long
        kube::Random random;
    };
    // Everything must outlive it; `context` stays shared.
    Actor(kube::TaskGroup &tasks, ActContext &context, Options options);

    // The runtime's newest durable view (nothing: it does not exist any more) and how many of our outcomes it newly knows.
    void update(const RuntimeId &id, std::optional<RuntimeView> view, int echoes);
    // Something about it was seen: look again.
    void poke(const RuntimeId &id);

  private:
    struct Slot {
        std::optional<RuntimeView> view;
        RetryBook retry;
        bool queued = false;
        bool running = false;
        bool dirty = false; // changed since the last pass began
        int unechoed = 0;
        netkit::Deadline echo_by;
        netkit::Deadline wake; // of the sleeper, if one is out
        bool sleeping = false;
        explicit Slot(RetryBook book) : retry(std::move(book)) {}
    };
    Slot &slot(const RuntimeId &id);
    void enqueue(const RuntimeId &id, Slot &slot);
    void start_next();
    boost::asio::awaitable<void> pass(RuntimeId id);
    void sleep_until(const RuntimeId &id, Slot &slot, netkit::Deadline deadline);
    boost::asio::awaitable<void> sleeper(RuntimeId id, netkit::Deadline deadline);

    kube::TaskGroup &tasks_;
    ActContext &context_;
    Options options_;
    std::map<RuntimeId, Slot> slots_; // one per XTrinode that exists
    FairQueue queue_;
    std::size_t running_ = 0;
};

} // namespace xtn::act
