// One thread of the proxy: its own event loop, listener (SO_REUSEPORT), sessions, buffers and upstream connections. Nothing on
// the way of a request leaves the thread; deadlines are kept by one sweep every 100 ms instead of a timer per operation.
#pragma once

#include "gateway/net/buffers.hpp"
#include "gateway/net/shared.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/net/upstream_pool.hpp"

#include <list>
#include <memory>
#include <thread>
#include <unordered_set>
#include <utility>

namespace xtn::gateway {

class Session;

// Which requests a listener takes.
enum class Surface : std::uint8_t { proxy, admin };

class Worker {
  public:
    static constexpr std::chrono::milliseconds sweep_interval{100};
    static constexpr std::size_t request_block_bytes = 8 * 1024;
    static constexpr std::size_t answer_block_bytes = 72 * 1024; // 64 KiB of body and a header block

    explicit Worker(Shared &shared);
    ~Worker();

    // Takes over a listening descriptor (listen_on). Before start().
    void listen(int fd, Surface surface);
    void start();
    // From any thread. Stops accepting, closes idle sessions, lets the others finish their exchange.
    void begin_drain();
    // From any thread: closes every session.
    void abort_sessions();
    // Ends the loop and joins; sessions must be gone.
    void join();

    Reactor &reactor() { return reactor_; }

    // For sessions, on this thread.
    Shared &shared() { return shared_; }
    const std::shared_ptr<const RoutingTable> &table() const { return table_; }
    void set_table(std::shared_ptr<const RoutingTable> table); // from any thread; returns when in use
    BlockPool &request_blocks() { return request_blocks_; }
    BlockPool &answer_blocks() { return answer_blocks_; }
    UpstreamPool &pool() { return pool_; }
    bool draining() const { return draining_; }
    void add(Session *session) { sessions_.insert(session); }
    void remove(Session *session) { sessions_.erase(session); }

  private:
    Task<> accept_loop(Socket &listener, Surface surface);
    Task<> sweep_loop();

    Shared &shared_;
    BlockPool request_blocks_;
    BlockPool answer_blocks_;
    // Before the loop: what frames that never ran to their end still touch when they are destroyed with it.
    std::unordered_set<Session *> sessions_;
    std::shared_ptr<const RoutingTable> table_;
    Reactor reactor_;
    UpstreamPool pool_;
    std::list<std::pair<Socket, Surface>> listeners_; // addresses stay
    bool draining_ = false;
    std::thread thread_;
};

} // namespace xtn::gateway
