// Properties of the whole world under random stories: equal logs give equal bytes, repeated observations change nothing, no event
// sequence makes a fold throw or policies run in circles.
#include "story.hpp"

#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/redecide.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>
#include <random>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {

using Random = std::mt19937_64;

std::size_t upto(Random &random, std::size_t n) {
    return static_cast<std::size_t>(random() % n);
}

std::string state_of(const World &world) {
    return canonical_json_or_throw(world.serialize());
}

// One step of something that could happen to a runtime.
void step(Story &story, Cluster &cluster, Random &random) {
    static const std::string resume = std::string(annotation_prefix) + "resume-requested";
    static const std::string suspend = std::string(annotation_prefix) + "suspend-requested";
    static const std::string wake = std::string(annotation_prefix) + "wake-min-workers";
    switch (upto(random, 14)) {
    case 0:
    case 1:
    case 2: {
        auto spec = minimal_spec();
        const char *sizes[] = {"xs", "s", "m"};
        spec["size"] = sizes[upto(random, 3)];
        spec["suspended"] = upto(random, 3) == 0;
        spec["maxWorkers"] = static_cast<std::int64_t>(upto(random, 4));
        if (upto(random, 8) == 0) spec["valuesOverlay"] = {{"refuse", true}};
        if (upto(random, 6) == 0) spec["wakeMinWorkers"] = 1;
        cluster.apply_spec(std::move(spec));
        break;
    }
    case 3:
        if (upto(random, 4) == 0) cluster.reject_spec("spec.size", "no");
        break;
    case 4:
        if (cluster.exists())
            cluster.annotate({{upto(random, 2) == 0 ? resume : suspend, "true"}, {wake, upto(random, 2) == 0 ? "1" : "x"}});
        break;
    case 5:
        if (cluster.exists() && upto(random, 4) == 0) cluster.ask_for_deletion();
        break;
    case 6:
        if (cluster.exists() && upto(random, 10) == 0) cluster.vanish();
        break;
    case 7:
        cluster.activity(fmt::format("gateway-{}", upto(random, 3)), static_cast<std::int64_t>(upto(random, 2)));
        break;
    case 8:
        story.pass(std::chrono::seconds(upto(random, 90)));
        story.pass_to_deadline();
        break;
    case 9:
        cluster.endpoints(static_cast<std::int64_t>(upto(random, 2)));
        break;
    case 10:
        if (upto(random, 6) == 0) {
            story.elect();
            cluster.ready_to_plan();
        }
        break;
    default:
        cluster.act();
        cluster.pods_settle();
    }
}

std::vector<Event> random_story(std::uint64_t seed, std::string *state) {
    Random random(seed);
    Story story;
    Cluster a(story, {"team-a", "small"});
    Cluster b(story, {"team-b", "other"});
    a.ready_to_plan();
    for (int i = 0; i < 120; ++i) {
        story.pass(std::chrono::milliseconds(upto(random, 3000)));
        step(story, upto(random, 2) == 0 ? a : b, random);
    }
    *state = story.state();
    return story.events();
}

} // namespace

DOCTEST_TEST_CASE("a random story replays to the same bytes from every restart point, and decides the same again") {
    std::uint64_t decisions = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        DOCTEST_CAPTURE(seed);
        std::string live;
        const auto events = random_story(seed, &live);
        // A restart replays from the first event; what was decided meanwhile is in the log.
        const auto replayed = create_world(Story::small_planner());
        for (const auto &event : events)
            replayed->apply(event);
        DOCTEST_REQUIRE(state_of(*replayed) == live);
        const auto prefix = create_world(Story::small_planner());
        const auto cut = events.size() * (seed % 7) / 7;
        for (std::size_t i = 0; i < cut; ++i)
            prefix->apply(events[i]);
        const auto again = create_world(Story::small_planner());
        for (std::size_t i = 0; i < cut; ++i)
            again->apply(events[i]);
        DOCTEST_REQUIRE(state_of(*prefix) == state_of(*again));
        for (std::size_t i = cut; i < events.size(); ++i)
            prefix->apply(events[i]);
        DOCTEST_REQUIRE(state_of(*prefix) == live);

        std::size_t at = 0;
        const auto world = create_world(Story::small_planner());
        const auto report = redecide(
            *world, [&]() -> std::optional<Event> { return at < events.size() ? std::optional(events[at++]) : std::nullopt; });
        for (const auto &difference : report.differences) {
            DOCTEST_CAPTURE(difference.event.value);
            for (const auto &text : difference.recorded)
                DOCTEST_MESSAGE("recorded ", text);
            for (const auto &text : difference.today)
                DOCTEST_MESSAGE("today ", text);
            DOCTEST_CHECK(false);
        }
        DOCTEST_REQUIRE(state_of(*world) == live);
        decisions += report.decisions;
    }
    DOCTEST_CHECK(decisions > 1000); // the stories have something to say
}

DOCTEST_TEST_CASE("an observation that arrives twice changes nothing but the position") {
    // Written by a watch that repeats itself: every observation and outcome once more, right after the first time.
    static const char *const repeated[] = {"deployment.observed",  "pod.observed",   "endpoints.observed", "activity.observed",
                                           "object.applied",       "object.deleted", "object.scaled",      "finalizer.added",
                                           "runtime.spec.applied", "watch.synced"};
    std::string live;
    const auto events = random_story(7, &live);
    const auto once = create_world(Story::small_planner());
    const auto twice = create_world(Story::small_planner());
    const auto interesting = [](const World &world) {
        std::string text;
        for (const auto &id : world.runtimes()) {
            const auto view = world.runtime(id);
            text += id.text() + (view->status ? canonical_json_or_throw(*view->status) : "none");
            for (const auto &object : view->applied)
                text += object.ref.text() + object.uid;
        }
        return text + world.routes().to_yaml();
    };
    std::size_t repeats = 0;
    for (const auto &event : events) {
        once->apply(event);
        twice->apply(event);
        for (const auto *name : repeated)
            if (event.name() == name) {
                twice->apply(event);
                ++repeats;
            }
        DOCTEST_REQUIRE(interesting(*once) == interesting(*twice));
    }
    DOCTEST_CHECK(repeats > 100);
}

DOCTEST_TEST_CASE("no payload that the catalogue admits makes a fold throw") {
    Random random(11);
    const auto world = create_world(Story::small_planner());
    const char *const words[] = {"",          "small", "coordinator", "worker", "team-a", "Deployment",
                                 "ConfigMap", "uid-1", "True",        "s",      "idle"};
    const auto word = [&] { return std::string(words[upto(random, std::size(words))]); };
    const Subject subjects[] = {Subject::cluster(), Subject::runtime({"team-a", "small"}), Subject::runtime({"team-b", "other"}),
                                Subject::catalog({"team-a", "tpch"})};
    std::vector<const EventTypeInfo *> types;
    for (const auto &info : catalogue())
        if (info.stream == Stream::control) types.push_back(&info);
    Timestamp time{1'795'000'000'000'000'000};
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
        const auto &info = *types[upto(random, types.size())];
        Event event;
        event.seq = Seq{i};
        event.time = time = time.plus(std::chrono::milliseconds(upto(random, 1000)));
        event.epoch = Epoch{1 + i / 5000};
        event.type = type_of(info.name);
        event.subject = subjects[upto(random, std::size(subjects))];
        event.source = "test";
        for (const auto &field : info.payload) {
            if (field.type.ends_with('?') && upto(random, 2) == 0) continue;
            const auto name = json::string_view(field.name.data(), field.name.size());
            const auto type = field.type.ends_with('?') ? field.type.substr(0, field.type.size() - 1) : field.type;
            auto &value = event.payload[name];
            if (type == "string")
                value = word();
            else if (type == "integer")
                value = static_cast<std::int64_t>(random()) >> upto(random, 64);
            else if (type == "boolean")
                value = upto(random, 2) == 0;
            else if (type == "digest")
                value = std::string(64, upto(random, 2) == 0 ? 'a' : 'b');
            else if (type == "time")
                value = time.rfc3339();
            else if (type == "array")
                value = json::array{word(), 7, json::object{{"kind", word()}, {"name", word()}, {"manifest", nullptr}}};
            else
                value = json::object{{"suspended", upto(random, 2) == 0}, {"size", word()}, {"routing", word()}, {"worker", 2}};
        }
        normalise(event.payload);
        world->apply(event);
        (void)world->decide(event);
        if (const auto next = world->next_deadline()) DOCTEST_REQUIRE(*next > Timestamp{0});
        if (i % 500 == 0) {
            (void)state_of(*world);
            (void)canonical_json_or_throw(world->describe());
            for (const auto &id : world->runtimes())
                (void)world->runtime(id);
        }
    }
}
