// Oversized, malformed, half-closed and stalled HTTP: a clean 4xx or the end of the connection within a deadline, and nothing
// held afterwards.
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Place {
    FakeCoordinator coordinator{"aaaaa"};
    std::unique_ptr<Gateway> gateway;
    explicit Place(Gateway::Options options = impatient()) {
        gateway = gateway_with(table_with({route_to({backend_at("n", "a", coordinator.url())})}), std::move(options));
    }
    RawConnection connect() const { return RawConnection::connect_to(gateway->port()); }
};

const std::string selector = select("n/a");

} // namespace

DOCTEST_TEST_CASE("malformed requests are answered by the status that fits, closed, and reach no coordinator") {
    Place p;
    const std::vector<std::pair<std::string, int>> cases{
        {"GET /\r\n\r\n", 400},
        {"nonsense\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"POST /v1/statement HTTP/1.1\r\nHost: a\r\n" + selector + "Transfer-Encoding: chunked\r\n\r\nZ\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2 << 20, 'x') + "\r\n\r\n", 431},
    };
    for (const auto &[text, status] : cases) {
        DOCTEST_CAPTURE(text.substr(0, 80));
        auto client = p.connect();
        client.send(text);
        const auto answer = client.read_answer();
        DOCTEST_CHECK(answer.status == status);
        DOCTEST_CHECK(answer.header("connection") == "close");
        DOCTEST_CHECK(client.ended_within(seconds(5)));
    }
    DOCTEST_CHECK(p.coordinator.seen().empty());
    DOCTEST_CHECK(quiet(*p.gateway));
}

DOCTEST_TEST_CASE("a header block of a megabyte of prepared statements is taken, and its memory given back") {
    Place p;
    std::string lines = selector;
    while (lines.size() < 900 * 1024)
        lines += "X-Trino-Prepared-Statement: " + std::string(8000, 'p') + "\r\n";
    DOCTEST_CHECK(ask(p.gateway->port(), "POST", "/v1/statement", lines, "SELECT 1").status == 200);
    DOCTEST_REQUIRE(p.coordinator.seen().size() == 1);
    DOCTEST_CHECK(p.coordinator.seen().front().headers.fields().size() > 100);
    DOCTEST_CHECK(quiet(*p.gateway));
}

DOCTEST_TEST_CASE("large header blocks together stay within their bound") {
    auto options = impatient();
    options.limits.max_large_header_bytes = 256 * 1024;
    options.timeouts.read_header = seconds(5);
    Place p(std::move(options));
    std::string lines;
    while (lines.size() < 100 * 1024)
        lines += "X: " + std::string(8000, 'x') + "\r\n";
    std::vector<RawConnection> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(p.connect());
        clients.back().send("GET /v1/query HTTP/1.1\r\nHost: a\r\n" + selector + lines + "X: y");
    }
    int refused = 0, served = 0;
    for (auto &client : clients) {
        client.send("\r\n\r\n");
        const auto status = client.read_answer().status;
        refused += status == 431 ? 1 : 0;
        served += status == 200 ? 1 : 0;
        client.close();
    }
    DOCTEST_CHECK(refused >= 4);
    DOCTEST_CHECK(served >= 1);
    DOCTEST_CHECK(refused + served == 8);
    DOCTEST_CHECK(quiet(*p.gateway));
}

DOCTEST_TEST_CASE("a client that stops in its header block gets 408, one that never begins is closed when idle") {
    Place p;
    auto slow = p.connect();
    slow.send("GET / HTTP/1.1\r\nHo");
    auto silent = p.connect();
    const auto answer = slow.read_answer();
    DOCTEST_CHECK(answer.status == 408);
    DOCTEST_CHECK(slow.ended_within(seconds(5)));
    DOCTEST_CHECK(silent.ended_within(seconds(5)));
    DOCTEST_CHECK(silent.pending.empty());
    DOCTEST_CHECK(quiet(*p.gateway));
}

DOCTEST_TEST_CASE("a client that sends its header byte by byte does not outlast the deadline") {
    Place p;
    auto client = p.connect();
    const auto start = std::chrono::steady_clock::now();
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(10000, 'x');
    for (std::size_t i = 0; i < text.size() && client.send(text.substr(i, 1)); ++i) {
        if (client.ended_within(milliseconds(20)) || !client.pending.empty()) break;
    }
    DOCTEST_CHECK(std::chrono::steady_clock::now() - start < seconds(4));
    DOCTEST_CHECK(client.read_answer().status == 408);
    client.close();
    DOCTEST_CHECK(quiet(*p.gateway));
}

DOCTEST_TEST_CASE("a body that stalls is 408, one whose sender leaves ends the attempt, a malformed one is 400") {
    Place p;
    auto stalled = p.connect();
    stalled.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n" + selector + "\r\nSELECT");
    DOCTEST_CHECK(stalled.read_answer().status == 408);
    DOCTEST_CHECK(stalled.ended_within(seconds(5)));
    auto gone = p.connect();
    gone.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n" + selector + "\r\nSELECT");
    gone.close();
    auto half = p.connect();
    half.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n" + selector + "\r\nSELECT");
    half.half_close();
    DOCTEST_CHECK(half.ended_within(seconds(5)));
    auto broken = p.connect();
    broken.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + selector + "\r\n6\r\nSELECT\r\n");
    DOCTEST_CHECK(eventually([&] { return p.gateway->usage().upstream > 0; })); // on its way already
    broken.send("oops\r\n");
    DOCTEST_CHECK(broken.read_answer().status == 400);
    broken.close();
    DOCTEST_CHECK(p.coordinator.queries() == 0);
    DOCTEST_CHECK(quiet(*p.gateway));
}

DOCTEST_TEST_CASE("a client that closes its sending side is taken for gone, and the coordinator's connection with it") {
    RawServer hanging([](RawConnection &connection, int) {
        connection.read_request();
        connection.ended_within(seconds(10));
    });
    auto options = impatient();
    options.timeouts.upstream_response = seconds(30);
    options.timeouts.health_interval = std::chrono::minutes(10);
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", hanging.url())})}), std::move(options));
    auto client = RawConnection::connect_to(gateway->port());
    client.send("GET /v1/query HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    DOCTEST_CHECK(eventually([&] { return gateway->usage().upstream == 1; }));
    client.half_close();
    DOCTEST_CHECK(client.ended_within(seconds(5)));
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("a client that takes nothing of its answer is cut off") {
    RawServer server([](RawConnection &connection, int) {
        if (connection.read_request().starts_with("GET /v1/info ")) return void(connection.send(ok_answer("{}")));
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
        const std::string piece(1 << 20, 'x');
        for (int i = 0; i < 96 && connection.send(piece); ++i) {
        }
    });
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", server.url())})}));
    auto client = RawConnection::connect_to(gateway->port());
    client.send("GET /big HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    DOCTEST_CHECK(eventually([&] { return gateway->usage().exchanges == 1; }));
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("above the connection limit new ones are closed, and the others go on") {
    auto options = impatient();
    options.limits.max_connections = 3;
    options.timeouts.idle = seconds(20);
    Place p(std::move(options));
    std::vector<RawConnection> clients;
    for (int i = 0; i < 3; ++i)
        clients.push_back(p.connect());
    DOCTEST_CHECK(eventually([&] { return p.gateway->usage().sessions == 3; }));
    auto fourth = p.connect();
    DOCTEST_CHECK(fourth.ended_within(seconds(5)));
    clients.front().send("GET /v1/query HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    DOCTEST_CHECK(clients.front().read_answer().status == 200);
    clients.clear();
    DOCTEST_CHECK(quiet(*p.gateway));
}
