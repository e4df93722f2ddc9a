#include "story.hpp"

#include "projections/json_read.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
const RuntimeId one{"team-a", "one"};
const RuntimeId two{"team-a", "two"};
using Types = std::vector<std::string>;

json::object routed(json::object routing) {
    auto spec = minimal_spec();
    spec["routing"] = std::move(routing);
    return spec;
}

void climb(Cluster &cluster, json::object spec) {
    cluster.apply_spec(std::move(spec));
    cluster.act();
    cluster.pods_settle();
    cluster.act();
}
} // namespace

DOCTEST_TEST_CASE("a selector that another runtime has is refused, and given as soon as it is free") {
    Story story;
    Cluster first(story, one);
    Cluster second(story, two);
    first.bring_up(routed({{"header", "same"}}));
    climb(second, routed({{"header", "same"}}));
    DOCTEST_CHECK(story.phase(two) == "Error");
    DOCTEST_CHECK(condition_text(story.view(two), "Ready") == "False/GatewayRegistrationFailed");
    DOCTEST_CHECK(read::text(story.last("route.rejected").payload, "message") ==
                  "route uniqueness violation: header conflict: 'same' already used by route 'team-a--one'");
    DOCTEST_CHECK(story.count("route.rejected") == 1);
    DOCTEST_CHECK(story.world().routes().routes.size() == 1);

    first.ask_for_deletion();
    story.pass_to_deadline();
    first.act();
    DOCTEST_CHECK(story.phase(two) == "Ready");
    DOCTEST_REQUIRE(story.world().routes().routes.size() == 1);
    DOCTEST_CHECK(story.world().routes().routes.at(0).backends.at(0).name == "two");
    DOCTEST_CHECK(story.world().routes().routes.at(0).backends.at(0).state == BackendState::running);
}

DOCTEST_TEST_CASE("two runtimes of one routing group are backends of one route") {
    Story story;
    Cluster first(story, one);
    Cluster second(story, two);
    first.bring_up(routed({{"routingGroup", "shared"}, {"header", "shared"}}));
    climb(second, routed({{"routingGroup", "shared"}, {"hostname", "shared.example.com"}}));
    DOCTEST_REQUIRE(story.world().routes().routes.size() == 1);
    const auto route = story.world().routes().routes.at(0);
    DOCTEST_CHECK(route.backends.size() == 2);
    DOCTEST_CHECK(route.header == "shared"); // empty metadata of the second clears nothing
    DOCTEST_CHECK(route.hostname == "shared.example.com");
    // The one that goes leaves the other where it is.
    first.ask_for_deletion();
    story.pass_to_deadline();
    first.act();
    DOCTEST_CHECK(story.world().routes().routes.at(0).backends.size() == 1);
    DOCTEST_CHECK(story.phase(two) == "Ready");
}

DOCTEST_TEST_CASE("a dedicated group admits nobody else") {
    Story story;
    Cluster first(story, one);
    Cluster second(story, two);
    first.bring_up(routed({{"routingGroup", "team-a--two"}, {"header", "x"}}));
    climb(second, routed({{"header", "y"}}));
    DOCTEST_CHECK(read::text(story.last("route.rejected").payload, "message") ==
                  "route metadata conflict: dedicated runtime 'team-a--two' exclusivity violated: route already contains backend "
                  "'team-a/one'");
}

DOCTEST_TEST_CASE("a runtime that changes its group leaves the old one") {
    Story story;
    Cluster first(story, one);
    first.bring_up(routed({{"routingGroup", "old"}, {"header", "h"}}));
    first.apply_spec(routed({{"routingGroup", "new"}, {"header", "h"}}));
    DOCTEST_REQUIRE(story.world().routes().routes.size() == 1);
    DOCTEST_CHECK(story.world().routes().routes.at(0).name == "new");
    DOCTEST_CHECK(story.world().routes().routes.at(0).header == "h");
}

DOCTEST_TEST_CASE("routes keep their order and the table's version grows with each change") {
    Story story;
    Cluster first(story, one);
    Cluster second(story, two);
    first.bring_up(routed({{"header", "1"}}));
    climb(second, routed({{"header", "2"}}));
    const auto version = story.world().routes().version;
    first.endpoints(0);
    DOCTEST_CHECK(story.world().routes().version == version + 1);
    first.endpoints(1);
    DOCTEST_CHECK(story.world().routes().version == version + 2);
    DOCTEST_CHECK(story.world().routes().routes.at(0).name == "team-a--one");
    DOCTEST_CHECK(story.world().routes().routes.at(1).name == "team-a--two");
    DOCTEST_CHECK(story.world().routes().epoch > 0);
}

DOCTEST_TEST_CASE("an XTrinode that vanishes without its finalizer takes its route with it") {
    Story story;
    Cluster first(story, one);
    first.bring_up(routed({{"header", "1"}}));
    DOCTEST_CHECK(first.vanish() == Types{"route.published"});
    DOCTEST_CHECK(story.world().routes().routes.empty());
    DOCTEST_CHECK(story.world().runtimes().empty());
}
