#include "gateway/net/worker.hpp"

#include "gateway/net/session.hpp"

#include <cerrno>
#include <future>

namespace xtn::gateway {

namespace {

constexpr std::size_t kept_blocks = 64; // of each kind, per thread

} // namespace

Worker::Worker(Shared &shared)
    : shared_(shared), request_blocks_(request_block_bytes, kept_blocks, shared.buffers),
      answer_blocks_(answer_block_bytes, kept_blocks, shared.buffers), table_(shared.table()),
      pool_({.idle = shared.options.limits.max_idle_upstream,
             .idle_per_coordinator = shared.options.limits.max_idle_per_backend,
             .idle_time = shared.options.timeouts.upstream_idle},
            shared.upstream_idle) {}

Worker::~Worker() {
    join();
}

void Worker::listen(int fd, Surface surface) {
    listeners_.emplace_back(Socket(reactor_, fd), surface);
}

void Worker::start() {
    reactor_.spawn(sweep_loop());
    for (auto &[listener, surface] : listeners_)
        reactor_.spawn(accept_loop(listener, surface));
    thread_ = std::thread([this] { reactor_.run(); });
}

Task<> Worker::accept_loop(Socket &listener, Surface surface) {
    while (!draining_) {
        std::string peer;
        const int fd = accept_from(listener, peer);
        if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            listener.used_up();
            if (!co_await listener.wait(Socket::Direction::read)) co_return;
            continue;
        }
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            Alarm pause(reactor_); // give others a moment to end
            co_await pause.sleep_until(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
            continue;
        }
        if (fd < 0) continue; // the client left at once
        Socket socket(reactor_, fd);
        if (shared_.sessions.load(std::memory_order_relaxed) >= shared_.options.limits.max_connections) {
            shared_.metrics.count(Metrics::Event::connection_refused);
            continue; // closed by its destructor
        }
        reactor_.spawn(Session::serve(std::make_shared<Session>(*this, std::move(socket), std::move(peer), surface)));
    }
}

Task<> Worker::sweep_loop() {
    Alarm tick(reactor_);
    for (int ticks = 1;; ++ticks) {
        if (!co_await tick.sleep_until(std::chrono::steady_clock::now() + sweep_interval)) co_return;
        const auto now = std::chrono::steady_clock::now();
        // A session that is called off here goes on later, from the loop: the set does not change under us.
        for (auto *session : sessions_)
            session->sweep(now);
        if (ticks % 10 == 0) pool_.sweep(now);
    }
}

void Worker::set_table(std::shared_ptr<const RoutingTable> table) {
    if (!thread_.joinable()) {
        table_ = std::move(table);
        return;
    }
    auto taken = std::make_shared<std::promise<void>>();
    auto done = taken->get_future();
    reactor_.post([this, table = std::move(table), taken]() mutable {
        table_ = std::move(table);
        taken->set_value();
    });
    done.wait_for(std::chrono::seconds(5)); // a stopping worker never gets to it
}

void Worker::begin_drain() {
    reactor_.post([this] {
        draining_ = true;
        for (auto &[listener, surface] : listeners_)
            listener.close();
        for (auto *session : sessions_)
            session->drain();
    });
}

void Worker::abort_sessions() {
    reactor_.post([this] {
        for (auto *session : sessions_)
            session->abort();
    });
}

void Worker::join() {
    if (!thread_.joinable()) return;
    reactor_.post([this] { pool_.close_all(); });
    reactor_.stop();
    thread_.join();
}

} // namespace xtn::gateway
