// Resolving the runtime shape: spec 10 §14, step by step. Every error message begins with the path of the field it is about.
#include "core/base/ids.hpp"
#include "core/model/go_json.hpp"
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"
#include "core/model/sizing.hpp"
#include "core/model/xtrinode.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace xtn {
namespace {

namespace json = boost::json;

constexpr std::string_view pool_label = "xtrinode.analytics.xtrinode.io/node-pool";
constexpr std::array<std::string_view, 2> roles{"coordinator", "worker"};
constexpr std::int64_t default_fixed_workers = 2;
constexpr std::int64_t default_keda_max = 24;

struct ProviderLabel {
    std::string_view provider;
    std::string_view label;
    std::string_view machine; // path below spec.nodePool
};
constexpr std::array provider_labels{ProviderLabel{"azure", "kubernetes.azure.com/agentpool", "azure.vmSize"},
                                     ProviderLabel{"aws", "eks.amazonaws.com/nodegroup", "aws.instanceType"},
                                     ProviderLabel{"gcp", "cloud.google.com/gke-nodepool", "gcp.machineType"}};

Error fault(std::string_view path, std::string_view what) {
    return make_error(Code::invalid_argument, fmt::format("{}: {}", path, what));
}

// Where each part of the answer came from; part of the hash.
struct Sources {
    std::string_view coordinator_resources = "preset", worker_resources = "preset", worker_count = "preset", capacity = "preset",
                     placement = "preset", node_pool = "preset";
};

struct Draft {
    const std::string &name;
    const json::object &spec;
    RuntimeShape shape;
    Sources sources;
    json::object pool; // members of the hashed NodePool
};

json::object &resources_of(RuntimeShape &shape, std::string_view role) {
    return role == "worker" ? shape.worker_resources : shape.coordinator_resources;
}
json::object &placement_of(RuntimeShape &shape, std::string_view role) {
    return role == "worker" ? shape.worker_placement : shape.coordinator_placement;
}

Status resolve_resources(Draft &draft) {
    const auto *preset = find_preset(draft.shape.preset);
    if (preset == nullptr) {
        return fault("spec.size",
                     fmt::format("invalid size preset: \"{}\": must be one of xs, s, m, l, xl", look::text(draft.spec, "size")));
    }
    for (const auto role : roles) {
        auto &out = resources_of(draft.shape, role);
        out = preset_resources(role == "worker" ? *preset : coordinator_preset);
        const auto *typed = look::object(draft.spec, "resources." + std::string(role));
        if (typed == nullptr) continue;
        (role == "worker" ? draft.sources.worker_resources : draft.sources.coordinator_resources) = "typed";
        out.clear();
        for (const std::string_view kind : {"requests", "limits"}) {
            json::object quantities;
            if (const auto *given = look::object(*typed, kind)) {
                for (const auto &entry : *given) {
                    auto quantity = Quantity::of(entry.value());
                    if (!quantity.ok()) {
                        return fault(fmt::format("spec.resources.{}.{}[{}]", role, kind, std::string_view(entry.key())),
                                     quantity.error().message);
                    }
                    quantities[entry.key()] = quantity->canonical();
                }
            }
            out[kind] = std::move(quantities);
        }
    }
    return ok();
}

std::optional<Quantity> quantity_of(const json::object &resources, std::string_view kind, std::string_view resource) {
    const auto *map = look::object(resources, kind);
    const auto *value = map == nullptr ? nullptr : map->if_contains(resource);
    if (value == nullptr) return std::nullopt;
    auto quantity = Quantity::of(*value);
    return quantity.ok() ? std::optional<Quantity>(*quantity) : std::nullopt;
}

Status check_resources(Draft &draft) {
    for (const auto role : roles) {
        for (const std::string_view resource : {"cpu", "memory"}) {
            const auto request = quantity_of(resources_of(draft.shape, role), "requests", resource);
            const auto limit = quantity_of(resources_of(draft.shape, role), "limits", resource);
            if (request && request->negative()) {
                return fault(fmt::format("spec.resources.{}.requests[{}]", role, resource),
                             fmt::format("{} {} request must be non-negative", role, resource));
            }
            const auto path = fmt::format("spec.resources.{}.limits[{}]", role, resource);
            if (limit && limit->negative()) return fault(path, fmt::format("{} {} limit must be non-negative", role, resource));
            if (limit && request && *limit < *request) {
                return fault(path, fmt::format("{} {} limit {} is less than request {}", role, resource, limit->canonical(),
                                               request->canonical()));
            }
        }
    }
    return ok();
}

// Adds one entry to the node selector of both roles; another value under the same key is a conflict.
Status select_nodes(Draft &draft, std::string_view key, std::string_view value, std::string_view path, std::string_view because) {
    for (const auto role : roles) {
        auto &selector = placement_of(draft.shape, role)["nodeSelector"];
        if (!selector.is_object()) selector = json::object();
        const auto *there = selector.get_object().if_contains(key);
        if (there != nullptr && *there != json::value(value)) {
            return fault(path, fmt::format("{} wants nodeSelector {}={} for the {}, which already has {}", because, key, value,
                                           role, go_json_sorted(*there)));
        }
        selector.get_object()[key] = value;
    }
    draft.sources.placement = "typed";
    return ok();
}

Status resolve_placement(Draft &draft) {
    const auto *placement = look::object(draft.spec, "placement");
    if (placement == nullptr) return ok();
    draft.sources.placement = "typed";
    for (const auto role : roles) {
        auto &out = placement_of(draft.shape, role);
        for (const std::string_view member : {"nodeSelector", "tolerations", "affinity"}) {
            if (const auto *common = look::at(*placement, member)) out[member] = *common;
        }
        const auto *own = look::object(*placement, role);
        if (own == nullptr) continue;
        for (const std::string_view member : {"nodeSelector", "tolerations", "affinity", "topologySpreadConstraints"}) {
            if (const auto *given = look::at(*own, member)) out[member] = *given;
        }
    }
    const auto *existing = look::object(*placement, "existingNodePool");
    if (existing == nullptr) return ok();
    const auto provider = look::trim_lower(look::text(*existing, "provider"));
    const auto name = look::trim(look::text(*existing, "name"));
    const auto *const known = std::find_if(provider_labels.begin(), provider_labels.end(),
                                           [&provider](const auto &entry) { return entry.provider == provider; });
    if (known == provider_labels.end()) {
        return fault(
            "spec.placement.existingNodePool.provider",
            fmt::format("existingNodePool provider \"{}\" is none of azure, aws, gcp", look::text(*existing, "provider")));
    }
    if (name.empty()) {
        return fault("spec.placement.existingNodePool.name", fmt::format("existingNodePool of {} needs a name", provider));
    }
    return select_nodes(draft, known->label, name, "spec.placement.existingNodePool", "existingNodePool");
}

void resolve_pool(Draft &draft) {
    const auto *pool = look::object(draft.spec, "nodePool");
    auto &out = draft.pool;
    const auto provider = pool == nullptr ? std::string() : look::trim_lower(look::text(*pool, "provider"));
    std::string name;
    std::string machine;
    std::string policy;
    if (pool != nullptr) {
        draft.sources.node_pool = "typed";
        name = look::text(*pool, "name");
        if (name.empty()) name = draft.name + "-pool";
        policy = look::text(*pool, "deletionPolicy");
        if (policy.empty()) policy = "Delete";
        for (const auto &entry : provider_labels) {
            if (entry.provider == provider) machine = look::text(*pool, entry.machine);
        }
    }
    const json::object none;
    const auto &from = pool == nullptr ? none : *pool;
    out["ProvisioningRequested"] = pool != nullptr;
    out["Provider"] = provider;
    out["ProviderMode"] = look::trim_lower(look::text(from, "providerMode"));
    out["Name"] = name;
    out["MinNodes"] = look::integer(from, "minNodes").value_or(0);
    out["MaxNodes"] = look::integer(from, "maxNodes").value_or(0);
    out["MachineType"] = machine;
    out["SchedulePods"] = look::flag(from, "schedulePods");
    out["DeletionPolicy"] = policy;
}

std::int64_t overlay_number(const json::object &spec, std::string_view path, std::int64_t fallback) {
    const auto *value = look::at(spec, path);
    return value == nullptr ? fallback : look::loose_integer(*value).value_or(fallback);
}

Status resolve_workers(Draft &draft) {
    auto &shape = draft.shape;
    const auto &spec = draft.spec;
    const auto given_max = look::integer(spec, "maxWorkers");
    if (keda_active(spec)) {
        shape.autoscaling_mode = "keda";
        shape.min_workers = spec_min_workers(spec);
        shape.max_workers = given_max.value_or(default_keda_max);
        draft.sources.worker_count = "typed";
        if (shape.min_workers < 0) return fault("spec.minWorkers", "must be at least 0");
        if (shape.max_workers < shape.min_workers) {
            return fault("spec.minWorkers", fmt::format("minWorkers {} is larger than the maxWorkers of KEDA, {}{}",
                                                        shape.min_workers, shape.max_workers, given_max ? "" : " (the default)"));
        }
    } else if (native_hpa_active(spec)) {
        constexpr std::string_view base = "spec.valuesOverlay.server.autoscaling.";
        shape.autoscaling_mode = "hpa";
        shape.min_workers = overlay_number(spec, "valuesOverlay.server.autoscaling.minReplicas", 2);
        shape.max_workers = overlay_number(spec, "valuesOverlay.server.autoscaling.maxReplicas", 5);
        draft.sources.worker_count = "valuesOverlay";
        if (shape.min_workers < 0) return fault(fmt::format("{}minReplicas", base), "must be at least 0");
        if (shape.max_workers < 1) return fault(fmt::format("{}maxReplicas", base), "must be at least 1");
        if (shape.max_workers < shape.min_workers) {
            return fault(fmt::format("{}maxReplicas", base),
                         fmt::format("maxReplicas {} is less than minReplicas {}", shape.max_workers, shape.min_workers));
        }
    } else {
        shape.autoscaling_mode = "fixed";
        auto workers = given_max.value_or(default_fixed_workers);
        workers = std::max(workers, spec_min_workers(spec));
        if (workers < 0) return fault("spec.maxWorkers", "must be at least 0");
        if (given_max || workers != default_fixed_workers) draft.sources.worker_count = "typed";
        shape.fixed_workers = shape.min_workers = shape.max_workers = workers;
    }
    shape.quota_workers = shape.capacity_workers = shape.max_workers;
    return ok();
}

Status resolve_capacity(Draft &draft) {
    auto &shape = draft.shape;
    if (const auto given = look::integer(draft.spec, "routing.capacityUnits")) {
        draft.sources.capacity = "typed";
        shape.capacity_units = *given;
        if (*given < 1) return fault("spec.routing.capacityUnits", "must be at least 1");
        return ok();
    }
    draft.sources.capacity = draft.sources.worker_resources;
    const auto cpu = quantity_of(shape.worker_resources, "requests", "cpu");
    if (shape.capacity_workers <= 0 || !cpu || !cpu->positive()) return ok();
    constexpr std::int64_t per_unit = 2000; // millis of CPU that make one unit
    constexpr std::int64_t most_units = std::numeric_limits<std::int32_t>::max();
    const auto milli = std::min(cpu->milli(), most_units * per_unit / std::max<std::int64_t>(shape.capacity_workers, 1));
    shape.capacity_units = std::max<std::int64_t>(1, (milli * shape.capacity_workers + per_unit - 1) / per_unit);
    return ok();
}

// ---- the hash ----

std::string null_if_empty(std::string_view type, const json::object &in, std::string_view member) {
    const auto *value = look::at(in, member);
    const bool empty = value == nullptr || (value->is_array() && value->get_array().empty()) ||
                       (value->is_object() && value->get_object().empty() && member != "affinity");
    return empty ? "null" : go_json_typed(type, *value);
}

std::string resources_text(const json::object &resources) {
    return fmt::format(R"({{"Requests":{},"Limits":{}}})", null_if_empty("{Quantity", resources, "requests"),
                       null_if_empty("{Quantity", resources, "limits"));
}

std::string placement_text(const json::object &placement) {
    return fmt::format(R"({{"NodeSelector":{},"Tolerations":{},"Affinity":{},"TopologySpreadConstraints":{}}})",
                       null_if_empty("{", placement, "nodeSelector"), null_if_empty("[Toleration", placement, "tolerations"),
                       null_if_empty("Affinity", placement, "affinity"),
                       null_if_empty("[TopologySpreadConstraint", placement, "topologySpreadConstraints"));
}

std::string pool_text(const json::object &pool) {
    std::string out;
    for (const auto &member : pool) { // in the order resolve_pool wrote them, which is the contract's
        out += out.empty() ? "{" : ",";
        out.append(go_json_string(member.key())).append(":").append(go_json_sorted(member.value()));
    }
    return out + "}";
}

std::string hash_of(const Draft &draft) {
    const auto &shape = draft.shape;
    const auto &sources = draft.sources;
    const auto document = fmt::format(
        R"({{"PresetName":{},"Coordinator":{},"Worker":{},"MinWorkers":{},"MaxWorkers":{},"FixedWorkers":{},"QuotaWorkers":{},)"
        R"("CapacityWorkers":{},"CapacityUnits":{},"AutoscalingMode":"{}","Placement":{{"Coordinator":{},"Worker":{}}},"NodePool":{},)"
        R"("Source":{{"CoordinatorResources":"{}","WorkerResources":"{}","WorkerCount":"{}","Capacity":"{}","Placement":"{}",)"
        R"("NodePool":"{}"}}}})",
        go_json_string(shape.preset), resources_text(shape.coordinator_resources), resources_text(shape.worker_resources),
        shape.min_workers, shape.max_workers, shape.fixed_workers ? std::to_string(*shape.fixed_workers) : "null",
        shape.quota_workers, shape.capacity_workers, shape.capacity_units, shape.autoscaling_mode,
        placement_text(shape.coordinator_placement), placement_text(shape.worker_placement), pool_text(draft.pool),
        sources.coordinator_resources, sources.worker_resources, sources.worker_count, sources.capacity, sources.placement,
        sources.node_pool);
    return Digest::of(document).hex.substr(0, 16);
}

// ---- status.observedRuntimeShape (spec 10 §14.7): zero values left out, the four objects always there ----

json::object without_empty_maps(const json::object &resources) {
    json::object out;
    for (const std::string_view kind : {"requests", "limits"}) {
        if (const auto *map = look::object(resources, kind); map != nullptr && !map->empty()) out[kind] = *map;
    }
    return out;
}

json::object observed_of(const Draft &draft) {
    const auto &shape = draft.shape;
    json::object out;
    out["version"] = "v1";
    out["hash"] = shape.hash;
    out["preset"] = shape.preset;
    out["autoscalingMode"] = shape.autoscaling_mode;
    out["coordinator"] = without_empty_maps(shape.coordinator_resources);
    out["worker"] = without_empty_maps(shape.worker_resources);
    json::object workers;
    if (shape.fixed_workers) workers["fixed"] = *shape.fixed_workers;
    const std::pair<std::string_view, std::int64_t> counts[] = {{"min", shape.min_workers},
                                                                {"max", shape.max_workers},
                                                                {"quota", shape.quota_workers},
                                                                {"capacity", shape.capacity_workers}};
    for (const auto &[name, count] : counts) {
        if (count != 0) workers[name] = count;
    }
    out["workers"] = std::move(workers);
    out["capacityUnits"] = shape.capacity_units;
    json::object pool;
    const std::pair<std::string_view, std::string_view> members[] = {{"provisioningRequested", "ProvisioningRequested"},
                                                                     {"provider", "Provider"},
                                                                     {"providerMode", "ProviderMode"},
                                                                     {"name", "Name"},
                                                                     {"schedulePods", "SchedulePods"},
                                                                     {"deletionPolicy", "DeletionPolicy"}};
    for (const auto &[name, from] : members) {
        const auto &value = draft.pool.at(from);
        if (value != json::value(false) && value != json::value("")) pool[name] = value;
    }
    out["nodePool"] = std::move(pool);
    return out;
}

} // namespace

Result<RuntimeShape> resolve_shape(const std::string &name, const json::object &spec) {
    Draft draft{name, spec, {}, {}, {}};
    draft.shape.preset = look::trim_lower(look::text(spec, "size"));
    if (auto done = resolve_resources(draft); !done.ok()) return std::move(done).error();
    if (auto done = resolve_placement(draft); !done.ok()) return std::move(done).error();
    resolve_pool(draft);
    if (auto done = resolve_workers(draft); !done.ok()) return std::move(done).error();
    if (draft.pool.at("SchedulePods").get_bool()) {
        const std::string pool(draft.pool.at("Name").get_string());
        auto done = select_nodes(draft, pool_label, pool, "spec.nodePool.schedulePods", "nodePool.schedulePods");
        if (!done.ok()) return std::move(done).error();
    }
    if (auto done = resolve_capacity(draft); !done.ok()) return std::move(done).error();
    if (auto done = check_resources(draft); !done.ok()) return std::move(done).error();
    draft.shape.hash = hash_of(draft);
    draft.shape.observed = observed_of(draft);
    return std::move(draft.shape);
}

} // namespace xtn
