#include "adapters/kube/act/kube_events.hpp"
#include "adapters/kube/act/mailbox.hpp"
#include "fakes.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using act::kube_event_for;
namespace json = boost::json;

namespace {

Event event(const std::string &type, json::object payload, const std::string &subject = "runtime/team/a") {
    Event e;
    e.seq = Seq{255};
    e.epoch = Epoch{2};
    e.type = type + "/1";
    e.subject = Subject{subject};
    e.payload = std::move(payload);
    e.time = Timestamp{1'767'225'600'000'000'000};
    return e;
}

} // namespace

DOCTEST_TEST_CASE("a decision is told to the user, once per sequence number") {
    const auto told = kube_event_for(event("runtime.suspended", {{"from", "Suspending"}, {"message", "no pods left"}}));
    DOCTEST_REQUIRE(told);
    DOCTEST_CHECK(told->reason == "Suspended");
    DOCTEST_CHECK(told->name == "a.2-ff");
    const auto body = told->manifest("uid-1");
    DOCTEST_CHECK(body.at("type") == "Normal");
    DOCTEST_CHECK(body.at("message") == "no pods left");
    DOCTEST_CHECK(body.at("involvedObject").as_object().at("uid") == "uid-1");
    DOCTEST_CHECK(body.at("metadata").as_object().at("namespace") == "team");
    DOCTEST_CHECK(body.at("source").as_object().at("component") == "xtrinode-operator");
    DOCTEST_CHECK(body.at("firstTimestamp") == "2026-01-01T00:00:00Z");
}

DOCTEST_TEST_CASE("what happens to an XTrinode once is one Event, however often the log says so again") {
    auto asked =
        event("runtime.spec.applied", {{"deletion_timestamp", "2026-01-01T00:00:00Z"}, {"uid", "0f5d-1"}, {"created", false}});
    auto again = asked;
    again.seq = Seq{300};
    again.epoch = Epoch{3}; // after a restart
    DOCTEST_CHECK(kube_event_for(asked)->name == "a.deleted.0f5d-1");
    DOCTEST_CHECK(kube_event_for(again)->name == "a.deleted.0f5d-1");
    again.payload["uid"] = "0f5d-2"; // another XTrinode of that name
    DOCTEST_CHECK(kube_event_for(again)->name == "a.deleted.0f5d-2");
    DOCTEST_CHECK(kube_event_for(event("finalizer.added", {{"uid", "0f5d-1"}}))->name == "a.finalizeradded.0f5d-1");
}

DOCTEST_TEST_CASE("failures are warnings and name the object") {
    const auto told =
        kube_event_for(event("object.failed", {{"kind", "Service"}, {"name", "trino-a"}, {"message", "forbidden"}}));
    DOCTEST_REQUIRE(told);
    DOCTEST_CHECK(told->warning);
    DOCTEST_CHECK(told->message == "Service trino-a: forbidden");
    const auto invalid = kube_event_for(
        event("runtime.spec.rejected", {{"errors", {{{"field", "spec.size"}, {"message", "bad"}}, {{"field", "x"}}}}}));
    DOCTEST_CHECK(invalid->message == "spec.size: bad (and 1 more); the last valid spec keeps running");
}

DOCTEST_TEST_CASE("observations, repeated sights and other subjects are not told") {
    DOCTEST_CHECK_FALSE(kube_event_for(event("pod.observed", {})));
    DOCTEST_CHECK_FALSE(kube_event_for(event("runtime.spec.applied", {{"created", false}, {"generation", 4}})));
    DOCTEST_CHECK_FALSE(kube_event_for(
        event("runtime.spec.applied", {{"created", true}, {"generation", 1}, {"status", json::object{{"phase", "Ready"}}}})));
    DOCTEST_CHECK(kube_event_for(event("runtime.spec.applied", {{"created", true}, {"generation", 1}}))->reason == "Created");
    DOCTEST_CHECK_FALSE(kube_event_for(event("object.failed", {{"message", "x"}}, "cluster")));
    DOCTEST_CHECK_FALSE(kube_event_for(event("route.published", {{"removed", true}})));
    DOCTEST_CHECK_FALSE(kube_event_for(event("object.scaled", {{"name", "trino-a-coordinator"}, {"from", 0}, {"to", 1}})));
    DOCTEST_CHECK(kube_event_for(event("object.scaled", {{"name", "trino-a-worker"}, {"from", 3}, {"to", 1}}))->reason ==
                  "WorkersScaledDown");
}

DOCTEST_TEST_CASE("of two XTrinodes of one name in one batch each is told what was its own") {
    fakes::FakeWorld world;
    world.views[{"team", "a"}].uid = "second";
    const std::vector<Event> batch{
        event("runtime.drained", {{"result", "idle"}, {"message", "no query is running"}}),
        event("finalizer.removed", {{"uid", "first"}}),
        event("runtime.spec.deleted", {{"uid", "first"}}),
        event("runtime.spec.applied", {{"uid", "second"}, {"created", true}, {"generation", 1}}),
        event("finalizer.added", {{"uid", "second"}}),
    };
    const auto told_by = [&](std::span<const Event> events) {
        act::Mailbox box([] {});
        box.deliver(world, events);
        std::string out;
        for (const auto &[told, uid] : box.take().events)
            out += told.reason + " " + (uid.empty() ? "nobody" : uid) + "\n";
        return out;
    };
    DOCTEST_CHECK(told_by(batch) == "DrainCompleted first\nFinalizerRemoved first\nCreated second\nFinalizerAdded second\n");
    // Without the deletion nothing says whose the events before the creation are.
    const std::vector<Event> without{batch[0], batch[3], batch[4]};
    DOCTEST_CHECK(told_by(without) == "DrainCompleted nobody\nCreated second\nFinalizerAdded second\n");
}
