// A query's follow-ups: always to the coordinator that has it, whatever its route says and through whichever gateway they come.
#include "test/unit/gateway/fake_coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;

namespace {

struct Pool {
    FakeCoordinator a{"aaaaa"}, b{"bbbbb"};

    RouteTable table(BackendState state = BackendState::running, std::uint64_t version = 1) const {
        return table_with({route_to({backend_at("n", "a", a.url(), state), backend_at("n", "b", b.url(), state)})}, version);
    }
};

Answer post(const Gateway &gateway, const std::string &identity = "n/a") {
    return ask(gateway.port(), "POST", "/v1/statement", select(identity), "SELECT 1");
}
// A follow-up as JDBC sends it: no selector.
Answer follow(const Gateway &gateway, const std::string &url, std::string_view method = "GET") {
    return ask(gateway.port(), method, path_of(url), "X-Trino-User: test\r\n");
}

} // namespace

DOCTEST_TEST_CASE("a query runs to its end through the gateway, without a selector after the first request") {
    Pool pool;
    const auto gateway = gateway_with(pool.table());
    auto page = post(*gateway);
    int pages = 0;
    for (auto next = member(page.body, "nextUri"); !next.empty(); next = member(page.body, "nextUri")) {
        page = follow(*gateway, next);
        DOCTEST_REQUIRE(page.status == 200);
        ++pages;
    }
    DOCTEST_CHECK(pages == 3);
    DOCTEST_CHECK(page.body.find("FINISHED") != std::string::npos);
    DOCTEST_CHECK(gateway->usage().tracked_queries == 0);
    DOCTEST_CHECK(pool.a.seen().size() + pool.b.seen().size() == 4);
}

DOCTEST_TEST_CASE("two gateways with the same table and nothing else in common serve each other's queries") {
    Pool pool;
    const auto first = gateway_with(pool.table()), second = gateway_with(pool.table());
    for (int i = 0; i < 6; ++i) {
        const auto page = post(i % 2 == 0 ? *first : *second);
        const auto next = member(page.body, "nextUri");
        const auto through_other = follow(i % 2 == 0 ? *second : *first, next);
        DOCTEST_CHECK(through_other.status == 200);
        DOCTEST_CHECK(member(through_other.body, "id") == member(page.body, "id"));
    }
}

DOCTEST_TEST_CASE("coordinators that do not tell their suffix are asked which of them has the query") {
    Pool pool;
    pool.a.tells_id = pool.b.tells_id = false;
    const auto first = gateway_with(pool.table()), second = gateway_with(pool.table());
    const auto next = member(post(*first).body, "nextUri");
    const auto page = follow(*second, next);
    DOCTEST_CHECK(page.status == 200);
    DOCTEST_CHECK_FALSE(member(page.body, "nextUri").empty());
    const auto unknown = follow(*second, "http://gw/v1/statement/queued/20261126_120000_00099_zzzzz/y/1");
    DOCTEST_CHECK(unknown.status == 404);
}

DOCTEST_TEST_CASE("a query keeps its coordinator while the route is paused, resuming or draining, and nobody else sees it") {
    Pool pool;
    const auto gateway = gateway_with(pool.table());
    auto next = member(post(*gateway).body, "nextUri");
    std::uint64_t version = 2;
    for (const auto state : {BackendState::paused, BackendState::resuming, BackendState::draining}) {
        DOCTEST_REQUIRE(gateway->set_routes(pool.table(state, version++)));
        const auto page = follow(*gateway, next);
        DOCTEST_REQUIRE(page.status == 200);
        next = member(page.body, "nextUri");
    }
}

DOCTEST_TEST_CASE("DELETE and HEAD go to the query's coordinator, by the statement's URI and by /v1/query") {
    Pool pool;
    const auto gateway = gateway_with(pool.table());
    const auto page = post(*gateway);
    const auto next = member(page.body, "nextUri");
    DOCTEST_CHECK(follow(*gateway, next, "HEAD").status == 200);
    DOCTEST_CHECK(gateway->usage().tracked_queries == 1);
    DOCTEST_CHECK(follow(*gateway, next, "DELETE").status == 204);
    DOCTEST_CHECK(gateway->usage().tracked_queries == 0);
    DOCTEST_CHECK(follow(*gateway, "http://gw/v1/query/" + member(page.body, "id"), "DELETE").status == 204);
    const auto &owner = pool.a.queries() == 1 ? pool.a : pool.b;
    DOCTEST_CHECK(owner.seen("DELETE").size() == 2);
    DOCTEST_CHECK(owner.seen("HEAD").size() == 1);
}

DOCTEST_TEST_CASE("an error answer for a result page is repeated by the gateway, not by the client") {
    Pool pool;
    const auto gateway = gateway_with(pool.table());
    const auto next = member(post(*gateway).body, "nextUri");
    auto &owner = pool.a.queries() == 1 ? pool.a : pool.b;
    for (const int status : {502, 503, 504}) {
        owner.fail_status = status;
        owner.fail_pages = 2;
        DOCTEST_CHECK(follow(*gateway, next).status == 200);
    }
    owner.fail_status = 503;
    owner.fail_pages = 100;
    const auto failed = follow(*gateway, next);
    DOCTEST_CHECK(failed.status == 503); // at last it is the coordinator's word
    DOCTEST_CHECK(failed.body == "not now");
    DOCTEST_CHECK(failed.header("retry-after") == "30");
}

DOCTEST_TEST_CASE("a query whose coordinator is gone ends with an error page that names it") {
    Pool pool;
    const auto gateway = gateway_with(pool.table());
    const auto page = post(*gateway);
    auto &owner = pool.a.queries() == 1 ? pool.a : pool.b;
    owner.stop();
    const auto lost = follow(*gateway, member(page.body, "nextUri"));
    DOCTEST_CHECK(lost.status == 200);
    DOCTEST_CHECK(member(lost.body, "id") == member(page.body, "id"));
    DOCTEST_CHECK(member(lost.body, "nextUri").empty());
    DOCTEST_CHECK(lost.body.find("GENERIC_INTERNAL_ERROR") != std::string::npos);
    DOCTEST_CHECK(lost.body.find("was lost") != std::string::npos);
    DOCTEST_CHECK(gateway->usage().tracked_queries == 0);
    DOCTEST_CHECK(quiet(*gateway));
}

DOCTEST_TEST_CASE("compressed pages reach the client as they are and are understood all the same") {
    Pool pool;
    pool.a.gzip_pages = pool.b.gzip_pages = true;
    const auto gateway = gateway_with(pool.table());
    const std::string accept = "X-Trino-User: test\r\nAccept-Encoding: br, gzip;q=0.5\r\n";
    const auto first = ask(gateway->port(), "POST", "/v1/statement", select("n/a") + "Accept-Encoding: gzip\r\n", "SELECT 1");
    DOCTEST_CHECK(first.header("content-encoding").empty()); // the first pages are small, and carry the infoUri
    const auto &owner = pool.a.queries() == 1 ? pool.a : pool.b;
    const auto id = member(first.body, "id");
    auto page = ask(gateway->port(), "GET", path_of(member(first.body, "nextUri")), accept);
    DOCTEST_CHECK(page.header("content-encoding").empty());
    page = ask(gateway->port(), "GET", path_of(member(page.body, "nextUri")), accept);
    DOCTEST_CHECK(page.header("content-encoding") == "gzip");
    DOCTEST_CHECK(owner.seen("GET").back().headers.get("Accept-Encoding") == "gzip");
    DOCTEST_CHECK(page.body.starts_with("\x1f\x8b"));
    DOCTEST_CHECK(gateway->usage().tracked_queries == 1);
    page = ask(gateway->port(), "GET", "/v1/statement/executing/" + id + "/y3/1", accept);
    DOCTEST_CHECK(page.header("content-encoding") == "gzip");
    DOCTEST_CHECK(eventually([&] { return gateway->usage().tracked_queries == 0; })); // it was seen that there is no nextUri
    ask(gateway->port(), "GET", "/v1/statement/executing/" + id + "/y2/0", "Accept-Encoding: br, gzip;q=0\r\n");
    DOCTEST_CHECK_FALSE(owner.seen("GET").back().headers.has("Accept-Encoding"));
}
