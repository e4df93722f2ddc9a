// From the engine's thread to the adapter's: what acting needs of each durable state. Bounded: a newer view of a runtime replaces
// the one still waiting.
#pragma once

#include "adapters/kube/act/kube_events.hpp"
#include "core/base/mutex.hpp"
#include "core/engine/engine.hpp"
#include "projections/world.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace xtn::act {

class Mailbox {
  public:
    struct RuntimeNews {
        std::optional<RuntimeView> view; // nothing: it does not exist any more
        int echoes = 0;                  // outcomes of ours that became durable
    };
    struct Mail {
        std::map<RuntimeId, RuntimeNews> runtimes;
        std::optional<RouteTable> routes; // when it may have changed, and only once every XTrinode is known
        std::optional<Seq> routes_cause;
        std::vector<std::pair<KubeEvent, std::string>> events; // with the uid of their XTrinode
        bool empty() const { return runtimes.empty() && !routes && events.empty(); }
    };

    // `notify` is called on the engine's thread when the box stops being empty; it must not
    // block or call back.
    explicit Mailbox(std::function<void()> notify) : notify_(std::move(notify)) {}

    // Called on the engine's thread. No events: everything may have changed.
    void deliver(const World &world, std::span<const Event> events);
    // Called on the adapter's thread.
    Mail take();
    // Nothing is notified any more once this returns. The engine cannot be unsubscribed from; it may hold on to the box.
    void close();

  private:
    std::function<void()> notify_;
    Mutex mutex_;
    Mail mail_ XTN_GUARDED_BY(mutex_);
    bool closed_ XTN_GUARDED_BY(mutex_) = false;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> told_; // (epoch, version) of the last table; engine's thread only
};

} // namespace xtn::act
