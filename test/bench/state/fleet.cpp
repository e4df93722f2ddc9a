#include "test/bench/state/fleet.hpp"

#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/topology/planner.hpp"
#include "story.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

namespace xtn::bench {

namespace json = boost::json;

namespace {

constexpr std::string_view placeholder_ns = "team-placeholder";
constexpr std::string_view placeholder_name = "runtime-placeholder";
constexpr int runtimes_per_namespace = 50;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

json::object spec() {
    json::object resource{
        {"apiVersion", "analytics.xtrinode.io/v1"},
        {"kind", "XTrinode"},
        {"metadata", {{"name", placeholder_name}, {"namespace", placeholder_ns}}},
        {"spec", {{"size", "s"}, {"routing", {{"header", fmt::format("{}/{}", placeholder_ns, placeholder_name)}}}}}};
    auto read = read_xtrinode(resource);
    if (!read.errors.empty()) throw std::logic_error("the fleet's spec is not valid: " + read.errors.front().message);
    return std::move(read.spec);
}

std::string pod_uid(const RuntimeId &id, int pod) {
    return fmt::format("0f5d7f0e-6f0a-4b7e-9d3c-{}{}", pod, Digest::of(id.text()).hex.substr(0, 11));
}

EventDraft draft(std::string_view type, const RuntimeId &id, json::object payload) {
    EventDraft out;
    out.type = std::string(type) + "/1";
    out.subject = Subject::runtime(id);
    out.source = "kube";
    out.payload = std::move(payload);
    normalise(out.payload);
    return out;
}

json::object pod(const RuntimeId &id, int number, bool ready, int restarts) {
    const bool worker = number > 0;
    return {{"name", fmt::format("trino-{}-{}-6f7c9d5b8f-{}", id.name, worker ? "worker" : "coordinator", number)},
            {"uid", pod_uid(id, number)},
            {"component", worker ? "worker" : "coordinator"},
            {"phase", "Running"},
            {"ready", ready},
            {"restarts", restarts},
            {"node", "node-17"}};
}

} // namespace

Fleet::Fleet() {
    test::Story story({plan_topology, std::string(renderer_version())});
    test::Cluster cluster(story, {std::string(placeholder_ns), std::string(placeholder_name)});
    cluster.ready_to_plan();
    beginning_ = story.events();
    cluster.bring_up(spec());
    for (int number = 0; number < 3; ++number)
        story.tell("pod.observed", Subject::runtime(cluster.id()), pod(cluster.id(), number, true, 0));
    for (std::size_t i = beginning_.size(); i < story.events().size(); ++i) {
        const auto &event = story.events()[i];
        if (!event.subject.as_runtime().ok()) continue;
        life_.push_back(canonical_json_or_throw(event_to_json(Stream::control, event)));
        if (event.name() == "deployment.observed" && read::text(event.payload, "component") == "worker")
            workers_seen_ = life_.back();
    }
    began_ = story.now();
}

RuntimeId Fleet::id(int index) {
    return {fmt::format("team-{:04}", index / runtimes_per_namespace), fmt::format("trino-runtime-{:06}", index)};
}

Event Fleet::own(const std::string &text, int index) {
    const auto name = id(index);
    auto renamed = replaced(replaced(text, placeholder_name, name.name), placeholder_ns, name.ns);
    const auto parsed = parse_json(replaced(std::move(renamed), "\"uid-", fmt::format("\"u{}-", index)));
    auto event = parsed ? event_from_json(*parsed) : Result<StreamedEvent>(parsed.error());
    if (!event) throw std::logic_error(event.error().message);
    return std::move(event->event);
}

std::vector<Event> Fleet::life(int index) const {
    std::vector<Event> events;
    events.reserve(life_.size());
    for (const auto &text : life_)
        events.push_back(own(text, index));
    return events;
}

Fleet::Told Fleet::tell(int runtimes) const {
    Told told{World::create(), {}, beginning_.back().epoch, began_};
    const auto add = [&](Event event) {
        event.seq = told.seq = told.seq.next();
        event.time = told.time = told.time.plus(std::chrono::microseconds(50));
        event.cause.reset();
        told.world->apply(event);
    };
    for (const auto &event : beginning_)
        add(event);
    for (int index = 0; index < runtimes; ++index)
        for (auto &event : life(index))
            add(std::move(event));
    return told;
}

EventDraft Fleet::everyday(int number, int runtimes) const {
    // A stride that visits all of them in an order that no cache foresees.
    const auto which =
        static_cast<int>((static_cast<std::uint64_t>(number) * 2'654'435'761U >> 7) % static_cast<std::uint64_t>(runtimes));
    const auto name = id(which);
    const int turn = number / 8;
    switch (number % 8) {
    case 0:
    case 1:
        return draft("pod.observed", name, pod(name, 1 + turn % 2, turn % 3 != 0, turn % 5));
    case 2:
    case 3:
        return draft("activity.observed", name,
                     {{"gateway", fmt::format("gateway-{}", turn % 3)}, {"running", turn % 2 * 4}, {"queued", 0}});
    case 4:
        return draft("endpoints.observed", name, {{"service", "trino-" + name.name}, {"ready", 1}});
    case 5:
        return draft(
            "status.written", name,
            {{"uid", "uid-" + name.name}, {"digest", std::string(64, 'a')}, {"resource_version", std::to_string(number)}});
    case 6: {
        auto event = own(workers_seen_, which);
        event.payload["resource_version"] = std::to_string(number);
        return draft("deployment.observed", name, std::move(event.payload));
    }
    default:
        return draft("pod.observed", name, pod(name, 0, true, turn % 4));
    }
}

} // namespace xtn::bench
