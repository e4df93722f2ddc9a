#include "netkit/http_server.hpp"

#include "http_exchange.hpp"
#include "netkit/deadline.hpp"
#include "netkit/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <list>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace netkit {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[40];
    const auto n = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return std::string(text, n);
}

// Status line and headers; `framing` is the header that says where the body ends.
std::string head_text(const Response &r, std::string_view framing, bool close) {
    std::string out = "HTTP/1.1 ";
    out += std::to_string(r.status);
    out += ' ';
    out += r.reason.empty() ? reason_phrase(r.status) : std::string_view(r.reason);
    out += "\r\n";
    if (!r.headers.has("Date")) out.append("Date: ").append(http_date()).append("\r\n");
    for (const auto &[name, value] : r.headers.fields()) {
        if (iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding")) continue;
        out.append(name).append(": ").append(value).append("\r\n");
    }
    out += framing;
    if (close) out += "Connection: close\r\n";
    out += "\r\n";
    return out;
}

bool bodyless(int status) {
    return status == 204 || status == 304 || (status >= 100 && status < 200);
}

std::string chunk(std::string_view piece) {
    char size[20];
    const auto [end, ec] = std::to_chars(size, size + sizeof size, piece.size(), 16);
    (void)ec;
    std::string out(size, end);
    out.append("\r\n").append(piece).append("\r\n");
    return out;
}

} // namespace

struct Server::Impl {
    struct Session;

    Options options;
    Handler handler;
    asio::io_context io;
    tcp::acceptor acceptor{io};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    std::vector<std::thread> threads;
    std::string bound_address;
    std::uint16_t bound_port = 0;

    std::mutex mutex; // guards the members below
    std::condition_variable session_ended;
    std::set<std::shared_ptr<Session>> sessions;
    bool stopping = false;
    bool stopped = false;

    asio::awaitable<void> accept_loop();
};

struct Server::Impl::Session : std::enable_shared_from_this<Session> {
    Session(Impl &server, tcp::socket socket) : server(server), stream(std::move(socket)), wakeup(stream.get_executor()) {}

    Impl &server;
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    asio::steady_timer wakeup;
    bool busy = false;             // an exchange is running
    bool closing = false;          // leave after the running exchange
    bool peer_watched = false;     // a wait for readability is pending
    std::weak_ptr<Answer> watched; // the answer that a vanished peer ends: that of the running exchange

    asio::awaitable<void> run();
    asio::awaitable<bool> serve(Request request, bool keep_alive, bool http10);
    asio::awaitable<bool> refuse(int status);
    asio::awaitable<bool> send(std::string_view bytes);
    asio::awaitable<bool> stream_answer(std::shared_ptr<Answer> answer, Response head, bool close, bool http10, bool is_head);
    void watch_peer(const std::shared_ptr<Answer> &answer);

    void close() {
        beast::error_code ec;
        stream.socket().shutdown(tcp::socket::shutdown_both, ec);
        stream.close();
        wakeup.cancel();
    }
};

asio::awaitable<bool> Server::Impl::Session::send(std::string_view bytes) {
    stream.expires_after(server.options.write_timeout);
    auto [ec, n] = co_await asio::async_write(stream, asio::buffer(bytes.data(), bytes.size()), use_tuple);
    co_return !ec;
}

asio::awaitable<bool> Server::Impl::Session::refuse(int status) {
    Response r;
    r.status = status;
    r.headers.add("Content-Type", "text/plain; charset=utf-8");
    r.body = std::string(reason_phrase(status)) + "\n";
    std::string bytes = head_text(r, "Content-Length: " + std::to_string(r.body.size()) + "\r\n", true) + r.body;
    co_await send(bytes);
    // Let the refusal reach the peer before the reset that unread input would cause.
    beast::error_code ec;
    stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    stream.expires_after(std::chrono::milliseconds(500));
    char sink[4096];
    for (int i = 0; i < 64; ++i) {
        auto [read_ec, n] = co_await stream.async_read_some(asio::buffer(sink), use_tuple);
        if (read_ec) break;
    }
    co_return false;
}

// Tells the handler's side when the client goes away while an answer is being produced.
void Server::Impl::Session::watch_peer(const std::shared_ptr<Answer> &answer) {
    watched = answer;
    if (peer_watched) return; // a wait from an earlier exchange is still out and serves this one
    peer_watched = true;
    stream.socket().async_wait(tcp::socket::wait_read, [self = shared_from_this()](beast::error_code ec) {
        self->peer_watched = false;
        const auto answer = self->watched.lock();
        if (ec || !answer) return;
        // Never Asio's own receive here: readiness may be stale (an earlier read took the bytes), and a synchronous call would
        // then block the I/O thread in poll().
        char byte = 0;
        const auto n = ::recv(self->stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n > 0) return; // a pipelined request
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            self->watch_peer(answer); // nothing happened yet
            return;
        }
        const std::lock_guard lock(answer->mutex);
        answer->aborted = true;
        answer->poke();
    });
}

asio::awaitable<bool> Server::Impl::Session::stream_answer(std::shared_ptr<Answer> answer, Response head, bool close, bool http10,
                                                           bool is_head) {
    const bool chunked = !http10;
    std::string out = head_text(head, chunked ? "Transfer-Encoding: chunked\r\n" : "", close || http10);
    for (;;) {
        std::deque<std::string> pieces;
        bool finished = false;
        {
            const std::lock_guard lock(answer->mutex);
            if (answer->aborted) co_return false;
            pieces.swap(answer->pieces);
            finished = answer->finished;
        }
        std::size_t taken = 0;
        for (const auto &p : pieces) {
            taken += p.size();
            if (is_head) continue;
            if (chunked)
                out += chunk(p);
            else
                out += p;
        }
        if (finished && chunked && !is_head) out += "0\r\n\r\n";
        if (!out.empty() && !co_await send(out)) co_return false;
        out.clear();
        {
            const std::lock_guard lock(answer->mutex);
            answer->backlog -= taken;
            if (finished) co_return !close && !http10;
            if (!answer->pieces.empty() || answer->finished || answer->aborted) continue;
        }
        watch_peer(answer);
        stream.expires_never();
        wakeup.expires_at(asio::steady_timer::time_point::max());
        {
            // The check and the wait are one step on this strand: a wake-up posted in between cancels the wait below.
            const std::lock_guard lock(answer->mutex);
            if (!answer->pieces.empty() || answer->finished || answer->aborted) continue;
        }
        // Closed behind a write that had just succeeded: nobody would wake us any more.
        if (!stream.socket().is_open()) co_return false;
        auto [ec] = co_await wakeup.async_wait(use_tuple);
        (void)ec; // woken is all there is to know
    }
}

asio::awaitable<bool> Server::Impl::Session::serve(Request request, bool keep_alive, bool http10) {
    const bool is_head = request.method == "HEAD";
    auto answer = std::make_shared<Answer>();
    answer->max_backlog = server.options.max_stream_backlog;
    answer->wake = [weak = weak_from_this()] {
        if (auto self = weak.lock()) asio::post(self->stream.get_executor(), [self] { self->wakeup.cancel(); });
    };
    {
        auto handle = make_exchange(std::move(request), answer);
        server.handler(std::move(handle));
    }
    bool again = false;
    for (;;) {
        std::optional<Response> whole;
        std::optional<Response> head;
        bool aborted = false;
        {
            const std::lock_guard lock(answer->mutex);
            whole.swap(answer->whole);
            head.swap(answer->head);
            aborted = answer->aborted;
        }
        if (aborted) break;
        const bool close = !keep_alive || closing;
        if (whole) {
            const bool empty = bodyless(whole->status);
            std::string bytes = head_text(
                *whole, empty ? std::string() : "Content-Length: " + std::to_string(whole->body.size()) + "\r\n", close);
            if (!is_head && !empty) bytes += whole->body;
            again = co_await send(bytes) && !close;
            break;
        }
        if (head) {
            Response h = std::move(*head);
            again = co_await stream_answer(answer, std::move(h), close, http10, is_head);
            break;
        }
        watch_peer(answer);
        stream.expires_never();
        wakeup.expires_at(asio::steady_timer::time_point::max());
        {
            const std::lock_guard lock(answer->mutex);
            if (answer->answered || answer->aborted) continue;
        }
        if (!stream.socket().is_open()) break; // closed behind a read that had just succeeded
        auto [ec] = co_await wakeup.async_wait(use_tuple);
        (void)ec;
    }
    answer->close();
    co_return again;
}

asio::awaitable<void> Server::Impl::Session::run() {
    buffer.reserve(16384);
    beast::error_code endpoint_ec;
    const auto remote = stream.socket().remote_endpoint(endpoint_ec);
    const std::string peer = endpoint_ec ? std::string() : remote.address().to_string() + ":" + std::to_string(remote.port());
    for (;;) {
        if (closing) break;
        if (buffer.size() == 0) {
            stream.expires_after(server.options.idle_timeout);
            auto [ec, n] = co_await stream.async_read_some(buffer.prepare(8192), use_tuple);
            if (ec) break;
            buffer.commit(n);
        }
        http::request_parser<http::string_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(server.options.max_header_bytes));
        parser.body_limit(server.options.max_body_bytes);
        stream.expires_after(server.options.read_timeout);
        auto [header_ec, header_n] = co_await http::async_read_header(stream, buffer, parser, use_tuple);
        if (!header_ec && iequals(parser.get()[http::field::expect], "100-continue")) {
            if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n")) break;
            stream.expires_after(server.options.read_timeout);
        }
        beast::error_code ec = header_ec;
        if (!ec && !parser.is_done()) {
            auto [body_ec, body_n] = co_await http::async_read(stream, buffer, parser, use_tuple);
            ec = body_ec;
        }
        if (ec == http::error::header_limit) {
            co_await refuse(431);
            break;
        }
        if (ec == http::error::body_limit) {
            co_await refuse(413);
            break;
        }
        if (ec && ec.category() == beast::error_code(http::error::bad_method).category() && ec != http::error::end_of_stream &&
            ec != http::error::partial_message) {
            co_await refuse(400);
            break;
        }
        if (ec) break; // gone, stalled or cut off
        auto message = parser.release();
        const bool keep_alive = message.keep_alive();
        const bool http10 = message.version() < 11;
        if (!http10 && message.count(http::field::host) != 1) {
            co_await refuse(400);
            break;
        }
        Request request;
        request.method = std::string(message.method_string());
        request.target = std::string(message.target());
        for (const auto &field : message)
            request.headers.add(std::string(field.name_string()), std::string(field.value()));
        request.body = std::move(message.body());
        request.peer = peer;
        busy = true;
        const bool again = co_await serve(std::move(request), keep_alive, http10);
        busy = false;
        if (!again) break;
    }
    close();
    auto self = shared_from_this();
    {
        const std::lock_guard lock(server.mutex);
        server.sessions.erase(self);
    }
    server.session_ended.notify_all();
}

asio::awaitable<void> Server::Impl::accept_loop() {
    for (;;) {
        auto strand = asio::make_strand(io);
        auto [ec, socket] = co_await acceptor.async_accept(strand, use_tuple);
        if (ec == asio::error::operation_aborted || !acceptor.is_open()) co_return;
        if (ec) { // out of file descriptors and the like: wait a moment instead of spinning
            co_await sleep_for(std::chrono::milliseconds(50));
            continue;
        }
        beast::error_code option_ec;
        socket.set_option(tcp::no_delay(true), option_ec);
        auto session = std::make_shared<Session>(*this, tcp::socket(std::move(socket)));
        {
            const std::lock_guard lock(mutex);
            if (stopping || sessions.size() >= options.max_connections) continue; // closed by the destructor
            sessions.insert(session);
        }
        // Named first: temporaries that own memory must not live inside an await expression (docs/building.md).
        auto work_item = [](std::shared_ptr<Session> s) -> asio::awaitable<void> { co_await s->run(); }(session);
        spawn(session->stream.get_executor(), "http session", std::move(work_item));
    }
}

Result<std::unique_ptr<Server>> Server::start(std::string_view listen, Options options, Handler handler) {
    const auto colon = listen.rfind(':');
    if (colon == std::string_view::npos)
        return make_error(Code::invalid_argument,
                          "listen address \"" + std::string(listen) + "\" has no port; write ADDRESS:PORT");
    std::string host(listen.substr(0, colon));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) host = "0.0.0.0";
    if (host == "localhost") host = "127.0.0.1";
    const auto port_text = listen.substr(colon + 1);
    unsigned port = 0;
    const auto [end, parse_ec] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    beast::error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    if (ec || parse_ec != std::errc() || end != port_text.data() + port_text.size() || port > 65535)
        return make_error(Code::invalid_argument, "listen address \"" + std::string(listen) + "\" is not ADDRESS:PORT");

    auto impl = std::make_unique<Impl>();
    impl->options = options;
    impl->handler = std::move(handler);
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(port));
    impl->acceptor.open(endpoint.protocol(), ec);
    if (!ec) impl->acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) impl->acceptor.bind(endpoint, ec);
    if (!ec) impl->acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return make_error(Code::unavailable, "cannot listen on " + std::string(listen) + ": " + ec.message());
    const auto bound = impl->acceptor.local_endpoint();
    impl->bound_port = bound.port();
    impl->bound_address = (bound.address().is_v6() ? "[" + bound.address().to_string() + "]" : bound.address().to_string()) +
                          ":" + std::to_string(bound.port());
    impl->work.emplace(impl->io.get_executor());
    spawn(impl->io.get_executor(), "http accept", impl->accept_loop());
    for (int i = 0; i < std::max(1, impl->options.threads); ++i)
        impl->threads.emplace_back([io = &impl->io] { io->run(); });
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
    stop();
}

std::uint16_t Server::port() const {
    return impl_->bound_port;
}
std::string Server::address() const {
    return impl_->bound_address;
}

void Server::stop(std::chrono::milliseconds grace) {
    auto &s = *impl_;
    {
        const std::lock_guard lock(s.mutex);
        if (s.stopped) return;
        s.stopped = true;
        s.stopping = true;
    }
    asio::post(s.io, [&s] {
        beast::error_code ec;
        s.acceptor.close(ec);
    });
    const auto each_session = [&s](auto action) {
        std::vector<std::shared_ptr<Impl::Session>> all;
        {
            const std::lock_guard lock(s.mutex);
            all.assign(s.sessions.begin(), s.sessions.end());
        }
        for (auto &session : all)
            asio::post(session->stream.get_executor(), [session, action] { action(*session); });
    };
    each_session([](Impl::Session &session) {
        session.closing = true;
        if (!session.busy) session.close();
    });
    {
        std::unique_lock lock(s.mutex);
        s.session_ended.wait_for(lock, grace, [&s] { return s.sessions.empty(); });
    }
    each_session([](Impl::Session &session) { session.close(); });
    s.work.reset();
    for (auto &t : s.threads)
        t.join();
    s.threads.clear();
}

} // namespace netkit
