#include "gateway/net/session.hpp"

namespace xtn::gateway {

namespace {

constexpr std::chrono::milliseconds linger_time{1000};
constexpr std::size_t linger_bytes = 256 * 1024;

} // namespace

Session::Session(Worker &worker, Socket socket, std::string peer, Surface surface)
    : worker_(worker), shared_(worker.shared()), surface_(surface), client_(std::move(socket)), peer_(std::move(peer)),
      in_(worker.request_blocks(), shared_.large_headers), relay_(worker.answer_blocks(), shared_.large_headers),
      answer_(worker.answer_blocks(), shared_.large_headers), alarm_(worker.reactor()) {
    client_.no_delay();
    shared_.sessions.fetch_add(1, std::memory_order_relaxed);
    worker_.add(this);
}

Session::~Session() {
    worker_.remove(this);
    shared_.sessions.fetch_sub(1, std::memory_order_relaxed);
}

Task<> Session::serve(std::shared_ptr<Session> self) {
    co_await self->run();
}

Task<> Session::run() {
    bool keep = true;
    while (keep && !over()) {
        const Got got = co_await read_request();
        if (got == Got::nothing) break;
        x_.started = now();
        counted_ = true;
        shared_.exchanges.fetch_add(1, std::memory_order_relaxed);
        if (got == Got::request) {
            co_await handle();
        } else {
            co_await refuse_request();
        }
        keep = x_.keep && !over();
        finish_exchange();
        if (!keep && !over()) co_await linger();
    }
    client_.close();
}

// Counts, logs and forgets the request; what the client sent ahead stays for the next one.
void Session::finish_exchange() {
    const auto took = std::chrono::steady_clock::now() - x_.started;
    if (x_.choice.route != nullptr && x_.status != 0) {
        x_.choice.route->metrics->finished(x_.status, std::chrono::duration<double>(took).count());
    }
    if (shared_.access_log.enabled()) {
        AccessLine line;
        line.method = x_.head.method;
        line.path = x_.head.path;
        line.status = x_.status;
        if (x_.backend != nullptr) line.runtime = x_.backend->identity;
        if (x_.choice.route != nullptr) line.routing_group = x_.choice.route->route.routing_group;
        line.query_id = x_.query_id.empty() ? std::string_view(x_.learned_id) : x_.query_id;
        line.peer = peer_;
        line.user = x_.head.value(Field::trino_user);
        line.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
        line.bytes = x_.bytes_out;
        line.note = x_.note;
        shared_.access_log.add(line);
    }
    shared_.exchanges.fetch_sub(1, std::memory_order_relaxed);
    counted_ = false;

    x_.permit = CircuitBreaker::Permit();
    upstream_.reset();
    answer_.clear();
    in_.consume(std::min(in_.size(), x_.head.bytes + x_.body_start.size()));
    relay_.consume(x_.body_kept);
    if (!relay_.empty() && x_.keep) { // the next request came in the same piece as the end of this body
        const auto ahead = relay_.view();
        while (in_.room().second < ahead.size() && in_.grow(shared_.options.limits.max_header_bytes)) {
        }
        auto [into, room] = in_.room();
        const auto n = std::min(room, ahead.size());
        std::copy_n(ahead.begin(), n, into);
        in_.received(n);
        x_.keep = n == ahead.size();
    }
    relay_.clear();
    x_.choice = RouteChoice();
    x_.backend = nullptr;
    x_.table.reset();
    x_.status = 0;
    x_.bytes_out = 0;
    x_.wait = {};
    x_.note = {};
    x_.query_id = {};
    x_.body_start = {};
    x_.learned_id.clear();
    x_.upstream_path.clear();
    x_.body_kept = 0;
    x_.body_touched = x_.body_sent = x_.answered = x_.continued = x_.elsewhere = false;
}

Task<Session::Got> Session::read_request() {
    const auto &limits = shared_.options.limits;
    std::size_t scanned = 0;
    int blank_lines = 0;
    TimePoint head_deadline = TimePoint::max();
    x_.head.bytes = 0;
    x_.head.lines.clear();
    x_.head.method = x_.head.path = x_.head.host = {};
    x_.keep = true;
    for (;;) {
        while (in_.view().starts_with("\r\n") && scanned == 0 && blank_lines < 2) { // RFC 9112 §2.2
            in_.consume(2);
            ++blank_lines;
        }
        if (!in_.empty()) {
            const auto status = x_.head.parse(in_.view(), scanned, limits.max_header_bytes, limits.max_header_lines);
            if (status == HeadStatus::complete) co_return Got::request;
            if (status != HeadStatus::incomplete) {
                x_.status = status == HeadStatus::too_large             ? 431
                            : status == HeadStatus::unsupported_version ? 505
                            : status == HeadStatus::unsupported_coding  ? 501
                                                                        : 400;
                co_return Got::bad_request;
            }
            if (head_deadline == TimePoint::max()) {
                head_deadline = now() + shared_.options.timeouts.read_header;
            }
            if (in_.room().second == 0 && !in_.grow(limits.max_header_bytes)) {
                x_.status = 431;
                co_return Got::bad_request;
            }
        } else {
            in_.release_if_empty();
            if (worker_.draining()) co_return Got::nothing;
        }
        const bool idle = in_.empty();
        const auto deadline = idle ? now() + shared_.options.timeouts.idle : head_deadline;
        if (!co_await wait_for(client_, Socket::Direction::read, idle ? Phase::idle : Phase::reading_head, deadline)) {
            if (over() || idle) co_return Got::nothing;
            x_.status = 408;
            shared_.metrics.count(Metrics::Event::client_timeout);
            co_return Got::bad_request;
        }
        auto [into, room] = in_.room();
        const auto read = client_.read(into, room);
        if (read.status == Io::done) in_.received(read.bytes);
        if (read.status == Io::ended || read.status == Io::failed) co_return Got::nothing;
    }
}

Task<bool> Session::wait_client(Socket::Direction direction, Phase phase, std::chrono::milliseconds at_most) {
    const bool ready = co_await wait_for(client_, direction, phase, now() + at_most);
    if (!ready && expired_) shared_.metrics.count(Metrics::Event::client_timeout);
    co_return ready;
}

Task<bool> Session::pause(TimePoint until) {
    if (over()) co_return false;
    phase_ = Phase::pausing;
    deadline_ = TimePoint::max();
    next_look_ = now() + half_close_grace;
    const bool rested = co_await alarm_.sleep_until(until);
    phase_ = Phase::busy;
    co_return rested;
}

Task<bool> Session::send_to_client(Gather &pieces) {
    const std::size_t before = pieces.written();
    for (;;) {
        const Io status = pieces.write_now(client_);
        x_.answered = x_.answered || pieces.written() > 0;
        if (status == Io::done) {
            x_.bytes_out += pieces.written() - before;
            co_return true;
        }
        if (status != Io::would_block) {
            client_gone_ = true;
            co_return false;
        }
        if (!co_await wait_client(Socket::Direction::write, Phase::writing, shared_.options.timeouts.write_stall)) {
            x_.note = expired_ ? "client took no bytes" : x_.note;
            aborted_ = true;
            co_return false;
        }
    }
}

// Lets the client read the last answer before the connection goes: closing with unread bytes would reset it.
Task<> Session::linger() {
    client_.shut_down_writing();
    const auto deadline = now() + linger_time;
    std::size_t discarded = 0;
    in_.clear();
    while (discarded < linger_bytes) {
        if (!co_await wait_for(client_, Socket::Direction::read, Phase::lingering, deadline)) break;
        auto [into, room] = in_.room();
        const auto read = client_.read(into, room);
        if (read.status == Io::would_block) continue;
        if (read.status != Io::done) break;
        discarded += read.bytes;
    }
    in_.clear();
}

void Session::sweep(TimePoint now) {
    if (phase_ == Phase::busy) return;
    if (now >= deadline_) {
        expired_ = true;
        cancel_waits();
    } else if (now >= next_look_) {
        next_look_ = now + half_close_grace;
        const Io client = client_.peek();
        if (client == Io::ended || client == Io::failed) {
            client_gone_ = true;
            cancel_waits();
        }
    }
}

void Session::drain() {
    if (phase_ == Phase::idle) abort();
}

void Session::abort() {
    aborted_ = true;
    cancel_waits();
}

void Session::cancel_waits() {
    client_.cancel();
    if (upstream_ != nullptr) upstream_->socket.cancel();
    if (connecting_ != nullptr) connecting_->cancel();
    alarm_.cancel();
}

void Session::reset_client() {
    client_.reset_on_close();
    aborted_ = true;
}

} // namespace xtn::gateway
