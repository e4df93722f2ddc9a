#include "projections/routes/routes_policy.hpp"

#include "core/model/xtrinode.hpp"
#include "projections/json_read.hpp"
#include "projections/policy.hpp"

#include <fmt/format.h>

namespace xtn {

namespace {

// The state a live runtime's backend shall have; nothing: leave the table alone.
std::optional<BackendState> wanted_state(const RuntimeState &rt, const TopologyState &topology, bool has_route, bool refused) {
    switch (rt.phase) {
    case Phase::ready:
        return BackendState::running;
    case Phase::suspending:
    case Phase::suspended:
        return BackendState::paused;
    case Phase::provisioning:
    case Phase::resuming:
        // Spec 40 §19: a runtime that never reached the readiness step has no entry yet.
        if (!has_route && !topology.complete()) return std::nullopt;
        return BackendState::resuming;
    case Phase::draining:
        if (!has_route) return std::nullopt;
        return BackendState::draining;
    case Phase::failed:
        // The last state stays (spec 40 §19); what was refused is tried again when the table changes. Refused by an earlier log,
        // it waits until those that had a route in it have theirs again.
        if (rt.failure_adopted && !topology.complete()) return std::nullopt;
        return refused && !has_route ? std::optional(BackendState::resuming) : std::nullopt;
    case Phase::pending:
    case Phase::cleaning:
        return std::nullopt;
    }
    return std::nullopt;
}

EventDraft published(const RuntimeId &id, const Routes &routes, const RouteWish &wish) {
    auto draft = policy_draft(routes_policy_name, "route.published", id);
    auto &p = draft.payload;
    p["routing_group"] = wish.routing_group;
    p["removed"] = false;
    p["backend"] = backend_json(wish.backend);
    if (!wish.header.empty()) p["header"] = wish.header;
    if (!wish.hostname.empty()) p["hostname"] = wish.hostname;
    p["default"] = wish.is_default;
    p["version"] = static_cast<std::int64_t>(routes.version() + 1);
    return draft;
}

EventDraft removed(const RuntimeId &id, const Routes &routes, const Route &route) {
    auto draft = policy_draft(routes_policy_name, "route.published", id);
    draft.payload = {{"routing_group", route.routing_group},
                     {"removed", true},
                     {"default", false},
                     {"version", static_cast<std::int64_t>(routes.version() + 1)}};
    return draft;
}

// As the table has it now.
RouteWish current(const Route &route, const Backend &backend) {
    return {route.routing_group, route.header, route.hostname, route.is_default, false, backend};
}

EventDraft rejected(const RuntimeId &id, const std::string &message) {
    auto draft = policy_draft(routes_policy_name, "route.rejected", id);
    draft.payload["reason"] = "GatewayRegistrationFailed";
    draft.payload["message"] = message;
    return draft;
}

Result<RouteWish> wish_of(const RuntimeId &id, const RuntimeState &rt, BackendState state) {
    const auto &spec = *rt.spec;
    const auto routing = routing_of(id, spec);
    const auto shape = resolve_shape(id.name, spec);
    if (!shape.ok())
        return make_error(shape.error().code, "failed to resolve runtime shape for gateway route: " + shape.error().message);
    RouteWish wish;
    wish.routing_group = routing.routing_group;
    wish.header = routing.header;
    wish.hostname = routing.hostname;
    wish.is_default = routing.is_default;
    wish.dedicated = !routing.present || routing.routing_group == fmt::format("{}--{}", id.ns, id.name);
    auto &b = wish.backend;
    b.name = id.name;
    b.ns = id.ns;
    b.coordinator_url = coordinator_url(id, spec);
    b.state = state;
    b.active = true;
    b.tier = shape.value().preset;
    b.capacity_units = shape.value().capacity_units;
    b.runtime_shape_version = "v1";
    b.runtime_shape_hash = shape.value().hash;
    b.observed_generation = rt.spec_generation;
    return wish;
}

} // namespace

std::optional<EventDraft> decide_route(const RuntimeId &id, const RuntimeState *rt, const TopologyState &topology,
                                       const Routes &routes) {
    const auto *route = routes.route(id);
    const auto *backend = routes.backend(id);
    if (rt == nullptr || rt->phase == Phase::cleaning)
        return route == nullptr ? std::nullopt : std::optional(removed(id, routes, *route));
    if (rt->adopted) return std::nullopt;
    const auto state = wanted_state(*rt, topology, backend != nullptr, routes.rejected().contains(id));
    if (!state) return std::nullopt;
    if (*state == BackendState::draining) {
        if (backend->state == BackendState::draining) return std::nullopt; // the end of the window is not moved
        auto wish = current(*route, *backend);
        wish.backend.state = BackendState::draining;
        wish.backend.active = false;
        wish.backend.drain_until = rt->drain_until.rfc3339_seconds();
        return published(id, routes, wish);
    }
    if (!rt->spec) return std::nullopt;
    auto wish = wish_of(id, *rt, *state);
    const auto refused = routes.rejected().find(id);
    const std::string error = wish.ok() ? routes.conflict(id, wish.value()) : wish.error().message;
    if (!error.empty()) {
        // Selectors were refused, not the state: a runtime that goes to sleep or is not ready must not be sent new queries
        // meanwhile.
        if (backend != nullptr && backend->state != *state) {
            auto kept = current(*route, *backend);
            kept.backend.state = *state;
            return published(id, routes, kept);
        }
        if (refused != routes.rejected().end() && refused->second == error) return std::nullopt;
        return rejected(id, error);
    }
    if (routes.holds(id, wish.value()) && refused == routes.rejected().end()) return std::nullopt;
    return published(id, routes, wish.value());
}

} // namespace xtn
