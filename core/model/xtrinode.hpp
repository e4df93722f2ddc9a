// What an XTrinode says (spec 10): reading the JSON of a custom resource with defaults applied and every rule checked. The same
// functions serve ingest, `xtrinode validate` and, later, the admission webhooks. Pure: no clock, no environment.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

inline constexpr std::string_view api_group = "analytics.xtrinode.io";
inline constexpr std::string_view api_group_version = "analytics.xtrinode.io/v1";
inline constexpr std::string_view finalizer_name = "xtrinode.analytics.xtrinode.io/finalizer";
inline constexpr std::string_view annotation_prefix = "xtrinode.analytics.xtrinode.io/";

// One broken rule, as admission reports it (spec 10 §7.4).
struct FieldError {
    std::string field;   // "spec.nodePool.minNodes"
    std::string reason;  // FieldValueRequired, FieldValueInvalid, FieldValueNotSupported, FieldValueForbidden, InternalError
    std::string message; // "Invalid value: -1: must be at least 0"
    friend bool operator==(const FieldError &, const FieldError &) = default;
    boost::json::object to_json() const; // {field, reason, message}
};

// Bounds and defaults of node pools (spec 10 §13); comes from config.effective, never from the environment directly.
struct NodePoolPolicy {
    std::int64_t min_nodes_min = 0, max_nodes_min = 1, max_nodes_max = 1000, os_disk_gb_min = 30, os_disk_gb_max = 2048;
    std::int64_t default_min_nodes = 0, default_max_nodes = 10, default_os_disk_gb = 128;
};

struct ReadSpec {
    boost::json::object spec;       // defaults applied (CRD and webhook), otherwise as given
    std::vector<FieldError> errors; // in the contract's order; empty: valid
    std::vector<std::string> warnings;
};

// Reads a whole custom resource {apiVersion, kind, metadata, spec}. Never fails: what is wrong stands in `errors`.
ReadSpec read_xtrinode(const boost::json::object &resource, const NodePoolPolicy &policy = {});
ReadSpec read_catalog(const boost::json::object &resource);

// ---- typed looks into a spec with defaults applied; total, for folds and policies ----

bool spec_suspended(const boost::json::object &spec);
std::int64_t spec_min_workers(const boost::json::object &spec);
bool keda_active(const boost::json::object &spec);          // spec 10 §14.1
bool native_hpa_active(const boost::json::object &spec);    // spec 10 §14.2
std::int64_t service_port(const boost::json::object &spec); // 8080 or valuesOverlay.service.port
std::string coordinator_url(const RuntimeId &id, const boost::json::object &spec);

struct RoutingSpec {
    bool present = false;
    std::string routing_group; // never empty: default "<ns>--<name>"
    std::string header;        // exact value of X-Trino-XTrinode that selects it; empty: none
    std::string hostname;
    bool is_default = false;
    std::optional<std::int64_t> capacity_units;
};
// Derivation of spec 50 §4.1. Total.
RoutingSpec routing_of(const RuntimeId &id, const boost::json::object &spec);

// Go's duration syntax ("1h30m", "90s", "-1.5h", "0"). Errors: invalid_argument.
Result<std::chrono::nanoseconds> parse_go_duration(std::string_view text);
std::string go_duration_text(std::chrono::nanoseconds duration); // canonical: "1h30m0s"

// The resolved shape (spec 10 §14): resources, worker counts, capacity, hash. Errors: invalid_argument naming preset or field.
struct RuntimeShape {
    std::string preset;           // lower case
    std::string autoscaling_mode; // fixed, keda, hpa
    std::optional<std::int64_t> fixed_workers;
    std::int64_t min_workers = 0, max_workers = 0, quota_workers = 0, capacity_workers = 0;
    std::int64_t capacity_units = 1;
    std::string hash;                                            // 16 hex characters
    boost::json::object observed;                                // status.observedRuntimeShape, complete
    boost::json::object coordinator_resources, worker_resources; // {requests, limits}, canonical quantities
    boost::json::object coordinator_placement,
        worker_placement; // {nodeSelector, tolerations, affinity, topologySpreadConstraints}
};
Result<RuntimeShape> resolve_shape(const std::string &name, const boost::json::object &spec);

} // namespace xtn
