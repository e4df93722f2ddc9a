// A coordinator is lost with statements on their way: another one of the group takes them.
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const std::string selector = select("n/bad");

// A coordinator that treats POSTs as the test says, and answers health checks.
class Failing {
  public:
    using Treat = std::function<void(RawConnection &)>;
    explicit Failing(Treat treat)
        : server_([this, treat = std::move(treat)](RawConnection &connection, int) {
              for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
                  if (request.starts_with("GET /v1/info ")) {
                      connection.send(ok_answer("{}"));
                      continue;
                  }
                  {
                      const std::lock_guard lock(mutex_);
                      requests_.push_back(request);
                  }
                  treat(connection);
                  return;
              }
          }) {}
    std::string url() const { return server_.url(); }
    std::size_t requests() const {
        const std::lock_guard lock(mutex_);
        return requests_.size();
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    RawServer server_;
};

// Two of one group; on equal terms the smaller one is taken first, which is the bad one.
std::unique_ptr<Gateway> gateway_to(const std::string &bad, const std::string &good, Gateway::Options options = impatient()) {
    options.timeouts.health_interval = std::chrono::minutes(10);
    auto first = backend_at("n", "bad", bad), second = backend_at("n", "good", good);
    second.capacity_units = 2;
    auto route = route_to({first, second});
    return gateway_with(table_with({route}), std::move(options));
}

Answer post(const Gateway &gateway, std::string_view sql = "SELECT 1") {
    return ask(gateway.port(), "POST", "/v1/statement", selector, sql);
}

} // namespace

DOCTEST_TEST_CASE("a statement whose coordinator dies unanswered is answered by another one, with the whole body") {
    struct Way {
        const char *name;
        Failing::Treat treat;
    };
    const Way ways[] = {
        {"closes", [](RawConnection &) {}},
        {"resets", [](RawConnection &c) { c.reset(); }},
        {"breaks off in the head", [](RawConnection &c) { c.send("HTTP/1.1 200 OK\r\nContent-Le"); }},
        {"breaks off in the body",
         [](RawConnection &c) {
             c.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"id\":");
         }},
        {"ends it with the empty 200 of a server that stops",
         [](RawConnection &c) { c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); }},
    };
    for (const auto &way : ways) {
        DOCTEST_CAPTURE(way.name);
        Failing bad(way.treat);
        FakeCoordinator good("ggggg");
        const auto gateway = gateway_to(bad.url(), good.url());
        const auto answer = post(*gateway, "SELECT 'a statement'");
        DOCTEST_CHECK(answer.status == 200);
        DOCTEST_CHECK(member(answer.body, "id").ends_with("_ggggg"));
        DOCTEST_CHECK(bad.requests() == 1);
        const auto seen = good.seen("POST");
        DOCTEST_REQUIRE(seen.size() == 1);
        DOCTEST_CHECK(seen.front().body == "SELECT 'a statement'");
        DOCTEST_CHECK(seen.front().headers.get("X-Trino-XTrinode-Name") == "good");
        DOCTEST_CHECK(quiet(*gateway));
        gateway->stop();
    }
}

DOCTEST_TEST_CASE("a body that came in pieces after its head goes to the second coordinator whole") {
    Failing bad([](RawConnection &c) { c.reset(); });
    FakeCoordinator good("ggggg");
    const auto gateway = gateway_to(bad.url(), good.url());
    const std::string sql = "SELECT '" + std::string(30000, 'x') + "'";
    auto client = RawConnection::connect_to(gateway->port());
    client.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(sql.size()) + "\r\n" + selector +
                "\r\n");
    for (std::size_t at = 0; at < sql.size(); at += 7000) {
        std::this_thread::sleep_for(milliseconds(5));
        client.send(sql.substr(at, 7000));
    }
    DOCTEST_CHECK(client.read_answer().status == 200);
    // The connection goes on: nothing of the body is taken for the next request.
    client.send("GET /v1/info HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    DOCTEST_CHECK(client.read_answer().status == 200);
    const auto seen = good.seen("POST");
    DOCTEST_REQUIRE(seen.size() == 1);
    DOCTEST_CHECK(seen.front().body == sql);
    client.close();
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("a body larger than what is kept is sent once only") {
    Failing bad([](RawConnection &c) { c.reset(); });
    FakeCoordinator good("ggggg");
    const auto gateway = gateway_to(bad.url(), good.url());
    DOCTEST_CHECK(post(*gateway, std::string(200000, 'x')).status == 502);
    DOCTEST_CHECK(good.seen("POST").empty());
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("a coordinator that hangs holds a statement only as long as another one could not have it") {
    Failing bad([](RawConnection &c) { c.ended_within(seconds(10)); });
    FakeCoordinator good("ggggg");
    auto options = impatient();
    options.timeouts.statement_answer = milliseconds(300);
    options.timeouts.upstream_response = seconds(20);
    const auto gateway = gateway_to(bad.url(), good.url(), options);
    const auto began = std::chrono::steady_clock::now();
    DOCTEST_CHECK(post(*gateway).status == 200);
    DOCTEST_CHECK(std::chrono::steady_clock::now() - began < seconds(8));
    DOCTEST_CHECK(good.queries() == 1);
    gateway->stop();
    // Alone it has all the time there is.
    options.timeouts.upstream_response = milliseconds(1500);
    const auto alone = gateway_with(table_with({route_to({backend_at("n", "bad", bad.url())})}), options);
    const auto again = std::chrono::steady_clock::now();
    DOCTEST_CHECK(post(*alone).status == 504);
    DOCTEST_CHECK(std::chrono::steady_clock::now() - again > milliseconds(1200));
    alone->stop();
}

DOCTEST_TEST_CASE("when every coordinator of the group fails the client is told, and each was asked once") {
    Failing one([](RawConnection &c) { c.reset(); }), two([](RawConnection &c) { c.reset(); });
    const auto gateway = gateway_to(one.url(), two.url());
    const auto answer = post(*gateway);
    DOCTEST_CHECK(answer.status == 502);
    DOCTEST_CHECK(one.requests() == 1);
    DOCTEST_CHECK(two.requests() == 1);
    DOCTEST_CHECK(quiet(*gateway));
    gateway->stop();
}

DOCTEST_TEST_CASE("what is no new statement and changes something is never sent twice") {
    Failing bad([](RawConnection &c) { c.reset(); });
    FakeCoordinator good("ggggg");
    const auto gateway = gateway_to(bad.url(), good.url());
    DOCTEST_CHECK(ask(gateway->port(), "PUT", "/v1/x", selector, "x").status == 502);
    DOCTEST_CHECK(ask(gateway->port(), "POST", "/v1/statement/extra", selector, "x").status == 502);
    DOCTEST_CHECK(good.seen("PUT").empty());
    DOCTEST_CHECK(good.seen("POST").empty());
    gateway->stop();
}

DOCTEST_TEST_CASE("statements that wait count as load: a coordinator that hangs gets few of many") {
    std::atomic<bool> go{false};
    std::atomic<int> held{0};
    RawServer bad([&](RawConnection &connection, int) {
        for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
            if (request.starts_with("POST")) {
                ++held;
                while (!go)
                    std::this_thread::sleep_for(milliseconds(2));
            }
            connection.send(ok_answer("{}"));
        }
    });
    FakeCoordinator good("ggggg");
    auto options = impatient();
    options.timeouts.statement_answer = options.timeouts.upstream_response = seconds(20);
    const auto gateway = gateway_to(bad.url(), good.url(), options);
    auto waiting = RawConnection::connect_to(gateway->port());
    waiting.send("POST /v1/statement HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" + selector + "\r\nx");
    DOCTEST_CHECK(eventually([&] { return held == 1; }));
    auto page = post(*gateway); // the other one, which is idle
    DOCTEST_CHECK(member(page.body, "id").ends_with("_ggggg"));
    DOCTEST_CHECK(ask(gateway->port(), "DELETE", path_of(member(page.body, "nextUri")), selector).status == 204);
    DOCTEST_CHECK(member(post(*gateway).body, "id").ends_with("_ggggg"));
    DOCTEST_CHECK(held == 1);
    go = true;
    DOCTEST_CHECK(waiting.read_answer().status == 200);
    waiting.close();
    gateway->stop();
}
