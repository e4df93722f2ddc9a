#include "projections/topology/planner.hpp"

#include "core/model/look.hpp"
#include "core/model/xtrinode.hpp"
#include "projections/topology/config_files.hpp"
#include "projections/topology/hashing.hpp"
#include "projections/topology/network.hpp"
#include "projections/topology/not_rendered.hpp"
#include "projections/topology/pods.hpp"
#include "projections/topology/rendering.hpp"

#include <fmt/format.h>

namespace xtn {
namespace {

using namespace topology;
namespace json = boost::json;

constexpr std::string_view trino_version = "480";
// "trino-<name>-worker-metrics" must be a DNS label of at most 63 characters.
constexpr std::size_t longest_name = 42;

Status check_name(const std::string &name) {
    if (name.size() <= longest_name && name.find('.') == std::string::npos) return ok();
    return make_error(
        Code::invalid_argument,
        fmt::format("metadata.name: \"{}\" cannot become the name of a Service: use at most {} characters and no dot", name,
                    longest_name));
}

// A role's files as a ConfigMap whose name changes with them.
Result<PlannedManifest> role_config(const Rendering &rendering, Role role) {
    auto files = config_files(rendering, role);
    if (!files.ok()) return std::move(files).error();
    // The worker's name says "worker" twice: it is the contract's.
    const auto name =
        fmt::format("{}{}-{}", rendering.role_name(role), role == Role::worker ? "-worker" : "", config_name_hash(*files));
    json::object data;
    for (const auto &[file, content] : *files)
        data[file] = content;
    auto meta = metadata(rendering, name, base_labels(rendering));
    stamp_revision(rendering, meta);
    json::object body;
    body["metadata"] = std::move(meta);
    body["data"] = std::move(data);
    return planned(rendering, "v1", "ConfigMap", name, std::move(body));
}

PlannedManifest schemas_config(const Rendering &rendering, Role role) {
    const auto name = rendering.schemas_config_map(role);
    json::object body;
    body["metadata"] = metadata(rendering, name, base_labels(rendering));
    return planned(rendering, "v1", "ConfigMap", name, std::move(body));
}

} // namespace

std::string_view renderer_version() {
    return "trino/1";
}

Result<TopologyPlan> plan_topology(const TopologyInput &input) {
    static const json::object nothing;
    const auto &spec = input.spec == nullptr ? nothing : *input.spec;
    if (auto named = check_name(input.id.name); !named.ok()) return std::move(named).error();
    auto shape = resolve_shape(input.id.name, spec);
    if (!shape.ok()) return std::move(shape).error();

    Rendering rendering{input,
                        spec,
                        std::move(*shape),
                        service_port(spec),
                        std::string(trino_version),
                        spec_revision(spec, input.operator_version),
                        false};
    rendering.has_workers = rendering.shape.fixed_workers.value_or(1) > 0;

    TopologyPlan plan;
    // Order of spec 30 §5; roles that are not there leave their objects out.
    std::vector<Role> present{Role::coordinator};
    if (rendering.has_workers) present.push_back(Role::worker);
    plan.objects.push_back(service_account(rendering));
    std::map<Role, std::string> config_names;
    for (const auto role : present) {
        auto config = role_config(rendering, role);
        if (!config.ok()) return std::move(config).error();
        config_names[role] = config->ref.name;
        plan.objects.push_back(std::move(*config));
    }
    for (const auto role : present)
        plan.objects.push_back(schemas_config(rendering, role));
    for (const auto role : present)
        plan.objects.push_back(service(rendering, role));
    for (const auto role : present)
        plan.objects.push_back(metrics_service(rendering, role));
    for (const auto role : present) {
        auto rendered = deployment(rendering, role, config_names[role]);
        (role == Role::worker ? plan.worker_rollout_hash : plan.coordinator_rollout_hash) = rendered.rollout_hash;
        plan.objects.push_back(std::move(rendered.manifest));
    }
    for (const auto role : present)
        plan.objects.push_back(disruption_budget(rendering, role));
    for (const auto role : present)
        plan.objects.push_back(service_monitor(rendering, role));

    plan.shape = rendering.shape.observed;
    plan.revision = rendering.revision;
    plan.coordinator_url = coordinator_url(input.id, spec);
    for (const auto &catalog : input.catalogs)
        plan.catalogs.push_back(catalog.name);
    plan.worker_replicas_managed = rendering.shape.fixed_workers.has_value();
    plan.worker_replicas = static_cast<int>(rendering.shape.fixed_workers.value_or(0));
    plan.not_rendered = not_rendered(spec);
    return plan;
}

} // namespace xtn
