// Hands the route table to whoever follows it: listeners in this process, and gateways on an HTTP stream.
//
// Flow: the engine's thread only leaves the newest table here; a thread of its own writes it out, at most every few milliseconds,
// so that a burst of changes costs each follower a few tables and the engine none. What a follower misses in between is of no
// interest: a table is whole. A follower that does not read is dropped by the server's bound on unsent bytes, and comes again.
#pragma once

#include "core/base/mutex.hpp"
#include "core/model/route_table.hpp"
#include "netkit/http_server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace xtn {

class RouteFeed {
  public:
    using Listener = std::function<void(const RouteTable &)>;
    static constexpr std::chrono::milliseconds between_tables{20};

    explicit RouteFeed(std::chrono::milliseconds heartbeat);
    RouteFeed(const RouteFeed &) = delete;
    RouteFeed &operator=(const RouteFeed &) = delete;
    ~RouteFeed(); // stop()

    // The table as it is now. Ignored unless newer than the last one (epoch, then version). From any thread; quick.
    void offer(const RouteTable &table);
    // Would offer() take it? Spares the engine's thread a copy.
    bool is_news(const RouteTable &table) const;

    // Called with the current table, if there is one, and with each later one; on the feed's thread.
    void listen(Listener listener);
    // Answers with a stream: the current table, if there is one, then each later one, one JSON document per line; an empty line
    // as heartbeat.
    void stream_to(std::shared_ptr<netkit::Exchange> exchange);
    // The current table as one JSON document, or nothing.
    std::shared_ptr<const std::string> current_text() const;
    std::size_t followers() const;             // open streams
    std::vector<std::string> gateways() const; // that hold one open, as they call themselves (X-Gateway-Id)

    // Ends the streams and the thread; no listener is called once it has returned.
    void stop();

  private:
    struct Follower {
        std::shared_ptr<netkit::Exchange> exchange; // null: a listener
        Listener listener;
        std::string gateway;
        std::shared_ptr<const RouteTable> seen; // last one it was given
        std::atomic<bool> gone{false};
    };
    void run();

    const std::chrono::milliseconds heartbeat_;
    mutable Mutex mutex_;
    CondVar changed_;
    std::shared_ptr<const RouteTable> table_ XTN_GUARDED_BY(mutex_);
    std::shared_ptr<const std::string> text_ XTN_GUARDED_BY(mutex_); // of table_, with its line end
    std::vector<std::shared_ptr<Follower>> followers_ XTN_GUARDED_BY(mutex_);
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    Mutex joining_;
    std::thread thread_; // started last
};

} // namespace xtn
