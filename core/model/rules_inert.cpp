// Input that is accepted and does nothing, or not what it seems: spec 10 §17 points 4, 5, 9 and 12 ask for a word about each.
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <fmt/format.h>

#include <array>

namespace xtn::rules {
namespace {

constexpr std::array<std::string_view, 6> inert_paths{
    "limits.hardConcurrencyPerGroup",       "limits.maxQueuedPerGroup",
    "limits.session.maxTotalMemoryPerNode", "nodePool.prewarm",
    "valuesOverlay.server.workers",         "valuesOverlay.coordinator.config.memory",
};
constexpr std::array<std::string_view, 5> durations{"autoSuspendAfter", "wakeTTL", "keda.scaleDownCooldown",
                                                    "keda.scaleUpCooldown", "nodePool.provisioningTimeout"};
// "trino-<name>-worker-metrics" must be a DNS label of at most 63 characters.
constexpr std::size_t longest_name = 42;

} // namespace

void inert_input(const Subject &subject, FieldReport &report) {
    for (const auto path : inert_paths) {
        if (look::at(subject.spec, path) != nullptr) report.warn(fmt::format("spec.{} is accepted, but has no effect", path));
    }
    for (const auto path : durations) {
        const auto text = look::text(subject.spec, path);
        if (text.empty()) continue;
        const auto duration = parse_go_duration(text);
        if (duration.ok() && duration->count() < 0) report.warn(fmt::format("spec.{} is negative and acts as zero", path));
    }
    if (const auto wake = look::integer(subject.spec, "wakeMinWorkers"); wake && *wake < 0) {
        report.warn("spec.wakeMinWorkers is negative and acts as zero");
    }
    const auto memory = look::text(subject.spec, "limits.session.maxQueryMemory");
    if (const auto size = parse_data_size(memory); size.ok() && !size->trino_reads_it) {
        report.warn(fmt::format(
            "spec.limits.session.maxQueryMemory: Trino does not read \"{}\" and will not start; write B, kB, MB, GB or "
            "TB, in this spelling",
            memory));
    }
    if (subject.name.size() > longest_name || subject.name.find('.') != std::string::npos) {
        report.warn(fmt::format("metadata.name \"{}\" cannot become the name of a Service: use at most {} characters and no dot",
                                subject.name, longest_name));
    }
}

} // namespace xtn::rules
