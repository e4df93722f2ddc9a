#include "gateway/routing/coordinator.hpp"

#include <doctest/doctest.h>

using namespace xtn::gateway;
using std::chrono::seconds;
using Probe = Health::Probe;
using State = Health::State;

DOCTEST_TEST_CASE("a coordinator URL gives host, port and prefix, or says what is wrong with it") {
    const auto plain = Endpoint::parse("http://trino-a.team-a.svc.cluster.local:8080");
    DOCTEST_REQUIRE(plain.ok());
    DOCTEST_CHECK(plain->host == "trino-a.team-a.svc.cluster.local");
    DOCTEST_CHECK(plain->port == 8080);
    DOCTEST_CHECK(plain->authority == "trino-a.team-a.svc.cluster.local:8080");
    DOCTEST_CHECK(plain->prefix.empty());
    const auto prefixed = Endpoint::parse("http://a/trino//?x=1");
    DOCTEST_REQUIRE(prefixed.ok());
    DOCTEST_CHECK(prefixed->port == 80);
    DOCTEST_CHECK(prefixed->prefix == "/trino");
    const auto six = Endpoint::parse("http://[::1]:9000/");
    DOCTEST_REQUIRE(six.ok());
    DOCTEST_CHECK(six->host == "::1");
    DOCTEST_CHECK(six->authority == "[::1]:9000");
    for (const auto *url : {"", "https://a", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536", "http://a:8x",
                            "http://[::1", "http://u:p@a", "http://a b", "http://a/\r\nX: y"}) {
        DOCTEST_CAPTURE(url);
        const auto refused = Endpoint::parse(url);
        DOCTEST_CHECK_FALSE(refused.ok());
        DOCTEST_CHECK(refused.error().message.find("coordinatorURL") == 0);
    }
}

DOCTEST_TEST_CASE("three bad checks make a coordinator unhealthy, one refused connection makes it asleep, one good check heals") {
    Health health;
    TimePoint now{seconds(100)};
    DOCTEST_CHECK(health.good_for_routing(now));
    health.record(Probe::good, 200, "", now);
    health.record(Probe::bad, 500, "non-2xx status 500", now);
    health.record(Probe::bad, 500, "non-2xx status 500", now);
    DOCTEST_CHECK(health.state() == State::healthy);
    DOCTEST_CHECK(health.record(Probe::bad, 500, "non-2xx status 500", now) == State::healthy);
    DOCTEST_CHECK(health.state() == State::unhealthy);
    DOCTEST_CHECK_FALSE(health.good_for_routing(now));
    DOCTEST_CHECK(health.view().last_status == 500);
    health.record(Probe::unreachable, 0, "connection refused", now);
    DOCTEST_CHECK(health.sleeping_for_routing(now));
    health.record(Probe::good, 200, "", now);
    DOCTEST_CHECK(health.good_for_routing(now));
    DOCTEST_CHECK(health.view().last_error.empty());
}

DOCTEST_TEST_CASE("an old verdict lets requests through, and a resumed runtime is tried at once") {
    Health health;
    TimePoint now{seconds(100)};
    health.record(Probe::unreachable, 0, "refused", now);
    DOCTEST_CHECK_FALSE(health.good_for_routing(now + seconds(15)));
    DOCTEST_CHECK(health.good_for_routing(now + seconds(16)));
    DOCTEST_CHECK_FALSE(health.sleeping_for_routing(now + seconds(16)));
    health.wake();
    DOCTEST_CHECK(health.state() == State::unknown);
    for (int i = 0; i < 3; ++i)
        health.record(Probe::bad, 503, "", now);
    health.wake(); // unhealthy is not asleep
    DOCTEST_CHECK(health.state() == State::unhealthy);
}

DOCTEST_TEST_CASE("one URL has one state while anybody uses it") {
    CoordinatorRegistry registry;
    auto a = registry.get("http://a:8080");
    auto again = registry.get("http://a:8080");
    DOCTEST_REQUIRE(a.ok());
    DOCTEST_CHECK(*a == *again);
    DOCTEST_CHECK_FALSE(registry.get("nonsense").ok());
    DOCTEST_CHECK(registry.all().size() == 1);
    a = registry.get("http://b:8080");
    again = registry.get("http://b:8080");
    DOCTEST_CHECK(registry.all().size() == 1); // nobody uses the first any more
}
