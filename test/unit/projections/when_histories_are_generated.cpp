// What holds in every history, and which histories end in the same state although their observations came in another order.
#include "histories.hpp"

#include "core/event/canonical.hpp"
#include "core/event/printer.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/runtimes/everyday.hpp"
#include "projections/runtimes/runtimes.hpp"

#include <boost/json/array.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

using namespace xtn;
using namespace xtn::test;
namespace json = boost::json;

namespace {

// ---- invariants

const json::object &part(const json::object &state, std::string_view name, const RuntimeId &id) {
    static const json::object none;
    const auto *all = read::object(state, name);
    const auto *one = all == nullptr ? nullptr : read::object(*all, id.text());
    return one == nullptr ? none : *one;
}

using Invariant = std::string (*)(const RuntimeId &, const RuntimeView &, const json::object &rt, const json::object &topology,
                                  const RouteTable &);

const Backend *backend_of(const RouteTable &table, const RuntimeId &id) {
    for (const auto &route : table.routes)
        for (const auto &backend : route.backends)
            if (backend.ns == id.ns && backend.name == id.name) return &backend;
    return nullptr;
}

std::string pods_go_only_when_queries_ended(const RuntimeId &, const RuntimeView &view, const json::object &rt,
                                            const json::object &, const RouteTable &) {
    const bool takes_away = view.coordinator_replicas == 0;
    const bool asleep =
        read::text(rt, "phase") == "Suspended" || (read::text(rt, "phase") == "Suspending" && read::boolean(rt, "quiet"));
    return takes_away && !asleep ? "pods are taken away before queries ended" : "";
}
std::string only_a_ready_runtime_gets_new_queries(const RuntimeId &id, const RuntimeView &, const json::object &rt,
                                                  const json::object &, const RouteTable &table) {
    const auto *backend = backend_of(table, id);
    const auto phase = read::text(rt, "phase");
    // A runtime that failed keeps the state that its route had.
    return backend != nullptr && backend->state == BackendState::running && phase != "Ready" && phase != "Error"
               ? "its route is RUNNING in phase " + phase
               : "";
}
std::string nothing_is_applied_without_a_finalizer(const RuntimeId &, const RuntimeView &view, const json::object &,
                                                   const json::object &, const RouteTable &) {
    return view.apply_allowed && !view.has_finalizer ? "objects may be applied without a finalizer" : "";
}
std::string nothing_is_applied_while_deleting(const RuntimeId &, const RuntimeView &view, const json::object &,
                                              const json::object &, const RouteTable &) {
    return view.deleting && view.apply_allowed ? "objects may be applied although it is being deleted" : "";
}
std::string a_plan_is_never_ahead_of_the_spec(const RuntimeId &, const RuntimeView &, const json::object &rt,
                                              const json::object &topology, const RouteTable &) {
    const auto *plan = read::object(topology, "plan");
    return plan != nullptr && read::integer(*plan, "generation") > read::integer(rt, "specGeneration")
               ? "the plan is of a generation that was never seen"
               : "";
}
std::string ready_means_planned(const RuntimeId &, const RuntimeView &, const json::object &rt, const json::object &topology,
                                const RouteTable &) {
    return read::text(rt, "phase") == "Ready" && read::object(topology, "plan") == nullptr ? "it is Ready without a plan" : "";
}
std::string one_condition_of_a_type(const RuntimeId &, const RuntimeView &, const json::object &rt, const json::object &,
                                    const RouteTable &) {
    std::set<std::string> types;
    if (const auto *conditions = read::array(rt, "conditions"))
        for (const auto &condition : *conditions)
            if (!types.insert(read::text(condition.get_object(), "type")).second) return "a condition stands there twice";
    return {};
}

const Invariant invariants[] = {pods_go_only_when_queries_ended,
                                only_a_ready_runtime_gets_new_queries,
                                nothing_is_applied_without_a_finalizer,
                                nothing_is_applied_while_deleting,
                                a_plan_is_never_ahead_of_the_spec,
                                ready_means_planned,
                                one_condition_of_a_type};

// Empty: every invariant holds.
std::string broken(const World &world) {
    const auto state = world.serialize().get_object();
    for (const auto &id : world.runtimes()) {
        const auto view = world.runtime(id);
        for (const auto invariant : invariants)
            if (auto text = invariant(id, *view, part(state, "runtimes", id), part(state, "topology", id), world.routes());
                !text.empty())
                return id.text() + ": " + text;
    }
    return {};
}

// What went wrong while living through these steps; empty: nothing.
std::string trouble(const Steps &steps) {
    std::string found;
    const auto history = play(steps, Story::small_planner(), [&](Story &story) {
        found = broken(story.world());
        return found.empty();
    });
    return history.trouble.empty() ? found : history.trouble;
}

std::string told(const Steps &steps) {
    std::string text;
    for (const auto step : steps)
        text += fmt::format("{}u, ", step);
    return text;
}

// ---- orders

// State without what must differ when the same things come in another order: positions, times, and the index by time.
void forget_order(json::value &value) {
    if (auto *array = value.if_array())
        for (auto &element : *array)
            forget_order(element);
    if (auto *object = value.if_object()) {
        for (const auto *name : {"since", "lastGap", "resourceVersion"})
            object->erase(name);
        for (auto &member : *object)
            forget_order(member.value());
    }
}
std::string without_order(const World &world) {
    auto state = world.serialize();
    state.get_object().erase("timeline");
    forget_order(state);
    return canonical_json_or_throw(state);
}

// The object that an observation is about: those of one object keep their order.
std::string object_of(const Event &event) {
    const auto kind = event.name().substr(0, event.name().find('.'));
    const auto *member = kind == "pod"          ? "uid"
                         : kind == "deployment" ? "component"
                         : kind == "endpoints"  ? "service"
                         : kind == "activity"   ? "gateway"
                                                : "name";
    return fmt::format("{} {} {}", event.subject.text, kind, read::text(event.payload, member));
}

// Observations of several watches and gateways about three runtimes.
std::vector<Event> observations(Random &random) {
    std::vector<Event> all;
    const RuntimeId ids[] = {{"team-a", "small"}, {"team-a", "tall"}, {"team-b", "other"}};
    for (int i = 0; i < 60; ++i) {
        const auto &id = ids[upto(random, 3)];
        Event event;
        event.subject = Subject::runtime(id);
        event.source = "test";
        const auto number = upto(random, 3);
        const auto count = static_cast<std::int64_t>(upto(random, 3));
        const bool flag = upto(random, 2) == 0;
        const auto uid = fmt::format("pod-{}", number);
        switch (upto(random, 6)) {
        case 0:
            event.type = "pod.observed/1";
            event.payload = {{"name", uid},           {"uid", uid},
                             {"component", "worker"}, {"phase", flag ? "Running" : "Pending"},
                             {"ready", flag},         {"restarts", count}};
            if (!flag) event.payload["reason"] = "Unschedulable";
            break;
        case 1:
            event.type = "pod.gone/1";
            event.payload = {{"name", uid}, {"uid", uid}};
            break;
        case 2:
            event.type = "deployment.observed/1";
            event.payload = {{"name", "trino-" + id.name + (flag ? "-worker" : "-coordinator")},
                             {"uid", flag ? "w" : "c"},
                             {"resource_version", "1"},
                             {"generation", 1},
                             {"component", flag ? "worker" : "coordinator"},
                             {"replicas", 2},
                             {"observed_generation", 1},
                             {"updated_replicas", 2},
                             {"ready_replicas", count},
                             {"available_replicas", count},
                             {"stale", false}};
            break;
        case 3:
            event.type = "endpoints.observed/1";
            event.payload = {{"service", "trino-" + id.name}, {"ready", count}};
            break;
        case 4:
            event.type = "activity.observed/1";
            event.payload = {{"gateway", fmt::format("gateway-{}", number)}, {"running", count}, {"queued", 0}};
            break;
        default:
            event.type = "config.observed/1";
            event.payload = {{"kind", "Secret"}, {"name", uid}, {"uid", flag ? "" : "s"}, {"digest", std::string(64, 'a')}};
        }
        normalise(event.payload);
        all.push_back(std::move(event));
    }
    return all;
}

// Another interleaving of the same observations.
std::vector<Event> interleaved(const std::vector<Event> &events, Random &random) {
    std::map<std::string, std::vector<const Event *>> streams;
    for (const auto &event : events)
        streams[object_of(event)].push_back(&event);
    std::vector<Event> out;
    std::map<std::string, std::size_t> at;
    while (out.size() < events.size()) {
        auto stream = std::next(streams.begin(), static_cast<std::ptrdiff_t>(upto(random, streams.size())));
        if (at[stream->first] == stream->second.size()) continue;
        out.push_back(*stream->second[at[stream->first]++]);
    }
    return out;
}

std::vector<Event> repeated(const std::vector<Event> &events, Random &random) {
    std::vector<Event> out;
    for (const auto &event : events)
        for (std::size_t times = 1 + upto(random, 3); times > 0; --times)
            out.push_back(event);
    return out;
}

// Watches that fell behind: what they say is older than our own last write, and marked so.
std::vector<Event> with_stale_ones(const std::vector<Event> &events, Random &random) {
    std::vector<Event> out;
    for (const auto &event : events) {
        out.push_back(event);
        if (event.name() != "deployment.observed" || upto(random, 2) == 0) continue;
        auto stale = event;
        stale.payload["stale"] = true;
        stale.payload["ready_replicas"] = 0;
        out.push_back(std::move(stale));
    }
    return out;
}

std::unique_ptr<World> folded(const History &before, std::vector<Event> observed) {
    auto world = create_world(Story::small_planner());
    for (const auto &event : before.events)
        world->apply(event);
    auto seq = before.events.back().seq;
    for (auto &event : observed) {
        event.seq = seq = seq.next();
        event.time = before.events.back().time;
        event.epoch = before.events.back().epoch;
        world->apply(event);
    }
    return world;
}

} // namespace

DOCTEST_TEST_CASE("whatever happens, the invariants hold after every step") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto steps = random_steps(seed, 120);
        const auto what = trouble(steps);
        if (what.empty()) continue;
        const auto shortest = shrink(steps, [&](const Steps &some) { return trouble(some) == what; });
        std::string events;
        for (const auto &event : play(shortest).events)
            events += fmt::format("  #{} {} {} {}\n", event.seq.value, event.type, event.subject.text,
                                  canonical_json_or_throw(event.payload).substr(0, 160));
        DOCTEST_FAIL_CHECK("seed ", seed, ": ", what, "\nshortest steps: ", told(shortest), "\n", events);
    }
}

DOCTEST_TEST_CASE("shrinking leaves what a failure needs, and little more") {
    // A failure that needs two things: a runtime that was suspended and a later one that was asked to go.
    const auto fails = [](const Steps &steps) {
        bool suspended = false;
        for (const auto &event : play(steps).events) {
            suspended = suspended || event.name() == "runtime.suspending";
            if (suspended && event.name() == "runtime.draining") return true;
        }
        return false;
    };
    std::uint64_t seed = 1;
    while (!fails(random_steps(seed, 150)))
        ++seed;
    const auto shortest = shrink(random_steps(seed, 150), fails);
    DOCTEST_CHECK(fails(shortest));
    DOCTEST_CHECK(shortest.size() <= 8);
}

DOCTEST_TEST_CASE("any interleaving of watches that keeps each object's order, repeated or stale, ends in the same state") {
    int differing_orders = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        DOCTEST_CAPTURE(seed);
        Random random(seed);
        const auto before = random_history(seed, 60);
        const auto observed = observations(random);
        const auto once = without_order(*folded(before, observed));
        for (int order = 0; order < 3; ++order) {
            const auto other = interleaved(observed, random);
            differing_orders += std::equal(other.begin(), other.end(), observed.begin(),
                                           [](const Event &a, const Event &b) { return a.payload == b.payload; })
                                    ? 0
                                    : 1;
            DOCTEST_REQUIRE(without_order(*folded(before, other)) == once);
        }
        DOCTEST_REQUIRE(without_order(*folded(before, repeated(observed, random))) == once);
        DOCTEST_REQUIRE(without_order(*folded(before, with_stale_ones(observed, random))) == once);
    }
    DOCTEST_CHECK(differing_orders > 150);
}

DOCTEST_TEST_CASE("runtimes that come and go leave nothing behind but the bounded memory of the timeline") {
    Story story;
    std::size_t after_300 = 0;
    for (int i = 0; i < 600; ++i) {
        Cluster cluster(story, {"team-a", fmt::format("r{}", i)});
        if (i == 0) cluster.ready_to_plan();
        cluster.apply_spec(minimal_spec());
        cluster.act();
        cluster.pods_settle();
        cluster.act();
        cluster.ask_for_deletion();
        while (cluster.exists()) {
            cluster.act();
            if (cluster.exists() && !story.pass_to_deadline()) break;
        }
        DOCTEST_REQUIRE_FALSE(cluster.exists());
        cluster.endpoints(0); // Kubernetes tells of the Service's end as well
        if (i == 300) after_300 = story.state().size();
    }
    const auto state = story.world().serialize().get_object();
    for (const auto *name : {"runtimes", "unowned", "topology", "deadlines"})
        DOCTEST_CHECK(state.at(name).get_object().empty());
    DOCTEST_CHECK(state.at("routes").at("routes").get_array().empty());
    DOCTEST_CHECK(state.at("routes").at("rejected").get_object().empty());
    DOCTEST_CHECK(story.state().size() < after_300 + after_300 / 10);
}

DOCTEST_TEST_CASE("an everyday observation for which conditions are not worked out would not have changed them") {
    // An event without a meaning makes a world work everything out: before the observation and after it, with the same result.
    const auto worked_out = [](const World &world, const RuntimeId &id, const Event &like) {
        const auto copy = create_world(Story::small_planner());
        DOCTEST_REQUIRE(copy->restore(world.serialize()).ok());
        Event nudge = like;
        nudge.type = "object.observed/1";
        nudge.payload = {{"kind", "ConfigMap"}, {"api_version", "v1"},     {"name", "none"},
                         {"uid", "none"},       {"resource_version", "1"}, {"drifted", false}};
        normalise(nudge.payload);
        copy->apply(nudge);
        const auto view = copy->runtime(id);
        return view && view->status ? canonical_json_or_throw(*view->status) : std::string();
    };
    std::size_t looked_at = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        DOCTEST_CAPTURE(seed);
        const auto world = create_world(Story::small_planner());
        Runtimes shadow; // the world's own are not to be seen from outside
        for (const auto &event : random_history(seed, 120).events) {
            const auto id = event.subject.as_runtime();
            const auto *rt = id.ok() ? shadow.find(*id) : nullptr;
            const bool skipped = rt != nullptr && changes_no_condition(*rt, event);
            const auto before = skipped ? worked_out(*world, *id, event) : std::string();
            world->apply(event);
            if (const auto id = event.subject.as_runtime(); id.ok())
                shadow.apply(event, HashedId(id.value()), shadow.find(id.value()));
            if (!skipped) continue;
            DOCTEST_REQUIRE(worked_out(*world, *id, event) == before);
            ++looked_at;
        }
    }
    DOCTEST_CHECK(looked_at > 20);
}
