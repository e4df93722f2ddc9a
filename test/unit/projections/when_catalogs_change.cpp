#include "story.hpp"

#include "core/event/event_json.hpp"
#include "projections/catalogs/label_selector.hpp"
#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;

Types put_catalog(Story &story, const std::string &ns, const std::string &name, json::object labels) {
    return story.tell("catalog.spec.applied", Subject::catalog(RuntimeId{ns, name}),
                      {{"uid", "uid-" + name},
                       {"resource_version", "1"},
                       {"generation", 1},
                       {"creation_timestamp", "2026-11-18T00:00:00Z"},
                       {"finalizers", json::array()},
                       {"labels", json::object()},
                       {"annotations", json::object()},
                       {"spec", {{"labels", std::move(labels)}, {"connector", {{"tpch", json::object()}}}}},
                       {"created", true},
                       {"managers", json::array()}});
}

json::object selecting(json::object selector) {
    auto spec = minimal_spec();
    spec["catalogSelector"] = std::move(selector);
    return spec;
}
} // namespace

DOCTEST_TEST_CASE("nothing is planned before all catalogs are known") {
    Story story;
    Cluster cluster(story, small);
    story.tell("config.effective", Subject::cluster(),
               {{"operator_version", "dev"}, {"binary_version", "t"}, {"drain_window_ms", 1000}, {"flags", json::object()}});
    cluster.apply_spec(selecting({}));
    cluster.act();
    DOCTEST_CHECK(story.count("topology.planned") == 0);
    DOCTEST_CHECK(read::text(story.world().describe_runtime(small), "waitingFor") == "the list of XTrinodeCatalogs");
    put_catalog(story, "team-a", "trino-catalog-tpch", {});
    DOCTEST_CHECK(story.tell("watch.synced", Subject::cluster(),
                             {{"kind", "XTrinodeCatalog"}, {"resource_version", "9"}, {"count", 1}, {"gone", 0}}) ==
                  Types{"topology.planned"});
    DOCTEST_CHECK(read::texts(story.last("topology.planned").payload, "catalogs") == Types{"tpch"});
}

DOCTEST_TEST_CASE("nothing is planned before the settings of the control plane are in the log") {
    Story story;
    Cluster cluster(story, small);
    story.tell("watch.synced", Subject::cluster(),
               {{"kind", "XTrinodeCatalog"}, {"resource_version", "9"}, {"count", 0}, {"gone", 0}});
    cluster.apply_spec(minimal_spec());
    cluster.act();
    DOCTEST_CHECK(story.count("topology.planned") == 0);
    DOCTEST_CHECK(read::text(story.world().describe_runtime(small), "waitingFor") ==
                  "the settings of this leader term (config.effective)");
    DOCTEST_CHECK(
        story.tell(
            "config.effective", Subject::cluster(),
            {{"operator_version", "7.8"}, {"binary_version", "t"}, {"drain_window_ms", 1000}, {"flags", json::object()}}) ==
        Types{"topology.planned"});
}

DOCTEST_TEST_CASE("a catalog that a runtime selects, and no other, plans it again") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(selecting({{"matchLabels", {{"team", "a"}}}}));
    DOCTEST_CHECK(put_catalog(story, "team-a", "other", {{"team", "b"}}) == Types{});
    DOCTEST_CHECK(put_catalog(story, "team-b", "far", {{"team", "a"}}) == Types{});
    const auto decided = put_catalog(story, "team-a", "tpch", {{"team", "a"}});
    DOCTEST_CHECK(decided == Types{"topology.planned", "runtime.unready", "route.published"});
    DOCTEST_CHECK(read::text(story.last("topology.planned").payload, "reason") ==
                  "catalogs, referenced content or the wake window changed");
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(read::texts(*story.view(small).status, "observedCatalogs") == Types{"tpch"});
    DOCTEST_CHECK(put_catalog(story, "team-a", "tpch", {{"team", "a"}}) == Types{}); // nothing new in it
    DOCTEST_CHECK(
        story.tell("catalog.spec.deleted", Subject::catalog(RuntimeId{"team-a", "tpch"}), {{"uid", "uid-tpch"}}).front() ==
        "topology.planned");
}

DOCTEST_TEST_CASE("a selector that says nothing sensible is a build failure") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(selecting({{"matchExpressions", json::array{json::object{{"key", "team"}, {"operator", "Like"}}}}}));
    cluster.act();
    DOCTEST_CHECK(story.phase(small) == "Error");
    DOCTEST_CHECK(read::text(condition(story.view(small), "Error"), "message") ==
                  "invalid CatalogSelector: 'Like' is not an operator");
}

DOCTEST_TEST_CASE("content that a runtime refers to plans it again when it changes") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto secret = [&](const char *digit) {
        return story.tell("config.observed", Subject::runtime(small),
                          {{"kind", "Secret"}, {"name", "password"}, {"uid", "u"}, {"digest", std::string(64, *digit)}});
    };
    DOCTEST_CHECK(secret("a") == Types{"topology.planned"});
    DOCTEST_CHECK(secret("a") == Types{});
    DOCTEST_CHECK(secret("b") == Types{"topology.planned"});
}

DOCTEST_TEST_CASE("label selectors match as Kubernetes matches them") {
    struct Row {
        const char *selector, *labels;
        bool matches;
    };
    const Row rows[] = {
        {R"({})", R"({})", true},
        {R"({"matchLabels":{"a":"1"}})", R"({"a":"1","b":"2"})", true},
        {R"({"matchLabels":{"a":"1"}})", R"({"a":"2"})", false},
        {R"({"matchLabels":{"a":"1"}})", R"({})", false},
        {R"({"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]})", R"({"a":"2"})", true},
        {R"({"matchExpressions":[{"key":"a","operator":"In","values":["1"]}]})", R"({})", false},
        {R"({"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]})", R"({})", true},
        {R"({"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]})", R"({"a":"1"})", false},
        {R"({"matchExpressions":[{"key":"a","operator":"Exists"}]})", R"({"a":""})", true},
        {R"({"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]})", R"({"a":""})", false},
        {R"({"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"Exists"}]})", R"({"a":"1"})", false},
    };
    for (const auto &row : rows) {
        DOCTEST_CAPTURE(row.selector);
        const auto selector = parse_json(row.selector).value().get_object();
        const auto labels = parse_json(row.labels).value().get_object();
        const auto matches = selector_matches(selector, labels);
        DOCTEST_REQUIRE(matches.ok());
        DOCTEST_CHECK(matches.value() == row.matches);
    }
    for (const auto *bad : {R"({"matchExpressions":[{"key":"a","operator":"In"}]})",
                            R"({"matchExpressions":[{"key":"a","operator":"Exists","values":["1"]}]})",
                            R"({"matchExpressions":[{"operator":"Exists"}]})", R"({"matchLabels":{"a":1}})"})
        DOCTEST_CHECK_FALSE(selector_matches(parse_json(bad).value().get_object(), {}).ok());
}
