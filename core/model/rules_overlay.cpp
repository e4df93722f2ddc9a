// Rules V (denied overlay content), A, B (authentication by overlay) and M (memory against the worker's) of spec 10 §9.1 and
// §12.2.
#include "core/model/look.hpp"
#include "core/model/overlay.hpp"
#include "core/model/quantity.hpp"
#include "core/model/sizing.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn::rules {
namespace {

namespace json = boost::json;

struct Denied {
    std::string_view key;
    std::string_view detail;
};
constexpr std::string_view placement_detail = "use spec.placement instead";
constexpr std::string_view host_detail = "pods must not share a host namespace";

// V1-V5: keys denied at the top, whatever their value.
constexpr std::array denied_keys{
    Denied{"resources", "use spec.resources.coordinator and spec.resources.worker instead"},
    Denied{"nodeSelector", placement_detail},
    Denied{"tolerations", placement_detail},
    Denied{"affinity", placement_detail},
    Denied{"topologySpreadConstraints", placement_detail},
    Denied{"hostNetwork", host_detail},
    Denied{"hostPID", host_detail},
    Denied{"hostIPC", host_detail},
    Denied{"sidecarContainers", "sidecar containers are not allowed"},
    Denied{"envFrom", "use spec.helmChartConfig.envFrom instead"},
};
// V11-V13: keys denied per role, below the role; resources (V10) names the role.
constexpr std::array denied_role_keys{
    Denied{"nodeSelector", placement_detail},
    Denied{"tolerations", placement_detail},
    Denied{"affinity", placement_detail},
    Denied{"topologySpreadConstraints", placement_detail},
    Denied{"deployment.strategy", "use spec.rolloutPolicy.rollingUpdateStrategy instead"},
    Denied{"deployment.revisionHistoryLimit", "use spec.rolloutPolicy.revisionHistoryLimit instead"},
};
constexpr std::string_view base = "spec.valuesOverlay.";

// True when the key is there at all, even with value null.
bool exists(const json::object &in, std::string_view path) {
    const auto dot = path.rfind('.');
    const auto *parent = dot == std::string_view::npos ? &in : look::object(in, path.substr(0, dot));
    return parent != nullptr && parent->contains(dot == std::string_view::npos ? path : path.substr(dot + 1));
}

void denied_for_role(const json::object &overlay, std::string_view role, FieldReport &report) {
    const auto *own = look::object(overlay, role);
    if (own == nullptr) return;
    if (own->contains("resources")) {
        report.forbidden(fmt::format("{}{}.resources", base, role), fmt::format("use spec.resources.{} instead", role));
    }
    for (const auto &denied : denied_role_keys) {
        if (exists(*own, denied.key)) report.forbidden(fmt::format("{}{}.{}", base, role, denied.key), denied.detail);
    }
    const auto *volumes = look::array(*own, "additionalVolumes");
    for (std::size_t i = 0; volumes != nullptr && i < volumes->size(); ++i) {
        const auto *volume = (*volumes)[i].if_object();
        if (volume != nullptr && volume->contains("hostPath")) {
            report.forbidden(fmt::format("{}{}.additionalVolumes[{}].hostPath", base, role, i),
                             "hostPath volumes are not allowed");
        }
    }
}

std::optional<Quantity> positive(const json::object &resources, std::string_view kind) {
    const auto *map = look::object(resources, kind);
    const auto *value = map == nullptr ? nullptr : map->if_contains("memory");
    if (value == nullptr) return std::nullopt;
    auto quantity = Quantity::of(*value);
    return quantity.ok() && quantity->positive() ? std::optional<Quantity>(*quantity) : std::nullopt;
}

// The memory a worker may use: limit, else request, else nothing is known (spec 10 §9.4).
std::optional<Quantity> worker_memory(const json::object &spec) {
    const auto *typed = look::object(spec, "resources.worker");
    const auto *preset = find_preset(look::trim_lower(look::text(spec, "size")));
    if (typed == nullptr && preset == nullptr) return std::nullopt;
    const auto resources = typed != nullptr ? *typed : preset_resources(*preset);
    const auto limit = positive(resources, "limits");
    return limit ? limit : positive(resources, "requests");
}

void against_memory(const std::string &path, std::string_view text, std::string_view name, const Quantity &memory,
                    FieldReport &report) {
    const auto size = parse_data_size(text);
    if (!size.ok()) {
        report.invalid(path, text, fmt::format("{} must be a data size such as 4GB", name));
    } else if (size->bytes > memory.whole()) {
        report.invalid(path, text,
                       fmt::format("{} must not be larger than the worker memory limit, {}", name, memory.canonical()));
    } else if (size->trino_bytes > memory.whole()) {
        report.warn(fmt::format("{}: Trino reads {} \"{}\" with binary factors, which is more than the worker memory limit, {}",
                                path, name, text, memory.canonical()));
    }
}

} // namespace

void overlay_denied(const Subject &subject, FieldReport &report) {
    const auto *overlay = look::object(subject.spec, "valuesOverlay");
    if (overlay == nullptr) return;
    for (const auto &denied : denied_keys) {
        if (overlay->contains(denied.key)) report.forbidden(fmt::format("{}{}", base, denied.key), denied.detail);
    }
    const auto type = look::trim_lower(look::text(*overlay, "service.type"));
    if (type == "loadbalancer" || type == "nodeport") {
        report.forbidden(fmt::format("{}service.type", base), "service type must not expose the coordinator outside the cluster");
    }
    if (look::flag(*overlay, "containerSecurityContext.privileged")) {
        report.forbidden(fmt::format("{}containerSecurityContext.privileged", base), "privileged containers are not allowed");
    }
    if (look::flag(*overlay, "containerSecurityContext.allowPrivilegeEscalation")) {
        report.forbidden(fmt::format("{}containerSecurityContext.allowPrivilegeEscalation", base),
                         "privilege escalation is not allowed");
    }
    const auto *added = look::array(*overlay, "containerSecurityContext.capabilities.add");
    if (added != nullptr && !added->empty()) {
        report.forbidden(fmt::format("{}containerSecurityContext.capabilities.add", base),
                         "added Linux capabilities are not allowed");
    }
    for (const std::string_view role : {"coordinator", "worker"})
        denied_for_role(*overlay, role, report);
    if (keda_active(subject.spec) && look::flag(*overlay, "server.autoscaling.enabled")) {
        report.forbidden(fmt::format("{}server.autoscaling.enabled", base),
                         "the native HPA and keda must not scale the workers together");
    }
}

void overlay_auth(const Subject &subject, FieldReport &report) {
    const auto settings = authentication_settings(subject.spec);
    bool password = false;
    for (const auto &setting : settings) {
        for (const auto type : look::split(setting.value, ", \t\n")) {
            const auto upper = look::upper(type);
            if (upper == "PASSWORD") {
                password = true;
            } else {
                report.unsupported(setting.path, upper, {"PASSWORD"});
            }
        }
    }
    if (!settings.empty() && look::object(subject.spec, "trinoControlAuth.passwordSecret") == nullptr) {
        report.required("spec.trinoControlAuth",
                        "passwordSecret must be given while authentication is configured, or the control plane "
                        "could not ask Trino for its queries");
    }
    if (password) {
        const auto secrets = overlay_settings(subject.spec, "internal-communication.shared-secret");
        const bool given = std::any_of(secrets.begin(), secrets.end(), [](const auto &setting) {
            return setting.path == "spec.valuesOverlay.additionalConfigProperties" && !setting.value.empty();
        });
        if (!given) {
            report.required("spec.valuesOverlay.additionalConfigProperties",
                            "internal-communication.shared-secret must be set while PASSWORD authentication is configured");
        }
    }
    for (const auto &setting : overlay_settings(subject.spec, "http-server.http.enabled")) {
        if (look::lower(setting.value) == "false") {
            report.forbidden(setting.path,
                             "http-server.http.enabled must stay on: the control plane and the gateway speak HTTP to Trino");
        }
    }
    for (const auto &setting : overlay_settings(subject.spec, "http-server.http.port"))
        report.forbidden(setting.path, "http-server.http.port follows spec.valuesOverlay.service.port: set that instead");
}

void memory_bounds(const Subject &subject, FieldReport &report) {
    const auto memory = worker_memory(subject.spec);
    if (!memory) return;
    const auto total = look::text(subject.spec, "limits.session.maxTotalMemoryPerNode");
    if (!total.empty())
        against_memory("spec.limits.session.maxTotalMemoryPerNode", total, "maxTotalMemoryPerNode", *memory, report);
    for (const std::string_view key : {"query.max-memory-per-node", "query.max-total-memory-per-node"}) {
        for (const auto &setting : overlay_settings(subject.spec, key))
            against_memory(setting.path, setting.value, key, *memory, report);
    }
}

} // namespace xtn::rules
