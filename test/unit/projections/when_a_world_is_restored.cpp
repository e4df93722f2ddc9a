// A world that was serialized and restored is the same world: the same bytes at once, and after every later event.
#include "histories.hpp"

#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "projections/json_read.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {

std::string state_of(const World &world) {
    return canonical_json_or_throw(world.serialize());
}

// Through text, as a snapshot goes.
std::unique_ptr<World> restored(const World &world) {
    auto copy = create_world(Story::small_planner());
    const auto parsed = parse_state_json(state_of(world));
    DOCTEST_REQUIRE(parsed.ok());
    const auto done = copy->restore(*parsed);
    DOCTEST_REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message));
    return copy;
}

std::string views_of(const World &world) {
    std::string text = canonical_json_or_throw(world.describe()) + world.routes().to_yaml();
    for (const auto &id : world.runtimes()) {
        const auto view = world.runtime(id);
        text += id.text() + (view->status ? canonical_json_or_throw(*view->status) : "none");
        for (const auto &object : view->surplus)
            text += object.ref.text();
    }
    if (const auto next = world.next_deadline()) text += next->rfc3339();
    return text;
}

std::string decisions_of(const World &world, const Event &event) {
    std::string text;
    for (const auto &draft : world.decide(event).drafts)
        text += draft.type + " " + draft.subject.text + " " + canonical_json_or_throw(draft.payload) + "\n";
    return text;
}

} // namespace

DOCTEST_TEST_CASE("what a world found out on the way and does not ask again changes nothing that it shows or decides") {
    // The other world comes fresh from its state before each event, and so has to find out everything anew.
    std::uint64_t decided = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        DOCTEST_CAPTURE(seed);
        const auto world = create_world(Story::small_planner());
        for (const auto &event : random_history(seed, 120).events) {
            DOCTEST_CAPTURE(event.seq.value);
            const auto fresh = restored(*world);
            world->expect(event.subject);
            world->apply(event);
            fresh->apply(event);
            DOCTEST_REQUIRE(state_of(*world) == state_of(*fresh));
            const auto decisions = decisions_of(*world, event);
            DOCTEST_REQUIRE(decisions == decisions_of(*fresh, event));
            DOCTEST_REQUIRE(decisions == decisions_of(*world, event)); // asked again, as the engine does at the end of a cascade
            decided += decisions.empty() ? 0 : 1;
        }
    }
    DOCTEST_CHECK(decided > 100);
}

DOCTEST_TEST_CASE("a restored world has the same bytes, and folds and decides every later event the same") {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        DOCTEST_CAPTURE(seed);
        const auto history = random_history(seed, 150);
        const auto world = create_world(Story::small_planner());
        auto other = create_world(Story::small_planner());
        std::size_t folded = 0;
        for (const auto &event : history.events) {
            world->apply(event);
            other->apply(event);
            DOCTEST_CAPTURE(event.seq.value);
            DOCTEST_REQUIRE(decisions_of(*world, event) == decisions_of(*other, event));
            if (++folded % 40 != seed % 40) continue;
            other = restored(*other);
            DOCTEST_REQUIRE(state_of(*other) == state_of(*world));
            DOCTEST_REQUIRE(views_of(*other) == views_of(*world));
        }
        DOCTEST_REQUIRE(state_of(*other) == history.state);
    }
}

DOCTEST_TEST_CASE("a world is restored from the value itself as from its text") {
    const auto history = random_history(3, 150);
    const auto world = create_world(Story::small_planner());
    for (const auto &event : history.events)
        world->apply(event);
    const auto copy = create_world(Story::small_planner());
    DOCTEST_REQUIRE(copy->restore(world->serialize()).ok());
    DOCTEST_CHECK(state_of(*copy) == history.state);
}

DOCTEST_TEST_CASE("a state of another form is refused with its path, and the world stays as it was") {
    const auto history = random_history(4, 150);
    const auto world = create_world(Story::small_planner());
    for (const auto &event : history.events)
        world->apply(event);
    const auto good = parse_state_json(history.state).value().get_object();
    const auto refuse = [&](const json::value &state) {
        const auto done = world->restore(state);
        DOCTEST_REQUIRE(!done.ok());
        DOCTEST_CHECK(done.error().code == Code::data_corrupted);
        DOCTEST_CHECK(state_of(*world) == history.state);
        return done.error().message;
    };
    DOCTEST_CHECK(refuse(nullptr) == "state: is not an object");
    for (const auto &part : good) {
        const std::string name(std::string_view(part.key()));
        DOCTEST_CAPTURE(name);
        auto without = good;
        without.erase(part.key());
        DOCTEST_CHECK(refuse(without) == "state: has no " + name);
        auto other = good;
        other[part.key()] = 7;
        DOCTEST_CHECK(refuse(other).starts_with(name + ": state:"));
    }
    auto extra = good;
    extra["weather"] = "fine";
    refuse(extra);
    auto &runtimes = good.at("runtimes").get_object();
    DOCTEST_REQUIRE(!runtimes.empty());
    const std::string first(std::string_view(runtimes.begin()->key()));
    const auto changed = [&](auto change) {
        auto state = good;
        change(state["runtimes"].get_object()[first].get_object());
        return refuse(state);
    };
    DOCTEST_CHECK(changed([](json::object &rt) { rt["phase"] = "Dreaming"; }) ==
                  "runtimes: state:/" + first + "/phase has another form");
    DOCTEST_CHECK(changed([](json::object &rt) { rt["mood"] = 1; }) ==
                  "runtimes: state:/" + first + " has members that are not known");
    DOCTEST_CHECK(changed([](json::object &rt) { rt["phaseSince"] = "yesterday"; }) ==
                  "runtimes: state:/" + first + "/phaseSince is not a time");
}

DOCTEST_TEST_CASE("every time that a state can show is read back") {
    for (const std::int64_t nanos :
         {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{1}, std::int64_t{1'000'000'000}, INT64_MAX - 1, INT64_MAX}) {
        const Timestamp time{nanos};
        const auto back = Timestamp::parse(time.rfc3339());
        DOCTEST_REQUIRE(back.ok());
        DOCTEST_CHECK(back->nanos == nanos);
    }
    DOCTEST_CHECK_FALSE(Timestamp::parse("2262-04-11T23:47:16.854775808Z").ok());
    DOCTEST_CHECK_FALSE(Timestamp::parse("1677-09-21T00:12:43.145224191Z").ok());
}

DOCTEST_TEST_CASE("a spec as deep as a payload may be has a state, which is restored") {
    json::value deep = 1;
    for (std::size_t level = 0; level + 2 < max_json_depth; ++level)
        deep = json::object{{"x", std::move(deep)}};
    Story story(Story::small_planner());
    Cluster cluster(story, {"team-a", "small"});
    cluster.ready_to_plan();
    auto spec = minimal_spec();
    spec["valuesOverlay"] = std::move(deep);
    cluster.apply_spec(std::move(spec));
    DOCTEST_CHECK(state_of(*restored(story.world())) == story.state());
}
