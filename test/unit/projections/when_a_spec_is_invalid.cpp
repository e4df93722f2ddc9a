#include "story.hpp"

#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;

json::object refused_spec() {
    auto spec = minimal_spec();
    spec["valuesOverlay"] = {{"refuse", true}};
    return spec;
}
} // namespace

DOCTEST_TEST_CASE("a first spec that is invalid creates nothing and says why") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    DOCTEST_CHECK(cluster.reject_spec("spec.size", "Unsupported value: \"huge\"") == Types{"runtime.failed"});
    const auto view = story.view(small);
    DOCTEST_CHECK_FALSE(view.want_finalizer);
    DOCTEST_CHECK(view.desired.empty());
    DOCTEST_REQUIRE(view.status.has_value());
    DOCTEST_CHECK(read::text(*view.status, "phase") == "Error");
    DOCTEST_CHECK_FALSE(view.status->contains("observedGeneration"));
    DOCTEST_CHECK(condition_text(view, "Ready") == "False/ResourceBuildFailed");
    DOCTEST_CHECK(read::text(condition(view, "Error"), "message") == "spec.size: Unsupported value: \"huge\"");

    // Mended: the usual way up, the finalizer first.
    DOCTEST_CHECK(cluster.apply_spec(minimal_spec()) == Types{});
    DOCTEST_CHECK(story.view(small).want_finalizer);
    DOCTEST_CHECK_FALSE(story.view(small).apply_allowed);
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "False/NoError");
}

DOCTEST_TEST_CASE("an edit that is invalid leaves the last good generation running") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    DOCTEST_CHECK(cluster.reject_spec("spec.minWorkers", "must not be above maxWorkers") == Types{});
    const auto view = story.view(small);
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(condition_text(view, "Ready") == "True/AllComponentsReady");
    DOCTEST_CHECK(condition_text(view, "Error") == "True/ResourceBuildFailed");
    DOCTEST_CHECK(read::text(condition(view, "Error"), "message") ==
                  "generation 2 is not valid: spec.minWorkers: must not be above maxWorkers; generation 1 stays in force");
    DOCTEST_CHECK(read::integer(*view.status, "observedGeneration") == 1);
    DOCTEST_CHECK(view.desired.size() == 6);
    DOCTEST_CHECK(cluster.act() == 0);
    cluster.apply_spec(minimal_spec());
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "False/NoError");
}

DOCTEST_TEST_CASE("a spec that the renderer refuses keeps the objects of the last plan") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    DOCTEST_CHECK(cluster.apply_spec(refused_spec()) == Types{"topology.rejected", "route.published"});
    const auto view = story.view(small);
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(condition_text(view, "Error") == "True/ResourceBuildFailed");
    DOCTEST_CHECK(read::integer(*view.status, "observedGeneration") == 1);
    DOCTEST_CHECK(cluster.act() == 0);
    // Refused once, and not again at each event.
    cluster.pods_settle();
    story.tell("watch.synced", Subject::cluster(),
               {{"kind", "XTrinodeCatalog"}, {"resource_version", "9"}, {"count", 0}, {"gone", 0}});
    DOCTEST_CHECK(story.count("topology.rejected") == 1);
}

DOCTEST_TEST_CASE("a first spec that the renderer refuses fails and recovers with the next edit") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(refused_spec());
    cluster.act();
    DOCTEST_CHECK(story.phase(small) == "Error");
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "True/ResourceBuildFailed");
    DOCTEST_CHECK(condition_text(story.view(small), "Ready") == "False/ResourceBuildFailed");
    cluster.apply_spec(minimal_spec());
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
}
