// Connections to coordinators that wait for the next request: most recently used first, bounded, and dead once they become
// readable. One pool per thread.
#pragma once

#include "gateway/net/socket.hpp"
#include "gateway/routing/coordinator.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <unordered_map>
#include <vector>

namespace xtn::gateway {

struct UpstreamConnection {
    UpstreamConnection(Socket s, std::shared_ptr<Coordinator> c) : socket(std::move(s)), coordinator(std::move(c)) {}
    Socket socket;
    std::shared_ptr<Coordinator> coordinator;
    bool reused = false; // came out of the pool: it may have died unnoticed
    TimePoint idle_since{};
};

class UpstreamPool {
  public:
    struct Limits {
        std::size_t idle = 1024;
        std::size_t idle_per_coordinator = 128;
        std::chrono::milliseconds idle_time{90000};
    };
    UpstreamPool(Limits limits, std::atomic<std::size_t> &idle_count) : limits_(limits), idle_count_(idle_count) {}
    ~UpstreamPool() { close_all(); }

    // The most recently used live connection, or nullptr. `certain` checks it by a peek first (for requests that are never
    // re-sent).
    std::unique_ptr<UpstreamConnection> take(const Coordinator &coordinator, bool certain);
    void give_back(std::unique_ptr<UpstreamConnection> connection, TimePoint now);
    // Drops what is too old or has become readable.
    void sweep(TimePoint now);
    void close_all();

  private:
    using Idle = std::vector<std::unique_ptr<UpstreamConnection>>;
    Limits limits_;
    std::atomic<std::size_t> &idle_count_;
    std::size_t idle_ = 0; // of this thread
    std::unordered_map<const Coordinator *, Idle> by_coordinator_;
};

} // namespace xtn::gateway
