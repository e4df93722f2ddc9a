// Rules S (size and workers), G (routing), R (resources), P (placement) of spec 10 §9.1.
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"
#include "core/model/sizing.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <array>
#include <optional>

namespace xtn::rules {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> roles{"coordinator", "worker"};
constexpr std::int64_t max_workers_bound = 500;

std::string_view provider_label(std::string_view provider) {
    if (provider == "azure") return "kubernetes.azure.com/agentpool";
    if (provider == "aws") return "eks.amazonaws.com/nodegroup";
    if (provider == "gcp") return "cloud.google.com/gke-nodepool";
    return {};
}

// Each node selector of the placement with its path: common, coordinator, worker.
struct Selector {
    std::string path;
    const json::object *map;
};
std::vector<Selector> selectors(const json::object &spec) {
    std::vector<Selector> out;
    for (const std::string_view path :
         {"placement.nodeSelector", "placement.coordinator.nodeSelector", "placement.worker.nodeSelector"}) {
        if (const auto *map = look::object(spec, path)) out.push_back({"spec." + std::string(path), map});
    }
    return out;
}

std::optional<Quantity> quantity(const json::object *map, std::string_view resource) {
    const auto *value = map == nullptr ? nullptr : map->if_contains(resource);
    if (value == nullptr) return std::nullopt;
    auto parsed = Quantity::of(*value);
    return parsed.ok() ? std::optional<Quantity>(*parsed) : std::nullopt;
}

} // namespace

std::string pool_name(const Subject &subject) {
    const auto given = look::text(subject.spec, "nodePool.name");
    return given.empty() ? subject.name + "-pool" : std::string(given);
}

void size_and_workers(const Subject &subject, FieldReport &report) {
    const auto size = look::text(subject.spec, "size");
    if (size.empty()) {
        report.required("spec.size", "size must be given: one of xs, s, m, l, xl");
    } else if (find_preset(look::lower(size)) == nullptr) {
        report.invalid("spec.size", size, "must be one of [xs s m l xl]");
    }
    const auto most = look::integer(subject.spec, "maxWorkers");
    const auto least = look::integer(subject.spec, "minWorkers");
    if (most && *most < 0) report.invalid("spec.maxWorkers", *most, "must be at least 0");
    if (most && *most > max_workers_bound)
        report.invalid("spec.maxWorkers", *most, fmt::format("must be at most {}", max_workers_bound));
    if (least && *least < 0) report.invalid("spec.minWorkers", *least, "must be at least 0");
    if (most && least && *least > *most) {
        report.invalid("spec.minWorkers", *least, fmt::format("minWorkers must not be larger than maxWorkers, {}", *most));
    }
}

void routing(const Subject &subject, FieldReport &report) {
    const auto *given = look::object(subject.spec, "routing");
    if (given == nullptr) return;
    const bool hostname = !look::text(*given, "hostname").empty();
    const bool domain = !look::text(*given, "hostnameDomain").empty();
    const auto units = look::integer(*given, "capacityUnits");
    if (!hostname && !domain && look::text(*given, "header").empty() && !look::flag(*given, "default") && !units) {
        report.invalid("spec.routing", *given,
                       "routing must specify at least one selector: header, hostname, hostnameDomain, or default=true");
    }
    if (hostname && domain) {
        report.invalid(
            "spec.routing", *given,
            "hostname and hostnameDomain should not both be set: hostname names the host itself, hostnameDomain derives it");
    }
    if (units && *units < 1) report.invalid("spec.routing.capacityUnits", *units, "must be at least 1");
}

void resources(const Subject &subject, FieldReport &report) {
    for (const auto role : roles) {
        const auto base = fmt::format("resources.{}", role);
        const auto *requests = look::object(subject.spec, base + ".requests");
        const auto *limits = look::object(subject.spec, base + ".limits");
        for (const std::string_view resource : {"cpu", "memory"}) {
            const auto request = quantity(requests, resource);
            const auto limit = quantity(limits, resource);
            const auto limit_path = fmt::format("spec.{}.limits[{}]", base, resource);
            if (request && request->negative()) {
                report.invalid(fmt::format("spec.{}.requests[{}]", base, resource), requests->at(resource),
                               "must not be negative");
            }
            if (limit && limit->negative()) report.invalid(limit_path, limits->at(resource), "must not be negative");
            if (request && limit && *limit < *request) {
                report.invalid(limit_path, limits->at(resource),
                               fmt::format("must not be less than the request, {}", request->canonical()));
            }
        }
    }
}

void placement(const Subject &subject, FieldReport &report) {
    const auto &spec = subject.spec;
    if (const auto *pool = look::object(spec, "placement.existingNodePool")) {
        const auto given = look::text(*pool, "provider");
        const auto label = provider_label(look::trim_lower(given));
        const auto name = look::trim(look::text(*pool, "name"));
        if (look::blank(given)) {
            report.required("spec.placement.existingNodePool.provider", "provider must be azure, aws or gcp");
        } else if (label.empty()) {
            report.unsupported("spec.placement.existingNodePool.provider", given, {"azure", "aws", "gcp"});
        }
        if (name.empty()) report.required("spec.placement.existingNodePool.name", "name of the node pool must be given");
        if (!label.empty() && !name.empty()) {
            for (const auto &selector : selectors(spec)) {
                const auto *value = selector.map->if_contains(label);
                if (value != nullptr && *value != json::value(name)) {
                    report.invalid(fmt::format("{}[{}]", selector.path, label), *value,
                                   fmt::format("must be \"{}\", as existingNodePool says, or be left out", name));
                }
            }
        }
    }
    for (const auto role : roles) {
        const auto path = fmt::format("placement.{}.topologySpreadConstraints", role);
        const auto *list = look::array(spec, path);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            const auto *constraint = (*list)[i].if_object();
            if (constraint == nullptr || look::text(*constraint, "topologyKey").empty()) {
                report.required(fmt::format("spec.{}[{}].topologyKey", path, i), "topologyKey must be given");
            }
        }
    }
    if (!look::flag(spec, "nodePool.schedulePods")) return;
    if (look::at(spec, "placement.existingNodePool") != nullptr) {
        report.forbidden("spec.placement.existingNodePool",
                         "nodePool.schedulePods and placement.existingNodePool both bind the pods to a pool: keep one of them");
    }
    const auto name = pool_name(subject);
    for (const auto &selector : selectors(spec)) {
        const auto *value = selector.map->if_contains(pool_label);
        if (value != nullptr && *value != json::value(name)) {
            report.invalid(fmt::format("{}[{}]", selector.path, pool_label), *value,
                           fmt::format("must be the pool name \"{}\" while nodePool.schedulePods is true", name));
        }
    }
}

} // namespace xtn::rules
