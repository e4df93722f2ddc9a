#include "story.hpp"

#include "projections/json_read.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;

AppliedObject object(const Story &story, std::string_view kind, std::string_view name) {
    for (const auto &applied : story.view(small).applied)
        if (applied.ref.kind == kind && applied.ref.name == name) return applied;
    DOCTEST_FAIL("no such object");
    return {};
}

json::object identity(const AppliedObject &o) {
    return {{"kind", o.ref.kind}, {"api_version", o.ref.api_version}, {"name", o.ref.name}, {"uid", o.uid}};
}
} // namespace

DOCTEST_TEST_CASE("an object that somebody changed is applied again, and the runtime stays ready") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto seen = identity(object(story, "Service", "trino-small"));
    seen["resource_version"] = "77";
    seen["drifted"] = true;
    DOCTEST_CHECK(story.tell("object.observed", Subject::runtime(small), seen) == Types{});
    DOCTEST_CHECK(object(story, "Service", "trino-small").drifted);
    DOCTEST_CHECK(cluster.act() == 1);
    DOCTEST_CHECK_FALSE(object(story, "Service", "trino-small").drifted);
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("an object that somebody deleted comes back") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    story.tell("object.gone", Subject::runtime(small), identity(object(story, "ServiceAccount", "trino-small")));
    DOCTEST_CHECK(story.view(small).applied.size() == 5);
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(cluster.act() == 1);
    DOCTEST_CHECK(story.view(small).applied.size() == 6);
}

DOCTEST_TEST_CASE("an outcome that comes after the news that its object is gone brings nothing back") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    for (const auto *name : {"trino-small-worker", "trino-small-coordinator"}) {
        const auto deployment = object(story, "Deployment", name);
        auto late = identity(deployment);
        late["ns"] = "team-a";
        late["resource_version"] = "77";
        late["manifest"] = deployment.manifest.hex;
        late["created"] = false;
        late["changed"] = false;
        story.tell("object.gone", Subject::runtime(small), identity(deployment));
        story.tell("object.applied", Subject::runtime(small), late);
        auto seen = identity(deployment);
        seen["resource_version"] = "76";
        seen["drifted"] = false;
        seen["owner"] = story.view(small).uid;
        story.tell("object.observed", Subject::runtime(small), seen);
        DOCTEST_CHECK(story.view(small).applied.size() == 5);
        DOCTEST_CHECK(cluster.act() == 1); // made anew
        DOCTEST_CHECK(object(story, "Deployment", name).uid != deployment.uid);
    }
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("news of another object of the same name changes nothing") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto gone = identity(object(story, "Service", "trino-small"));
    gone["uid"] = "an-older-one";
    story.tell("object.gone", Subject::runtime(small), gone);
    DOCTEST_CHECK(story.view(small).applied.size() == 6);
}

DOCTEST_TEST_CASE("an object that we never applied is neither adopted nor deleted") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    story.tell("object.observed", Subject::runtime(small),
               {{"kind", "ConfigMap"},
                {"api_version", "v1"},
                {"name", "notes"},
                {"uid", "u"},
                {"resource_version", "1"},
                {"drifted", false}});
    DOCTEST_CHECK(story.view(small).applied.size() == 6);
    DOCTEST_CHECK(story.view(small).surplus.empty());
}

DOCTEST_TEST_CASE("a coordinator Deployment that is deleted takes the runtime out of service until it is back") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto coordinator = object(story, "Deployment", "trino-small-coordinator");
    DOCTEST_CHECK(story.tell("object.gone", Subject::runtime(small), identity(coordinator)) ==
                  Types{"runtime.unready", "route.published"});
    DOCTEST_CHECK(read::text(story.last("runtime.unready").payload, "message") == "the coordinator Deployment is not there yet");
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("an observation that is marked stale is not believed") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto uid = object(story, "Deployment", "trino-small-coordinator").uid;
    DOCTEST_CHECK(story.tell("deployment.observed", Subject::runtime(small),
                             {{"name", "trino-small-coordinator"},
                              {"uid", uid},
                              {"resource_version", "1"},
                              {"generation", 1},
                              {"component", "coordinator"},
                              {"replicas", 1},
                              {"observed_generation", 1},
                              {"updated_replicas", 0},
                              {"ready_replicas", 0},
                              {"available_replicas", 0},
                              {"stale", true}}) == Types{});
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("former role ConfigMaps are kept three deep, other surplus goes once the new plan is complete") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    for (const auto *size : {"m", "l", "xl", "xs"}) {
        auto spec = minimal_spec();
        spec["size"] = size;
        cluster.apply_spec(spec);
        cluster.act();
        cluster.pods_settle();
        cluster.act();
    }
    std::vector<std::string> maps;
    for (const auto &applied : story.view(small).applied)
        if (applied.ref.name.starts_with("trino-small-coordinator-")) maps.push_back(applied.ref.name);
    // The newest and three former ones; "s", the oldest, is gone.
    DOCTEST_CHECK(maps.size() == 4);
    DOCTEST_CHECK(std::find(maps.begin(), maps.end(), "trino-small-coordinator-s") == maps.end());
    DOCTEST_CHECK(story.count("object.deleted") == 2);
}

DOCTEST_TEST_CASE("an object that the API refuses fails a runtime that is not up yet") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    story.tell("finalizer.added", Subject::runtime(small), {{"uid", story.view(small).uid}, {"resource_version", "5"}});
    const auto failed = [&](const char *code, int attempt) {
        return story.tell("object.failed", Subject::runtime(small),
                          {{"kind", "Service"},
                           {"api_version", "v1"},
                           {"ns", "team-a"},
                           {"name", "trino-small"},
                           {"code", code},
                           {"manifest", std::string(64, 'a')},
                           {"message", "no"},
                           {"attempt", attempt}});
    };
    DOCTEST_CHECK(failed("503", 1) == Types{}); // may pass by itself
    DOCTEST_CHECK(condition_text(story.view(small), "TrinoResourcesReady") == "False/ResourceApplyFailed");
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "True/ResourceApplyFailed");
    DOCTEST_CHECK(story.phase(small) == "Reconciling");
    DOCTEST_CHECK(failed("422", 1) == Types{"runtime.failed"});
    DOCTEST_CHECK(story.phase(small) == "Error");
    DOCTEST_CHECK(story.view(small).apply_allowed); // it goes on trying
}

DOCTEST_TEST_CASE("an apply that succeeds after all brings a failed runtime back on its way") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    story.tell("finalizer.added", Subject::runtime(small), {{"uid", story.view(small).uid}, {"resource_version", "5"}});
    story.tell("object.failed", Subject::runtime(small),
               {{"kind", "Service"},
                {"api_version", "v1"},
                {"ns", "team-a"},
                {"name", "trino-small"},
                {"code", "422"},
                {"manifest", std::string(64, 'a')},
                {"message", "no"},
                {"attempt", 1}});
    DOCTEST_CHECK(story.phase(small) == "Error");
    cluster.act();
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "False/NoError");
}

DOCTEST_TEST_CASE("a scale that fails is told until the Deployment is seen again; a status that fails blames no object") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto failed = [&](const char *kind, const char *name) {
        return story.tell("object.failed", Subject::runtime(small),
                          {{"kind", kind},
                           {"api_version", kind == std::string("Deployment") ? "apps/v1" : "analytics.xtrinode.io/v1"},
                           {"ns", "team-a"},
                           {"name", name},
                           {"code", "403"},
                           {"message", "forbidden"},
                           {"attempt", 9}});
    };
    failed("XTrinode", "small");
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "False/NoError");
    DOCTEST_CHECK(failed("Deployment", "trino-small-worker") == Types{});
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "True/ResumeFailed");
    DOCTEST_CHECK(condition_text(story.view(small), "TrinoResourcesReady") == "True/ResourcesApplied");
    cluster.pods_settle();
    DOCTEST_CHECK(condition_text(story.view(small), "Error") == "False/NoError");
}
