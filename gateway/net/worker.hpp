// One thread of the proxy: its own event loop, acceptor (SO_REUSEPORT), sessions, buffers and upstream connections. Nothing on
// the way of a request leaves the thread; deadlines are kept by one sweep every 100 ms instead of a timer per operation.
#pragma once

#include "gateway/net/buffers.hpp"
#include "gateway/net/shared.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/net/upstream_pool.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <future>
#include <memory>
#include <thread>
#include <unordered_set>

namespace xtn::gateway {

class Session;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Alarm = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Which requests a listener takes.
enum class Surface : std::uint8_t { proxy, admin };

class Worker {
  public:
    static constexpr std::chrono::milliseconds sweep_interval{100};
    static constexpr std::size_t request_block_bytes = 8 * 1024;
    static constexpr std::size_t answer_block_bytes = 72 * 1024; // 64 KiB of body and a header block

    explicit Worker(Shared &shared);
    ~Worker();

    // Takes over a bound, listening acceptor made with context(). Before start().
    void listen(Acceptor acceptor, Surface surface);
    void start();
    // From any thread. Stops accepting, closes idle sessions, lets the others finish their exchange.
    void begin_drain();
    // From any thread: closes every session.
    void abort_sessions();
    // Ends the loop and joins; sessions must be gone.
    void join();

    asio::io_context &context() { return context_; }

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
    Task<> accept_loop(Acceptor &acceptor, Surface surface);
    Task<> sweep_loop();

    Shared &shared_;
    BlockPool request_blocks_;
    BlockPool answer_blocks_;
    // Before the loop: what frames that never ran to their end still touch when they are destroyed with it.
    std::unordered_set<Session *> sessions_;
    asio::io_context context_{1};
    asio::executor_work_guard<Executor> work_;
    UpstreamPool pool_;
    Alarm tick_;
    std::vector<std::pair<Acceptor, Surface>> acceptors_;
    std::shared_ptr<const RoutingTable> table_;
    bool draining_ = false;
    std::promise<void> ended_;
    std::thread thread_;
};

} // namespace xtn::gateway
