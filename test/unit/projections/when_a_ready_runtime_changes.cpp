#include "story.hpp"

#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;

const Route &route(const Story &story) {
    return story.world().routes().routes.at(0);
}
} // namespace

DOCTEST_TEST_CASE("a change that rolls no pod leaves the runtime ready (B6)") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["routing"] = {{"header", "X-Trino-XTrinode=team-a/other"}};
    DOCTEST_CHECK(cluster.apply_spec(spec) == Types{"topology.planned", "route.published"});
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(route(story).header == "team-a/other");
    DOCTEST_CHECK(route(story).backends.at(0).state == BackendState::running);
    DOCTEST_CHECK(cluster.act() == 0); // the same manifests
    DOCTEST_CHECK(read::integer(*story.view(small).status, "observedGeneration") == 2);
    DOCTEST_CHECK(story.count("runtime.unready") == 0);
}

DOCTEST_TEST_CASE("a change that rolls pods closes the route before the first pod goes") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["size"] = "m";
    DOCTEST_CHECK(cluster.apply_spec(spec) == Types{"topology.planned", "runtime.unready", "route.published"});
    DOCTEST_CHECK(route(story).backends.at(0).state == BackendState::resuming);
    DOCTEST_CHECK(read::integer(*story.view(small).status, "observedGeneration") == 1); // not applied yet
    cluster.act();
    DOCTEST_CHECK(read::integer(*story.view(small).status, "observedGeneration") == 2);
    DOCTEST_CHECK(story.phase(small) == "Reconciling"); // the Deployments were not seen with the new template
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(read::text(*story.view(small).status, "coordinatorRolloutHash") == "c-m");
}

DOCTEST_TEST_CASE("a change that rolls only the coordinator closes the route as well") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["valuesOverlay"] = {{"coordinatorOnly", "x"}};
    DOCTEST_CHECK(cluster.apply_spec(spec) == Types{"topology.planned", "runtime.unready", "route.published"});
}

DOCTEST_TEST_CASE("more workers are waited for, fewer are not") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["maxWorkers"] = 1;
    cluster.apply_spec(spec);
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.count("runtime.unready") == 0);
    DOCTEST_CHECK(read::integer(*story.view(small).status, "workers") == 1);
    spec["maxWorkers"] = 4;
    cluster.apply_spec(spec);
    DOCTEST_CHECK(story.phase(small) == "Reconciling");
    cluster.act();
    cluster.deployment("worker", 4, 3);
    DOCTEST_CHECK(story.phase(small) == "Reconciling");
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("events that change nothing leave status and its times alone") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto before = story.view(small).status;
    for (int i = 0; i < 3; ++i) {
        story.pass(std::chrono::minutes(1));
        cluster.pods_settle();
        cluster.activity("gateway-1", i % 2);
    }
    DOCTEST_CHECK(story.view(small).status == before);
    DOCTEST_CHECK(story.count("runtime.ready") == 1);
}

DOCTEST_TEST_CASE("a lost endpoint takes the runtime out of service and back without a new plan") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.endpoints(0);
    DOCTEST_CHECK(story.phase(small) == "Reconciling");
    DOCTEST_CHECK(route(story).backends.at(0).state == BackendState::resuming);
    const auto gateway = condition(story.view(small), "GatewayReady");
    DOCTEST_CHECK(read::text(gateway, "message") == "Gateway route held in RESUMING until Trino runtime is ready: the Service "
                                                    "trino-small has no ready endpoint yet");
    story.pass(std::chrono::seconds(7));
    cluster.endpoints(1);
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(read::text(condition(story.view(small), "Ready"), "lastTransitionTime") == story.now().rfc3339_seconds());
    DOCTEST_CHECK(story.count("topology.planned") == 1);
}

DOCTEST_TEST_CASE("pods that find no place are told in the scheduling conditions") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    cluster.act();
    story.tell("pod.observed", Subject::runtime(small),
               {{"name", "trino-small-worker-1"},
                {"uid", "p1"},
                {"component", "worker"},
                {"phase", "Pending"},
                {"ready", false},
                {"reason", "Unschedulable"},
                {"message", "0/3 nodes are available: 1 node(s) had untolerated taint {gpu}, 2 Insufficient cpu."},
                {"restarts", 0}});
    auto view = story.view(small);
    DOCTEST_CHECK(condition_text(view, "SchedulingReady") == "False/SchedulingBlocked");
    DOCTEST_CHECK(condition_text(view, "TaintsReady") == "False/TaintsBlocked");
    DOCTEST_CHECK(condition_text(view, "CapacityReady") == "False/CapacityBlocked");
    DOCTEST_CHECK(condition_text(view, "QuotaReady") == "True/QuotaReady");
    DOCTEST_CHECK(condition_text(view, "PlacementReady") == "True/PlacementReady");
    story.tell("pod.gone", Subject::runtime(small), {{"name", "trino-small-worker-1"}, {"uid", "p1"}});
    DOCTEST_CHECK(condition_text(story.view(small), "SchedulingReady") == "True/SchedulingReady");
}

DOCTEST_TEST_CASE("asked up and down again before anybody saw it, a runtime comes to rest as soon as the newest scale is seen") {
    Story story;
    Cluster cluster(story, small);
    auto spec = minimal_spec();
    spec["suspended"] = true;
    cluster.bring_up(minimal_spec());
    cluster.apply_spec(spec);
    DOCTEST_REQUIRE(story.pass_to_deadline());
    cluster.act();
    cluster.pods_settle();
    DOCTEST_REQUIRE(story.phase(small) == "Suspended");
    // The watch is slow: it shows neither the wake-up nor that it was taken back.
    cluster.apply_spec(minimal_spec());
    cluster.act();
    cluster.apply_spec(spec);
    while (story.view(small).coordinator_replicas.value_or(1) != 0)
        DOCTEST_REQUIRE(story.pass_to_deadline());
    cluster.act();
    DOCTEST_CHECK(story.last("object.scaled").payload.at("to") == 0);
    DOCTEST_CHECK(story.phase(small) == "Suspending"); // what is known is from before both
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Suspended");
}
