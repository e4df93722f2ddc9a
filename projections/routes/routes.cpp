#include "projections/routes/routes.hpp"

#include "projections/json_read.hpp"

#include <boost/json/array.hpp>
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

void Routes::apply(const Event &event) {
    const auto name = event.name();
    const bool is_route = name == "route.published" || name == "route.rejected" || name == "route.carried";
    if (!is_route && !name.starts_with("runtime.spec.")) return;
    const auto id = event.subject.as_runtime();
    if (!id.ok()) return;
    const auto &p = event.payload;
    if (name == "runtime.spec.applied" || name == "runtime.spec.rejected") return adopt_refusal(id.value(), p);
    if (name == "runtime.spec.deleted") {
        rejected_.erase(id.value()); // its backend stays until the policy takes it out
        return;
    }
    if (name == "route.rejected") {
        rejected_[id.value()] = read::text(p, "message");
        return;
    }
    rejected_.erase(id.value());
    if (name == "route.carried") carried_ = true;
    if (read::boolean(p, "removed")) {
        remove(id.value());
    } else {
        RouteWish wish;
        wish.routing_group = read::text(p, "routing_group");
        wish.header = read::text(p, "header");
        wish.hostname = read::text(p, "hostname");
        wish.is_default = read::boolean(p, "default");
        if (const auto *backend = read::object(p, "backend")) wish.backend = backend_from_json(*backend);
        publish(id.value(), wish);
    }
    epoch_ = event.epoch.value;
    // Two runtimes may have been decided upon at the same table; the order of their events gives them numbers of their own.
    const auto said = read::integer(p, "version");
    version_ = std::max(version_ + 1, said > 0 ? static_cast<std::uint64_t>(said) : 0);
    table_.reset();
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
    for (const auto &[id, group] : by_runtime_)
        all.push_back(id);
    return all;
}

void Routes::publish(const RuntimeId &id, const RouteWish &wish) {
    if (const auto group = by_runtime_.find(id); group != by_runtime_.end() && group->second != wish.routing_group) remove(id);
    const auto found = groups_.find(wish.routing_group);
    if (found == groups_.end()) {
        Entry entry{next_order_++,
                    Route{wish.routing_group, wish.routing_group, {wish.backend}, wish.header, wish.hostname, wish.is_default}};
        index(entry.route);
        groups_.emplace(wish.routing_group, std::move(entry));
    } else {
        auto &route = found->second.route;
        unindex(route);
        const auto at = std::find_if(route.backends.begin(), route.backends.end(),
                                     [&](const Backend &backend) { return is_backend(backend, id); });
        if (at == route.backends.end())
            route.backends.push_back(wish.backend);
        else
            *at = wish.backend;
        set_selectors(route, wish);
        index(route);
    }
    by_runtime_[id] = wish.routing_group;
}

void Routes::remove(const RuntimeId &id) {
    const auto group = by_runtime_.find(id);
    if (group == by_runtime_.end()) return;
    if (const auto found = groups_.find(group->second); found != groups_.end()) {
        auto &backends = found->second.route.backends;
        std::erase_if(backends, [&](const Backend &backend) { return is_backend(backend, id); });
        if (backends.empty()) {
            unindex(found->second.route);
            groups_.erase(found);
        }
    }
    by_runtime_.erase(group);
}

void Routes::index(const Route &route) {
    if (!route.header.empty()) by_header_.emplace(route.header, route.routing_group);
    if (!route.hostname.empty()) by_hostname_.emplace(normalise_hostname(route.hostname), route.routing_group);
    if (route.is_default && default_group_.empty()) default_group_ = route.routing_group;
}

void Routes::unindex(const Route &route) {
    const auto drop = [&](std::map<std::string, std::string> &from, const std::string &key) {
        if (const auto found = from.find(key); found != from.end() && found->second == route.routing_group) from.erase(found);
    };
    if (!route.header.empty()) drop(by_header_, route.header);
    if (!route.hostname.empty()) drop(by_hostname_, normalise_hostname(route.hostname));
    if (default_group_ == route.routing_group) default_group_.clear();
}

const RouteTable &Routes::table() const {
    if (!table_) {
        std::vector<const Entry *> ordered;
        ordered.reserve(groups_.size());
        for (const auto &[group, entry] : groups_)
            ordered.push_back(&entry);
        std::sort(ordered.begin(), ordered.end(), [](const Entry *a, const Entry *b) { return a->order < b->order; });
        RouteTable table;
        table.epoch = epoch_;
        table.version = version_;
        table.routes.reserve(ordered.size());
        for (const auto *entry : ordered)
            table.routes.push_back(entry->route);
        table_ = std::move(table);
    }
    return *table_;
}

const Route *Routes::route(const RuntimeId &id) const {
    const auto group = by_runtime_.find(id);
    if (group == by_runtime_.end()) return nullptr;
    const auto found = groups_.find(group->second);
    return found == groups_.end() ? nullptr : &found->second.route;
}

const Backend *Routes::backend(const RuntimeId &id) const {
    const auto *in = route(id);
    if (in == nullptr) return nullptr;
    const auto at =
        std::find_if(in->backends.begin(), in->backends.end(), [&](const Backend &backend) { return is_backend(backend, id); });
    return at == in->backends.end() ? nullptr : &*at;
}

std::string Routes::conflict(const RuntimeId &id, const RouteWish &wish) const {
    // A group that this runtime leaves empty does not stand in its way.
    const auto occupied = [&](const std::string &group) {
        if (group == wish.routing_group) return false;
        const auto found = groups_.find(group);
        if (found == groups_.end()) return false;
        const auto &backends = found->second.route.backends;
        return !(backends.size() == 1 && is_backend(backends.front(), id));
    };
    if (!wish.hostname.empty())
        if (const auto taken = by_hostname_.find(normalise_hostname(wish.hostname));
            taken != by_hostname_.end() && occupied(taken->second))
            return fmt::format(
                "route uniqueness violation: hostname conflict: '{}' (normalized: '{}') already used by route '{}'",
                wish.hostname, taken->first, taken->second);
    if (!wish.header.empty())
        if (const auto taken = by_header_.find(wish.header); taken != by_header_.end() && occupied(taken->second))
            return fmt::format("route uniqueness violation: header conflict: '{}' already used by route '{}'", wish.header,
                               taken->second);
    if (wish.is_default && !default_group_.empty() && occupied(default_group_))
        return fmt::format("route uniqueness violation: default route conflict: route '{}' is already marked default",
                           default_group_);
    if (wish.dedicated)
        if (const auto found = groups_.find(wish.routing_group); found != groups_.end())
            for (const auto &other : found->second.route.backends)
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
    if (have == nullptr || *have != wish.backend) return false;
    Route changed = *in;
    set_selectors(changed, wish);
    return changed == *in;
}

std::string Routes::refusal(const RuntimeId &id) const {
    const auto refused = rejected_.find(id);
    return refused == rejected_.end() || by_runtime_.contains(id) ? std::string() : refused->second;
}

json::object Routes::to_json() const {
    json::object rejected;
    for (const auto &[id, message] : rejected_)
        rejected[id.text()] = message;
    json::array all;
    for (const auto &route : table().routes) {
        json::array backends;
        for (const auto &backend : route.backends)
            backends.emplace_back(backend_json(backend));
        all.emplace_back(json::object{{"name", route.name},
                                      {"routingGroup", route.routing_group},
                                      {"backends", std::move(backends)},
                                      {"header", route.header},
                                      {"hostname", route.hostname},
                                      {"default", route.is_default}});
    }
    return {{"epoch", epoch_},
            {"version", version_},
            {"carried", carried_},
            {"routes", std::move(all)},
            {"rejected", std::move(rejected)}};
}

} // namespace xtn
