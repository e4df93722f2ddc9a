// The route table: which runtime answers which selector. Shared by the `routes` projection (which writes it), the ConfigMap and
// stream adapters (which carry it) and the gateway (which acts on it). Text form: the `routes.yaml` of the contract, spec 50 §3.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

enum class BackendState { running, paused, resuming, draining, unknown };
std::string_view backend_state_text(BackendState state); // "RUNNING", ...; unknown prints as ""

struct Backend {
    std::string name;            // XTrinode name
    std::string ns;              // XTrinode namespace
    std::string coordinator_url; // base URL, may carry a path prefix
    BackendState state = BackendState::running;
    bool active = true;
    std::string tier;
    std::int64_t capacity_units = 0; // <= 0 counts as 1 when balancing
    std::string runtime_shape_version;
    std::string runtime_shape_hash;
    std::int64_t observed_generation = 0;
    std::string drain_until; // RFC 3339, informational
    friend bool operator==(const Backend &, const Backend &) = default;
};

struct Route {
    std::string name;
    std::string routing_group;
    std::vector<Backend> backends;
    std::string header;   // exact value of X-Trino-XTrinode
    std::string hostname; // compared lower-case, without port
    bool is_default = false;
    friend bool operator==(const Route &, const Route &) = default;
};

// A table with its version: gateways never go back to an older (epoch, version).
struct RouteTable {
    std::uint64_t epoch = 0;
    std::uint64_t version = 0;
    std::vector<Route> routes;

    // "routes:" document, byte for byte as spec 50 §3.1 writes it ("routes: []\n" when empty).
    std::string to_yaml() const;
    boost::json::value to_json() const; // {"epoch","version","routes":[...]} with the YAML's member names

    struct Parsed;
    // Reads a routes.yaml (or JSON) document by the rules of spec 50 §3.1 and §5.1: invalid routes are dropped with a reason.
    // Errors: invalid_argument for a document that is not YAML, has a duplicate key or a member of the wrong type (line and
    // column).
    static Result<Parsed> from_yaml(std::string_view text);
    static Result<RouteTable> from_json(const boost::json::value &value);
    friend bool operator==(const RouteTable &, const RouteTable &) = default;
};

struct RouteTable::Parsed {
    RouteTable table;
    std::vector<std::string> dropped; // one line per route left out: which and why
};

// Lower-case, port and IPv6 brackets removed (spec 50 §5.1).
std::string normalise_hostname(std::string_view host);

} // namespace xtn
