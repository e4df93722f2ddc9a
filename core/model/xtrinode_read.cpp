#include "core/model/look.hpp"
#include "core/model/sizing.hpp"
#include "core/model/xtrinode.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <array>

namespace xtn {
namespace {

namespace json = boost::json;

using Rule = void (*)(const rules::Subject &, FieldReport &);

// In the order of spec 10 §9.1: what is reported first stands first.
constexpr std::array rule_groups{
    Rule{rules::size_and_workers},
    Rule{rules::node_pool},
    Rule{rules::routing},
    Rule{rules::resources},
    Rule{rules::placement},
    Rule{rules::keda},
    Rule{rules::tls},
    Rule{rules::limits},
    Rule{rules::fault_tolerance},
    Rule{rules::pool_defaults},
    Rule{rules::rollout_policy},
    Rule{rules::chart_config},
    Rule{rules::control_auth},
    Rule{rules::overlay_denied},
    Rule{rules::overlay_auth},
    Rule{rules::memory_bounds},
};

struct MachineField {
    std::string_view provider, block, member;
};
constexpr std::array machine_fields{MachineField{"azure", "azure", "vmSize"}, MachineField{"aws", "aws", "instanceType"},
                                    MachineField{"gcp", "gcp", "machineType"}};

bool absent(const json::object &in, std::string_view member) {
    return look::at(in, member) == nullptr;
}

// D3-D5 of spec 10 §8.2.
void default_node_pool(json::object &spec, const std::string &name) {
    auto *value = spec.if_contains("nodePool");
    if (value == nullptr || !value->is_object()) return;
    auto &pool = value->get_object();
    if (look::text(pool, "name").empty()) pool["name"] = name + "-pool";
    if (look::text(pool, "deletionPolicy").empty()) pool["deletionPolicy"] = "Delete";
    if (look::text(spec, "size").empty()) return;
    const auto provider = look::lower(look::text(pool, "provider"));
    const auto advice = recommend_machine(spec, provider);
    if (advice.machine.empty()) return;
    for (const auto &field : machine_fields) {
        if (field.provider != provider) continue;
        auto &block = pool[field.block];
        if (!block.is_object()) block = json::object();
        if (look::text(block.get_object(), field.member).empty()) block.get_object()[field.member] = advice.machine;
    }
}

// The CRD's defaults and the webhook's, D1-D5.
void apply_defaults(json::object &spec, const std::string &name) {
    if (absent(spec, "minWorkers")) spec["minWorkers"] = 0;
    if (absent(spec, "autoSuspendAfter")) spec["autoSuspendAfter"] = "5m";
    default_node_pool(spec, name);
}

// The shape resolver's own verdict, on the field it names: what would otherwise fail at every turn (spec 10 §17.6).
void check_shape(const rules::Subject &subject, FieldReport &report) {
    const auto shape = resolve_shape(subject.name, subject.spec);
    if (shape.ok()) return;
    const std::string &message = shape.error().message;
    const auto colon = message.find(": ");
    const auto field = message.substr(0, colon);
    const auto *value = look::at(subject.spec, field.substr(field.find('.') + 1));
    report.invalid(field, value == nullptr ? json::value(nullptr) : *value, message.substr(colon + 2));
}

} // namespace

ReadSpec read_xtrinode(const json::object &resource, const NodePoolPolicy &policy) {
    FieldReport report;
    const std::string name(look::text(resource, "metadata.name"));
    ReadSpec out;
    const auto *given = resource.if_contains("spec");
    if (given != nullptr && given->is_object()) {
        out.spec = given->get_object();
    } else if (given != nullptr && !given->is_null()) {
        report.invalid("spec", *given, "must be a map");
    }
    rules::check_types(out.spec, report);
    apply_defaults(out.spec, name);
    const rules::Subject subject{name, out.spec, policy};
    for (const auto rule : rule_groups)
        rule(subject, report);
    if (report.errors.empty()) check_shape(subject, report);
    if (!absent(out.spec, "valuesOverlay")) {
        report.warn("spec.valuesOverlay is privileged: it can change how the pods run, and needs the right to update "
                    "xtrinodes/valuesoverlay");
    }
    rules::node_pool_warnings(subject, report);
    rules::inert_input(subject, report);
    out.errors = std::move(report.errors);
    out.warnings = std::move(report.warnings);
    return out;
}

} // namespace xtn
