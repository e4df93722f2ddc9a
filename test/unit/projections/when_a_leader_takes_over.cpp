#include "story.hpp"

#include "projections/json_read.hpp"
#include "projections/redecide.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;

std::function<std::optional<Event>()> reading(const std::vector<Event> &events) {
    return [&events, at = std::size_t{0}]() mutable -> std::optional<Event> {
        return at < events.size() ? std::optional(events[at++]) : std::nullopt;
    };
}
} // namespace

DOCTEST_TEST_CASE("a new leader decides nothing about runtimes that are as they were") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto decided = [&] {
        return story.count("topology.planned") + story.count("route.published") + story.count("runtime.ready") +
               story.count("runtime.unready");
    };
    const auto before = decided();
    story.elect();
    DOCTEST_CHECK_FALSE(story.world().synced("Pod"));
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    cluster.pods_settle();
    DOCTEST_CHECK(decided() == before);
    DOCTEST_CHECK(story.world().synced("Pod"));
}

DOCTEST_TEST_CASE(
    "a newer binary whose renderer makes other pods plans nothing anew for an unchanged spec; the next change of the spec does") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    story.restart_with({[](const TopologyInput &in) {
                            auto plan = Story::small_planner().plan(in);
                            plan.value().coordinator_rollout_hash += "-newer";
                            plan.value().revision += "-newer";
                            return plan;
                        },
                        "test/2"});
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    cluster.pods_settle();
    DOCTEST_CHECK(story.count("topology.planned") == 1);
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(cluster.act() == 0);
    auto spec = minimal_spec();
    spec["maxWorkers"] = 3;
    cluster.apply_spec(spec);
    DOCTEST_CHECK(story.count("topology.planned") == 2);
    DOCTEST_CHECK(read::text(story.last("topology.planned").payload, "renderer") == "test/2");
}

DOCTEST_TEST_CASE("what is absent before a complete list of this term is not believed to be absent") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    story.pass_to_deadline();
    cluster.act();
    story.elect();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Suspending");
    DOCTEST_CHECK(read::text(story.world().describe_runtime(small), "waitingFor") == "pods are not listed yet");
    cluster.ready_to_plan();
    DOCTEST_CHECK(story.phase(small) == "Suspended");
}

DOCTEST_TEST_CASE("a recreated XTrinode begins a new life") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    // The deletion was never seen: the new one arrives under the old name.
    Cluster again(story, small);
    again.apply_spec(minimal_spec());
    tell_of_another(story, small);
    DOCTEST_CHECK(story.phase(small) == "Pending");
    DOCTEST_CHECK(story.view(small).applied.empty());
    DOCTEST_CHECK(story.view(small).want_finalizer);
    // News of the old one's end changes nothing for the new one.
    story.tell("runtime.spec.deleted", Subject::runtime(small), {{"uid", "uid-small1"}});
    DOCTEST_CHECK(story.view(small).uid == "another");
}

DOCTEST_TEST_CASE("a log that is decided again gives the same decisions") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["size"] = "m";
    cluster.apply_spec(spec);
    cluster.act();
    cluster.pods_settle();
    cluster.ask_for_deletion();
    story.pass_to_deadline();
    cluster.act();
    const auto world = create_world(Story::small_planner());
    const auto report = redecide(*world, reading(story.events()));
    DOCTEST_CHECK(report.events == story.events().size());
    DOCTEST_CHECK(report.decisions > 8);
    DOCTEST_CHECK(report.differences.empty());
}

DOCTEST_TEST_CASE("a decision that was taken out of the log is found, one of another renderer is explained") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto events = story.events();
    for (auto &event : events)
        if (event.name() == "runtime.ready") event.payload["message"] = "because I say so";
    auto world = create_world(Story::small_planner());
    const auto forged = redecide(*world, reading(events));
    DOCTEST_REQUIRE(forged.differences.size() == 1);
    DOCTEST_CHECK(forged.differences.front().verdict == Verdict::unexplained);

    Planner newer{[](const TopologyInput &in) {
                      auto plan = Story::small_planner().plan(in);
                      plan.value().revision = "other";
                      return plan;
                  },
                  "test/2"};
    world = create_world(newer);
    const auto upgraded = redecide(*world, reading(story.events()));
    DOCTEST_REQUIRE(upgraded.differences.size() == 1);
    DOCTEST_CHECK(upgraded.differences.front().verdict == Verdict::explained);
}
