// Bodies both ways: byte for byte, at bounded memory, with every framing.
#include "gateway/observe/process_stats.hpp"
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;

namespace {

const std::string selector = select("n/a");

// Text in which a lost, doubled or moved piece shows.
std::string pattern(std::size_t bytes) {
    std::string out;
    for (std::uint32_t i = 0; out.size() < bytes; ++i)
        out += std::to_string(i * 2654435761U) + "\n";
    out.resize(bytes);
    return out;
}

std::string chunked(std::string_view body, std::size_t size) {
    std::string out;
    while (!body.empty()) {
        char line[32];
        const auto piece = body.substr(0, size);
        std::snprintf(line, sizeof line, "%zx;ext=1\r\n", piece.size());
        out.append(line).append(piece).append("\r\n");
        body.remove_prefix(piece.size());
    }
    return out + "0\r\nX-Trailer: t\r\n\r\n";
}

std::unique_ptr<Gateway> gateway_to(const std::string &url, Gateway::Options options = impatient()) {
    options.timeouts.health_interval = std::chrono::minutes(10);
    return gateway_with(table_with({route_to({backend_at("n", "a", url)})}), std::move(options));
}

// Answers every request on a connection with what `make` gives; /v1/info is a health check and says so.
RawServer::Serve answering(std::function<std::string(const std::string &)> make) {
    return [make = std::move(make)](RawConnection &connection, int) {
        for (auto request = connection.read_request(); !request.empty(); request = connection.read_request())
            connection.send(request.starts_with("GET /v1/info ") ? ok_answer("{}") : make(request));
    };
}

std::size_t resident() {
    return static_cast<std::size_t>(gateway::read_process_stats().resident_bytes);
}

} // namespace

DOCTEST_TEST_CASE("an answer comes through byte for byte, whatever its framing and however large") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{65000}, std::size_t{73728}, std::size_t{3000000}}) {
        DOCTEST_CAPTURE(size);
        const auto body = pattern(size);
        RawServer server(answering([&](const std::string &request) {
            if (request.starts_with("GET /length")) return ok_answer(body, "Content-Type: application/json\r\n");
            if (request.starts_with("GET /chunked"))
                return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
                       chunked(body, 7777);
            return std::string("HTTP/1.1 500 ?\r\nContent-Length: 0\r\n\r\n");
        }));
        const auto gateway = gateway_to(server.url());
        for (const auto *path : {"/length", "/chunked"}) {
            const auto answer = ask(gateway->port(), "GET", path, selector);
            DOCTEST_CHECK(answer.whole);
            DOCTEST_CHECK((answer.body == body));
        }
        DOCTEST_CHECK(quiet(*gateway));
        gateway->stop();
    }
}

DOCTEST_TEST_CASE("a body without framing ends with its connection, and only a clean end is passed on as one") {
    const auto body = pattern(200000);
    RawServer server([&](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.starts_with("GET /v1/info ")) return void(connection.send(ok_answer("{}")));
        connection.send("HTTP/1.1 200 OK\r\nX-Kind: close\r\n\r\n" + body);
        if (request.starts_with("GET /cut")) connection.reset();
    });
    const auto gateway = gateway_to(server.url());
    const auto answer = ask(gateway->port(), "GET", "/whole", selector);
    DOCTEST_CHECK((answer.body == body));
    DOCTEST_CHECK(answer.header("connection") == "close");
    auto client = RawConnection::connect_to(gateway->port());
    client.send("GET /cut HTTP/1.1\r\nHost: gw\r\n" + selector + "\r\n");
    DOCTEST_CHECK(client.ended_within(std::chrono::seconds(5)));
    gateway->stop();
}

DOCTEST_TEST_CASE("a large answer to a slow reader holds one block and not the answer") {
    constexpr std::size_t total = std::size_t{64} << 20;
    std::atomic<std::size_t> sent{0};
    RawServer server([&](RawConnection &connection, int) {
        if (connection.read_request().starts_with("GET /v1/info ")) return void(connection.send(ok_answer("{}")));
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
        const std::string piece(1 << 20, 'x');
        while (sent < total && connection.send(piece))
            sent += piece.size();
    });
    auto options = impatient();
    options.timeouts.write_stall = std::chrono::seconds(20);
    options.timeouts.upstream_stall = std::chrono::seconds(20);
    const auto gateway = gateway_to(server.url(), std::move(options));
    auto client = RawConnection::connect_to(gateway->port());
    const auto before = resident();
    client.send("GET /big HTTP/1.1\r\nHost: gw\r\n" + selector + "\r\n");
    // The client does not read: the coordinator is held up by the sockets' buffers.
    std::size_t last = 0;
    DOCTEST_CHECK(eventually([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const auto now = sent.load();
        return now == std::exchange(last, now) && now > 0;
    }));
    DOCTEST_CHECK(sent.load() < total);
    DOCTEST_CHECK(gateway->usage().buffers <= 2);
    DOCTEST_CHECK(resident() < before + (std::size_t{16} << 20));
    std::size_t received = 0;
    while (received < total && client.receive()) {
        received += client.pending.size();
        client.pending.clear();
    }
    DOCTEST_CHECK(received >= total);
    client.close();
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("a request's body arrives byte for byte, with its own framing") {
    std::mutex mutex;
    std::string seen;
    RawServer server(answering([&](const std::string &request) {
        const std::lock_guard lock(mutex);
        seen = request;
        return ok_answer("ok");
    }));
    const auto gateway = gateway_to(server.url());
    const auto body = pattern(2000000);
    DOCTEST_CHECK(ask(gateway->port(), "POST", "/v1/x", selector, body).status == 200);
    {
        const std::lock_guard lock(mutex);
        DOCTEST_CHECK((seen.substr(seen.find("\r\n\r\n") + 4) == body));
    }
    auto client = RawConnection::connect_to(gateway->port());
    client.send("POST /v1/x HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n" + selector + "\r\n" + chunked(body, 50000));
    DOCTEST_CHECK(client.read_answer().status == 200);
    {
        const std::lock_guard lock(mutex);
        DOCTEST_CHECK((seen.substr(seen.find("\r\n\r\n") + 4) == body));
        DOCTEST_CHECK(seen.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
        DOCTEST_CHECK(seen.find("Content-Length") == std::string::npos);
    }
    client.send("GET /next HTTP/1.1\r\nHost: gw\r\n" + selector + "\r\n"); // the connection is still good
    DOCTEST_CHECK(client.read_answer().status == 200);
    client.close();
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("Expect: 100-continue is answered by the gateway, and the body follows") {
    RawServer server(
        answering([](const std::string &request) { return ok_answer(request.substr(request.find("\r\n\r\n") + 4)); }));
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    client.send("POST /v1/x HTTP/1.1\r\nHost: gw\r\nContent-Length: 8\r\nExpect: 100-continue\r\n" + selector + "\r\n");
    DOCTEST_CHECK(client.read_answer("POST", true).status == 100);
    client.send("SELECT 1");
    DOCTEST_CHECK(client.read_answer().body == "SELECT 1");
    // A request that is refused anyway is not asked for its body.
    client.send(
        "POST /v1/x HTTP/1.1\r\nHost: gw\r\nContent-Length: 8\r\nExpect: 100-continue\r\nX-Trino-XTrinode: no/such\r\n\r\n");
    DOCTEST_CHECK(client.read_answer("POST", true).status == 404);
    gateway->stop();
}

DOCTEST_TEST_CASE("interim answers other than 100 are passed on, an unasked upgrade is not") {
    RawServer server(answering([](const std::string &request) {
        if (request.starts_with("GET /hints"))
            return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok_answer("done");
        return std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    }));
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    client.send("GET /hints HTTP/1.1\r\nHost: gw\r\n" + selector + "\r\n");
    DOCTEST_CHECK(client.read_answer("GET", true).status == 103);
    DOCTEST_CHECK(client.read_answer().body == "done");
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/upgrade", selector).status == 502);
    gateway->stop();
}

DOCTEST_TEST_CASE(
    "HEAD keeps the length and has no body; hop-by-hop lines of an answer stay behind; Location leads through the gateway") {
    RawServer server(answering([](const std::string &request) {
        if (request.starts_with("HEAD")) return std::string("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
        return std::string("HTTP/1.1 303 See Other\r\nLocation: http://inside:8080/ui/login.html\r\nConnection: "
                           "X-Inner\r\nX-Inner: 1\r\nKeep-Alive: 5\r\n"
                           "Proxy-Authenticate: x\r\nX-Outer: 2\r\nContent-Length: 0\r\n\r\n");
    }));
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    client.send("HEAD /x HTTP/1.1\r\nHost: gw\r\n" + selector + "\r\nGET /y HTTP/1.1\r\nHost: gw\r\n" + selector + "\r\n");
    const auto head = client.read_answer("HEAD");
    DOCTEST_CHECK(head.header("content-length") == "12345");
    const auto answer = client.read_answer();
    DOCTEST_CHECK(answer.status == 303);
    DOCTEST_CHECK(answer.header("location") == "/ui/n/a/login.html");
    DOCTEST_CHECK(answer.header("x-outer") == "2");
    for (const auto *gone : {"x-inner", "keep-alive", "proxy-authenticate", "connection"})
        DOCTEST_CHECK(answer.header(gone).empty());
    gateway->stop();
}
