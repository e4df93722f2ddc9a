#include "projections/world.hpp"

#include "core/base/subject_rule.hpp"
#include "core/event/upcast.hpp"
#include "projections/catalogs/catalogs.hpp"
#include "projections/cluster/cluster_state.hpp"
#include "projections/deadlines.hpp"
#include "projections/json_read.hpp"
#include "projections/routes/routes.hpp"
#include "projections/routes/routes_policy.hpp"
#include "projections/runtimes/conditions.hpp"
#include "projections/runtimes/everyday.hpp"
#include "projections/runtimes/lifecycle_policy.hpp"
#include "projections/runtimes/readiness.hpp"
#include "projections/runtimes/runtime_view.hpp"
#include "projections/runtimes/runtimes.hpp"
#include "projections/timeline/timeline.hpp"
#include "projections/topology_state/topology_policy.hpp"
#include "projections/world_impl.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
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

// Events that make the picture complete, or bring a runtime to adopt while it is.
constexpr std::array<std::string_view, 4> may_end_adoptions = {"watch.synced", "config.effective", "runtime.spec.applied",
                                                               "runtime.spec.rejected"};

template <std::size_t N> bool is_any(std::string_view name, const std::array<std::string_view, N> &of) {
    return std::find(of.begin(), of.end(), name) != of.end();
}

template <std::size_t N> bool starts_with_any(std::string_view name, const std::array<std::string_view, N> &prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// What follows from the type of an event alone, worked out once for each type and not at each event.
struct TypeTraits {
    explicit TypeTraits(const Event &event) : TypeTraits(event.name(), xtn::understood(event)) {}

    bool understood;
    bool deadline, ready, deployment_seen;
    bool for_everyone, for_planning, may_end_adoptions, no_route;
    bool lifecycle_overlooks, lifecycle_needs;
    bool told_to_topologies, told_to_routes, tells_a_story;

  private:
    TypeTraits(std::string_view name, bool is_understood)
        : understood(is_understood), deadline(name == "clock.deadline"), ready(name == "runtime.ready"),
          deployment_seen(name == "deployment.observed"), for_everyone(is_any(name, xtn::for_everyone)),
          for_planning(starts_with_any(name, xtn::for_planning)), may_end_adoptions(is_any(name, xtn::may_end_adoptions)),
          no_route(changes_no_route(name)), lifecycle_overlooks(xtn::lifecycle_overlooks(name)),
          lifecycle_needs(xtn::lifecycle_needs(name)), told_to_topologies(Topologies::listens_to(name)),
          told_to_routes(Routes::listens_to(name)), tells_a_story(Timeline::listens_to(name)) {}
};

// There are as many as there are types in the catalogue, and those of newer binaries.
class TypesMet {
  public:
    const TypeTraits &of(const Event &event) {
        const auto known = types_.find(event.type);
        return known != types_.end() ? known->second : types_.emplace(event.type, TypeTraits(event)).first->second;
    }

  private:
    std::unordered_map<std::string, TypeTraits> types_;
};

} // namespace

bool optional_kind(const ObjectRef &ref) {
    return std::any_of(std::begin(optional_kinds), std::end(optional_kinds),
                       [&](const OptionalKind &k) { return ref.api_version == k.api_version && ref.kind == k.kind; });
}

namespace {

class WorldImpl final : public World {
  public:
    explicit WorldImpl(Planner planner) : planner_(std::move(planner)) {}

    void expect(const Subject &subject) const override;
    void apply(const Event &event) override;
    Decisions decide(const Event &event) const override;
    std::optional<Timestamp> next_deadline() const override { return state_.deadlines.next(); }
    json::value serialize() const override;
    Status restore(const json::value &state) override;

    std::vector<RuntimeId> runtimes() const override;
    std::optional<RuntimeView> runtime(const RuntimeId &id) const override;
    const RouteTable &routes() const override { return state_.routes.table(); }
    bool routes_known() const override { return state_.cluster.was_complete() || state_.routes.carried(); }
    bool synced(std::string_view kind) const override { return state_.cluster.synced(kind); }
    std::uint64_t skipped() const override { return skipped_; }
    json::object describe_runtime(const RuntimeId &id) const override;
    json::object describe() const override;

  private:
    const RuntimeId *runtime_of(const Subject &subject) const;
    void fetch(std::uint64_t hash) const;
    void apply_to(const HashedId &id, const Event &event, const TypeTraits &type);
    void settle(const HashedId &id, RuntimeState *rt, Timestamp now);
    void settle(const RuntimeId &named, Timestamp now) {
        const HashedId id(named);
        settle(id, state_.runtimes.find(id), now);
    }
    void finish_adoptions(const Event &event);
    std::vector<RuntimeId> touched(const Event &event, const TypeTraits &type) const;
    bool keeps_silent(const RuntimeId &id, const RuntimeState &rt, const TypeTraits &type) const;
    void decide_one(const HashedId &id, const Event &event, const TypeTraits &type, Decisions &to) const;

    // All that events say; serialize() shows the whole of it.
    struct State {
        ClusterState cluster;
        Catalogs catalogs;
        Topologies topologies;
        Runtimes runtimes;
        Routes routes;
        Timeline timeline;
        Deadlines deadlines;
    };

    Planner planner_;
    State state_;
    std::uint64_t skipped_ = 0;  // not part of the state either
    std::vector<RuntimeId> due_; // runtimes whose deadline the newest event brought; not part of the state
    // Goes on with every event that may change what the policies of more than one runtime look at; see
    // Shortcuts::silent_under. Not part of the state.
    std::uint64_t mark_ = 1;
    mutable TypesMet types_;
    mutable std::uint64_t expected_ = 0; // hash of the runtime that was expected last
    // The subject that was read last: an event is asked for it several times.
    mutable std::string subject_;
    mutable RuntimeId subject_is_;
    mutable bool names_runtime_ = false;
};

// The runtime that a subject names; nullptr: it names none. Good until the next call.
const RuntimeId *WorldImpl::runtime_of(const Subject &subject) const {
    if (subject.text != subject_) {
        const auto names = runtime_names(subject.text);
        names_runtime_ = names.has_value();
        if (names) {
            subject_is_.ns = names->ns;
            subject_is_.name = names->name;
        }
        subject_ = subject.text;
    }
    return names_runtime_ ? &subject_is_ : nullptr;
}

void WorldImpl::expect(const Subject &subject) const {
    const auto names = runtime_names(subject.text);
    if (!names) return;
    // Where this one lies is asked for now; what lies there with the next call, for by then the answer has come.
    const auto hash = HashedId::hash_of(names->ns, names->name);
    state_.runtimes.expect(hash);
    state_.timeline.expect(hash);
    fetch(std::exchange(expected_, hash));
}

void WorldImpl::fetch(std::uint64_t hash) const {
    state_.runtimes.fetch(hash);
    state_.timeline.fetch(hash);
}

void WorldImpl::apply(const Event &event) {
    due_.clear();
    // A type or version of a newer binary that need not be understood: kept in the log, skipped here.
    const TypeTraits &type = types_.of(event);
    if (!type.understood) {
        ++skipped_;
        return;
    }
    const auto epoch = state_.cluster.epoch();
    state_.cluster.apply(event);
    state_.catalogs.apply(event);
    const auto *id = runtime_of(event.subject);
    if (id == nullptr || event.epoch != epoch) ++mark_;
    if (id != nullptr) apply_to(HashedId(*id), event, type);
    if (type.deadline) {
        due_ = state_.deadlines.due(event.time);
        for (const auto &waiting : due_)
            settle(waiting, event.time);
    }
    if (type.may_end_adoptions) finish_adoptions(event);
}

void WorldImpl::apply_to(const HashedId &id, const Event &event, const TypeTraits &type) {
    fetch(id.hash);
    auto *rt = state_.runtimes.find(id);
    const bool settled = rt != nullptr && changes_no_condition(*rt, event);
    // A Deployment that is seen takes failures of its scale with it; who serves quietly has none.
    if (type.told_to_topologies && !(settled && type.deployment_seen)) state_.topologies.apply(event, id);
    state_.runtimes.apply(event, id, rt);
    if (type.told_to_routes) state_.routes.apply(event, id.id);
    if (type.tells_a_story)
        state_.timeline.apply(event, id);
    else
        state_.timeline.count(event, id);
    if (type.lifecycle_needs) {
        if (rt != nullptr) rt->shortcuts.needs_unasked = true;
    } else if (!type.lifecycle_overlooks) {
        rt = state_.runtimes.find(id); // it may have come or gone
        if (rt != nullptr) rt->shortcuts.silent_under = 0;
    }
    if (settled || type.deadline) return;
    if (type.ready && rt != nullptr)
        if (const auto &plan = state_.topologies.of(id).plan) {
            rt->served_coordinator_hash = plan->coordinator_hash;
            rt->served_worker_hash = plan->worker_hash;
        }
    settle(id, rt, event.time);
}

void WorldImpl::finish_adoptions(const Event &event) {
    if (!state_.cluster.complete()) return;
    for (const auto &id : state_.runtimes.finish_adoptions(state_.cluster))
        settle(id, event.time);
}

// What follows from the rest of a runtime's state: conditions with their times, and its next deadline.
void WorldImpl::settle(const HashedId &id, RuntimeState *rt, Timestamp now) {
    if (rt == nullptr) {
        state_.deadlines.set(id.id, std::nullopt);
        return;
    }
    update_conditions(id.id, *rt, state_.topologies.of(id), state_.routes, state_.cluster, now);
    state_.deadlines.set(id.id, lifecycle_deadline(*rt, state_.cluster, now));
}

// For whom the policies have to be asked, the event's own runtime aside.
std::vector<RuntimeId> WorldImpl::touched(const Event &event, const TypeTraits &type) const {
    if (type.deadline) return due_;
    std::vector<RuntimeId> all;
    if (type.no_route) return all; // an observation of one runtime: nobody else is asked
    const auto name = event.name();
    if (const auto *id = runtime_of(event.subject)) {
        // A route that changed may have made room for one that was refused.
        if (name == "route.published" || name == "runtime.spec.deleted")
            for (const auto &[refused, why] : state_.routes.rejected())
                if (refused != *id) all.push_back(refused);
        return all;
    }
    if (type.for_everyone) {
        for (const auto &[id, rt] : state_.runtimes.all())
            all.push_back(id);
        // Routes that were carried over and belong to nobody any more.
        if (state_.cluster.synced("XTrinode"))
            for (const auto &id : state_.routes.owners())
                if (state_.runtimes.find(id) == nullptr) all.push_back(id);
    } else if (name.starts_with("catalog.spec.")) {
        const std::string_view subject = event.subject.text;
        const auto catalog = RuntimeId::parse(subject.substr(std::min(subject.size(), subject.find('/') + 1)));
        if (!catalog.ok()) return all;
        const auto &every = state_.runtimes.all();
        for (auto at = every.lower_bound(RuntimeId{catalog.value().ns, ""});
             at != every.end() && at->first.ns == catalog.value().ns; ++at)
            all.push_back(at->first);
    }
    return all;
}

Machine::Decisions WorldImpl::decide(const Event &event) const {
    Decisions decisions;
    const TypeTraits &type = types_.of(event);
    if (const auto *id = runtime_of(event.subject); id != nullptr && !type.deadline)
        decide_one(HashedId(*id), event, type, decisions);
    for (const auto &id : touched(event, type))
        decide_one(HashedId(id), event, type, decisions);
    return decisions;
}

// Whether the lifecycle policy was asked before, and nothing that it looks at has changed since.
bool WorldImpl::keeps_silent(const RuntimeId &id, const RuntimeState &rt, const TypeTraits &type) const {
    auto &known = rt.shortcuts;
    if (known.silent_under != mark_ || !(type.lifecycle_overlooks || type.lifecycle_needs)) return false;
    if (!known.needs_unasked) return true;
    if (!known.needs || !still_serves(id, rt, *known.needs)) return false;
    known.needs_unasked = false;
    return true;
}

// The policies in their order; the first that decides ends the round for this runtime, so that the next one sees the outcome.
void WorldImpl::decide_one(const HashedId &hashed, const Event &event, const TypeTraits &type, Decisions &to) const {
    const RuntimeId &id = hashed.id;
    const auto *rt = state_.runtimes.find(hashed);
    if (rt != nullptr && type.no_route && keeps_silent(id, *rt, type)) return;
    const auto &topology = state_.topologies.of(hashed);
    if (rt != nullptr) {
        const auto route_error = state_.routes.refusal(id);
        if (auto draft = decide_lifecycle({id, *rt, topology, state_.cluster, route_error}, event)) {
            to.drafts.push_back(std::move(*draft));
            return;
        }
        if (!lifecycle_watches(*rt)) rt->shortcuts = {mark_, serving_needs(*rt, topology), false, rt->shortcuts.serves_quietly};
        if (type.for_planning)
            if (auto decision = decide_topology(id, *rt, topology, state_.catalogs, state_.cluster, planner_)) {
                to.drafts.push_back(std::move(decision->draft));
                std::move(decision->blobs.begin(), decision->blobs.end(), std::back_inserter(to.blobs));
                return;
            }
    }
    if (type.no_route) return;
    // Not known is not gone: a route that was carried over may come before its runtime.
    if (rt == nullptr && event.name() != "runtime.spec.deleted" && !state_.cluster.synced("XTrinode")) return;
    // Who was refused is asked after the others had their say: their decisions on this event are not folded yet.
    if (type.for_everyone && state_.routes.rejected().contains(id)) return;
    if (auto draft = decide_route(id, rt, topology, state_.routes)) to.drafts.push_back(std::move(*draft));
}

json::value WorldImpl::serialize() const {
    return json::object{
        {"cluster", state_.cluster.to_json()},       {"catalogs", state_.catalogs.to_json()},
        {"topology", state_.topologies.to_json()},   {"runtimes", state_.runtimes.to_json()},
        {"unowned", state_.runtimes.unowned_json()}, {"routes", state_.routes.to_json()},
        {"timeline", state_.timeline.to_json()},     {"deadlines", state_.deadlines.to_json()},
    };
}

Status WorldImpl::restore(const json::value &state) {
    const auto *parts = state.if_object();
    if (parts == nullptr) return make_error(Code::data_corrupted, "state: is not an object");
    State read;
    const auto part = [&](std::string_view name, auto &projection) -> Status {
        const auto *value = read::member(*parts, name);
        if (value == nullptr) return make_error(Code::data_corrupted, "state: has no " + std::string(name));
        auto done = projection.restore(*value);
        if (!done) return std::move(done).error().with(name);
        return ok();
    };
    // Runtimes of no known XTrinode: a part of its own.
    struct Unowned {
        Runtimes &runtimes;
        Status restore(const json::value &from) const { return runtimes.restore_unowned(from); }
    } unowned{read.runtimes};
    for (auto done : {part("cluster", read.cluster), part("catalogs", read.catalogs), part("topology", read.topologies),
                      part("runtimes", read.runtimes), part("unowned", unowned), part("routes", read.routes),
                      part("timeline", read.timeline), part("deadlines", read.deadlines)})
        if (!done) return done;
    constexpr std::size_t number_of_parts = 8;
    if (parts->size() != number_of_parts) return make_error(Code::data_corrupted, "state: has parts that are not known");
    state_ = std::move(read);
    due_.clear();
    ++mark_;
    return ok();
}

std::vector<RuntimeId> WorldImpl::runtimes() const {
    std::vector<RuntimeId> all;
    for (const auto &[id, rt] : state_.runtimes.all())
        all.push_back(id);
    return all;
}

std::optional<RuntimeView> WorldImpl::runtime(const RuntimeId &id) const {
    const auto *rt = state_.runtimes.find(id);
    if (rt == nullptr) return std::nullopt;
    return view_of(id, *rt, state_.topologies.of(id), state_.routes);
}

json::object WorldImpl::describe_runtime(const RuntimeId &id) const {
    const auto *rt = state_.runtimes.find(id);
    if (rt == nullptr) return state_.timeline.of(id); // gone, or never there: what is remembered of it
    auto out = xtn::describe(id, *rt, state_.topologies.of(id), state_.routes, state_.cluster);
    out["history"] = state_.timeline.of(id);
    return out;
}

json::object WorldImpl::describe() const {
    json::object all;
    for (const auto &[id, rt] : state_.runtimes.all())
        all[id.text()] = describe_runtime(id);
    return {{"cluster", state_.cluster.to_json()},
            {"runtimes", std::move(all)},
            {"routes", state_.routes.to_json()},
            {"catalogs", state_.catalogs.to_json()}};
}

} // namespace

std::unique_ptr<World> create_world(Planner planner) {
    return std::make_unique<WorldImpl>(std::move(planner));
}

} // namespace xtn
