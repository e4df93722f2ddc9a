// A manifest that a repair took away: the plan that names it is made again, and nothing else changes.
#include "core/event/catalogue.hpp"
#include "core/event/upcast.hpp"
#include "projections/json_read.hpp"
#include "projections/planned_manifests.hpp"
#include "story.hpp"
#include "test/unit/core/log_fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {
using Types = std::vector<std::string>;

json::object lost(const Digest &digest) {
    return {{"manifest", digest.hex}, {"object", "Deployment/team-a/trino-small-worker"}, {"named_by", 1}};
}

// The story's events and blobs in a log of their own, but for one blob.
std::unique_ptr<Log> log_without(const Story &story, const Digest &left_out, const std::filesystem::path &folder) {
    auto log = logtest::open_log(folder);
    Log::Append append;
    append.epoch = *log->begin_epoch(Epoch{0});
    for (const auto &event : story.events()) {
        append.drafts.push_back(
            {event.type, event.subject, event.source, event.actor, event.cause, event.correlation, event.payload});
        append.times.push_back(event.time);
    }
    for (const auto &[digest, content] : story.blobs())
        if (digest != left_out.hex) append.blobs.push_back({Digest{digest}, content});
    DOCTEST_REQUIRE(log->append(std::move(append)).ok());
    return log;
}
} // namespace

DOCTEST_TEST_CASE("a plan whose manifest was lost is made again: the same objects, and no pod rolls") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto before = story.view(small);
    const auto revision = read::text(story.last("topology.planned").payload, "revision");
    DOCTEST_CHECK(story.tell("topology.manifest.lost", Subject::runtime(small), lost(before.desired.front().manifest)) ==
                  Types{"topology.planned"});
    DOCTEST_CHECK(read::text(story.last("topology.planned").payload, "revision") == revision);
    DOCTEST_CHECK(cluster.act() == 0);
    DOCTEST_CHECK(story.phase(small) == "Ready");
}

DOCTEST_TEST_CASE("the loss of a manifest that no plan in force names changes nothing") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    DOCTEST_CHECK(story.tell("topology.manifest.lost", Subject::runtime(small), lost(Digest::of("something else"))) == Types{});
}

DOCTEST_TEST_CASE("a missing manifest of a plan in force is found before anything is applied, unless its loss was accepted") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const PlannedObject object = story.view(small).desired.back();
    Scratch scratch;
    {
        const auto whole = log_without(story, Digest{}, scratch.path() / "whole");
        DOCTEST_CHECK(check_planned_manifests(story.world(), *whole, "DIR").ok());
    }
    const auto log = log_without(story, object.manifest, scratch.path() / "log");
    const auto missed = check_planned_manifests(story.world(), *log, "DIR");
    DOCTEST_REQUIRE_FALSE(missed.ok());
    DOCTEST_CHECK(missed.error().code == Code::data_corrupted);
    const auto planned = story.last("topology.planned").seq.value;
    DOCTEST_CHECK(missed.error().message.find(fmt::format("control event #{} plans {} of runtime team-a/small", planned,
                                                          object.ref.text())) != std::string::npos);
    DOCTEST_CHECK(missed.error().message.find("xtn-audit repair --data DIR") != std::string::npos);
    EventDraft accepted;
    accepted.type = type_of("topology.manifest.lost");
    accepted.subject = Subject::runtime(small);
    accepted.source = "log";
    accepted.payload = lost(object.manifest);
    DOCTEST_REQUIRE(log->append(logtest::one(*log->begin_epoch(Epoch{0}), std::move(accepted))).ok());
    DOCTEST_CHECK(check_planned_manifests(story.world(), *log, "DIR").ok());
}

DOCTEST_TEST_CASE("an event of a newer version that need not be understood changes nothing and is counted") {
    Story story;
    Cluster cluster(story, small);
    cluster.bring_up(minimal_spec());
    const auto before = story.state();
    Event newer = story.last("deployment.observed");
    newer.type = "deployment.observed/9";
    newer.payload["ready_replicas"] = 0;
    newer.seq = Seq{story.events().size() + 1};
    DOCTEST_CHECK_FALSE(understood(newer));
    story.world().apply(newer);
    DOCTEST_CHECK(story.state() == before);
    DOCTEST_CHECK(story.world().skipped() == 1);
}
