// Who gets a request, and what is changed on its way.
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;

namespace {

std::string header_of(const netkit::Request &request, std::string_view name) {
    return std::string(request.headers.get(name).value_or("(none)"));
}

struct Two {
    FakeCoordinator a{"aaaaa"}, b{"bbbbb"};
    std::unique_ptr<Gateway> gateway;

    explicit Two(Gateway::Options options = impatient()) {
        auto first = route_to({backend_at("team-a", "x", a.url())});
        first.hostname = "x.gw.example.com";
        auto second = route_to({backend_at("team-b", "y", b.url())});
        gateway = gateway_with(table_with({first, second}), std::move(options));
    }
    Answer post(std::string_view lines) const { return ask(gateway->port(), "POST", "/v1/statement", lines, "SELECT 1"); }
};

} // namespace

DOCTEST_TEST_CASE("a statement goes to the runtime that its header or host selects, and to no other") {
    Two two;
    DOCTEST_CHECK(two.post(select("team-a/x")).status == 200);
    DOCTEST_CHECK(two.a.queries() == 1);
    DOCTEST_CHECK(two.post(select("team-b/y")).status == 200);
    DOCTEST_CHECK(two.b.queries() == 1);
    DOCTEST_CHECK(two.post("Host: X.gw.example.com:8080\r\n" + select("team-b/y")).status == 200); // the host decides
    DOCTEST_CHECK(two.a.queries() == 2);
    const auto unknown = two.post(select("no/such"));
    DOCTEST_CHECK(unknown.status == 404);
    DOCTEST_CHECK(unknown.body == "No route found\n");
    DOCTEST_CHECK(unknown.header("content-type") == "text/plain; charset=utf-8");
    DOCTEST_CHECK(unknown.header("x-content-type-options") == "nosniff");
    DOCTEST_CHECK(two.post("").status == 404); // no default
    DOCTEST_CHECK(two.a.queries() + two.b.queries() == 3);
}

DOCTEST_TEST_CASE("without a selector the default route answers, and an unknown selector still reaches nobody") {
    FakeCoordinator c("ccccc");
    auto route = route_to({backend_at("team-c", "z", c.url())});
    route.is_default = true;
    const auto gateway = gateway_with(table_with({route}));
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/v1/query").status == 200);
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/v1/query", select("no/such")).status == 404);
    DOCTEST_CHECK(c.seen().size() == 1);
}

DOCTEST_TEST_CASE(
    "the request arrives with what the contract adds, without what concerns one connection, and otherwise as it was") {
    Two two;
    const auto answer =
        ask(two.gateway->port(), "POST", "/v1/statement?a=%2F&b",
            "Host: gw.example.com:8080\r\nConnection: X-Private, keep-alive\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nTE: "
            "trailers\r\n"
            "X-Trino-XTrinode: team-a/x\r\nX-Trino-User: alice\r\nX-Trino-Session: a=1\r\nX-Trino-Session: b=2\r\nAuthorization: "
            "Basic YTpi\r\n"
            "X-API-Key: k\r\nX-Trino-Backend-URL: http://evil\r\nX-Trino-Route-Name: evil\r\nX-Forwarded-For: 203.0.113.7\r\n"
            "X-Forwarded-Proto: https\r\nUser-Agent: tests\r\n",
            "SELECT 1");
    DOCTEST_REQUIRE(answer.status == 200);
    DOCTEST_REQUIRE(two.a.seen().size() == 1);
    const auto request = two.a.seen().front();
    DOCTEST_CHECK(request.target == "/v1/statement?a=%2F&b");
    DOCTEST_CHECK(request.body == "SELECT 1");
    DOCTEST_CHECK("http://" + header_of(request, "Host") == two.a.url());
    DOCTEST_CHECK(header_of(request, "X-Forwarded-Host") == "gw.example.com:8080");
    DOCTEST_CHECK(header_of(request, "X-Forwarded-Proto") == "https");
    DOCTEST_CHECK(header_of(request, "X-Forwarded-For") == "203.0.113.7, 127.0.0.1");
    DOCTEST_CHECK(header_of(request, "X-Trino-Route-Name") == "team-a--x");
    DOCTEST_CHECK(header_of(request, "X-Trino-Routing-Group") == "team-a--x");
    DOCTEST_CHECK(header_of(request, "X-Trino-XTrinode-Name") == "x");
    DOCTEST_CHECK(header_of(request, "X-Trino-XTrinode-Namespace") == "team-a");
    DOCTEST_CHECK(header_of(request, "X-Trino-Backend-URL") == two.a.url());
    DOCTEST_CHECK(header_of(request, "X-Trino-XTrinode") == "team-a/x");
    DOCTEST_CHECK(header_of(request, "Authorization") == "Basic YTpi");
    DOCTEST_CHECK(header_of(request, "X-API-Key") == "k");
    DOCTEST_CHECK(header_of(request, "User-Agent") == "tests");
    DOCTEST_CHECK(header_of(request, "Te") == "trailers");
    int sessions = 0;
    for (const auto &[name, value] : request.headers.fields()) {
        sessions += netkit::iequals(name, "X-Trino-Session") ? 1 : 0;
        for (const auto *gone : {"Connection", "Keep-Alive", "X-Private"})
            DOCTEST_CHECK_FALSE(netkit::iequals(name, gone));
    }
    DOCTEST_CHECK(sessions == 2);
}

DOCTEST_TEST_CASE("a gateway that faces its clients directly replaces what they say about forwarding") {
    auto options = impatient();
    options.forwarded = Gateway::Forwarded::replace;
    Two two(std::move(options));
    const auto answer =
        two.post(select("team-a/x") + "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: gopher\r\n"
                                      "X-Forwarded-Port: 1\r\nX-Forwarded-Prefix: /evil\r\nForwarded: host=evil\r\n");
    DOCTEST_REQUIRE(answer.status == 200);
    const auto request = two.a.seen().front();
    DOCTEST_CHECK(header_of(request, "X-Forwarded-For") == "127.0.0.1");
    DOCTEST_CHECK(header_of(request, "X-Forwarded-Host") == "gw.example.com:8080");
    DOCTEST_CHECK(header_of(request, "X-Forwarded-Proto") == "http");
    DOCTEST_CHECK(header_of(request, "X-Forwarded-Port") == "(none)");
    DOCTEST_CHECK(header_of(request, "X-Forwarded-Prefix") == "(none)");
    DOCTEST_CHECK(header_of(request, "Forwarded") == "(none)");
}

DOCTEST_TEST_CASE("nextUri is the coordinator's own, infoUri leads into the runtime's UI") {
    Two two;
    const auto answer = two.post(select("team-a/x"));
    DOCTEST_CHECK(member(answer.body, "nextUri") ==
                  "http://gw.example.com:8080/v1/statement/queued/20261126_120000_00001_aaaaa/y1/1");
    DOCTEST_CHECK(member(answer.body, "infoUri") ==
                  "http://gw.example.com:8080/ui/team-a/x/query.html?20261126_120000_00001_aaaaa");
    DOCTEST_CHECK(answer.whole);
    DOCTEST_CHECK(answer.header("content-length") == std::to_string(answer.body.size()));
}

DOCTEST_TEST_CASE("a coordinator below a path prefix is reached below it") {
    FakeCoordinator c("ccccc");
    auto backend = backend_at("team-c", "z", c.url() + "/trino/");
    const auto gateway = gateway_with(table_with({route_to({backend})}));
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/v1/query?x", select("team-c/z")).body == "GET /trino/v1/query?x at ccccc");
}

DOCTEST_TEST_CASE("a refused connection moves a new statement to the group's next backend, and nothing is sent twice") {
    FakeCoordinator a("aaaaa"), b("bbbbb");
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", a.url()), backend_at("n", "b", b.url())})}));
    a.stop();
    for (int i = 0; i < 5; ++i)
        DOCTEST_CHECK(ask(gateway->port(), "POST", "/v1/statement", select("n/a"), "SELECT 1").status == 200);
    DOCTEST_CHECK(b.queries() == 5);
}

DOCTEST_TEST_CASE(
    "a runtime that sleeps or is on its way up is told of in the contract's words; a draining one takes nothing new") {
    FakeCoordinator a("aaaaa");
    const auto state = [&](BackendState s) { return table_with({route_to({backend_at("n", "a", a.url(), s)})}); };
    const auto gateway = gateway_with(state(BackendState::paused));
    const auto post = [&] { return ask(gateway->port(), "POST", "/v1/statement", select("n/a"), "SELECT 1"); };
    const auto change = [&](BackendState s, std::uint64_t version) {
        auto table = state(s);
        table.version = version;
        DOCTEST_REQUIRE(gateway->set_routes(table));
    };
    auto answer = post();
    DOCTEST_CHECK(answer.status == 503);
    DOCTEST_CHECK(answer.header("retry-after") == "30");
    DOCTEST_CHECK(answer.header("content-type") == "application/json");
    DOCTEST_CHECK(member(answer.body, "error").find("suspended") != std::string::npos);
    change(BackendState::resuming, 2);
    answer = post();
    DOCTEST_CHECK(answer.status == 503);
    DOCTEST_CHECK(answer.header("retry-after") == "5");
    DOCTEST_CHECK(member(answer.body, "error") == "XTrinode runtime is resuming, please retry");
    change(BackendState::draining, 3);
    answer = post();
    DOCTEST_CHECK(answer.status == 503);
    DOCTEST_CHECK(answer.body == "No backend available\n");
    DOCTEST_CHECK(answer.header("retry-after").empty());
    change(BackendState::running, 4);
    DOCTEST_CHECK(post().status == 200);
    DOCTEST_CHECK(a.queries() == 1);
}

DOCTEST_TEST_CASE("a path with empty or dotted segments is corrected and not proxied") {
    Two two;
    const auto answer = ask(two.gateway->port(), "GET", "//v1/./x/..//info?x=1", select("team-a/x"));
    DOCTEST_CHECK(answer.status == 307);
    DOCTEST_CHECK(answer.header("location") == "/v1/info?x=1");
    DOCTEST_CHECK(ask(two.gateway->port(), "POST", "/v1//statement", select("team-a/x"), "SELECT 1").status == 307);
    DOCTEST_CHECK(two.a.seen().empty());
    DOCTEST_CHECK(ask(two.gateway->port(), "CONNECT", "a:1").status == 404);
}

DOCTEST_TEST_CASE("one connection serves many requests, also those that came ahead") {
    Two two;
    auto client = RawConnection::connect_to(two.gateway->port());
    const std::string get = "GET /v1/query?n HTTP/1.1\r\nHost: gw\r\n" + select("team-a/x") + "\r\n";
    const std::string post =
        "POST /v1/statement HTTP/1.1\r\nHost: gw\r\nContent-Length: 8\r\n" + select("team-b/y") + "\r\nSELECT 1";
    client.send(get + post + get);
    DOCTEST_CHECK(client.read_answer().body == "GET /v1/query?n at aaaaa");
    DOCTEST_CHECK(member(client.read_answer().body, "id").ends_with("bbbbb"));
    DOCTEST_CHECK(client.read_answer().body == "GET /v1/query?n at aaaaa");
    client.send("GET /v1/query HTTP/1.0\r\n" + select("team-a/x") + "\r\n");
    const auto old = client.read_answer();
    DOCTEST_CHECK(old.status == 200);
    DOCTEST_CHECK(old.header("connection") == "close");
    DOCTEST_CHECK(client.ended_within(std::chrono::seconds(5)));
    client.close();
    DOCTEST_CHECK(quiet(*two.gateway));
}
