#include "story.hpp"

#include "core/event/event_json.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {

// The spec as ingest would hand it over: defaults applied.
json::object defaulted(json::object spec) {
    json::object resource{{"apiVersion", "analytics.xtrinode.io/v1"},
                          {"kind", "XTrinode"},
                          {"metadata", {{"name", "small"}, {"namespace", "team-a"}}},
                          {"spec", std::move(spec)}};
    auto read = read_xtrinode(resource);
    DOCTEST_REQUIRE(read.errors.empty());
    return std::move(read.spec);
}

} // namespace

DOCTEST_TEST_CASE("a runtime planned by the real renderer comes up, sleeps, wakes and goes") {
    Story story({plan_topology, std::string(renderer_version())});
    Cluster cluster(story, small);
    auto spec = defaulted({{"size", "xs"}, {"routing", {{"header", "team-a/small"}}}});
    cluster.bring_up(spec);
    const auto ready = story.view(small);
    DOCTEST_CHECK(ready.desired.size() >= 7);
    DOCTEST_CHECK(ready.surplus.empty());
    DOCTEST_CHECK(ready.coordinator_replicas == 1);
    DOCTEST_CHECK(ready.worker_replicas == 2);
    DOCTEST_CHECK(read::text(*ready.status, "coordinatorURL") == "http://trino-small.team-a.svc.cluster.local:8080");
    DOCTEST_CHECK(read::text(*ready.status, "currentRevision").size() == 8);
    DOCTEST_CHECK(read::text(*ready.status, "coordinatorRolloutHash").size() == 12);
    const auto *shape = read::object(*ready.status, "observedRuntimeShape");
    DOCTEST_REQUIRE(shape != nullptr);
    DOCTEST_CHECK(read::text(*shape, "preset") == "xs");
    // Every manifest is in the blob store under its digest, and names the object it is planned for.
    for (const auto &planned : ready.desired) {
        DOCTEST_CAPTURE(planned.ref.text());
        DOCTEST_REQUIRE(story.blobs().contains(planned.manifest.hex));
        const auto manifest = parse_json(story.blobs().at(planned.manifest.hex)).value().get_object();
        DOCTEST_CHECK(read::text(manifest, "kind") == planned.ref.kind);
        DOCTEST_CHECK(read::text(*read::object(manifest, "metadata"), "name") == planned.ref.name);
    }

    // The shape that status shows is the one the route was weighed with.
    const auto &backend = story.world().routes().routes.at(0).backends.at(0);
    DOCTEST_CHECK(backend.runtime_shape_hash == read::text(*shape, "hash"));
    DOCTEST_CHECK(backend.capacity_units == read::integer(*shape, "capacityUnits"));

    const auto hash = read::text(*ready.status, "coordinatorRolloutHash");
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    story.pass_to_deadline();
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Suspended");
    spec["suspended"] = false;
    cluster.apply_spec(spec);
    // Sleeping and waking changes no template: nothing but the scale is written.
    DOCTEST_CHECK(cluster.act() == 2);
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(read::text(*story.view(small).status, "coordinatorRolloutHash") == hash);
    cluster.ask_for_deletion();
    story.pass_to_deadline();
    cluster.act();
    DOCTEST_CHECK_FALSE(cluster.exists());
}

DOCTEST_TEST_CASE("what a valid spec asks for and this release does not do is recorded with the plan") {
    Story story({plan_topology, std::string(renderer_version())});
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(
        defaulted({{"size", "xs"}, {"nodePool", {{"provider", "aws"}}}, {"valuesOverlay", {{"env", json::array{}}}}}));
    cluster.act();
    const auto &planned = story.last("topology.planned").payload;
    DOCTEST_CHECK(read::text(planned, "not_rendered") == "spec.nodePool, spec.valuesOverlay.env");
    cluster.apply_spec(defaulted({{"size", "xs"}}));
    DOCTEST_CHECK(!story.last("topology.planned").payload.contains("not_rendered"));
}
