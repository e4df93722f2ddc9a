// The route table as the proxy uses it: indexed by selector, with the shared state of each coordinator attached. Immutable once
// built; each thread holds the version it works with.
#pragma once

#include "core/model/route_table.hpp"
#include "gateway/routing/coordinator.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace xtn::gateway {

class RouteMetrics;
class Metrics;
struct RouteEntry;

struct BackendEntry {
    Backend backend;
    const RouteEntry *route = nullptr;
    std::shared_ptr<Coordinator> coordinator;
    std::shared_ptr<const QueryHome> home;
    std::string identity;     // "<namespace>/<name>"
    std::string ui_prefix;    // "/ui/<namespace>/<name>"
    std::string marker_lines; // the X-Trino-Route-Name ... lines of spec 50 §10.1, ready to send

    bool takes_new_queries() const { return backend.active && backend.state == BackendState::running; }
    // A coordinator that may still answer for queries it has (spec 50 §3.2 and §26.3).
    bool serves_follow_ups() const { return backend.state != BackendState::unknown; }
    std::int64_t capacity() const { return backend.capacity_units > 0 ? backend.capacity_units : 1; }
};

struct RouteEntry {
    Route route;
    std::vector<BackendEntry> backends;
    std::shared_ptr<RouteMetrics> metrics;
};

// How a request found its route; the names are those of query.routed's `method`.
enum class SelectedBy : std::uint8_t { hostname, header, direct, standard, query };
std::string_view selected_by_name(SelectedBy how); // "hostname", "header", "direct", "default", "query"

// What a request's selectors lead to.
struct RouteChoice {
    const RouteEntry *route = nullptr;  // nullptr: no route
    const BackendEntry *only = nullptr; // set when the selector named one runtime: no other backend may answer
    SelectedBy how = SelectedBy::standard;
};

class RoutingTable {
  public:
    // Routes whose backends cannot be used are left out, with one line each in `dropped`.
    static std::shared_ptr<const RoutingTable> build(const RouteTable &table, CoordinatorRegistry &registry, Metrics &metrics,
                                                     std::vector<std::string> &dropped);

    // Spec 50 §5.3: host, then header (no match means no route), then default. Beyond it: a header "<namespace>/<name>" that no
    // route carries selects exactly that runtime. Empty views mean absent.
    RouteChoice find(std::string_view host, std::string_view selector) const;
    const BackendEntry *backend(std::string_view identity) const;

    const std::deque<RouteEntry> &routes() const { return routes_; }
    std::uint64_t epoch() const { return epoch_; }
    std::uint64_t version() const { return version_; }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <class T> using ByText = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    std::uint64_t epoch_ = 0, version_ = 0;
    std::deque<RouteEntry> routes_; // addresses stay
    ByText<const RouteEntry *> by_host_, by_header_;
    ByText<const BackendEntry *> by_identity_;
    const RouteEntry *default_ = nullptr;
};

} // namespace xtn::gateway
