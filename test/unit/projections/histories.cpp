#include "histories.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace xtn::test {

namespace json = boost::json;

namespace {

// What one runtime's users and cluster may do next.
class Life {
  public:
    Life(Story &story, Cluster &cluster, Random &random) : story_(story), cluster_(cluster), random_(random) {}

    void spec() {
        auto spec = minimal_spec();
        const char *sizes[] = {"xs", "s", "m"};
        spec["size"] = sizes[draw(3)];
        spec["suspended"] = one_in(3);
        spec["maxWorkers"] = static_cast<std::int64_t>(draw(4));
        if (one_in(8)) spec["valuesOverlay"] = {{"refuse", true}};
        if (one_in(6)) spec["wakeMinWorkers"] = 1;
        if (one_in(3)) spec["catalogSelector"] = {{"matchLabels", {{"team", "a"}}}};
        json::object routing{{"header", "X-Trino-XTrinode=" + cluster_.id().text()}};
        if (one_in(5)) routing["routingGroup"] = "pool";
        if (one_in(5)) routing["hostname"] = "trino.example.org";
        if (one_in(7)) routing["default"] = true;
        spec["routing"] = std::move(routing);
        cluster_.apply_spec(std::move(spec));
    }
    void reject() {
        if (one_in(4)) cluster_.reject_spec("spec.size", "no");
    }
    void annotate() {
        static const std::string resume = std::string(annotation_prefix) + "resume-requested";
        static const std::string suspend = std::string(annotation_prefix) + "suspend-requested";
        static const std::string wake = std::string(annotation_prefix) + "wake-min-workers";
        const bool wakes = one_in(2);
        const bool sensible = one_in(2);
        if (cluster_.exists()) cluster_.annotate({{wakes ? resume : suspend, "true"}, {wake, sensible ? "1" : "x"}});
    }
    void ask_over_api() {
        const bool wakes = one_in(2);
        json::object payload{{"via", "api"}};
        if (wakes) payload["wake_min_workers"] = static_cast<std::int64_t>(draw(3));
        tell(wakes ? "resume.requested" : "suspend.requested", std::move(payload));
    }
    void remove() {
        if (cluster_.exists() && one_in(4)) cluster_.ask_for_deletion();
    }
    void vanish() {
        if (cluster_.exists() && one_in(10)) cluster_.vanish();
    }
    void activity() {
        const auto gateway = fmt::format("gateway-{}", draw(3));
        const auto running = static_cast<std::int64_t>(draw(2));
        cluster_.activity(gateway, running);
    }
    void endpoints() { cluster_.endpoints(static_cast<std::int64_t>(draw(2))); }
    void pod() {
        const auto uid = fmt::format("uid-pod-{}", draw(4));
        const auto name = fmt::format("trino-{}-worker-{}", cluster_.id().name, uid);
        if (one_in(3)) return tell("pod.gone", {{"name", name}, {"uid", uid}});
        json::object pod{{"name", name}, {"uid", uid}, {"component", "worker"}, {"restarts", static_cast<std::int64_t>(draw(3))}};
        const bool placed = !one_in(4);
        pod["phase"] = placed ? "Running" : "Pending";
        pod["ready"] = placed && one_in(2);
        if (!placed) pod["reason"] = "Unschedulable";
        if (!placed) pod["message"] = "0/3 nodes are available: 3 Insufficient cpu";
        tell("pod.observed", std::move(pod));
    }
    void content() {
        const auto name = fmt::format("secret-{}", draw(2));
        const auto digest = std::string(64, one_in(2) ? 'a' : 'b');
        tell("config.observed",
             {{"kind", "Secret"}, {"name", name}, {"uid", one_in(4) ? "" : "uid-" + name}, {"digest", digest}});
    }
    void object_trouble() {
        if (!cluster_.exists() || !story_.world().runtime(cluster_.id())) return;
        const auto view = story_.view(cluster_.id());
        if (view.applied.empty()) return;
        const auto &object = view.applied[draw(view.applied.size())];
        json::object payload{{"kind", object.ref.kind}, {"api_version", object.ref.api_version}, {"name", object.ref.name}};
        if (one_in(3)) {
            payload["ns"] = object.ref.ns;
            payload["code"] = one_in(2) ? "500" : "422";
            payload["message"] = "the API server does not like it";
            payload["attempt"] = static_cast<std::int64_t>(1 + draw(4));
            payload["manifest"] = object.manifest.hex;
            return tell("object.failed", std::move(payload));
        }
        payload["uid"] = one_in(4) ? "uid-of-another" : object.uid;
        payload["resource_version"] = "9";
        payload["drifted"] = one_in(2);
        tell("object.observed", std::move(payload));
    }
    void act() {
        cluster_.act();
        cluster_.pods_settle();
    }

  private:
    std::size_t draw(std::size_t n) { return upto(random_, n); }
    bool one_in(std::size_t n) { return draw(n) == 0; }
    void tell(std::string_view type, json::object payload) {
        story_.tell(type, Subject::runtime(cluster_.id()), std::move(payload));
    }

    Story &story_;
    Cluster &cluster_;
    Random &random_;
};

void catalog_changes(Story &story, Random &random) {
    const auto name = fmt::format("catalog-{}", upto(random, 2));
    const auto subject = Subject::catalog({"team-a", name});
    if (upto(random, 4) == 0) {
        story.tell("catalog.spec.deleted", subject, {{"uid", "uid-" + name}});
        return;
    }
    const auto generation = static_cast<std::int64_t>(1 + upto(random, 5));
    json::object payload{
        {"uid", "uid-" + name}, {"resource_version", "7"}, {"generation", generation}, {"finalizers", json::array()}};
    if (upto(random, 5) == 0) {
        payload["spec"] = json::object();
        payload["errors"] =
            json::array{json::object{{"field", "spec.connector"}, {"reason", "Required"}, {"message", "missing"}}};
        story.tell("catalog.spec.rejected", subject, std::move(payload));
        return;
    }
    payload["creation_timestamp"] = "2026-11-18T00:00:00Z";
    payload["labels"] = json::object();
    payload["annotations"] = json::object();
    payload["created"] = false;
    payload["managers"] = json::array{"kubectl"};
    payload["spec"] = {{"connector", "tpch"}, {"labels", {{"team", upto(random, 3) == 0 ? "b" : "a"}}}};
    story.tell("catalog.spec.applied", subject, std::move(payload));
}

void gateway_lost_records(Story &story) {
    story.tell("observation.gap", Subject{"gateway/gateway-1"},
               {{"gateway", "gateway-1"}, {"from_sequence", 1}, {"to_sequence", 5}, {"reason", "its buffer was full"}});
}

void one_step(Story &story, Cluster &cluster, Random &random) {
    Life life(story, cluster, random);
    switch (upto(random, 20)) {
    case 0:
    case 1:
    case 2:
        return life.spec();
    case 3:
        return life.reject();
    case 4:
        return life.annotate();
    case 5:
        return life.remove();
    case 6:
        return life.vanish();
    case 7:
        return life.activity();
    case 8:
        story.pass(std::chrono::seconds(upto(random, 90)));
        story.pass_to_deadline();
        return;
    case 9:
        return life.endpoints();
    case 10:
        if (upto(random, 6) != 0) return;
        story.elect();
        return cluster.ready_to_plan();
    case 11:
        return life.pod();
    case 12:
        return life.content();
    case 13:
        return life.object_trouble();
    case 14:
        return catalog_changes(story, random);
    case 15:
        return life.ask_over_api();
    case 16:
        if (upto(random, 3) == 0) gateway_lost_records(story);
        return;
    default:
        return life.act();
    }
}

} // namespace

Steps random_steps(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    Steps steps(count);
    for (auto &step : steps)
        step = random();
    return steps;
}

History play(const Steps &steps, Planner planner, const std::function<bool(Story &)> &after) {
    Story story(std::move(planner));
    Cluster clusters[] = {{story, {"team-a", "small"}}, {story, {"team-a", "tall"}}, {story, {"team-b", "other"}}};
    History history;
    try {
        clusters[0].ready_to_plan();
        for (const auto step : steps) {
            Random random(step);
            story.pass(std::chrono::milliseconds(upto(random, 3000)));
            one_step(story, clusters[upto(random, std::size(clusters))], random);
            if (after && !after(story)) break;
        }
    } catch (const std::logic_error &failure) {
        history.trouble = failure.what();
    }
    history.events = story.events();
    history.state = story.state();
    return history;
}

History random_history(std::uint64_t seed, std::size_t steps, Planner planner) {
    auto history = play(random_steps(seed, steps), std::move(planner));
    if (!history.trouble.empty()) throw std::logic_error(fmt::format("seed {}: {}", seed, history.trouble));
    return history;
}

Steps shrink(Steps steps, const std::function<bool(const Steps &)> &fails) {
    for (std::size_t piece = steps.size() / 2; piece > 0;) {
        bool shorter = false;
        for (std::size_t from = 0; from < steps.size();) {
            auto without = steps;
            const auto begin = without.begin() + static_cast<std::ptrdiff_t>(from);
            without.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(piece, steps.size() - from)));
            if (fails(without)) {
                steps = std::move(without);
                shorter = true;
            } else {
                from += piece;
            }
        }
        if (!shorter) piece /= 2;
    }
    return steps;
}

} // namespace xtn::test
