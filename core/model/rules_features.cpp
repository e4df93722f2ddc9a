// Rules K (KEDA), T (TLS), L (limits), F (fault tolerant execution), U (rollout), H (chart configuration), C (control credential)
// of spec 10 §9.1.
#include "core/model/look.hpp"
#include "core/model/quantity.hpp"
#include "core/model/xtrinode_rules.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <charconv>
#include <map>

namespace xtn::rules {
namespace {

namespace json = boost::json;

// A property value that survives a Java properties file as it is (spec 10 §9.3).
bool bad_property_value(std::string_view text) {
    return look::blank(text) || look::trim(text) != text || text.find_first_of("\r\n") != std::string_view::npos;
}

constexpr std::string_view property_rule = "must not be blank, have surrounding blanks or hold a line break";

void session_size(const json::object &spec, std::string_view field, FieldReport &report) {
    const auto path = fmt::format("limits.session.{}", field);
    const auto text = look::text(spec, path);
    if (text.empty()) return;
    if (look::blank(text)) {
        report.invalid("spec." + path, text, fmt::format("{} must not be blank", field));
    } else if (auto size = parse_data_size(text); !size.ok()) {
        report.invalid("spec." + path, text, fmt::format("{} must be a data size such as 4GB", field));
    }
}

void exchange_manager(const json::object &execution, std::string_view policy, FieldReport &report) {
    const auto *manager = look::object(execution, "exchangeManager");
    if (manager == nullptr) return;
    const std::string base = "spec.faultTolerantExecution.exchangeManager";
    const auto *enabled = look::at(*manager, "enabled");
    if (enabled != nullptr && !enabled->get_bool() && policy == "task") {
        report.invalid(base + ".enabled", *enabled,
                       "must not be false with retryPolicy TASK, which keeps intermediate data there");
    }
    const auto name = look::text(*manager, "name");
    if (!name.empty() && bad_property_value(name)) report.invalid(base + ".name", name, fmt::format("name {}", property_rule));
    const auto directories = look::texts(*manager, "baseDirectories");
    for (std::size_t i = 0; i < directories.size(); ++i) {
        const auto path = fmt::format("{}.baseDirectories[{}]", base, i);
        if (bad_property_value(directories[i]))
            report.invalid(path, directories[i], fmt::format("baseDirectories {}", property_rule));
        if (directories[i].find(',') != std::string_view::npos) {
            report.invalid(path, directories[i], "must not hold a comma: give each directory as an item of its own");
        }
    }
    const auto *given = look::object(*manager, "properties");
    if (given == nullptr) return;
    std::map<std::string_view, std::string_view> properties;
    for (const auto &entry : *given)
        properties.emplace(entry.key(), entry.value().is_string() ? std::string_view(entry.value().get_string()) : "");
    for (const auto &[key, value] : properties) {
        const auto path = fmt::format("{}.properties[{}]", base, key);
        if (key == "exchange-manager.name" || key == "exchange.base-directories") {
            report.forbidden(path, "set exchangeManager.name and exchangeManager.baseDirectories instead");
            continue;
        }
        if (bad_property_value(key) || key.find('=') != std::string_view::npos) {
            report.invalid(path, key, fmt::format("key {}, nor \"=\"", property_rule));
        }
        if (bad_property_value(value)) report.invalid(path, value, fmt::format("value {}", property_rule));
    }
}

std::optional<std::int64_t> plain_integer(std::string_view text) {
    std::int64_t number = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Checks one of maxSurge and maxUnavailable; true when it is an explicit zero.
bool rollout_number(const json::object &strategy, std::string_view field, FieldReport &report) {
    const auto *value = look::at(strategy, field);
    if (value == nullptr) return false;
    const auto path = fmt::format("spec.rolloutPolicy.rollingUpdateStrategy.{}", field);
    if (const auto number = look::as_integer(*value)) {
        if (*number < 0) report.invalid(path, *value, "must be non-negative");
        return *number == 0;
    }
    const auto text = look::trim(value->is_string() ? std::string_view(value->get_string()) : "");
    if (text.ends_with('%')) {
        const auto percent = plain_integer(text.substr(0, text.size() - 1));
        if (!percent || *percent < 0 || *percent > 100) report.invalid(path, *value, "a percentage must be between 0% and 100%");
        return text == "0%";
    }
    const auto number = plain_integer(text);
    if (!number || *number < 0) report.invalid(path, *value, "must be a non-negative integer or a percentage such as 25%");
    return text == "0";
}

} // namespace

void keda(const Subject &subject, FieldReport &report) {
    const auto *given = look::object(subject.spec, "keda");
    if (given == nullptr) return;
    const auto scaler = look::trim_lower(look::text(*given, "scalerType"));
    if (!look::text(*given, "scalerType").empty() && scaler != "prometheus" && scaler != "http") {
        report.invalid("spec.keda.scalerType", look::text(*given, "scalerType"), "must be prometheus or http");
    }
    const auto metric = look::trim_lower(look::text(*given, "scalingMetric"));
    if (!look::text(*given, "scalingMetric").empty() && metric != "query" && metric != "memory" && metric != "cpu") {
        report.invalid("spec.keda.scalingMetric", look::text(*given, "scalingMetric"), "must be query, memory or cpu");
    }
    const auto endpoint = look::trim_lower(look::text(*given, "httpEndpoint"));
    if ((scaler.empty() || scaler == "http") && endpoint == "jmx" && !look::flag(*given, "jmxExporter.enabled")) {
        report.invalid("spec.keda", *given, "httpEndpoint jmx needs jmxExporter.enabled: true");
    }
    if (endpoint == "aggregator") {
        report.invalid("spec.keda.httpEndpoint", look::text(*given, "httpEndpoint"),
                       "aggregator is not offered: scale by prometheusQuery instead");
    }
    const auto most = look::integer(subject.spec, "maxWorkers");
    if (keda_active(subject.spec) && most && *most < 1)
        report.invalid("spec.maxWorkers", *most, "must be at least 1 while KEDA scales the workers");
}

void tls(const Subject &subject, FieldReport &report) {
    const auto *given = look::object(subject.spec, "tls");
    if (given == nullptr) return;
    const auto server = look::text(*given, "serverSecretClass");
    if (server.empty() != look::text(*given, "internalSecretClass").empty()) {
        report.invalid("spec.tls", *given, "serverSecretClass and internalSecretClass belong together: give both or none");
    }
    if (!server.empty()) {
        report.forbidden("spec.tls.serverSecretClass",
                         "the control plane and the gateway speak HTTP to Trino, so TLS at the server is not offered");
    }
}

void limits(const Subject &subject, FieldReport &report) {
    const auto hard = look::integer(subject.spec, "limits.hardConcurrencyPerGroup");
    if (hard && *hard < 1) report.invalid("spec.limits.hardConcurrencyPerGroup", *hard, "must be at least 1");
    const auto queued = look::integer(subject.spec, "limits.maxQueuedPerGroup");
    if (queued && *queued < 0) report.invalid("spec.limits.maxQueuedPerGroup", *queued, "must be at least 0");
    session_size(subject.spec, "maxQueryMemory", report);
    session_size(subject.spec, "maxTotalMemoryPerNode", report);
}

void fault_tolerance(const Subject &subject, FieldReport &report) {
    const auto *execution = look::object(subject.spec, "faultTolerantExecution");
    if (execution == nullptr) return;
    const auto given = look::text(*execution, "retryPolicy");
    const auto policy = given.empty() ? "task" : look::trim_lower(given);
    if (policy != "task" && policy != "query")
        report.invalid("spec.faultTolerantExecution.retryPolicy", given, "must be TASK or QUERY");
    exchange_manager(*execution, policy, report);
}

void rollout_policy(const Subject &subject, FieldReport &report) {
    const auto history = look::integer(subject.spec, "rolloutPolicy.revisionHistoryLimit");
    if (history && (*history < 0 || *history > 100)) {
        report.invalid("spec.rolloutPolicy.revisionHistoryLimit", *history, "must be between 0 and 100");
    }
    const auto *strategy = look::object(subject.spec, "rolloutPolicy.rollingUpdateStrategy");
    if (strategy == nullptr) return;
    const bool no_surge = rollout_number(*strategy, "maxSurge", report);
    const bool none_unavailable = rollout_number(*strategy, "maxUnavailable", report);
    if (no_surge && none_unavailable) {
        report.invalid("spec.rolloutPolicy.rollingUpdateStrategy", *strategy,
                       "maxSurge and maxUnavailable must not both be zero: a rollout could never begin");
    }
}

void chart_config(const Subject &subject, FieldReport &report) {
    const auto *chart = look::object(subject.spec, "helmChartConfig");
    if (chart == nullptr) return;
    if (const auto *access = look::object(*chart, "accessControl")) {
        const auto type = look::trim_lower(look::text(*access, "type"));
        if (type != "configmap" && type != "properties") {
            report.invalid("spec.helmChartConfig.accessControl.type", look::text(*access, "type"),
                           "must be configmap or properties");
        }
        if (type == "configmap" && look::text(*access, "configFile").empty()) {
            report.required("spec.helmChartConfig.accessControl.configFile", "configFile must name the key of the rules");
        }
    }
    if (look::flag(*chart, "ingress.enabled")) {
        const auto *hosts = look::array(*chart, "ingress.hosts");
        if (hosts == nullptr || hosts->empty())
            report.required("spec.helmChartConfig.ingress.hosts", "hosts must be given for an ingress");
        for (std::size_t i = 0; hosts != nullptr && i < hosts->size(); ++i) {
            const auto *host = (*hosts)[i].if_object();
            if (host == nullptr || look::text(*host, "host").empty()) {
                report.required(fmt::format("spec.helmChartConfig.ingress.hosts[{}].host", i), "host must be given");
            }
        }
    }
    if (look::flag(*chart, "worker.gracefulShutdown.enabled")) {
        const auto seconds = look::integer(*chart, "worker.gracefulShutdown.gracePeriodSeconds");
        if (seconds.value_or(0) <= 0) {
            report.invalid("spec.helmChartConfig.worker.gracefulShutdown.gracePeriodSeconds", seconds.value_or(0),
                           "gracePeriodSeconds must be positive while graceful shutdown is enabled");
        }
    }
}

void control_auth(const Subject &subject, FieldReport &report) {
    const auto *auth = look::object(subject.spec, "trinoControlAuth");
    if (auth == nullptr) return;
    const auto user = look::text(*auth, "username");
    if (user.find(':') != std::string_view::npos) report.invalid("spec.trinoControlAuth.username", user, "must not hold \":\"");
    if (look::trim(user) != user) report.invalid("spec.trinoControlAuth.username", user, "must not have surrounding whitespace");
    const auto *secret = look::object(*auth, "passwordSecret");
    if (secret == nullptr) {
        report.required("spec.trinoControlAuth.passwordSecret", "passwordSecret must name a Secret and its key");
        return;
    }
    if (look::blank(look::text(*secret, "name")))
        report.required("spec.trinoControlAuth.passwordSecret.name", "name of the Secret must be given");
    if (look::blank(look::text(*secret, "key")))
        report.required("spec.trinoControlAuth.passwordSecret.key", "key within the Secret must be given");
}

} // namespace xtn::rules
