#include "projections/topology/not_rendered.hpp"

#include "core/model/look.hpp"
#include "core/model/xtrinode.hpp"

#include <algorithm>

namespace xtn::topology {
namespace {

namespace json = boost::json;

// Every member below `path` by itself: one path each, so that the user sees what exactly is missing.
void members(const json::object &spec, std::string_view path, const std::vector<std::string_view> &done,
             std::vector<std::string> &out) {
    const auto *map = look::object(spec, path);
    if (map == nullptr) return;
    std::vector<std::string> found;
    for (const auto &member : *map) {
        if (member.value().is_null() || std::find(done.begin(), done.end(), std::string_view(member.key())) != done.end())
            continue;
        found.push_back("spec." + std::string(path) + "." + std::string(member.key()));
    }
    std::sort(found.begin(), found.end());
    out.insert(out.end(), found.begin(), found.end());
}

} // namespace

std::vector<std::string> not_rendered(const json::object &spec) {
    std::vector<std::string> out;
    if (look::object(spec, "nodePool") != nullptr) out.emplace_back("spec.nodePool"); // only schedulePods is
    if (keda_active(spec)) out.emplace_back("spec.keda");
    if (look::flag(spec, "keda.jmxExporter.enabled")) out.emplace_back("spec.keda.jmxExporter");
    if (!look::text(spec, "tls.internalSecretClass").empty() || !look::text(spec, "tls.serverSecretClass").empty()) {
        out.emplace_back("spec.tls");
    }
    members(spec, "helmChartConfig", {}, out);
    members(spec, "valuesOverlay", {"service"}, out);
    members(spec, "valuesOverlay.service", {"port"}, out);
    return out;
}

} // namespace xtn::topology
