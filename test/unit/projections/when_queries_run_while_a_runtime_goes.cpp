#include "story.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;
using std::chrono::seconds;

std::string annotation_of(const RuntimeView &view, std::string_view name) {
    const auto found = view.annotations.find(std::string(annotation_prefix) + std::string(name));
    return found == view.annotations.end() || !found->second ? std::string() : *found->second;
}

const Backend &backend(const Story &story) {
    return story.world().routes().routes.at(0).backends.at(0);
}
} // namespace

DOCTEST_TEST_CASE("an idle runtime is drained two seconds after its deletion") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.ask_for_deletion();
    DOCTEST_CHECK(backend(story).state == BackendState::draining);
    DOCTEST_CHECK_FALSE(backend(story).active);
    DOCTEST_CHECK(backend(story).drain_until == story.now().plus(seconds(300)).rfc3339_seconds());
    DOCTEST_CHECK(story.world().next_deadline() == story.now().plus(seconds(2)));
    DOCTEST_CHECK(annotation_of(story.view(small), "drain-started-at") == story.now().rfc3339_seconds());
    story.pass_to_deadline();
    DOCTEST_CHECK(read::text(story.last("runtime.drained").payload, "result") == "idle");
    DOCTEST_CHECK(annotation_of(story.view(small), "drain-result") == "query_complete");
}

DOCTEST_TEST_CASE("a query that a gateway reports only after the route closed is waited for") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.ask_for_deletion();
    story.pass(std::chrono::milliseconds(400));
    cluster.activity("gateway-1", 1); // it was sent just before
    story.pass(seconds(60));
    DOCTEST_CHECK(story.phase(small) == "Draining");
    DOCTEST_CHECK(story.view(small).surplus.empty());
    DOCTEST_CHECK(read::text(story.world().describe_runtime(small), "waitingFor") ==
                  "1 queries running and 0 waiting, as reported by gateway-1");
    DOCTEST_CHECK(cluster.activity("gateway-1", 0) == Types{"runtime.drained", "route.published"});
    DOCTEST_CHECK(read::text(story.last("runtime.drained").payload, "result") == "idle");
}

DOCTEST_TEST_CASE("every gateway has to report its queries ended") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.activity("gateway-1", 2);
    cluster.activity("gateway-2", 1);
    cluster.ask_for_deletion();
    story.pass(seconds(10));
    DOCTEST_CHECK(cluster.activity("gateway-1", 0) == Types{});
    DOCTEST_CHECK(cluster.activity("gateway-2", 0) == Types{"runtime.drained", "route.published"});
}

DOCTEST_TEST_CASE("the drain window ends a drain whose queries do not") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.activity("gateway-1", 2);
    cluster.ask_for_deletion();
    const auto started = story.now();
    DOCTEST_CHECK(story.pass_to_deadline());
    DOCTEST_CHECK(story.now() == started.plus(seconds(300)));
    DOCTEST_CHECK(read::text(story.last("runtime.drained").payload, "result") == "timeout");
    DOCTEST_CHECK(annotation_of(story.view(small), "drain-result") == "time_fallback");
    cluster.act();
    DOCTEST_CHECK_FALSE(cluster.exists());
}

DOCTEST_TEST_CASE("records of a gateway that are missing make silence mean nothing for a while") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.ask_for_deletion();
    story.pass(seconds(1));
    story.tell("observation.gap", Subject{"gateway/gateway-1"},
               {{"gateway", "gateway-1"}, {"from_sequence", 3}, {"to_sequence", 9}, {"reason", "buffer full"}});
    const auto gap = story.now();
    DOCTEST_CHECK(story.pass_to_deadline()); // the first two seconds are over, but say nothing
    DOCTEST_CHECK(story.phase(small) == "Draining");
    DOCTEST_CHECK(story.pass_to_deadline());
    DOCTEST_CHECK(story.now() == gap.plus(seconds(2)));
    DOCTEST_CHECK(story.phase(small) == "Deleting");
}

DOCTEST_TEST_CASE("a runtime that never served is deleted at once") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    cluster.act();
    DOCTEST_CHECK(cluster.ask_for_deletion() == Types{"runtime.draining", "runtime.drained", "route.published"});
    cluster.act();
    DOCTEST_CHECK_FALSE(cluster.exists());
}

DOCTEST_TEST_CASE("a runtime that is asleep is deleted at once") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    story.pass_to_deadline();
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(cluster.ask_for_deletion() == Types{"runtime.draining", "runtime.drained", "route.published"});
}

DOCTEST_TEST_CASE("sleep waits for running queries without a bound, and a resume calls it off") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.activity("gateway-1", 1);
    auto spec = minimal_spec();
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    DOCTEST_CHECK(backend(story).state == BackendState::paused);
    DOCTEST_CHECK_FALSE(story.world().next_deadline().has_value());
    story.pass(std::chrono::hours(1));
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Suspending");
    DOCTEST_CHECK_FALSE(story.view(small).worker_replicas.has_value());
    DOCTEST_CHECK(condition_text(story.view(small), "Reconciling") == "True/Reconciling");
    // Nothing was taken away, so it serves again at once.
    spec["suspended"] = false;
    cluster.apply_spec(spec);
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(backend(story).state == BackendState::running);
}

DOCTEST_TEST_CASE("asleep is only said when no pod is left") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto subject = Subject::runtime(small);
    story.tell("pod.observed", subject,
               {{"name", "trino-small-worker-1"},
                {"uid", "p1"},
                {"component", "worker"},
                {"phase", "Running"},
                {"ready", true},
                {"restarts", 0}});
    auto spec = minimal_spec();
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    story.pass_to_deadline();
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Suspending");
    DOCTEST_CHECK(story.tell("pod.gone", subject, {{"name", "trino-small-worker-1"}, {"uid", "p1"}}) ==
                  Types{"runtime.suspended"});
}

DOCTEST_TEST_CASE("after a change of leaders gateways get the time to deliver what they kept") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    story.pass(seconds(600));
    story.elect();
    const auto elected = story.now();
    cluster.ready_to_plan();
    cluster.endpoints(0);
    cluster.endpoints(1); // out of service and back: the queries of before are still those of before
    cluster.ask_for_deletion();
    DOCTEST_CHECK(story.world().next_deadline() == elected.plus(seconds(10)));
    story.pass(seconds(6));
    cluster.activity("gateway-1", 1); // started while nobody led
    story.pass(seconds(30));
    DOCTEST_CHECK(story.phase(small) == "Draining");
    DOCTEST_CHECK(cluster.activity("gateway-1", 0).front() == "runtime.drained");
}
