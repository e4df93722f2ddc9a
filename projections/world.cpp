#include "projections/world.hpp"

#include "projections/catalogs/catalogs.hpp"
#include "projections/cluster/cluster_state.hpp"
#include "projections/deadlines.hpp"
#include "projections/json_read.hpp"
#include "projections/routes/routes.hpp"
#include "projections/routes/routes_policy.hpp"
#include "projections/runtimes/conditions.hpp"
#include "projections/runtimes/lifecycle_policy.hpp"
#include "projections/runtimes/runtime_view.hpp"
#include "projections/runtimes/runtimes.hpp"
#include "projections/timeline/timeline.hpp"
#include "projections/topology_state/topology_policy.hpp"
#include "projections/world_impl.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace xtn {

namespace json = boost::json;

namespace {

struct OptionalKind {
    std::string_view api_version, kind;
};
constexpr OptionalKind optional_kinds[] = {{"monitoring.coreos.com/v1", "ServiceMonitor"}};

// Events after which any runtime may have to be looked at again; all of them are rare.
constexpr std::array<std::string_view, 3> for_everyone = {"config.effective", "watch.synced", "leader.elected"};
// Events that can change what a plan is made from.
constexpr std::array<std::string_view, 7> for_planning = {"runtime.spec.", "catalog.spec.", "config.",       "watch.synced",
                                                          "runtime.",      "topology.",     "leader.elected"};

bool is_for_everyone(std::string_view name) {
    return std::find(for_everyone.begin(), for_everyone.end(), name) != for_everyone.end();
}

template <std::size_t N> bool starts_with_any(std::string_view name, const std::array<std::string_view, N> &prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

} // namespace

bool optional_kind(const ObjectRef &ref) {
    return std::any_of(std::begin(optional_kinds), std::end(optional_kinds),
                       [&](const OptionalKind &k) { return ref.api_version == k.api_version && ref.kind == k.kind; });
}

namespace {

class WorldImpl final : public World {
  public:
    explicit WorldImpl(Planner planner) : planner_(std::move(planner)) {}

    void apply(const Event &event) override;
    Decisions decide(const Event &event) const override;
    std::optional<Timestamp> next_deadline() const override { return deadlines_.next(); }
    json::value serialize() const override;

    std::vector<RuntimeId> runtimes() const override;
    std::optional<RuntimeView> runtime(const RuntimeId &id) const override;
    const RouteTable &routes() const override { return routes_.table(); }
    bool routes_known() const override { return cluster_.was_complete() || routes_.carried(); }
    bool synced(std::string_view kind) const override { return cluster_.synced(kind); }
    json::object describe_runtime(const RuntimeId &id) const override;
    json::object describe() const override;

  private:
    void settle(const RuntimeId &id, Timestamp now);
    void finish_adoptions(const Event &event);
    std::vector<RuntimeId> touched(const Event &event) const;
    void decide_one(const RuntimeId &id, const Event &event, Decisions &to) const;

    Planner planner_;
    ClusterState cluster_;
    Catalogs catalogs_;
    Topologies topologies_;
    Runtimes runtimes_;
    Routes routes_;
    Timeline timeline_;
    Deadlines deadlines_;
    std::vector<RuntimeId> due_; // runtimes whose deadline the newest event brought; not part of the state
};

void WorldImpl::apply(const Event &event) {
    cluster_.apply(event);
    catalogs_.apply(event);
    topologies_.apply(event);
    runtimes_.apply(event);
    routes_.apply(event);
    timeline_.apply(event);
    due_.clear();
    if (event.name() == "clock.deadline") {
        due_ = deadlines_.due(event.time);
        for (const auto &id : due_)
            settle(id, event.time);
    } else if (const auto id = event.subject.as_runtime(); id.ok()) {
        if (event.name() == "runtime.ready")
            if (auto *rt = runtimes_.find(id.value()))
                if (const auto &plan = topologies_.of(id.value()).plan) {
                    rt->served_coordinator_hash = plan->coordinator_hash;
                    rt->served_worker_hash = plan->worker_hash;
                }
        settle(id.value(), event.time);
    }
    finish_adoptions(event);
}

// Only these events make the picture complete, or bring a runtime to adopt while it is.
void WorldImpl::finish_adoptions(const Event &event) {
    const auto name = event.name();
    const bool may_end =
        name == "watch.synced" || name == "config.effective" || name == "runtime.spec.applied" || name == "runtime.spec.rejected";
    if (!may_end || !cluster_.complete()) return;
    for (const auto &id : runtimes_.finish_adoptions(cluster_))
        settle(id, event.time);
}

// What follows from the rest of a runtime's state: conditions with their times, and its next deadline.
void WorldImpl::settle(const RuntimeId &id, Timestamp now) {
    auto *rt = runtimes_.find(id);
    if (rt == nullptr) {
        deadlines_.set(id, std::nullopt);
        return;
    }
    update_conditions(id, *rt, topologies_.of(id), routes_, cluster_, now);
    deadlines_.set(id, lifecycle_deadline(*rt, cluster_, now));
}

std::vector<RuntimeId> WorldImpl::touched(const Event &event) const {
    const auto name = event.name();
    if (name == "clock.deadline") return due_;
    std::vector<RuntimeId> all;
    if (const auto id = event.subject.as_runtime(); id.ok()) {
        all.push_back(id.value());
        // A route that changed may have made room for one that was refused.
        if (name == "route.published" || name == "runtime.spec.deleted")
            for (const auto &[refused, why] : routes_.rejected())
                if (refused != id.value()) all.push_back(refused);
        return all;
    }
    if (is_for_everyone(name)) {
        for (const auto &[id, rt] : runtimes_.all())
            all.push_back(id);
        // Routes that were carried over and belong to nobody any more.
        if (cluster_.synced("XTrinode"))
            for (const auto &id : routes_.owners())
                if (runtimes_.find(id) == nullptr) all.push_back(id);
    } else if (name.starts_with("catalog.spec.")) {
        const std::string_view subject = event.subject.text;
        const auto catalog = RuntimeId::parse(subject.substr(std::min(subject.size(), subject.find('/') + 1)));
        if (!catalog.ok()) return all;
        const auto &every = runtimes_.all();
        for (auto at = every.lower_bound(RuntimeId{catalog.value().ns, ""});
             at != every.end() && at->first.ns == catalog.value().ns; ++at)
            all.push_back(at->first);
    }
    return all;
}

Machine::Decisions WorldImpl::decide(const Event &event) const {
    Decisions decisions;
    for (const auto &id : touched(event))
        decide_one(id, event, decisions);
    return decisions;
}

// The policies in their order; the first that decides ends the round for this runtime, so that the next one sees the outcome.
void WorldImpl::decide_one(const RuntimeId &id, const Event &event, Decisions &to) const {
    const auto *rt = runtimes_.find(id);
    const auto &topology = topologies_.of(id);
    if (rt != nullptr) {
        const auto route_error = routes_.refusal(id);
        if (auto draft = decide_lifecycle({id, *rt, topology, cluster_, route_error}, event)) {
            to.drafts.push_back(std::move(*draft));
            return;
        }
        if (starts_with_any(event.name(), for_planning))
            if (auto decision = decide_topology(id, *rt, topology, catalogs_, cluster_, planner_)) {
                to.drafts.push_back(std::move(decision->draft));
                std::move(decision->blobs.begin(), decision->blobs.end(), std::back_inserter(to.blobs));
                return;
            }
    }
    // Not known is not gone: a route that was carried over may come before its runtime.
    if (rt == nullptr && event.name() != "runtime.spec.deleted" && !cluster_.synced("XTrinode")) return;
    // Who was refused is asked after the others had their say: their decisions on this event are not folded yet.
    if (is_for_everyone(event.name()) && routes_.rejected().contains(id)) return;
    if (auto draft = decide_route(id, rt, topology, routes_)) to.drafts.push_back(std::move(*draft));
}

json::value WorldImpl::serialize() const {
    return json::object{
        {"cluster", cluster_.to_json()},   {"catalogs", catalogs_.to_json()},     {"topology", topologies_.to_json()},
        {"runtimes", runtimes_.to_json()}, {"unowned", runtimes_.unowned_json()}, {"routes", routes_.to_json()},
        {"timeline", timeline_.to_json()},
    };
}

std::vector<RuntimeId> WorldImpl::runtimes() const {
    std::vector<RuntimeId> all;
    for (const auto &[id, rt] : runtimes_.all())
        all.push_back(id);
    return all;
}

std::optional<RuntimeView> WorldImpl::runtime(const RuntimeId &id) const {
    const auto *rt = runtimes_.find(id);
    if (rt == nullptr) return std::nullopt;
    return view_of(id, *rt, topologies_.of(id), routes_);
}

json::object WorldImpl::describe_runtime(const RuntimeId &id) const {
    const auto *rt = runtimes_.find(id);
    if (rt == nullptr) return timeline_.of(id); // gone, or never there: what is remembered of it
    auto out = xtn::describe(id, *rt, topologies_.of(id), routes_, cluster_);
    out["history"] = timeline_.of(id);
    return out;
}

json::object WorldImpl::describe() const {
    json::object all;
    for (const auto &[id, rt] : runtimes_.all())
        all[id.text()] = describe_runtime(id);
    return {{"cluster", cluster_.to_json()},
            {"runtimes", std::move(all)},
            {"routes", routes_.to_json()},
            {"catalogs", catalogs_.to_json()}};
}

} // namespace

std::unique_ptr<World> create_world(Planner planner) {
    return std::make_unique<WorldImpl>(std::move(planner));
}

} // namespace xtn
