#include "projections/routes/routes.hpp"

#include "projections/json_read.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace xtn {

namespace json = boost::json;

namespace {

constexpr BackendState states[] = {BackendState::running, BackendState::paused, BackendState::resuming, BackendState::draining};

BackendState state_from(std::string_view text) {
    for (const auto state : states)
        if (backend_state_text(state) == text) return state;
    return text.empty() ? BackendState::running : BackendState::unknown;
}

bool is_backend(const Backend &backend, const RuntimeId &id) {
    return backend.ns == id.ns && backend.name == id.name;
}

// Metadata of a group with this wish in it: the only member sets it, one of several only adds (spec 50 §4.2 d).
void set_selectors(Route &route, const RouteWish &wish) {
    const bool alone = route.backends.size() == 1;
    if (alone || !wish.header.empty()) route.header = wish.header;
    if (alone || !wish.hostname.empty()) route.hostname = wish.hostname;
    if (alone || wish.is_default) route.is_default = wish.is_default;
}

// Whether the route has what this wish asks of it. Members of a shared route that disagree must not answer each other for ever:
// one whose selector was replaced by another's puts it back only when it is published again for a reason of its own.
bool has_selectors(const Route &route, const RouteWish &wish) {
    if (route.backends.size() == 1)
        return route.header == wish.header && route.hostname == wish.hostname && route.is_default == wish.is_default;
    return (wish.header.empty() || !route.header.empty()) && (wish.hostname.empty() || !route.hostname.empty()) &&
           (!wish.is_default || route.is_default);
}

template <class Map> const typename Map::mapped_type *find_in(const Map &map, const typename Map::key_type &key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

} // namespace

json::object backend_json(const Backend &b) {
    json::object out{{"name", b.name},
                     {"namespace", b.ns},
                     {"coordinatorURL", b.coordinator_url},
                     {"state", std::string(backend_state_text(b.state))},
                     {"active", b.active}};
    if (!b.tier.empty()) out["tier"] = b.tier;
    if (b.capacity_units != 0) out["capacityUnits"] = b.capacity_units;
    if (!b.runtime_shape_version.empty()) out["runtimeShapeVersion"] = b.runtime_shape_version;
    if (!b.runtime_shape_hash.empty()) out["runtimeShapeHash"] = b.runtime_shape_hash;
    if (b.observed_generation != 0) out["observedGeneration"] = b.observed_generation;
    if (!b.drain_until.empty()) out["drainUntil"] = b.drain_until;
    return out;
}

Backend backend_from_json(const json::object &from) {
    Backend b;
    b.name = read::text(from, "name");
    b.ns = read::text(from, "namespace");
    b.coordinator_url = read::text(from, "coordinatorURL");
    b.state = state_from(read::text(from, "state"));
    b.active = read::boolean(from, "active", true);
    b.tier = read::text(from, "tier");
    b.capacity_units = read::integer(from, "capacityUnits");
    b.runtime_shape_version = read::text(from, "runtimeShapeVersion");
    b.runtime_shape_hash = read::text(from, "runtimeShapeHash");
    b.observed_generation = read::integer(from, "observedGeneration");
    b.drain_until = read::text(from, "drainUntil");
    return b;
}

bool Routes::listens_to(std::string_view name) {
    return name == "route.published" || name == "route.rejected" || name == "route.carried" || name.starts_with("runtime.spec.");
}

void Routes::apply(const Event &event, const RuntimeId &id) {
    const auto name = event.name();
    if (!listens_to(name)) return;
    const auto &p = event.payload;
    if (name == "runtime.spec.applied" || name == "runtime.spec.rejected") return adopt_refusal(id, p);
    if (name == "runtime.spec.deleted") {
        rejected_.erase(id); // its backend stays until the policy takes it out
        return;
    }
    if (name == "route.rejected") {
        rejected_[id] = read::text(p, "message");
        return;
    }
    rejected_.erase(id);
    if (name == "route.carried") carried_ = true;
    if (read::boolean(p, "removed")) {
        remove(id);
    } else {
        RouteWish wish;
        wish.routing_group = read::text(p, "routing_group");
        wish.header = read::text(p, "header");
        wish.hostname = read::text(p, "hostname");
        wish.is_default = read::boolean(p, "default");
        if (const auto *backend = read::object(p, "backend")) wish.backend = backend_from_json(*backend);
        // Whatever the event says: a runtime's backend is its own, and it has one.
        wish.backend.ns = id.ns;
        wish.backend.name = id.name;
        publish(id, wish);
    }
    table_.epoch = event.epoch.value;
    // Two runtimes may have been decided upon at the same table; the order of their events gives them numbers of their own.
    const auto said = read::integer(p, "version");
    table_.version = std::max(table_.version + 1, said > 0 ? static_cast<std::uint64_t>(said) : 0);
}

// At the first sight of a runtime that an earlier log refused: its status says so (projections/runtimes/adoption.hpp).
void Routes::adopt_refusal(const RuntimeId &id, const json::object &payload) {
    constexpr std::string_view prefix = "Failed: "; // as projections/runtimes/conditions.cpp writes it
    const auto *status = read::object(payload, "status");
    const auto *conditions = status == nullptr ? nullptr : read::array(*status, "conditions");
    if (conditions == nullptr) return;
    for (const auto &value : *conditions) {
        const auto *condition = value.if_object();
        if (condition == nullptr || read::text(*condition, "type") != "GatewayReady" ||
            read::text(*condition, "reason") != "GatewayRegistrationFailed")
            continue;
        auto message = read::text(*condition, "message");
        if (message.starts_with(prefix)) message.erase(0, prefix.size());
        rejected_[id] = std::move(message);
    }
}

std::vector<RuntimeId> Routes::owners() const {
    std::vector<RuntimeId> all;
    all.reserve(by_runtime_.size());
    for (const auto &[id, order] : by_runtime_.all())
        all.push_back(id);
    return all;
}

void Routes::publish(const RuntimeId &id, const RouteWish &wish) {
    const auto *known = find_in(by_group_, wish.routing_group);
    if (const auto *order = by_runtime_.find(id); order != nullptr && (known == nullptr || *order != *known)) remove(id);
    if (known == nullptr) {
        const Order order = next_order_++;
        orders_.push_back(order);
        table_.routes.push_back(
            Route{wish.routing_group, wish.routing_group, {wish.backend}, wish.header, wish.hostname, wish.is_default});
        by_group_[wish.routing_group] = order;
        by_runtime_[id] = order;
        index(order, table_.routes.back());
        return;
    }
    const Order order = *known;
    auto &route = table_.routes[place(order)];
    unindex(order, route);
    const auto at = std::find_if(route.backends.begin(), route.backends.end(),
                                 [&](const Backend &backend) { return is_backend(backend, id); });
    if (at == route.backends.end())
        route.backends.push_back(wish.backend);
    else
        *at = wish.backend;
    set_selectors(route, wish);
    index(order, route);
    by_runtime_[id] = order;
}

void Routes::remove(const RuntimeId &id) {
    const auto *found = by_runtime_.find(id);
    if (found == nullptr) return;
    const auto order = *found;
    by_runtime_.erase(id);
    const auto where = static_cast<std::ptrdiff_t>(place(order));
    auto &route = table_.routes[place(order)];
    std::erase_if(route.backends, [&](const Backend &backend) { return is_backend(backend, id); });
    if (!route.backends.empty()) return;
    unindex(order, route);
    by_group_.erase(route.routing_group);
    table_.routes.erase(table_.routes.begin() + where);
    orders_.erase(orders_.begin() + where);
}

void Routes::index(Order order, const Route &route) {
    if (!route.header.empty()) by_header_[route.header].insert(order);
    if (!route.hostname.empty()) by_hostname_[normalise_hostname(route.hostname)].insert(order);
    if (route.is_default) defaults_.insert(order);
}

void Routes::unindex(Order order, const Route &route) {
    const auto drop = [&](std::map<std::string, Claims> &from, const std::string &key) {
        const auto found = from.find(key);
        if (found == from.end()) return;
        found->second.erase(order);
        if (found->second.empty()) from.erase(found);
    };
    if (!route.header.empty()) drop(by_header_, route.header);
    if (!route.hostname.empty()) drop(by_hostname_, normalise_hostname(route.hostname));
    defaults_.erase(order);
}

std::size_t Routes::place(Order order) const {
    return static_cast<std::size_t>(std::lower_bound(orders_.begin(), orders_.end(), order) - orders_.begin());
}

const Route *Routes::group(const std::string &name) const {
    const auto *order = find_in(by_group_, name);
    return order == nullptr ? nullptr : &at(*order);
}

const Route *Routes::route(const RuntimeId &id) const {
    const auto *order = by_runtime_.find(id);
    return order == nullptr ? nullptr : &at(*order);
}

const Backend *Routes::backend(const RuntimeId &id) const {
    const auto *in = route(id);
    if (in == nullptr) return nullptr;
    const auto at =
        std::find_if(in->backends.begin(), in->backends.end(), [&](const Backend &backend) { return is_backend(backend, id); });
    return at == in->backends.end() ? nullptr : &*at;
}

const Route *Routes::in_the_way(const Claims *claims, const RuntimeId &id, const RouteWish &wish) const {
    if (claims == nullptr) return nullptr;
    for (const auto order : *claims) {
        const Route &route = at(order);
        if (route.routing_group == wish.routing_group) return nullptr; // the first that has it
        // A group that this runtime leaves empty does not stand in its way.
        if (route.backends.size() != 1 || !is_backend(route.backends.front(), id)) return &route;
    }
    return nullptr;
}

std::string Routes::conflict(const RuntimeId &id, const RouteWish &wish) const {
    if (!wish.hostname.empty()) {
        const auto hostname = normalise_hostname(wish.hostname);
        if (const auto *taken = in_the_way(find_in(by_hostname_, hostname), id, wish))
            return fmt::format(
                "route uniqueness violation: hostname conflict: '{}' (normalized: '{}') already used by route '{}'",
                wish.hostname, hostname, taken->routing_group);
    }
    if (!wish.header.empty())
        if (const auto *taken = in_the_way(find_in(by_header_, wish.header), id, wish))
            return fmt::format("route uniqueness violation: header conflict: '{}' already used by route '{}'", wish.header,
                               taken->routing_group);
    if (wish.is_default)
        if (const auto *taken = in_the_way(&defaults_, id, wish))
            return fmt::format("route uniqueness violation: default route conflict: route '{}' is already marked default",
                               taken->routing_group);
    if (wish.dedicated)
        if (const auto *same = group(wish.routing_group))
            for (const auto &other : same->backends)
                if (!is_backend(other, id))
                    return fmt::format("route metadata conflict: dedicated runtime '{}' exclusivity violated: route already "
                                       "contains backend '{}/{}'",
                                       wish.routing_group, other.ns, other.name);
    return {};
}

bool Routes::holds(const RuntimeId &id, const RouteWish &wish) const {
    const auto *in = route(id);
    if (in == nullptr || in->routing_group != wish.routing_group) return false;
    const auto *have = backend(id);
    return have != nullptr && *have == wish.backend && has_selectors(*in, wish);
}

std::string Routes::refusal(const RuntimeId &id) const {
    const auto refused = rejected_.find(id);
    return refused == rejected_.end() || by_runtime_.contains(id) ? std::string() : refused->second;
}

json::value state_value(const Backend &backend) {
    return backend_json(backend);
}
// backend_json() leaves out what is empty: read as from an event, then held against what was there.
bool read_state_value(const json::value &from, Backend &backend) {
    const auto *object = from.if_object();
    if (object == nullptr) return false;
    backend = backend_from_json(*object);
    // An event without a state means RUNNING; state shows an empty one for a state that was not known.
    if (const auto *text = read::member(*object, "state"); text != nullptr && read::view(*text).empty())
        backend.state = BackendState::unknown;
    return backend_json(backend) == *object;
}

template <class Archive, state::Either<Route> Self> void state_fields(Archive &archive, Self &route) {
    archive("name", route.name);
    archive("routingGroup", route.routing_group);
    archive("backends", route.backends);
    archive("header", route.header);
    archive("hostname", route.hostname);
    archive("default", route.is_default);
}

template <class Archive, state::Either<Routes> Self> void state_fields(Archive &archive, Self &routes) {
    archive("epoch", routes.table_.epoch);
    archive("version", routes.table_.version);
    archive("carried", routes.carried_);
    archive("routes", routes.table_.routes);
    archive("rejected", routes.rejected_);
}

json::object Routes::to_json() const {
    return state::to_object(*this);
}

Status Routes::restore(const json::value &from) {
    *this = Routes{};
    if (auto read = state::from_value(from, *this); !read) return read;
    for (const auto &route : table_.routes) {
        const Order order = next_order_++;
        orders_.push_back(order);
        if (!by_group_.emplace(route.routing_group, order).second)
            return make_error(Code::data_corrupted, "state:/routes has the group '" + route.routing_group + "' twice");
        for (const auto &backend : route.backends) {
            const RuntimeId id{backend.ns, backend.name};
            if (by_runtime_.contains(id))
                return make_error(Code::data_corrupted, "state:/routes has two backends of " + id.text());
            by_runtime_[id] = order;
        }
        if (route.backends.empty())
            return make_error(Code::data_corrupted, "state:/routes has an empty group '" + route.routing_group + "'");
        index(order, route);
    }
    return ok();
}

} // namespace xtn
