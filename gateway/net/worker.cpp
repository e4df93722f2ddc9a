#include "gateway/net/worker.hpp"

#include "gateway/net/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <future>

namespace xtn::gateway {

namespace {

constexpr std::size_t kept_blocks = 64; // of each kind, per thread

// An exception that leaves a coroutine here is a broken invariant.
void end_on_exception(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

} // namespace

Worker::Worker(Shared &shared)
    : shared_(shared), request_blocks_(request_block_bytes, kept_blocks, shared.buffers),
      answer_blocks_(answer_block_bytes, kept_blocks, shared.buffers), work_(context_.get_executor()),
      pool_({.idle = shared.options.limits.max_idle_upstream,
             .idle_per_coordinator = shared.options.limits.max_idle_per_backend,
             .idle_time = shared.options.timeouts.upstream_idle},
            shared.upstream_idle),
      tick_(context_), table_(shared.table()) {}

Worker::~Worker() {
    join();
}

void Worker::listen(Acceptor acceptor, Surface surface) {
    acceptors_.emplace_back(std::move(acceptor), surface);
}

void Worker::start() {
    asio::co_spawn(context_, sweep_loop(), end_on_exception);
    for (auto &[acceptor, surface] : acceptors_)
        asio::co_spawn(context_, accept_loop(acceptor, surface), end_on_exception);
    thread_ = std::thread([this] {
        context_.run();
        ended_.set_value();
    });
}

Task<> Worker::accept_loop(Acceptor &acceptor, Surface surface) {
    while (!draining_) {
        auto [ec, socket] = co_await acceptor.async_accept(use_task);
        if (draining_ || ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
        if (ec) { // out of descriptors, or the client left at once: give others a moment to end
            Alarm pause(context_, std::chrono::milliseconds(20));
            co_await pause.async_wait(use_task);
            continue;
        }
        if (shared_.sessions.load(std::memory_order_relaxed) >= shared_.options.limits.max_connections) {
            shared_.metrics.count(Metrics::Event::connection_refused);
            continue; // closed by its destructor
        }
        auto session = std::make_shared<Session>(*this, std::move(socket), surface);
        asio::co_spawn(context_, Session::serve(std::move(session)), end_on_exception);
    }
}

Task<> Worker::sweep_loop() {
    int ticks = 0;
    for (;;) {
        tick_.expires_after(sweep_interval);
        auto [ec] = co_await tick_.async_wait(use_task);
        if (ec) co_return;
        const auto now = std::chrono::steady_clock::now();
        // A session that is cancelled here ends later, from the loop: the set does not change under us.
        for (auto *session : sessions_)
            session->sweep(now);
        if (++ticks % 10 == 0) pool_.sweep(now);
    }
}

void Worker::set_table(std::shared_ptr<const RoutingTable> table) {
    if (!thread_.joinable()) {
        table_ = std::move(table);
        return;
    }
    auto taken = std::make_shared<std::promise<void>>();
    auto done = taken->get_future();
    asio::post(context_, [this, table = std::move(table), taken]() mutable {
        table_ = std::move(table);
        taken->set_value();
    });
    done.wait_for(std::chrono::seconds(5)); // a stopping worker never gets to it
}

void Worker::begin_drain() {
    asio::post(context_, [this] {
        draining_ = true;
        for (auto &[acceptor, surface] : acceptors_) {
            boost::system::error_code ignored;
            acceptor.close(ignored);
        }
        for (auto *session : sessions_)
            session->drain();
    });
}

void Worker::abort_sessions() {
    asio::post(context_, [this] {
        for (auto *session : sessions_)
            session->abort();
    });
}

void Worker::join() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] {
        tick_.cancel();
        pool_.close_all();
        work_.reset();
    });
    // A name lookup cannot be called off; nothing else keeps the loop.
    if (ended_.get_future().wait_for(std::chrono::milliseconds(300)) != std::future_status::ready) context_.stop();
    thread_.join();
}

} // namespace xtn::gateway
