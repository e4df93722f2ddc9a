// Properties of the whole world under random stories: equal logs give equal bytes, repeated observations change nothing, no event
// sequence makes a fold throw or policies run in circles.
#include "histories.hpp"

#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"
#include "core/log/record.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/redecide.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {

std::string state_of(const World &world) {
    return canonical_json_or_throw(world.serialize());
}

} // namespace

DOCTEST_TEST_CASE("a random story replays to the same bytes from every restart point, and decides the same again") {
    std::uint64_t decisions = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        DOCTEST_CAPTURE(seed);
        const auto history = random_history(seed, 120);
        const auto &live = history.state;
        const auto &events = history.events;
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
    const auto events = random_history(7, 120).events;
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

DOCTEST_TEST_CASE("of an event that was lent nothing is kept but copies") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        DOCTEST_CAPTURE(seed);
        const auto history = random_history(seed, 120);
        const auto world = create_world(Story::small_planner());
        {
            LentEvent lent;
            for (const auto &event : history.events) {
                auto record = encode_draft(Stream::control, draft_of(event));
                DOCTEST_REQUIRE(record);
                (void)seal_record(*record, {event.seq, event.time, event.epoch, event.cause}, Sha256{});
                DOCTEST_REQUIRE(lent.read(*record));
                world->apply(lent.event());
                // What a fold kept of it by mistake is not there any more when the state is shown.
                DOCTEST_REQUIRE(lent.read(*record));
            }
        }
        DOCTEST_CHECK(state_of(*world) == history.state);
    }
}
