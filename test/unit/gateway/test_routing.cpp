// From selectors to a backend: the table's index, and the choice among a route's backends.
#include "gateway/observe/metrics.hpp"
#include "gateway/observe/query_tracker.hpp"
#include "gateway/routing/selection.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace xtn;
using namespace xtn::gateway;
using std::chrono::seconds;

namespace {

Backend backend(std::string ns, std::string name, BackendState state = BackendState::running, std::int64_t capacity = 1) {
    Backend b;
    b.coordinator_url = "http://trino-" + name + "." + ns + ":8080";
    b.ns = std::move(ns);
    b.name = std::move(name);
    b.state = state;
    b.capacity_units = capacity;
    return b;
}

Route route(std::string group, std::vector<Backend> backends) {
    Route r;
    r.name = group;
    r.routing_group = std::move(group);
    r.backends = std::move(backends);
    return r;
}

struct World {
    QueryTracker tracker{1000};
    Metrics metrics{tracker, [] { return Metrics::Gauges(); }};
    CoordinatorRegistry registry;
    std::vector<std::string> dropped;
    TimePoint now{seconds(1000)};

    std::shared_ptr<const RoutingTable> build(std::vector<Route> routes) {
        RouteTable table;
        table.routes = std::move(routes);
        dropped.clear();
        return RoutingTable::build(table, registry, metrics, dropped);
    }
};

std::string chosen(const BackendEntry *entry) {
    return entry == nullptr ? "none" : entry->backend.name;
}

} // namespace

DOCTEST_TEST_CASE("the host decides before the header, the header before the default, and an unknown header selects nobody") {
    World w;
    auto a = route("team-a--x", {backend("team-a", "x")});
    a.header = "team-a/x";
    a.hostname = "X.gw.example.com:443";
    auto b = route("pool", {backend("team-b", "y")});
    b.header = "pool";
    auto c = route("last", {backend("team-c", "z")});
    c.is_default = true;
    const auto table = w.build({a, b, c});
    const auto group = [&](std::string_view host, std::string_view header) {
        const auto choice = table->find(host, header);
        return choice.route == nullptr ? "none" : choice.route->route.routing_group;
    };
    DOCTEST_CHECK(group("x.GW.example.com:8080", "pool") == "team-a--x");
    DOCTEST_CHECK(group("other", "pool") == "pool");
    DOCTEST_CHECK(group("other", "") == "last");
    DOCTEST_CHECK(group("", "") == "last");
    DOCTEST_CHECK(group("other", "POOL") == "none"); // byte for byte
    DOCTEST_CHECK(group("other", "no/such") == "none");
    DOCTEST_CHECK(table->find("x.gw.example.com", "").how == SelectedBy::hostname);
    DOCTEST_CHECK(table->find("", "pool").how == SelectedBy::header);
    DOCTEST_CHECK(table->find("", "").how == SelectedBy::standard);
}

DOCTEST_TEST_CASE("a runtime can be named directly, and then no other of its group answers") {
    World w;
    auto pool = route("pool", {backend("team-a", "x", BackendState::paused), backend("team-b", "y")});
    const auto table = w.build({pool});
    const auto choice = table->find("", "team-a/x");
    DOCTEST_REQUIRE(choice.route != nullptr);
    DOCTEST_CHECK(choice.how == SelectedBy::direct);
    DOCTEST_CHECK(select_backend(choice, {}, w.now) == nullptr);
    DOCTEST_CHECK(chosen(resume_candidate(choice, w.now)) == "x");
    DOCTEST_CHECK(table->find("", "x").route == nullptr); // a name alone is no identity
}

DOCTEST_TEST_CASE("routes and backends that cannot be used are left out with a reason, the others stay") {
    World w;
    auto broken = backend("a", "x");
    broken.coordinator_url = "https://a";
    auto evil = route("evil\r\nX-Evil: 1", {backend("a", "e")});
    const auto table = w.build({route("one", {broken, backend("a", "y")}), route("two", {broken}), evil});
    DOCTEST_CHECK(table->routes().size() == 1);
    DOCTEST_CHECK(table->routes().front().backends.size() == 1);
    DOCTEST_CHECK(w.dropped.size() == 3);
    DOCTEST_CHECK(table->backend("a/y") != nullptr);
    DOCTEST_CHECK(table->backend("a/x") == nullptr);
}

DOCTEST_TEST_CASE("a new query goes where the load is least for the capacity; on equal terms to the smaller, then the first") {
    World w;
    const auto table = w.build(
        {route("pool", {backend("n", "big", BackendState::running, 4), backend("n", "small", BackendState::running, 2)})});
    const RouteChoice choice{&table->routes().front(), nullptr, SelectedBy::header};
    std::string order;
    for (int i = 0; i < 8; ++i) { // the example of the contract: every query stays RUNNING
        const auto *next = select_backend(choice, {}, w.now);
        order += chosen(next) + " ";
        w.tracker.observe("q" + std::to_string(i), next->home, QueryState::running, w.now);
    }
    DOCTEST_CHECK(order == "small big big small big big small big ");
}

DOCTEST_TEST_CASE("only RUNNING and active backends get new queries; PAUSED, then RESUMING, then sleeping ones would be woken") {
    World w;
    auto inactive = backend("n", "inactive");
    inactive.active = false;
    auto r =
        route("pool", {backend("n", "paused", BackendState::paused), backend("n", "resuming", BackendState::resuming),
                       backend("n", "draining", BackendState::draining), backend("n", "odd", BackendState::unknown), inactive});
    auto table = w.build({r});
    RouteChoice choice{&table->routes().front(), nullptr, SelectedBy::header};
    DOCTEST_CHECK(select_backend(choice, {}, w.now) == nullptr);
    DOCTEST_CHECK(chosen(resume_candidate(choice, w.now)) == "paused");
    r.backends.erase(r.backends.begin());
    table = w.build({r});
    choice.route = &table->routes().front();
    DOCTEST_CHECK(chosen(resume_candidate(choice, w.now)) == "resuming");
    r.backends = {backend("n", "asleep"), backend("n", "draining", BackendState::draining)};
    table = w.build({r});
    choice.route = &table->routes().front();
    DOCTEST_CHECK(resume_candidate(choice, w.now) == nullptr);
    table->routes().front().backends.front().coordinator->health.record(Health::Probe::unreachable, 0, "", w.now);
    DOCTEST_CHECK(chosen(resume_candidate(choice, w.now)) == "asleep");
}

DOCTEST_TEST_CASE(
    "health and breaker rank the backends, and when none is good the working breaker is tried before the open one") {
    World w;
    const auto table = w.build({route("pool", {backend("n", "a"), backend("n", "b"), backend("n", "c")})});
    const auto &entries = table->routes().front().backends;
    const RouteChoice choice{&table->routes().front(), nullptr, SelectedBy::header};
    DOCTEST_CHECK(chosen(select_backend(choice, {}, w.now)) == "a");
    for (int i = 0; i < CircuitBreaker::failure_threshold; ++i)
        entries[0].coordinator->breaker.allow(w.now).settle(CircuitBreaker::Outcome::failure, w.now);
    DOCTEST_CHECK(chosen(select_backend(choice, {}, w.now)) == "b");
    entries[1].coordinator->health.record(Health::Probe::unreachable, 0, "", w.now);
    DOCTEST_CHECK(chosen(select_backend(choice, {}, w.now)) == "c");
    for (int i = 0; i < Health::unhealthy_after; ++i)
        entries[2].coordinator->health.record(Health::Probe::bad, 500, "", w.now);
    DOCTEST_CHECK(chosen(select_backend(choice, {}, w.now)) == "c"); // unhealthy before asleep before open
    std::array<const BackendEntry *, 2> tried{&entries[2], nullptr};
    DOCTEST_CHECK(chosen(select_backend(choice, std::span(tried.data(), 1), w.now)) == "b");
    tried[1] = &entries[1];
    DOCTEST_CHECK(chosen(select_backend(choice, tried, w.now)) == "a");
}

DOCTEST_TEST_CASE("a new table wakes what slept and keeps what else is known of a coordinator") {
    World w;
    const std::vector<Route> routes{route("pool", {backend("n", "a")})};
    const auto first = w.build(routes);
    const auto &coordinator = *first->routes().front().backends.front().coordinator;
    first->routes().front().backends.front().coordinator->health.record(Health::Probe::unreachable, 0, "", w.now);
    const auto second = w.build(routes);
    DOCTEST_CHECK(second->routes().front().backends.front().coordinator.get() == &coordinator);
    DOCTEST_CHECK(coordinator.health.state() == Health::State::unknown);
}
