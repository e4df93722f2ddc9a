#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "netkit/http_client.hpp"
#include "netkit/http_server.hpp"
#include "netkit/task.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace netkit;
using namespace std::chrono_literals;

namespace {

Deadline soon() {
    return Deadline::after(5s);
}

std::unique_ptr<Server> serve(Server::Handler handler, Server::Options options = {}) {
    auto server = Server::start("127.0.0.1:0", options, std::move(handler));
    DOCTEST_REQUIRE(server.ok());
    return std::move(*server);
}

Origin origin_of(const Server &s) {
    Origin o;
    o.host = "127.0.0.1";
    o.port = s.port();
    return o;
}

// Sends raw bytes and reads until the server closes or the time is over.
std::string raw(const Server &s, const std::string &bytes, bool half_close = false) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(s.port());
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    DOCTEST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr *>(&a), sizeof a) == 0);
    timeval limit{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    DOCTEST_CHECK(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    if (half_close) ::shutdown(fd, SHUT_WR);
    std::string out;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
        out.append(buffer, static_cast<std::size_t>(n));
    ::close(fd);
    return out;
}

void echo(const std::shared_ptr<Exchange> &ex) {
    Response r;
    r.headers.add("X-Method", ex->request().method);
    r.headers.add("X-Target", ex->request().target);
    r.body = ex->request().body;
    ex->respond(std::move(r));
}

} // namespace

DOCTEST_TEST_CASE("a request comes back with method, target and body, over one kept connection") {
    auto server = serve(echo);
    boost::asio::io_context io;
    Client client(io.get_executor(), {});
    auto work = [](Client &c, Origin o) -> boost::asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            Request q;
            q.method = "POST";
            q.target = "/a?b=" + std::to_string(i);
            q.body = std::string(100000, 'x');
            auto r = co_await c.send(o, std::move(q), soon());
            DOCTEST_REQUIRE(r.ok());
            DOCTEST_CHECK(r->status == 200);
            DOCTEST_CHECK(r->headers.get("x-target") == "/a?b=" + std::to_string(i));
            DOCTEST_CHECK(r->body.size() == 100000);
        }
    }(client, origin_of(*server));
    spawn(io.get_executor(), "test", std::move(work));
    io.run();
}

DOCTEST_TEST_CASE("HEAD carries the length and no body; 204 carries neither") {
    auto server = serve([](std::shared_ptr<Exchange> ex) {
        Response r;
        if (ex->request().target == "/none") r.status = 204;
        r.body = "hello";
        ex->respond(std::move(r));
    });
    const auto head = raw(*server, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    DOCTEST_CHECK(head.find("Content-Length: 5\r\n") != std::string::npos);
    DOCTEST_CHECK(head.ends_with("\r\n\r\n"));
    const auto none = raw(*server, "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    DOCTEST_CHECK(none.starts_with("HTTP/1.1 204 No Content\r\n"));
    DOCTEST_CHECK(none.find("Content-Length") == std::string::npos);
    DOCTEST_CHECK(none.ends_with("\r\n\r\n"));
}

DOCTEST_TEST_CASE("pipelined requests are answered in order") {
    auto server = serve(echo);
    const auto out = raw(*server, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const auto one = out.find("X-Target: /1");
    const auto two = out.find("X-Target: /2");
    DOCTEST_CHECK(one != std::string::npos);
    DOCTEST_CHECK(two != std::string::npos);
    DOCTEST_CHECK(one < two);
}

DOCTEST_TEST_CASE("bad input is answered cleanly and the connection closed") {
    Server::Options options;
    options.max_body_bytes = 1000;
    options.max_header_bytes = 2000;
    options.read_timeout = 300ms;
    auto server = serve(echo, options);
    DOCTEST_CHECK(raw(*server, "GARBAGE\r\n\r\n").starts_with("HTTP/1.1 400 "));
    DOCTEST_CHECK(raw(*server, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 ")); // no Host
    DOCTEST_CHECK(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n").starts_with("HTTP/1.1 413 "));
    DOCTEST_CHECK(
        raw(*server, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5000, 'y') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
    DOCTEST_CHECK(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").empty());       // stalled: closed
    DOCTEST_CHECK(raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", true).empty()); // half-closed
}

DOCTEST_TEST_CASE("Expect: 100-continue is answered before the body") {
    auto server = serve(echo);
    const auto out =
        raw(*server, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
    DOCTEST_CHECK(out.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    DOCTEST_CHECK(out.ends_with("abc"));
}

DOCTEST_TEST_CASE("a streamed answer arrives piece by piece, from another thread, and ends in order") {
    std::jthread producer;
    auto server = serve([&](std::shared_ptr<Exchange> ex) {
        producer = std::jthread([ex] {
            ex->begin({});
            for (int i = 0; i < 5; ++i)
                DOCTEST_CHECK(ex->write("line " + std::to_string(i) + "\n"));
            ex->finish();
            DOCTEST_CHECK_FALSE(ex->write("late"));
        });
    });
    boost::asio::io_context io;
    Client client(io.get_executor(), {});
    auto work = [](Client &c, Origin o) -> boost::asio::awaitable<void> {
        auto r = co_await c.open(o, Request(), soon());
        DOCTEST_REQUIRE(r.ok());
        std::string all;
        for (;;) {
            auto piece = co_await r->body->read(soon());
            DOCTEST_REQUIRE(piece.ok());
            if (piece->empty()) break;
            all += *piece;
        }
        DOCTEST_CHECK(all == "line 0\nline 1\nline 2\nline 3\nline 4\n");
    }(client, origin_of(*server));
    spawn(io.get_executor(), "test", std::move(work));
    io.run();
}

DOCTEST_TEST_CASE("the handler learns that a streaming client has gone") {
    std::mutex mutex;
    std::condition_variable changed;
    bool gone = false;
    std::shared_ptr<Exchange> kept;
    auto server = serve([&](std::shared_ptr<Exchange> ex) {
        ex->on_close([&] {
            const std::lock_guard lock(mutex);
            gone = true;
            changed.notify_all();
        });
        ex->begin({});
        ex->write("first\n");
        const std::lock_guard lock(mutex);
        kept = ex;
    });
    boost::asio::io_context io;
    Client client(io.get_executor(), {});
    auto work = [](Client &c, Origin o) -> boost::asio::awaitable<void> {
        auto r = co_await c.open(o, Request(), soon());
        DOCTEST_REQUIRE(r.ok());
        auto piece = co_await r->body->read(soon());
        DOCTEST_CHECK(piece.ok());
    }(client, origin_of(*server)); // the reader is dropped in the middle: the connection closes
    spawn(io.get_executor(), "test", std::move(work));
    io.run();
    std::unique_lock lock(mutex);
    DOCTEST_CHECK(changed.wait_for(lock, 5s, [&] { return gone; }));
    DOCTEST_CHECK_FALSE(kept->write("more"));
}

DOCTEST_TEST_CASE("late answers on a kept connection never hold up the other connections") {
    // Each late answer waits for the client's going away; that wait may wake up on bytes that were read since.
    std::mutex mutex;
    std::shared_ptr<Exchange> held;
    auto server = serve([&](std::shared_ptr<Exchange> ex) {
        if (ex->request().target == "/now") return ex->respond({});
        const std::lock_guard lock(mutex);
        held = std::move(ex);
    });
    auto take_held = [&] {
        const auto end = Deadline::after(5s);
        for (;;) {
            {
                const std::lock_guard lock(mutex);
                if (held) return std::move(held);
            }
            DOCTEST_REQUIRE_FALSE(end.passed());
            std::this_thread::sleep_for(1ms);
        }
    };
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(server->port());
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    DOCTEST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr *>(&a), sizeof a) == 0);
    const std::string request = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int i = 0; i < 20; ++i) {
        DOCTEST_REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
        auto exchange = take_held();
        Request now;
        now.target = "/now";
        const auto other = send_blocking(origin_of(*server), now, soon());
        DOCTEST_REQUIRE(other.ok());
        exchange->respond({});
        char buffer[4096];
        DOCTEST_REQUIRE(::recv(fd, buffer, sizeof buffer, 0) > 0);
    }
    // And the one that is still noticed when it goes is the running one.
    DOCTEST_REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
    auto last = take_held();
    std::atomic<bool> gone = false;
    last->on_close([&] { gone = true; });
    ::close(fd);
    const auto end = Deadline::after(5s);
    while (!gone && !end.passed())
        std::this_thread::sleep_for(1ms);
    DOCTEST_CHECK(gone);
}

DOCTEST_TEST_CASE("a watcher that does not read is cut off instead of holding memory") {
    Server::Options options;
    options.max_stream_backlog = 100000;
    std::atomic<bool> refused{false};
    std::jthread producer;
    auto server = serve(
        [&](std::shared_ptr<Exchange> ex) {
            producer = std::jthread([ex, &refused] {
                ex->begin({});
                const auto limit = soon();
                while (!limit.passed())
                    if (!ex->write(std::string(50000, 'z'))) {
                        refused = true;
                        return;
                    }
            });
        },
        options);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(server->port());
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    DOCTEST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr *>(&a), sizeof a) == 0);
    const std::string q = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    DOCTEST_CHECK(::send(fd, q.data(), q.size(), 0) > 0);
    const auto limit = soon();
    while (!refused && !limit.passed())
        std::this_thread::yield();
    DOCTEST_CHECK(refused);
    ::close(fd);
}

DOCTEST_TEST_CASE("an exchange dropped unanswered is a 500, not a hang") {
    auto server = serve([](std::shared_ptr<Exchange>) {});
    auto r = send_blocking(origin_of(*server), Request(), soon());
    DOCTEST_REQUIRE(r.ok());
    DOCTEST_CHECK(r->status == 500);
}

DOCTEST_TEST_CASE("a call ends at its deadline, and says so") {
    std::shared_ptr<Exchange> kept;
    auto server = serve([&](std::shared_ptr<Exchange> ex) { kept = ex; });
    const auto r = send_blocking(origin_of(*server), Request(), Deadline::after(100ms));
    DOCTEST_REQUIRE_FALSE(r.ok());
    DOCTEST_CHECK(r.error().code == Code::deadline_exceeded);
    kept.reset();
}

DOCTEST_TEST_CASE("nobody listening is unavailable") {
    Origin o;
    o.host = "127.0.0.1";
    {
        auto server = serve(echo);
        o.port = server->port();
    }
    const auto r = send_blocking(o, Request(), soon());
    DOCTEST_REQUIRE_FALSE(r.ok());
    DOCTEST_CHECK(r.error().code == Code::unavailable);
}

DOCTEST_TEST_CASE("stop ends streams and idle connections within its grace") {
    std::mutex mutex;
    std::vector<std::shared_ptr<Exchange>> kept;
    auto server = serve([&](std::shared_ptr<Exchange> ex) {
        ex->begin({});
        ex->write("x");
        const std::lock_guard lock(mutex);
        kept.push_back(ex);
    });
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(server->port());
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    DOCTEST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr *>(&a), sizeof a) == 0);
    const std::string q = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    DOCTEST_CHECK(::send(fd, q.data(), q.size(), 0) > 0);
    char byte = 0;
    DOCTEST_CHECK(::recv(fd, &byte, 1, 0) == 1);
    const auto before = std::chrono::steady_clock::now();
    server->stop(100ms);
    DOCTEST_CHECK(std::chrono::steady_clock::now() - before < 3s);
    ::close(fd);
}

DOCTEST_TEST_CASE("a stream that is closed right behind a write of its own ends with the server") {
    std::unique_ptr<Server> server;
    std::shared_ptr<Exchange> kept;
    std::future<void> stopped;
    server = serve([&](std::shared_ptr<Exchange> ex) {
        ex->begin({});
        ex->write("x"); // goes out once this handler has returned, and succeeds
        kept = std::move(ex);
        stopped = std::async(std::launch::async, [&] { server->stop(0ms); });
        DOCTEST_CHECK(stopped.wait_for(200ms) ==
                      std::future_status::timeout); // what closes the stream stands behind us in the queue
    });
    raw(*server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    DOCTEST_CHECK(stopped.wait_for(5s) == std::future_status::ready);
    kept->abort(); // frees what hangs, so that the failure can be told
}

DOCTEST_TEST_CASE("URLs are read strictly") {
    std::string prefix;
    auto o = Origin::parse("https://api.example:6443/k8s/", &prefix);
    DOCTEST_REQUIRE(o.ok());
    DOCTEST_CHECK(o->tls);
    DOCTEST_CHECK(o->host == "api.example");
    DOCTEST_CHECK(o->port == 6443);
    DOCTEST_CHECK(prefix == "/k8s");
    DOCTEST_CHECK(Origin::parse("http://[::1]:80")->authority() == "[::1]");
    DOCTEST_CHECK_FALSE(Origin::parse("ftp://x").ok());
    DOCTEST_CHECK_FALSE(Origin::parse("http://x:99999").ok());
    DOCTEST_CHECK_FALSE(Origin::parse("http://user@x").ok());
}
