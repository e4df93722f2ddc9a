#include "story.hpp"

#include "core/event/canonical.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;
using std::chrono::seconds;

std::string text(const std::optional<json::object> &status) {
    return status ? canonical_json_or_throw(*status) : std::string("none");
}

// A log of its own that begins later, on what `before` left behind. The story is told where the test says so.
struct Lost {
    Story before;
    Cluster cluster{before, small};
    std::optional<json::object> status; // as it was when the log was lost
    std::vector<Route> routes;
    Story after;

    void lose() {
        status = before.view(small).status;
        routes = before.world().routes().routes;
        after.pass(before.now().since(after.now()) + seconds(3600));
        after.elect();
    }
    // Everything as a fresh control plane finds it, with the lists in no particular order.
    Cluster find(std::int64_t ready_workers = 9) {
        lose();
        auto found = cluster.found_by(after);
        found.show_workload(ready_workers); // Deployments before the XTrinode
        carry_routes();
        found.show_resource();
        found.show_objects();
        found.ready_to_plan();
        return found;
    }
    void carry_routes() {
        for (const auto &route : routes)
            for (const auto &backend : route.backends) {
                json::object payload{{"routing_group", route.routing_group}, {"default", route.is_default}};
                if (!route.header.empty()) payload["header"] = route.header;
                payload["backend"] = json::object{{"name", backend.name},
                                                  {"namespace", backend.ns},
                                                  {"coordinatorURL", backend.coordinator_url},
                                                  {"state", std::string(backend_state_text(backend.state))},
                                                  {"active", backend.active},
                                                  {"tier", backend.tier},
                                                  {"capacityUnits", backend.capacity_units},
                                                  {"runtimeShapeVersion", backend.runtime_shape_version},
                                                  {"runtimeShapeHash", backend.runtime_shape_hash},
                                                  {"observedGeneration", backend.observed_generation},
                                                  {"drainUntil", backend.drain_until}};
                after.tell("route.carried", Subject::runtime({backend.ns, backend.name}), std::move(payload));
            }
    }
    // Decisions of the new log that change what somebody sees.
    Types decisions() const {
        Types all;
        for (const auto &event : after.events())
            if (event.source.starts_with("policy/")) all.emplace_back(event.name());
        return all;
    }
    bool status_is_as_before(const Cluster &found) const {
        const auto now = after.view(small).status;
        DOCTEST_INFO("before: ", text(status), "\nfound: ", canonical_json_or_throw(found.status()), "\nnow: ", text(now));
        return now && *now == *status;
    }
};

json::object asleep() {
    auto spec = minimal_spec();
    spec["suspended"] = true;
    return spec;
}

// Puts a runtime that serves to sleep.
void put_to_sleep(Story &story, Cluster &cluster) {
    cluster.apply_spec(asleep());
    story.pass_to_deadline();
    cluster.act();
    cluster.pods_settle();
    cluster.act();
    DOCTEST_REQUIRE(story.phase(small) == "Suspended");
}
} // namespace

DOCTEST_TEST_CASE("a runtime that serves goes on serving: it is planned again, and that is all") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.before.pass(seconds(100));
    auto found = log.find();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
    DOCTEST_CHECK(log.decisions() == Types{"topology.planned"});
    // Until the plan is carried out anew (it changes nothing) the status that stands there is not touched.
    DOCTEST_CHECK_FALSE(log.after.view(small).status.has_value());
    DOCTEST_CHECK(found.act() == 6);
    for (const auto &event : log.after.events())
        if (event.name() == "object.applied") DOCTEST_CHECK_FALSE(read::boolean(event.payload, "changed"));
    found.show_workload(9);
    DOCTEST_CHECK(log.decisions() == Types{"topology.planned"});
    DOCTEST_CHECK(log.status_is_as_before(found));
    DOCTEST_CHECK(log.after.world().routes().routes == log.routes);
    DOCTEST_CHECK(log.after.count("object.scaled") == 0);
    DOCTEST_CHECK(log.after.count("object.deleted") == 0);
}

DOCTEST_TEST_CASE("whatever the order of the lists, nothing is decided before the picture is complete") {
    for (int order = 0; order < 6; ++order) {
        Lost log;
        log.cluster.bring_up(minimal_spec());
        log.lose();
        auto found = log.cluster.found_by(log.after);
        std::vector<int> steps{0, 1, 2};
        for (int i = 0; i < order; ++i)
            std::next_permutation(steps.begin(), steps.end());
        for (const int step : steps) {
            if (step == 0) found.show_resource();
            if (step == 1) found.show_workload(9);
            if (step == 2) found.show_objects();
        }
        DOCTEST_CHECK(log.decisions().empty());
        const auto view = log.after.view(small);
        DOCTEST_CHECK_FALSE(view.status.has_value());
        DOCTEST_CHECK_FALSE(view.apply_allowed);
        DOCTEST_CHECK(view.surplus.empty());
        DOCTEST_CHECK(view.annotations.empty());
        DOCTEST_CHECK_FALSE(view.worker_replicas.has_value());
        DOCTEST_CHECK(view.want_finalizer);
        DOCTEST_CHECK_FALSE(log.after.world().routes_known());
        DOCTEST_CHECK(read::text(log.after.world().describe_runtime(small), "waitingFor") ==
                      "the settings of this leader term (config.effective)");
        found.ready_to_plan();
        // Without the routes of the earlier log the route is published again, open as it was.
        DOCTEST_CHECK(log.decisions() == Types{"topology.planned", "route.published"});
        DOCTEST_CHECK(log.after.world().routes_known());
        DOCTEST_CHECK(log.after.phase(small) == "Ready");
        found.act();
        DOCTEST_CHECK(log.status_is_as_before(found));
    }
}

DOCTEST_TEST_CASE("one kind that is not listed yet holds up every decision about what an earlier log left") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.lose();
    auto found = log.cluster.found_by(log.after);
    found.show_resource();
    log.after.tell(
        "config.effective", Subject::cluster(),
        {{"operator_version", "dev"}, {"binary_version", "test"}, {"drain_window_ms", 300'000}, {"flags", json::object()}});
    for (const auto *kind :
         {"XTrinode", "XTrinodeCatalog", "Deployment", "EndpointSlice", "Service", "ConfigMap", "ServiceAccount"})
        log.after.tell("watch.synced", Subject::cluster(),
                       {{"kind", kind}, {"resource_version", "1"}, {"count", 0}, {"gone", 0}});
    DOCTEST_CHECK(log.decisions().empty());
    DOCTEST_CHECK(read::text(log.after.world().describe_runtime(small), "waitingFor") == "the list of every Pod");
}

DOCTEST_TEST_CASE("a runtime that sleeps goes on sleeping, its pods stay away, and it can be woken") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    put_to_sleep(log.before, log.cluster);
    auto found = log.find();
    DOCTEST_CHECK(log.after.phase(small) == "Suspended");
    DOCTEST_CHECK(log.decisions().empty());
    DOCTEST_CHECK(found.act() == 0);
    DOCTEST_CHECK(log.status_is_as_before(found));
    DOCTEST_CHECK(log.after.view(small).worker_replicas == 0);
    DOCTEST_CHECK(log.after.world().routes().routes == log.routes);
    found.apply_spec(minimal_spec());
    found.act();
    found.pods_settle();
    found.act();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("a runtime on its way to sleep is given the time that gateways need to report queries") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.cluster.activity("gateway-1", 1);
    log.cluster.apply_spec(asleep());
    DOCTEST_REQUIRE(log.before.phase(small) == "Suspending");
    auto found = log.find();
    DOCTEST_CHECK(log.after.phase(small) == "Suspending");
    DOCTEST_CHECK_FALSE(log.after.view(small).worker_replicas.has_value());
    log.after.pass(seconds(1));
    found.activity("gateway-1", 1); // the gateway tells the new log
    log.after.pass(seconds(600));
    log.after.tell("clock.deadline", Subject::cluster(), {{"due", log.after.now().rfc3339()}, {"lag_ms", 0}});
    DOCTEST_CHECK(log.after.count("runtime.drained") == 0);
    found.activity("gateway-1", 0);
    DOCTEST_CHECK(log.after.count("runtime.drained") == 1);
}

DOCTEST_TEST_CASE("a runtime that is being deleted keeps its drain window") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.cluster.activity("gateway-1", 1);
    log.cluster.ask_for_deletion();
    const auto window_ends = log.before.now().plus(seconds(300));
    log.before.pass(seconds(100));
    log.status = log.before.view(small).status;
    log.routes = log.before.world().routes().routes;
    log.after.pass(log.before.now().since(log.after.now()));
    log.after.elect();
    auto found = log.cluster.found_by(log.after);
    log.carry_routes();
    found.show_resource();
    found.show_objects();
    found.show_workload(9);
    found.ready_to_plan();
    DOCTEST_CHECK(log.after.phase(small) == "Draining");
    DOCTEST_CHECK(log.after.world().routes().routes == log.routes);
    DOCTEST_CHECK(log.after.view(small).surplus.empty());
    found.activity("gateway-1", 1);
    DOCTEST_CHECK(log.status_is_as_before(found));
    DOCTEST_REQUIRE(log.after.pass_to_deadline());
    DOCTEST_CHECK(log.after.phase(small) == "Deleting");
    DOCTEST_CHECK(log.after.now() == window_ends);
    DOCTEST_CHECK(read::text(log.after.last("runtime.drained").payload, "result") == "timeout");
    found.act();
    DOCTEST_CHECK_FALSE(found.exists());
    DOCTEST_CHECK(log.after.count("object.deleted") == 6); // they are known, and go in their order
}

DOCTEST_TEST_CASE("a deletion whose queries ended already is not drained a second time") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.cluster.ask_for_deletion();
    log.before.pass_to_deadline();
    DOCTEST_REQUIRE(log.before.phase(small) == "Deleting");
    auto found = log.find();
    DOCTEST_CHECK(log.after.phase(small) == "Deleting");
    found.act();
    DOCTEST_CHECK_FALSE(found.exists());
    DOCTEST_CHECK(log.after.count("object.deleted") == 6);
    DOCTEST_CHECK(log.after.count("runtime.drained") == 0);
}

DOCTEST_TEST_CASE("an invalid spec keeps what was running, although the last good one is nowhere to be read") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.cluster.reject_spec("spec.minWorkers", "must not be above maxWorkers");
    log.lose();
    auto found = log.cluster.found_by(log.after);
    log.carry_routes();
    found.show_rejected("spec.minWorkers", "must not be above maxWorkers");
    found.show_objects();
    found.show_workload(9);
    found.ready_to_plan();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
    DOCTEST_CHECK(log.decisions().empty());
    DOCTEST_CHECK(found.act() == 0);
    DOCTEST_CHECK(log.status_is_as_before(found));
    DOCTEST_CHECK(log.after.world().routes().routes == log.routes);
    // Its pods decide over its readiness as before, and a good spec brings it back under way.
    found.endpoints(0);
    DOCTEST_CHECK(log.after.phase(small) == "Reconciling");
    found.endpoints(1);
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
    auto mended = minimal_spec();
    mended["wakeTTL"] = "9m";
    found.apply_spec(mended);
    found.act();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
    DOCTEST_CHECK(condition_text(log.after.view(small), "Error") == "False/NoError");
}

DOCTEST_TEST_CASE("an invalid spec does not wake a runtime that sleeps") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    put_to_sleep(log.before, log.cluster);
    log.cluster.reject_spec("spec.minWorkers", "must not be above maxWorkers");
    log.lose();
    auto found = log.cluster.found_by(log.after);
    log.carry_routes();
    found.show_rejected("spec.minWorkers", "must not be above maxWorkers");
    found.show_objects();
    found.show_workload(0);
    found.ready_to_plan();
    DOCTEST_CHECK(log.after.phase(small) == "Suspended");
    DOCTEST_CHECK(log.decisions().empty());
    DOCTEST_CHECK(log.after.view(small).worker_replicas == 0);
    DOCTEST_CHECK(log.status_is_as_before(found));
}

DOCTEST_TEST_CASE("a spec that was never valid stays failed") {
    Lost log;
    log.cluster.ready_to_plan();
    log.cluster.reject_spec("spec.size", "is required");
    DOCTEST_REQUIRE(log.before.phase(small) == "Error");
    log.lose();
    auto found = log.cluster.found_by(log.after);
    found.show_rejected("spec.size", "is required");
    found.ready_to_plan();
    DOCTEST_CHECK(log.after.phase(small) == "Error");
    DOCTEST_CHECK(log.decisions().empty());
}

DOCTEST_TEST_CASE("a runtime whose workers are not ready goes on waiting for them, and says so in the same words") {
    Lost log;
    log.cluster.ready_to_plan();
    log.cluster.apply_spec(minimal_spec());
    log.cluster.act();
    log.cluster.deployment("coordinator", 1, 1);
    log.cluster.deployment("worker", 2, 1);
    log.cluster.endpoints(1);
    log.cluster.act();
    DOCTEST_REQUIRE(log.before.phase(small) == "Reconciling");
    auto found = log.find(1);
    DOCTEST_CHECK(log.after.phase(small) == "Reconciling");
    DOCTEST_CHECK_FALSE(log.after.view(small).status.has_value());
    found.act();
    DOCTEST_CHECK(log.decisions() == Types{"topology.planned"});
    DOCTEST_CHECK(log.status_is_as_before(found));
    found.pods_settle();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("a wake window goes on until the moment it had") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    put_to_sleep(log.before, log.cluster);
    auto spec = minimal_spec();
    spec["wakeMinWorkers"] = 5;
    spec["wakeTTL"] = "2h";
    log.cluster.apply_spec(spec);
    for (int i = 0; i < 3; ++i) {
        log.cluster.act();
        log.cluster.pods_settle();
    }
    DOCTEST_REQUIRE(log.before.phase(small) == "Ready");
    DOCTEST_REQUIRE(log.before.view(small).worker_replicas == 5);
    const auto until = log.before.world().next_deadline();
    auto found = log.find();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
    found.act();
    DOCTEST_CHECK(log.after.view(small).worker_replicas == 5);
    DOCTEST_CHECK(log.after.count("object.scaled") == 0);
    DOCTEST_CHECK(log.after.count("runtime.wake.started") == 0);
    DOCTEST_CHECK(log.after.world().next_deadline()->rfc3339_seconds() == until->rfc3339_seconds());
    DOCTEST_CHECK(log.status_is_as_before(found));
}

DOCTEST_TEST_CASE("a spec that changed while no log was there is taken up like any change") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.lose();
    auto found = log.cluster.found_by(log.after);
    auto spec = minimal_spec();
    spec["size"] = "m";
    found.change_spec_unseen(spec);
    log.carry_routes();
    found.show_resource();
    found.show_objects();
    found.show_workload(9);
    found.ready_to_plan();
    found.act();
    found.pods_settle();
    found.act();
    DOCTEST_CHECK(log.after.phase(small) == "Ready");
    DOCTEST_CHECK(read::integer(*log.after.view(small).status, "observedGeneration") == 2);
    // What the lost plan had and the new one has not is known to be ours, and kept three deep as always.
    DOCTEST_CHECK(log.after.view(small).applied.size() == 8);
}

DOCTEST_TEST_CASE("another renderer rolls no pod of an unchanged spec; the next change of the spec does") {
    Planner newer{[](const TopologyInput &in) {
                      auto plan = Story::small_planner().plan(in);
                      plan.value().worker_rollout_hash += "-newer";
                      return plan;
                  },
                  "test/2"};
    Story before;
    Cluster cluster(before, small);
    cluster.bring_up(minimal_spec());
    Story after(newer);
    auto found = cluster.found_by(after);
    found.show_resource();
    found.show_objects();
    found.show_workload(9);
    found.ready_to_plan();
    DOCTEST_CHECK(after.phase(small) == "Ready");
    DOCTEST_CHECK(after.count("topology.planned") == 0);
    DOCTEST_CHECK(read::text(after.last("topology.rejected").payload, "reason") == "RolloutHeld");
    DOCTEST_CHECK(found.act() == 0);
    DOCTEST_CHECK(condition_text(after.view(small), "Error") == "True/ResourceBuildFailed");
    found.ready_to_plan();
    DOCTEST_CHECK(after.count("topology.rejected") == 1);
    auto spec = minimal_spec();
    spec["maxWorkers"] = 3;
    found.apply_spec(spec);
    DOCTEST_CHECK(after.count("topology.planned") == 1);
    found.act();
    found.pods_settle();
    DOCTEST_CHECK(after.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("who had a contested header keeps it, and who was refused stays refused") {
    const RuntimeId other{"team-a", "another"}; // listed first
    Story before;
    Cluster first(before, small);
    first.bring_up(minimal_spec());
    Cluster second(before, other);
    second.apply_spec(minimal_spec());
    second.act();
    second.pods_settle();
    second.act();
    DOCTEST_REQUIRE(before.phase(other) == "Error");
    Story after;
    for (const bool carried : {true, false}) {
        Lost log;
        auto a = second.found_by(log.after);
        auto b = first.found_by(log.after);
        log.routes = before.world().routes().routes;
        if (carried) log.carry_routes();
        for (auto *each : {&a, &b}) {
            each->show_resource();
            each->show_objects();
            each->show_workload(9);
        }
        a.ready_to_plan();
        a.act();
        b.act();
        DOCTEST_CHECK(log.after.phase(small) == "Ready");
        DOCTEST_CHECK(log.after.phase(other) == "Error");
        DOCTEST_CHECK(log.after.count("runtime.provisioning") == 0);
        DOCTEST_CHECK(log.after.count("runtime.failed") == 0);
        DOCTEST_REQUIRE(log.after.world().routes().routes.size() == 1);
        DOCTEST_CHECK(log.after.world().routes().routes[0].backends.size() == 1);
        DOCTEST_CHECK(log.after.world().routes().routes[0].backends[0].name == "small");
    }
}

DOCTEST_TEST_CASE("a carried route whose runtime is gone is removed once every XTrinode is known") {
    Lost log;
    log.cluster.bring_up(minimal_spec());
    log.lose();
    log.carry_routes();
    DOCTEST_CHECK(log.after.world().routes_known());
    DOCTEST_CHECK(log.after.world().routes().routes.size() == 1);
    Cluster nobody(log.after, RuntimeId{"team-a", "nobody"});
    nobody.ready_to_plan();
    DOCTEST_CHECK(log.after.world().routes().routes.empty());
}

DOCTEST_TEST_CASE("Deployments that outlive their XTrinode are known to the next one of its name") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.deployment("worker", 2, 2);
    story.tell("runtime.spec.deleted", Subject::runtime(small), {{"uid", "uid-small1"}});
    const auto worker_count = [&] {
        const auto shown = story.world().describe_runtime(small);
        const auto *workload = read::object(shown, "workload");
        const auto *worker = workload == nullptr ? nullptr : read::object(*workload, "worker");
        return worker == nullptr ? -1 : read::integer(*worker, "ready");
    };
    DOCTEST_CHECK(worker_count() == -1);
    tell_of_another(story, small);
    DOCTEST_CHECK(worker_count() == 2);
    DOCTEST_CHECK(story.view(small).applied.empty()); // of another owner: not adopted
}
