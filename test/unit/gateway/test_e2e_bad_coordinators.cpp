// Coordinators that die, hang or talk nonsense.
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
using std::chrono::seconds;

namespace {

const std::string selector = select("n/a");

std::unique_ptr<Gateway> gateway_to(const std::string &url) {
    auto options = impatient();
    options.timeouts.health_interval = std::chrono::minutes(10);
    return gateway_with(table_with({route_to({backend_at("n", "a", url)})}), std::move(options));
}

bool health_check(RawConnection &connection, const std::string &request) {
    return request.starts_with("GET /v1/info ") && connection.send(ok_answer("{}"));
}

} // namespace

DOCTEST_TEST_CASE(
    "a pooled connection that died is replaced for requests that may be repeated, statements among them, and no other") {
    std::atomic<int> posts{0}, gets{0};
    // Serves one request per connection, and closes it only when the next one comes: the gateway cannot know.
    RawServer server([&](RawConnection &connection, int) {
        const auto first = connection.read_request();
        if (first.empty() || health_check(connection, first)) return;
        (first.starts_with("POST") ? posts : gets)++;
        connection.send(ok_answer("one"));
        connection.receive(); // the beginning of a second request: no answer
        connection.reset();
    });
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    for (int i = 0; i < 4; ++i) {
        client.send("GET /v1/query HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
        DOCTEST_CHECK(client.read_answer().status == 200);
    }
    DOCTEST_CHECK(gets == 4);
    client.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" + selector + "\r\nx");
    DOCTEST_CHECK(client.read_answer().status == 200);
    DOCTEST_CHECK(posts == 1);
    client.send("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" + selector + "\r\nx");
    const auto answer = client.read_answer(); // sent once on the living-looking connection, which dies: not sent again
    DOCTEST_CHECK(answer.status == 502);
    DOCTEST_CHECK(answer.body == "Gateway error: backend request failed\n");
    DOCTEST_CHECK(posts == 1);
    client.close();
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("a pooled connection that was closed while idle is noticed before a statement is sent on it") {
    RawServer server([&](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.empty() || health_check(connection, request)) return;
        connection.send(ok_answer("one")); // and closes
    });
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    for (int i = 0; i < 4; ++i) {
        client.send("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" + selector + "\r\nx");
        DOCTEST_CHECK(client.read_answer().status == 200);
        // The close has arrived once a sweep has dropped the connection, or it is found out by the look before the next use.
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    gateway->stop();
}

DOCTEST_TEST_CASE("what is not HTTP, ends early or never comes is 502 or 504, and the coordinator's text is not shown") {
    std::mutex mutex;
    std::string behaviour;
    RawServer server([&](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.empty() || health_check(connection, request)) return;
        std::string text;
        {
            const std::lock_guard lock(mutex);
            text = behaviour;
        }
        connection.send(text);
        if (text == "hang") connection.ended_within(seconds(10));
    });
    const auto gateway = gateway_to(server.url());
    const auto status = [&](std::string text) {
        {
            const std::lock_guard lock(mutex);
            behaviour = std::move(text);
        }
        const auto answer = ask(gateway->port(), "POST", "/v1/x", selector, "x");
        DOCTEST_CHECK(answer.body == "Gateway error: backend request failed\n");
        return answer.status;
    };
    DOCTEST_CHECK(status("SSH-2.0-secret\r\n\r\n") == 502);
    DOCTEST_CHECK(status("") == 502);
    DOCTEST_CHECK(status("HTTP/1.1 200 OK\r\nContent-Le") == 502);
    DOCTEST_CHECK(status("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":") == 502);
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("no answer in time is 504") {
    RawServer server([](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (!health_check(connection, request)) connection.ended_within(seconds(10));
    });
    const auto gateway = gateway_to(server.url());
    DOCTEST_CHECK(ask(gateway->port(), "POST", "/v1/x", selector, "x").status == 504);
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("a body that breaks off resets the client, so that nobody takes a part for the whole") {
    RawServer server([](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.empty() || health_check(connection, request)) return;
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(500, 'x'));
    });
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    const auto answer = client.read_answer();
    DOCTEST_CHECK(answer.status == 200);
    DOCTEST_CHECK_FALSE(answer.whole);
    client.close();
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("the empty 200 of a coordinator that is stopping is no result page: the poll is repeated") {
    std::atomic<int> polls{0};
    RawServer server([&](RawConnection &connection, int) {
        for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
            if (health_check(connection, request)) continue;
            if (++polls < 3) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            } else {
                connection.send(
                    ok_answer(R"({"id":"20261126_120000_00001_aaaaa","infoUri":"http://x/ui/","stats":{"state":"FINISHED"}})",
                              "Content-Type: application/json\r\n"));
            }
        }
    });
    const auto gateway = gateway_to(server.url());
    const auto page = ask(gateway->port(), "GET", "/v1/statement/executing/20261126_120000_00001_aaaaa/y/1", selector);
    DOCTEST_CHECK(page.status == 200);
    DOCTEST_CHECK(page.body.find("FINISHED") != std::string::npos);
    DOCTEST_CHECK(polls == 3);
    gateway->stop();
}

DOCTEST_TEST_CASE("bytes that nobody asked for end a coordinator's connection and reach no other client") {
    RawServer server([](RawConnection &connection, int number) {
        for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
            if (health_check(connection, request)) continue;
            connection.send(ok_answer("good") + (number < 3 ? ok_answer("smuggled") : ""));
        }
    });
    const auto gateway = gateway_to(server.url());
    auto client = RawConnection::connect_to(gateway->port());
    for (int i = 0; i < 5; ++i) {
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
        DOCTEST_CHECK(client.read_answer().body == "good");
    }
    client.close();
    gateway->stop();
}

DOCTEST_TEST_CASE("five failures in a row open the breaker for new requests; cancelled clients do not") {
    std::atomic<bool> hang{true};
    RawServer server([&](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.empty() || health_check(connection, request)) return;
        if (hang) {
            connection.ended_within(seconds(10));
        } else {
            connection.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
        }
    });
    auto options = impatient();
    options.timeouts.health_interval = std::chrono::minutes(10);
    options.timeouts.upstream_response = seconds(20);
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", server.url())})}), std::move(options));
    for (int i = 0; i < 8; ++i) {
        auto client = RawConnection::connect_to(gateway->port());
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
        DOCTEST_CHECK(eventually([&] { return gateway->usage().upstream == 1; }));
        client.close();
        DOCTEST_CHECK(quiet(*gateway));
    }
    hang = false;
    for (int i = 0; i < 5; ++i)
        DOCTEST_CHECK(ask(gateway->port(), "GET", "/x", selector).status == 500);
    const auto refused = ask(gateway->port(), "GET", "/x", selector);
    DOCTEST_CHECK(refused.status == 503);
    DOCTEST_CHECK(refused.body == "Service temporarily unavailable\n");
    DOCTEST_CHECK(refused.header("retry-after") == "30");
    gateway->stop();
}
