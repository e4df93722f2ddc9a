#include "core/model/route_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace {

using namespace xtn;

constexpr const char *full = R"(routes:
    - name: team-a--runtime
      routingGroup: team-a--runtime
      backends:
        - name: runtime
          namespace: team-a
          coordinatorURL: http://trino-runtime.team-a.svc.cluster.local:8080
          state: RUNNING
          active: true
          tier: s
          capacityUnits: 2
          runtimeShapeVersion: v1
          runtimeShapeHash: 5950966d1802dbd0
          observedGeneration: 7
      header: team-a/runtime
      hostname: team-a--runtime.gw.example.com
      default: true
    - name: "y"
      routingGroup: shared
      backends:
        - name: a
          namespace: "12"
          coordinatorURL: http://a
          state: DRAINING
          active: false
          drainUntil: "2026-11-22T10:54:16Z"
        - name: b
          namespace: team-b
          coordinatorURL: http://b/base
          state: PAUSED
          active: true
          runtimeShapeHash: "1234567890123456"
)";

RouteTable::Parsed parsed(std::string_view text) {
    auto result = RouteTable::from_yaml(text);
    DOCTEST_REQUIRE_MESSAGE(result.ok(), result.error().message);
    return std::move(*result);
}
std::string error_of(std::string_view text) {
    auto result = RouteTable::from_yaml(text);
    DOCTEST_REQUIRE(!result.ok());
    DOCTEST_CHECK(result.error().code == Code::invalid_argument);
    return result.error().message;
}
std::string route(std::string_view name, std::string_view more) {
    return "  - {name: " + std::string(name) + ", backends: [{name: r, namespace: n, coordinatorURL: 'http://r'}], " +
           std::string(more) + "}\n";
}

} // namespace

DOCTEST_TEST_CASE("a table is written byte for byte as the contract shows it, and reads back equal") {
    const auto read = parsed(full);
    DOCTEST_CHECK(read.dropped.empty());
    DOCTEST_CHECK(read.table.to_yaml() == full);
    DOCTEST_CHECK(read.table.routes[1].backends[0].state == BackendState::draining);
    DOCTEST_CHECK(read.table.routes[1].backends[0].ns == "12");
    DOCTEST_CHECK(RouteTable{}.to_yaml() == "routes: []\n");
}

DOCTEST_TEST_CASE("the JSON of the stream carries the same table with its version") {
    auto table = parsed(full).table;
    table.epoch = 3;
    table.version = 41;
    const auto back = RouteTable::from_json(boost::json::parse(boost::json::serialize(table.to_json())));
    DOCTEST_REQUIRE(back.ok());
    DOCTEST_CHECK(*back == table);
    DOCTEST_CHECK(!RouteTable::from_json(boost::json::parse(R"({"routes":[{"name":1}]})")).ok());
    DOCTEST_CHECK(!RouteTable::from_json(boost::json::parse(R"({"epoch":-1})")).ok());
    DOCTEST_CHECK(!RouteTable::from_json(boost::json::parse(R"([])")).ok());
}

DOCTEST_TEST_CASE("an empty document, an empty list and JSON text are tables") {
    DOCTEST_CHECK(parsed("").table.routes.empty());
    DOCTEST_CHECK(parsed("routes: []\n").table.routes.empty());
    DOCTEST_CHECK(parsed("routes:\n").table.routes.empty());
    DOCTEST_CHECK(parsed("other: 1\n").table.routes.empty());
    const auto json =
        parsed(R"({"routes":[{"name":"r","header":"h","backends":[{"name":"r","namespace":"n","coordinatorURL":"http://r"}]}]})");
    DOCTEST_REQUIRE(json.table.routes.size() == 1);
    DOCTEST_CHECK(json.table.routes[0].backends[0].active);
    DOCTEST_CHECK(json.table.routes[0].backends[0].state == BackendState::running);
}

DOCTEST_TEST_CASE("a state that is none makes a backend unusable but not the document invalid") {
    const auto read =
        parsed("routes: [{name: r, header: h, backends: [{name: r, namespace: n, coordinatorURL: u, state: running}]}]");
    DOCTEST_CHECK(read.table.routes[0].backends[0].state == BackendState::unknown);
    DOCTEST_CHECK(backend_state_text(BackendState::unknown).empty());
}

DOCTEST_TEST_CASE("a member of the wrong type or a duplicate key fails the whole document with its place") {
    DOCTEST_CHECK(error_of("routes:\n- name: r\n  backends:\n  - active: \"false\"\n") ==
                  "line 4, column 13: active must be true or false");
    DOCTEST_CHECK(error_of("routes:\n- backends:\n  - capacityUnits: many\n") ==
                  "line 3, column 20: capacityUnits must be a whole number");
    DOCTEST_CHECK(error_of("routes:\n- name: [a]\n") == "line 2, column 9: name must be text");
    DOCTEST_CHECK(error_of("routes: text\n") == "line 1, column 9: routes must be a list");
    DOCTEST_CHECK(error_of("- a\n") == "line 1, column 1: the document must be a map with \"routes\"");
    DOCTEST_CHECK(error_of("routes: []\nroutes: []\n").find("line 2, column 1") == 0);
}

DOCTEST_TEST_CASE("invalid and duplicate routes are left out with a reason, and the first one wins") {
    const auto read = parsed("routes:\n" + route("a", "routingGroup: g, hostname: 'H.example:8080', header: x") +
                             route("b", "routingGroup: g, header: unused") +       // group taken
                             route("c", "routingGroup: g2, hostname: h.example") + // hostname taken, but claims g2
                             route("d", "routingGroup: g2") +                      // so this one is out too
                             route("e", "header: x") +                             // header taken
                             route("f", "header: unused") +                        // b never claimed it
                             route("g", "tier: s") + route("\"\"", "header: z") +
                             "  - {name: h, header: q}\n  - {name: i, header: w, backends: [{name: r, namespace: n}]}\n");
    DOCTEST_REQUIRE(read.table.routes.size() == 2);
    DOCTEST_CHECK(read.table.routes[0].name == "a");
    DOCTEST_CHECK(read.table.routes[1].name == "f");
    DOCTEST_REQUIRE(read.dropped.size() == 8);
    DOCTEST_CHECK(read.dropped[0] == "route 1 \"b\": routing group \"g\" is taken by an earlier route");
    DOCTEST_CHECK(read.dropped[1] == "route 2 \"c\": hostname \"h.example\" is taken by an earlier route");
    DOCTEST_CHECK(read.dropped[2] == "route 3 \"d\": routing group \"g2\" is taken by an earlier route");
    DOCTEST_CHECK(read.dropped[3] == "route 4 \"e\": header \"x\" is taken by an earlier route");
    DOCTEST_CHECK(read.dropped[7] == "route 9 \"i\": a backend has no coordinatorURL");
}

DOCTEST_TEST_CASE("hostnames are compared in lower case, without port and brackets") {
    DOCTEST_CHECK(normalise_hostname("Team-A.Example.COM:8080") == "team-a.example.com");
    DOCTEST_CHECK(normalise_hostname("[::1]:8080") == "::1");
    DOCTEST_CHECK(normalise_hostname("a.example.") == "a.example.");
    DOCTEST_CHECK(normalise_hostname("fe80::1") == "fe80::1");
    DOCTEST_CHECK(normalise_hostname("").empty());
}
