// Trino's own UI through the gateway.
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;

namespace {

std::string got(const Gateway &gateway, const std::string &path) {
    const auto answer = ask(gateway.port(), "GET", path);
    if (answer.status == 200) return answer.body;
    return std::to_string(answer.status) + " " +
           (answer.status == 307 ? answer.header("location") : answer.body.substr(0, answer.body.find('\n')));
}

} // namespace

DOCTEST_TEST_CASE(
    "the UI of a runtime is found by namespace and name, by a name that is its alone, and by default where there is but one") {
    FakeCoordinator a("aaaaa"), b("bbbbb");
    const auto gateway = gateway_with(table_with({route_to({backend_at("team-a", "x", a.url())})}));
    DOCTEST_CHECK(got(*gateway, "/ui/team-a/x/query.html?20251124") == "GET /ui/query.html?20251124 at aaaaa");
    DOCTEST_CHECK(got(*gateway, "/ui/team%2Da/x") == "GET /ui/ at aaaaa");
    DOCTEST_CHECK(got(*gateway, "/ui/x/api/stats") == "GET /ui/api/stats at aaaaa");
    DOCTEST_CHECK(got(*gateway, "/ui/assets/a.js") == "GET /ui/assets/a.js at aaaaa");
    DOCTEST_CHECK(got(*gateway, "/ui") == "307 /ui/team-a/x/");
    DOCTEST_CHECK(got(*gateway, "/ui/?q=1") == "307 /ui/team-a/x/?q=1");
    DOCTEST_CHECK(got(*gateway, "/ui/no/such") == "404 404 page not found");
    DOCTEST_CHECK(got(*gateway, "/ui/admin/") == "404 404 page not found");
    DOCTEST_REQUIRE(gateway->set_routes(
        table_with({route_to({backend_at("team-a", "x", a.url())}), route_to({backend_at("team-b", "x", b.url())})}, 2)));
    DOCTEST_CHECK(got(*gateway, "/ui/team-b/x/") == "GET /ui/ at bbbbb");
    DOCTEST_CHECK(got(*gateway, "/ui/x/") == "400 Backend name is ambiguous; use /ui/<namespace>/<backend>/");
    DOCTEST_CHECK(got(*gateway, "/ui/assets/a.js") == "404 404 page not found"); // two runtimes, no default
    DOCTEST_CHECK(got(*gateway, "/ui/") == "404 404 page not found");
    DOCTEST_CHECK(got(*gateway, "/uix") == "404 No route found");
}

DOCTEST_TEST_CASE("the UI of a runtime that sleeps or drains is not proxied") {
    FakeCoordinator a("aaaaa");
    const auto table = [&](BackendState state, std::uint64_t version) {
        return table_with({route_to({backend_at("n", "a", a.url(), state)})}, version);
    };
    const auto gateway = gateway_with(table(BackendState::paused, 1));
    auto answer = ask(gateway->port(), "GET", "/ui/n/a/");
    DOCTEST_CHECK(answer.status == 503);
    DOCTEST_CHECK(answer.header("content-type") == "application/json");
    DOCTEST_CHECK(got(*gateway, "/ui") == "307 /ui/n/a/"); // the only one there is
    DOCTEST_REQUIRE(gateway->set_routes(table(BackendState::draining, 2)));
    answer = ask(gateway->port(), "GET", "/ui/n/a/");
    DOCTEST_CHECK(answer.status == 503);
    DOCTEST_CHECK(answer.body == "Backend is not available for Trino UI\n");
    DOCTEST_CHECK(a.seen().empty());
}

DOCTEST_TEST_CASE("the infoUri of an answer leads to the UI of the runtime that gave it") {
    FakeCoordinator a("aaaaa");
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", a.url())})}));
    const auto page = ask(gateway->port(), "POST", "/v1/statement", select("n/a"), "SELECT 1");
    const auto link = path_of(member(page.body, "infoUri"));
    DOCTEST_CHECK(got(*gateway, link) == "GET /ui/query.html?" + member(page.body, "id") + " at aaaaa");
}
