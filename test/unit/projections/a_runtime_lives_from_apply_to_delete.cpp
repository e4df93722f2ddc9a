#include "story.hpp"

#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {

using Types = std::vector<std::string>;

std::string route_state(const Story &story) {
    const auto &routes = story.world().routes().routes;
    return routes.empty() ? "none" : std::string(backend_state_text(routes.front().backends.front().state));
}

json::object suspended_spec(bool suspended) {
    auto spec = minimal_spec();
    spec["suspended"] = suspended;
    return spec;
}

} // namespace

DOCTEST_TEST_CASE("a runtime lives from kubectl apply to its last finalizer") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();

    // Nothing is created before the finalizer is on it.
    DOCTEST_CHECK(cluster.apply_spec(minimal_spec()) == Types{});
    DOCTEST_CHECK(story.view(small).want_finalizer);
    DOCTEST_CHECK_FALSE(story.view(small).apply_allowed);
    DOCTEST_CHECK_FALSE(story.view(small).status.has_value());

    // Finalizer, plan, objects: act() does what the views ask for.
    DOCTEST_CHECK(cluster.act() == 7);
    DOCTEST_CHECK(story.phase(small) == "Reconciling");
    DOCTEST_CHECK(story.count("topology.planned") == 1);
    DOCTEST_CHECK(story.view(small).applied.size() == 6);
    DOCTEST_CHECK(route_state(story) == "RESUMING");
    DOCTEST_CHECK(condition_text(story.view(small), "Ready") == "False/RuntimeNotReady");
    DOCTEST_CHECK(condition_text(story.view(small), "TrinoResourcesReady") == "True/ResourcesApplied");
    DOCTEST_CHECK(read::integer(*story.view(small).status, "observedGeneration") == 1);

    story.pass(std::chrono::seconds(20));
    cluster.deployment("coordinator", 1, 1);
    DOCTEST_CHECK(story.phase(small) == "Reconciling"); // no endpoint, no worker yet
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(route_state(story) == "RUNNING");
    const auto ready = story.view(small);
    DOCTEST_CHECK(condition_text(ready, "Ready") == "True/AllComponentsReady");
    DOCTEST_CHECK(condition_text(ready, "GatewayReady") == "True/GatewayRegistered");
    DOCTEST_CHECK(condition_text(ready, "Error") == "False/NoError");
    DOCTEST_CHECK(read::text(condition(ready, "Ready"), "lastTransitionTime") == story.now().rfc3339_seconds());
    DOCTEST_CHECK(read::integer(*ready.status, "workers") == 2);
    DOCTEST_CHECK(cluster.act() == 0);

    // Sleep: the route closes first, pods go only after gateways had time to report.
    DOCTEST_CHECK(cluster.apply_spec(suspended_spec(true)) == Types{"runtime.suspending", "route.published"});
    DOCTEST_CHECK(route_state(story) == "PAUSED");
    DOCTEST_CHECK_FALSE(story.view(small).coordinator_replicas.has_value());
    DOCTEST_CHECK(story.pass_to_deadline());
    DOCTEST_CHECK(story.view(small).coordinator_replicas == 0);
    cluster.act();
    DOCTEST_CHECK(story.phase(small) == "Suspending");
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Suspended");
    const auto asleep = story.view(small);
    DOCTEST_CHECK(condition_text(asleep, "Suspended") == "True/Suspended");
    DOCTEST_CHECK(condition_text(asleep, "Ready") == "False/Suspended");
    DOCTEST_CHECK(condition_text(asleep, "Reconciling") == "False/Suspended");
    DOCTEST_CHECK(condition_text(asleep, "KEDAReady") == "False/KEDADisabled");
    DOCTEST_CHECK_FALSE(asleep.status->contains("workers"));
    DOCTEST_CHECK(read::integer(*asleep.status, "observedGeneration") == 2);
    DOCTEST_CHECK_FALSE(asleep.apply_allowed);

    // Waking: the workers come back (B1), Ready only with them (B2).
    cluster.apply_spec(suspended_spec(false));
    DOCTEST_CHECK(story.phase(small) == "Resuming");
    DOCTEST_CHECK(condition_text(story.view(small), "Ready") == "False/RuntimeNotReady");
    DOCTEST_CHECK(story.view(small).worker_replicas == 2);
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(route_state(story) == "RUNNING");
    DOCTEST_CHECK(read::integer(*story.view(small).status, "observedGeneration") == 3);

    // Deletion: the route drains, then objects go, then the finalizer.
    DOCTEST_CHECK(cluster.ask_for_deletion() == Types{"runtime.draining", "route.published"});
    DOCTEST_CHECK(route_state(story) == "DRAINING");
    DOCTEST_CHECK(story.view(small).surplus.empty());
    DOCTEST_CHECK(story.pass_to_deadline());
    DOCTEST_CHECK(story.count("runtime.drained") == 2);
    DOCTEST_CHECK(route_state(story) == "none");
    DOCTEST_CHECK(story.view(small).surplus.size() == 6);
    DOCTEST_CHECK(story.view(small).want_finalizer);
    cluster.act();
    DOCTEST_CHECK_FALSE(cluster.exists());
    DOCTEST_CHECK(story.world().runtimes().empty());
    DOCTEST_CHECK_FALSE(story.world().next_deadline().has_value());
    // The log remembers, and so does the timeline.
    DOCTEST_CHECK(read::boolean(story.world().describe_runtime(small), "gone"));
}
