#include "story.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;
using Annotations = std::map<std::string, std::string>;

std::string p(std::string_view name) {
    return std::string(annotation_prefix) + std::string(name);
}

void sleep(Story &story, Cluster &cluster) {
    auto spec = cluster.spec();
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    story.pass_to_deadline();
    cluster.act();
    cluster.pods_settle();
    DOCTEST_REQUIRE(story.phase(small) == "Suspended");
}
} // namespace

DOCTEST_TEST_CASE("suspend-requested becomes spec.suspended and the annotations go with the same write") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto decided =
        cluster.annotate({{p("suspend-requested"), "true"}, {p("suspend-requested-at"), "2026-11-18T10:00:00Z"}});
    DOCTEST_CHECK(decided == Types{"runtime.command.accepted"});
    const auto view = story.view(small);
    DOCTEST_CHECK(view.suspended == true);
    DOCTEST_CHECK(view.annotations.at(p("suspend-requested")) == std::nullopt);
    DOCTEST_CHECK(view.annotations.at(p("suspend-requested-at")) == std::nullopt);
    DOCTEST_CHECK(cluster.act() == 1);
    DOCTEST_CHECK(story.phase(small) == "Suspending");
    DOCTEST_CHECK(story.view(small).suspended == std::nullopt);
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 1);
}

DOCTEST_TEST_CASE("a value other than true is no command") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    DOCTEST_CHECK(cluster.annotate({{p("suspend-requested"), "yes"}}) == Types{});
    DOCTEST_CHECK(story.view(small).suspended == std::nullopt);
}

DOCTEST_TEST_CASE("of two commands the suspend wins, unless the resume is strictly newer; the loser goes too") {
    struct Row {
        const char *resume_at, *suspend_at;
        bool suspended;
    };
    for (const Row &row :
         {Row{"2026-11-18T10:00:01Z", "2026-11-18T10:00:00Z", false}, Row{"2026-11-18T10:00:00Z", "2026-11-18T10:00:00Z", true},
          Row{"2026-11-18T09:00:00Z", "2026-11-18T10:00:00Z", true}, Row{"soon", "later", true}}) {
        DOCTEST_CAPTURE(row.resume_at);
        Story story;
        Cluster cluster(story, small);
        cluster.bring_up(minimal_spec());
        cluster.annotate({{p("resume-requested"), "true"},
                          {p("resume-requested-at"), row.resume_at},
                          {p("suspend-requested"), "true"},
                          {p("suspend-requested-at"), row.suspend_at},
                          {p("auto-suspend-requested"), "true"}});
        const auto view = story.view(small);
        DOCTEST_CHECK(view.suspended == row.suspended);
        DOCTEST_CHECK(view.annotations.size() == 5);
    }
}

DOCTEST_TEST_CASE("a resume with wake values keeps workers for a while and then lets go") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    sleep(story, cluster);
    cluster.annotate({{p("resume-requested"), "true"}, {p("wake-min-workers"), "3"}, {p("wake-ttl"), "90s"}});
    cluster.act();
    // B1: the larger of the fixed count and the floor.
    DOCTEST_CHECK(story.view(small).worker_replicas == 3);
    // The manifest says so too: an apply meets what the scale brought, and fights with nobody.
    const auto worker_manifest = [&] {
        const auto view = story.view(small);
        for (const auto &planned : view.desired)
            if (planned.ref.name == "trino-small-worker" && planned.ref.kind == "Deployment")
                return story.blobs().at(planned.manifest.hex);
        return std::string();
    };
    DOCTEST_CHECK(worker_manifest().find("\"replicas\":3") != std::string::npos);
    const auto until = story.now().plus(std::chrono::seconds(90));
    cluster.pods_settle();
    DOCTEST_CHECK(story.phase(small) == "Ready");
    const auto awake = story.view(small);
    const auto *wake = read::object(*awake.status, "wake");
    DOCTEST_REQUIRE(wake != nullptr);
    DOCTEST_CHECK(read::integer(*wake, "minWorkers") == 3);
    DOCTEST_CHECK(read::text(*wake, "expiresAt") == until.rfc3339_seconds());
    // The resume took the annotations over.
    cluster.act();
    DOCTEST_CHECK(story.view(small).annotations.empty());
    DOCTEST_CHECK(story.world().next_deadline() == until);
    DOCTEST_CHECK(story.pass_to_deadline());
    DOCTEST_CHECK(story.count("runtime.wake.ended") == 1);
    DOCTEST_CHECK(story.view(small).worker_replicas == 2);
    DOCTEST_CHECK(worker_manifest().find("\"replicas\":2") != std::string::npos);
    DOCTEST_CHECK_FALSE(story.view(small).status->contains("wake"));
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("an explicit wake of zero workers beats the spec") {
    auto spec = minimal_spec();
    spec["wakeMinWorkers"] = 5;
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(spec);
    sleep(story, cluster);
    cluster.annotate({{p("resume-requested"), "true"}, {p("wake-min-workers"), "0"}});
    cluster.act();
    DOCTEST_CHECK(story.view(small).worker_replicas == 2);
    DOCTEST_CHECK(story.count("runtime.wake.started") == 0);
}

DOCTEST_TEST_CASE("a command that lost its wake values to our own cleaning up is not taken a second time") {
    for (const auto *flag : {"suspend-requested", "resume-requested"}) {
        DOCTEST_CAPTURE(flag);
        Story story;
        Cluster cluster(story, small);
        cluster.bring_up(minimal_spec());
        std::map<std::string, std::string> asked{{p(flag), "true"},
                                                 {p(std::string(flag) + "-at"), "2026-11-18T10:00:00Z"},
                                                 {p("wake-ttl"), "4m"},
                                                 {p("wake-min-workers"), "1"}};
        DOCTEST_CHECK(cluster.annotate(asked).front() == "runtime.command.accepted");
        asked.erase(p("wake-ttl"));
        cluster.annotate(asked);
        asked.erase(p("wake-min-workers"));
        cluster.annotate(asked);
        DOCTEST_CHECK(story.count("runtime.command.accepted") == 1);
        // Another value, or another time, is another wish.
        asked[p("wake-ttl")] = "9m";
        cluster.annotate(asked);
        DOCTEST_CHECK(story.count("runtime.command.accepted") == 2);
        asked[p(std::string(flag) + "-at")] = "2026-11-18T10:00:01Z";
        cluster.annotate(asked);
        DOCTEST_CHECK(story.count("runtime.command.accepted") == 3);
    }
}

DOCTEST_TEST_CASE("a resume that cannot be understood is refused, stays where it is, and is told once") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    sleep(story, cluster);
    DOCTEST_CHECK(cluster.annotate({{p("resume-requested"), "true"}, {p("wake-min-workers"), "-1"}}) ==
                  Types{"runtime.command.rejected"});
    auto view = story.view(small);
    DOCTEST_CHECK(view.suspended == std::nullopt);
    DOCTEST_CHECK(view.annotations.empty());
    DOCTEST_CHECK(condition_text(view, "Ready") == "False/CommandRejected");
    DOCTEST_CHECK(cluster.act() == 0);
    cluster.pods_settle();
    DOCTEST_CHECK(story.count("runtime.command.rejected") == 1);
    // Corrected, it is taken.
    DOCTEST_CHECK(cluster.annotate({{p("resume-requested"), "true"}, {p("wake-min-workers"), "1"}}) ==
                  Types{"runtime.command.accepted"});
    cluster.act();
    DOCTEST_CHECK(story.phase(small) == "Reconciling");
}

DOCTEST_TEST_CASE("a command that is given while another waits to be taken off is taken, and the other one is not taken twice") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const Annotations suspend{{p("suspend-requested"), "true"}, {p("suspend-requested-at"), "2026-11-18T10:00:00Z"}};
    cluster.annotate(suspend);
    DOCTEST_CHECK(read::text(story.last("runtime.command.accepted").payload, "command") == "suspend");
    // Its write is on the way: decided, not seen to be done. No time is given, as kubectl annotate does.
    auto both = suspend;
    both[p("resume-requested")] = "true";
    both[p("wake-min-workers")] = "2";
    DOCTEST_CHECK(cluster.annotate(both).front() == "runtime.command.accepted");
    DOCTEST_CHECK(read::text(story.last("runtime.command.accepted").payload, "command") == "resume");
    // Now the write of the first arrives: the suspend is off, the resume stands and was taken.
    auto spec = cluster.spec();
    spec["suspended"] = true;
    cluster.apply_spec(spec);
    DOCTEST_CHECK(cluster.annotate({{p("resume-requested"), "true"}, {p("wake-min-workers"), "2"}}) == Types{});
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 2);
    DOCTEST_CHECK(story.view(small).suspended == false);
    cluster.act();
    DOCTEST_CHECK(story.view(small).suspended == std::nullopt);
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 2);
    // What went and comes again is another wish.
    cluster.annotate({});
    cluster.annotate(suspend);
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 3);
}

DOCTEST_TEST_CASE("the idle timer does not overrule a command of a person that waits to be taken off, and goes with it") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    cluster.annotate({{p("resume-requested"), "true"}});
    cluster.annotate({{p("resume-requested"), "true"}, {p("auto-suspend-requested"), "true"}});
    DOCTEST_CHECK(read::text(story.last("runtime.command.accepted").payload, "command") == "resume");
    DOCTEST_CHECK(story.view(small).annotations.size() == 2);
    cluster.act();
    DOCTEST_CHECK(story.view(small).suspended == std::nullopt);
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE(
    "a resume is refused once, also while a command taken before it is taken off; what it overruled is taken when it goes") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const Annotations suspend{{p("suspend-requested"), "true"}, {p("suspend-requested-at"), "2026-11-18T10:00:00Z"}};
    const Annotations resume{
        {p("resume-requested"), "true"}, {p("resume-requested-at"), "2026-11-18T11:00:00Z"}, {p("wake-ttl"), "long"}};
    auto both = suspend;
    both.insert(resume.begin(), resume.end());
    cluster.annotate(suspend);
    DOCTEST_CHECK(cluster.annotate(both) == Types{"runtime.command.rejected"});
    DOCTEST_CHECK(story.view(small).suspended == true); // the first is still to be carried out
    cluster.annotate(resume);
    DOCTEST_CHECK(story.count("runtime.command.rejected") == 1);
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 1);
    // Given together, the newer one wins and is refused: the older one is not taken in its place.
    cluster.annotate({});
    DOCTEST_CHECK(cluster.annotate(both) == Types{"runtime.command.rejected"});
    DOCTEST_CHECK(cluster.annotate(suspend).front() == "runtime.command.accepted");
}

DOCTEST_TEST_CASE("a refused resume of a runtime that is ready stays whole: without its wake values it would be taken") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const std::string prefix(annotation_prefix);
    cluster.annotate({{prefix + "resume-requested", "true"}, {prefix + "wake-min-workers", "many"}});
    DOCTEST_CHECK(story.count("runtime.command.rejected") == 1);
    DOCTEST_CHECK(cluster.act() == 0);
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 0);
    // The flag goes: nothing stands any more that the values belong to.
    cluster.annotate({{prefix + "wake-min-workers", "many"}});
    DOCTEST_CHECK(cluster.act() == 1);
    DOCTEST_CHECK(story.count("runtime.command.accepted") == 0);
}

DOCTEST_TEST_CASE("a request of the API sets spec.suspended; one for what is already so changes nothing") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto subject = Subject::runtime(small);
    DOCTEST_CHECK(story.tell("resume.requested", subject, {{"via", "api"}}) == Types{});
    DOCTEST_CHECK(story.tell("suspend.requested", subject, {{"via", "annotation"}}) == Types{});
    DOCTEST_CHECK(story.tell("suspend.requested", subject, {{"via", "api"}}) == Types{"runtime.command.accepted"});
    DOCTEST_CHECK(story.view(small).suspended == true);
    cluster.act();
    DOCTEST_CHECK(story.phase(small) == "Suspending");
    DOCTEST_CHECK(story.view(small).suspended == std::nullopt);
}
