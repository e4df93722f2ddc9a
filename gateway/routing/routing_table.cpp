#include "gateway/routing/routing_table.hpp"

#include "gateway/observe/metrics.hpp"
#include "gateway/response/links.hpp"

namespace xtn::gateway {

namespace {

// Names end up in header lines and metric labels.
bool header_safe(std::string_view text) {
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (u < 0x20 || u == 0x7f) return false;
    }
    return true;
}

std::string markers(const Route &route, const Backend &backend) {
    std::string lines;
    const auto add = [&](std::string_view name, std::string_view value) {
        lines.append(name).append(": ").append(value).append("\r\n");
    };
    add("X-Trino-Route-Name", route.name);
    add("X-Trino-Routing-Group", route.routing_group);
    add("X-Trino-XTrinode-Name", backend.name);
    add("X-Trino-XTrinode-Namespace", backend.ns);
    add("X-Trino-Backend-URL", backend.coordinator_url);
    return lines;
}

std::string label(const Route &route) {
    return route.routing_group.empty() ? route.name : route.routing_group;
}

} // namespace

std::shared_ptr<const RoutingTable> RoutingTable::build(const RouteTable &table, CoordinatorRegistry &registry, Metrics &metrics,
                                                        std::vector<std::string> &dropped) {
    auto built = std::make_shared<RoutingTable>();
    built->epoch_ = table.epoch;
    built->version_ = table.version;
    for (const auto &route : table.routes) {
        if (!header_safe(route.name) || !header_safe(route.routing_group)) {
            dropped.push_back("route \"" + label(route) + "\": its name holds a control character");
            continue;
        }
        auto &entry = built->routes_.emplace_back();
        entry.route = route;
        entry.route.backends.clear();
        entry.backends.reserve(route.backends.size()); // addresses stay
        for (const auto &backend : route.backends) {
            auto coordinator = registry.get(backend.coordinator_url);
            if (!coordinator || !header_safe(backend.name) || !header_safe(backend.ns)) {
                dropped.push_back(
                    "backend " + backend.ns + "/" + backend.name + " of route \"" + label(route) +
                    "\": " + (coordinator ? std::string("its name holds a control character") : coordinator.error().message));
                continue;
            }
            BackendEntry backend_entry;
            backend_entry.backend = backend;
            backend_entry.route = &entry;
            backend_entry.coordinator = std::move(*coordinator);
            backend_entry.home =
                std::make_shared<const QueryHome>(QueryHome{backend.ns, backend.name, label(route), backend_entry.coordinator});
            backend_entry.identity = backend.ns + "/" + backend.name;
            backend_entry.ui_prefix = ui_prefix(backend.ns, backend.name);
            backend_entry.marker_lines = markers(route, backend);
            entry.backends.push_back(std::move(backend_entry));
        }
        if (entry.backends.empty()) {
            built->routes_.pop_back();
            continue;
        }
        entry.metrics = metrics.route(label(route));
        if (!route.hostname.empty()) built->by_host_.try_emplace(normalise_hostname(route.hostname), &entry);
        if (!route.header.empty()) built->by_header_.try_emplace(route.header, &entry);
        if (route.is_default && built->default_ == nullptr) built->default_ = &entry;
        for (const auto &backend : entry.backends) {
            built->by_identity_.try_emplace(backend.identity, &backend);
            if (backend.takes_new_queries()) backend.coordinator->health.wake();
        }
    }
    return built;
}

RouteChoice RoutingTable::find(std::string_view host, std::string_view selector) const {
    if (!by_host_.empty() && !host.empty()) {
        if (const auto found = by_host_.find(normalise_hostname(host)); found != by_host_.end()) {
            return {found->second, nullptr, SelectedBy::hostname};
        }
    }
    if (!selector.empty()) {
        if (const auto found = by_header_.find(selector); found != by_header_.end()) {
            return {found->second, nullptr, SelectedBy::header};
        }
        if (const auto *named = backend(selector); named != nullptr) return {named->route, named, SelectedBy::direct};
        return {};
    }
    return {default_, nullptr, SelectedBy::standard};
}

std::string_view selected_by_name(SelectedBy how) {
    switch (how) {
    case SelectedBy::hostname:
        return "hostname";
    case SelectedBy::header:
        return "header";
    case SelectedBy::direct:
        return "direct";
    case SelectedBy::standard:
        return "default";
    case SelectedBy::query:
        return "query";
    }
    return "default";
}

const BackendEntry *RoutingTable::backend(std::string_view identity) const {
    const auto found = by_identity_.find(identity);
    return found == by_identity_.end() ? nullptr : found->second;
}

} // namespace xtn::gateway
