#include "story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace xtn;
using namespace xtn::test;

namespace {

std::size_t without_uid(const RuntimeView &view) {
    return static_cast<std::size_t>(
        std::count_if(view.surplus.begin(), view.surplus.end(), [](const AppliedObject &object) { return object.uid.empty(); }));
}
} // namespace

DOCTEST_TEST_CASE("the finalizer stays until everything that may have been applied was looked for") {
    Story story;
    Cluster cluster(story, small);
    cluster.ready_to_plan();
    cluster.apply_spec(minimal_spec());
    cluster.act(3); // finalizer, ServiceAccount, one ConfigMap; of the four others no answer came
    cluster.ask_for_deletion();
    const auto before = story.view(small);
    DOCTEST_CHECK(before.surplus.size() == 6);
    DOCTEST_CHECK(without_uid(before) == 4);
    // One of them was made, and the answer comes after all: it is known.
    const auto late =
        std::find_if(before.surplus.begin(), before.surplus.end(), [](const AppliedObject &o) { return o.uid.empty(); });
    const auto ref = late->ref;
    story.tell("object.applied", Subject::runtime(small),
               {{"kind", ref.kind},
                {"api_version", ref.api_version},
                {"ns", ref.ns},
                {"name", ref.name},
                {"manifest", std::string(64, 'a')},
                {"uid", "late"},
                {"resource_version", "900"},
                {"created", true},
                {"changed", true}});
    DOCTEST_CHECK(without_uid(story.view(small)) == 3);
    while (!story.view(small).surplus.empty()) {
        DOCTEST_CHECK(story.view(small).want_finalizer);
        DOCTEST_REQUIRE(cluster.act(1) == 1);
    }
    DOCTEST_CHECK_FALSE(story.view(small).want_finalizer);
    cluster.act();
    DOCTEST_CHECK_FALSE(cluster.exists());
}

DOCTEST_TEST_CASE("of a runtime whose objects are all known nothing is looked for") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.ask_for_deletion();
    story.pass_to_deadline();
    DOCTEST_CHECK(story.view(small).surplus.size() == 6);
    DOCTEST_CHECK(without_uid(story.view(small)) == 0);
}

DOCTEST_TEST_CASE("back to a plan that looks applied, after one whose applies nobody confirmed: it is applied again") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    auto spec = minimal_spec();
    spec["size"] = "m";
    cluster.apply_spec(spec); // sent perhaps, and then the process died
    cluster.apply_spec(minimal_spec());
    DOCTEST_REQUIRE(story.count("topology.planned") == 3);
    DOCTEST_CHECK(cluster.act() > 0);
    DOCTEST_CHECK(cluster.act() == 0);
}
