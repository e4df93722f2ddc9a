#include "core/model/xtrinode.hpp"
#include "core/model/yaml.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace xtn;

ReadSpec read(std::string_view spec, std::string_view name = "runtime") {
    auto value =
        yaml_to_json("{metadata: {name: " + std::string(name) + ", namespace: team-a}, spec: " + std::string(spec) + "}");
    DOCTEST_REQUIRE_MESSAGE(value.ok(), value.error().message);
    return read_xtrinode(value->as_object());
}
std::string first_error(std::string_view spec) {
    const auto out = read(spec);
    return out.errors.empty() ? "none" : out.errors[0].field + " " + out.errors[0].reason + " " + out.errors[0].message;
}
bool warned(const ReadSpec &read, std::string_view token) {
    return std::any_of(read.warnings.begin(), read.warnings.end(),
                       [token](const auto &text) { return text.find(token) != std::string::npos; });
}

constexpr const char *required = "FieldValueRequired";
constexpr const char *invalid = "FieldValueInvalid";
constexpr const char *unsupported = "FieldValueNotSupported";
constexpr const char *forbidden = "FieldValueForbidden";

struct Case {
    const char *spec;
    const char *field;
    const char *reason;
    const char *token;
};
const Case broken[] = {
    // size and workers
    {"{}", "spec.size", required, "size"},
    {"{size: huge}", "spec.size", invalid, "\"huge\": must be one of [xs s m l xl]"},
    {"{size: ' s'}", "spec.size", invalid, "[xs s m l xl]"},
    {"{size: s, maxWorkers: -1}", "spec.maxWorkers", invalid, "Invalid value: -1: must be at least 0"},
    {"{size: s, maxWorkers: 501}", "spec.maxWorkers", invalid, "500"},
    {"{size: s, minWorkers: -1}", "spec.minWorkers", invalid, "0"},
    {"{size: s, minWorkers: 3, maxWorkers: 2}", "spec.minWorkers", invalid, "minWorkers must not be larger than maxWorkers"},
    // node pools
    {"{size: s, nodePool: {name: a}}", "spec.nodePool.provider", required, "provider"},
    {"{size: s, nodePool: {provider: ibm}}", "spec.nodePool.provider", invalid, "[azure aws gcp]"},
    {"{size: q, nodePool: {provider: aws}}", "spec.nodePool.aws.instanceType", required, "aws"},
    {"{size: s, nodePool: {provider: ' gcp'}}", "spec.nodePool.gcp.machineType", required, "size 's': n1-standard-8"},
    {"{size: s, nodePool: {provider: aws, nodeTaints: [{key: a, effect: NoSchedule}]}}", "spec.nodePool.nodeTaints", forbidden,
     "nodeRegistration.taints"},
    {"{size: s, nodePool: {provider: aws, deletionPolicy: delete}}", "spec.nodePool.deletionPolicy", unsupported,
     "\"delete\": supported values: \"Delete\", \"Retain\", \"ScaleToZero\""},
    {"{size: s, nodePool: {provider: aws, minNodes: -1}}", "spec.nodePool.minNodes", invalid, "minNodes must be at least 0"},
    {"{size: s, nodePool: {provider: aws, minNodes: 3, maxNodes: 2}}", "spec.nodePool.minNodes", invalid, "maxNodes"},
    {"{size: s, nodePool: {provider: aws, maxNodes: 0}}", "spec.nodePool.maxNodes", invalid, "at least 1"},
    {"{size: s, nodePool: {provider: aws, maxNodes: 1001}}", "spec.nodePool.maxNodes", invalid, "1000"},
    {"{size: s, nodePool: {provider: aws, osDiskGB: 10}}", "spec.nodePool.osDiskGB", invalid, "30"},
    {"{size: s, nodePool: {provider: aws, osDiskGB: 3000}}", "spec.nodePool.osDiskGB", invalid, "2048"},
    {"{size: s, nodePool: {provider: aws, minNodes: 11}}", "spec.nodePool.minNodes", invalid,
     "effective minNodes must not be larger than effective maxNodes (10)"},
    {"{size: s, nodePool: {provider: aws}, operatorNodePoolDefaults: {defaultMinNodes: 11}}",
     "spec.operatorNodePoolDefaults.defaultMinNodes", invalid, "effective minNodes"},
    {"{size: s, nodePool: {provider: aws, schedulePods: true, nodeLabels: {xtrinode.analytics.xtrinode.io/node-pool: other}}}",
     "spec.nodePool.nodeLabels[xtrinode.analytics.xtrinode.io/node-pool]", invalid, "\"runtime-pool\" while schedulePods"},
    // routing
    {"{size: s, routing: {routingGroup: g}}", "spec.routing", invalid, "header, hostname, hostnameDomain, or default=true"},
    {"{size: s, routing: {hostname: h, hostnameDomain: d}}", "spec.routing", invalid, "hostname and hostnameDomain"},
    {"{size: s, routing: {capacityUnits: 0}}", "spec.routing.capacityUnits", invalid, "1"},
    // resources
    {"{size: s, resources: {worker: {requests: {cpu: -1}}}}", "spec.resources.worker.requests[cpu]", invalid, "negative"},
    {"{size: s, resources: {worker: {limits: {memory: -1Gi}}}}", "spec.resources.worker.limits[memory]", invalid, "negative"},
    {"{size: s, resources: {coordinator: {requests: {cpu: 2}, limits: {cpu: 500m}}}}", "spec.resources.coordinator.limits[cpu]",
     invalid, "request, 2"},
    {"{size: s, resources: {worker: {requests: {cpu: many}}}}", "spec.resources.worker.requests[cpu]", invalid, "no quantity"},
    // placement
    {"{size: s, placement: {existingNodePool: {name: a}}}", "spec.placement.existingNodePool.provider", required, "provider"},
    {"{size: s, placement: {existingNodePool: {provider: ibm, name: a}}}", "spec.placement.existingNodePool.provider",
     unsupported, "\"azure\", \"aws\", \"gcp\""},
    {"{size: s, placement: {existingNodePool: {provider: aws, name: ' '}}}", "spec.placement.existingNodePool.name", required,
     "name"},
    {"{size: s, placement: {existingNodePool: {provider: gcp, name: a}, worker: {nodeSelector: {cloud.google.com/gke-nodepool: "
     "b}}}}",
     "spec.placement.worker.nodeSelector[cloud.google.com/gke-nodepool]", invalid, "existingNodePool"},
    {"{size: s, placement: {worker: {topologySpreadConstraints: [{maxSkew: 1}]}}}",
     "spec.placement.worker.topologySpreadConstraints[0].topologyKey", required, "topologyKey"},
    {"{size: s, nodePool: {provider: aws, schedulePods: true}, placement: {existingNodePool: {provider: aws, name: a}}}",
     "spec.placement.existingNodePool", forbidden, "schedulePods"},
    {"{size: s, nodePool: {provider: aws, schedulePods: true}, placement: {nodeSelector: "
     "{xtrinode.analytics.xtrinode.io/node-pool: x}}}",
     "spec.placement.nodeSelector[xtrinode.analytics.xtrinode.io/node-pool]", invalid, "runtime-pool"},
    // KEDA
    {"{size: s, keda: {scalerType: x}}", "spec.keda.scalerType", invalid, "prometheus or http"},
    {"{size: s, keda: {scalingMetric: x}}", "spec.keda.scalingMetric", invalid, "query, memory or cpu"},
    {"{size: s, keda: {httpEndpoint: JMX}}", "spec.keda", invalid, "jmxExporter.enabled"},
    {"{size: s, keda: {httpEndpoint: aggregator}}", "spec.keda.httpEndpoint", invalid, "prometheusQuery"},
    {"{size: s, maxWorkers: 0, keda: {enabled: true, scalerType: http}}", "spec.maxWorkers", invalid, "at least 1 while KEDA"},
    {"{size: s, minWorkers: 30, keda: {enabled: true, scalerType: http}}", "spec.minWorkers", invalid, "24 (the default)"},
    // TLS, limits
    {"{size: s, tls: {internalSecretClass: a}}", "spec.tls", invalid, "serverSecretClass and internalSecretClass"},
    {"{size: s, tls: {internalSecretClass: a, serverSecretClass: b}}", "spec.tls.serverSecretClass", forbidden, "HTTP"},
    {"{size: s, limits: {hardConcurrencyPerGroup: 0}}", "spec.limits.hardConcurrencyPerGroup", invalid, "1"},
    {"{size: s, limits: {maxQueuedPerGroup: -1}}", "spec.limits.maxQueuedPerGroup", invalid, "0"},
    {"{size: s, limits: {session: {maxQueryMemory: ' '}}}", "spec.limits.session.maxQueryMemory", invalid, "blank"},
    {"{size: s, limits: {session: {maxQueryMemory: 1PB}}}", "spec.limits.session.maxQueryMemory", invalid, "data size"},
    {"{size: s, limits: {session: {maxTotalMemoryPerNode: x}}}", "spec.limits.session.maxTotalMemoryPerNode", invalid,
     "data size"},
    {"{size: s, limits: {session: {maxTotalMemoryPerNode: 33Gi}}}", "spec.limits.session.maxTotalMemoryPerNode", invalid,
     "worker memory limit, 32Gi"},
    // fault tolerant execution
    {"{size: s, faultTolerantExecution: {retryPolicy: NONE}}", "spec.faultTolerantExecution.retryPolicy", invalid,
     "TASK or QUERY"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {enabled: false}}}",
     "spec.faultTolerantExecution.exchangeManager.enabled", invalid, "TASK"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {name: ' a'}}}", "spec.faultTolerantExecution.exchangeManager.name",
     invalid, "name"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {baseDirectories: [/a, '']}}}",
     "spec.faultTolerantExecution.exchangeManager.baseDirectories[1]", invalid, "baseDirectories"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {baseDirectories: ['/a,/b']}}}",
     "spec.faultTolerantExecution.exchangeManager.baseDirectories[0]", invalid, "comma"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {properties: {exchange-manager.name: ''}}}}",
     "spec.faultTolerantExecution.exchangeManager.properties[exchange-manager.name]", forbidden,
     "exchangeManager.baseDirectories"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {properties: {'a=b': c}}}}",
     "spec.faultTolerantExecution.exchangeManager.properties[a=b]", invalid, "key"},
    {"{size: s, faultTolerantExecution: {exchangeManager: {properties: {a: ' '}}}}",
     "spec.faultTolerantExecution.exchangeManager.properties[a]", invalid, "value"},
    // defaults of node pools, rollout
    {"{size: s, operatorNodePoolDefaults: {defaultMinNodes: -1}}", "spec.operatorNodePoolDefaults.defaultMinNodes", invalid,
     "defaultMinNodes"},
    {"{size: s, operatorNodePoolDefaults: {defaultMaxNodes: 0}}", "spec.operatorNodePoolDefaults.defaultMaxNodes", invalid, "1"},
    {"{size: s, operatorNodePoolDefaults: {defaultMaxNodes: 2000}}", "spec.operatorNodePoolDefaults.defaultMaxNodes", invalid,
     "1000"},
    {"{size: s, operatorNodePoolDefaults: {defaultOSDiskGB: 1}}", "spec.operatorNodePoolDefaults.defaultOSDiskGB", invalid, "30"},
    {"{size: s, operatorNodePoolDefaults: {defaultMinNodes: 3, defaultMaxNodes: 2}}",
     "spec.operatorNodePoolDefaults.defaultMinNodes", invalid, "defaultMaxNodes"},
    {"{size: s, rolloutPolicy: {revisionHistoryLimit: 101}}", "spec.rolloutPolicy.revisionHistoryLimit", invalid, "100"},
    {"{size: s, rolloutPolicy: {rollingUpdateStrategy: {maxSurge: -1}}}", "spec.rolloutPolicy.rollingUpdateStrategy.maxSurge",
     invalid, "non-negative"},
    {"{size: s, rolloutPolicy: {rollingUpdateStrategy: {maxSurge: 101%}}}", "spec.rolloutPolicy.rollingUpdateStrategy.maxSurge",
     invalid, "100%"},
    {"{size: s, rolloutPolicy: {rollingUpdateStrategy: {maxUnavailable: some}}}",
     "spec.rolloutPolicy.rollingUpdateStrategy.maxUnavailable", invalid, "percentage"},
    {"{size: s, rolloutPolicy: {rollingUpdateStrategy: {maxSurge: 0, maxUnavailable: '0%'}}}",
     "spec.rolloutPolicy.rollingUpdateStrategy", invalid, "maxSurge and maxUnavailable"},
    // chart configuration, control credential
    {"{size: s, helmChartConfig: {accessControl: {}}}", "spec.helmChartConfig.accessControl.type", invalid,
     "configmap or properties"},
    {"{size: s, helmChartConfig: {accessControl: {type: ConfigMap}}}", "spec.helmChartConfig.accessControl.configFile", required,
     "configFile"},
    {"{size: s, helmChartConfig: {ingress: {enabled: true}}}", "spec.helmChartConfig.ingress.hosts", required, "hosts"},
    {"{size: s, helmChartConfig: {ingress: {enabled: true, hosts: [{host: a}, {}]}}}",
     "spec.helmChartConfig.ingress.hosts[1].host", required, "host"},
    {"{size: s, helmChartConfig: {worker: {gracefulShutdown: {enabled: true}}}}",
     "spec.helmChartConfig.worker.gracefulShutdown.gracePeriodSeconds", invalid, "gracePeriodSeconds"},
    {"{size: s, trinoControlAuth: {username: 'a:b', passwordSecret: {name: pw, key: k}}}", "spec.trinoControlAuth.username",
     invalid, "\":\""},
    {"{size: s, trinoControlAuth: {username: ' a', passwordSecret: {name: pw, key: k}}}", "spec.trinoControlAuth.username",
     invalid, "whitespace"},
    {"{size: s, trinoControlAuth: {username: a}}", "spec.trinoControlAuth.passwordSecret", required, "passwordSecret"},
    {"{size: s, trinoControlAuth: {passwordSecret: {key: k}}}", "spec.trinoControlAuth.passwordSecret.name", required, "name"},
    {"{size: s, trinoControlAuth: {passwordSecret: {name: pw, key: ' '}}}", "spec.trinoControlAuth.passwordSecret.key", required,
     "key"},
    // overlay
    {"{size: s, valuesOverlay: {resources: null}}", "spec.valuesOverlay.resources", forbidden, "spec.resources.worker"},
    {"{size: s, valuesOverlay: {affinity: {}}}", "spec.valuesOverlay.affinity", forbidden, "spec.placement"},
    {"{size: s, valuesOverlay: {hostPID: false}}", "spec.valuesOverlay.hostPID", forbidden, "host namespace"},
    {"{size: s, valuesOverlay: {sidecarContainers: []}}", "spec.valuesOverlay.sidecarContainers", forbidden, "sidecar"},
    {"{size: s, valuesOverlay: {envFrom: []}}", "spec.valuesOverlay.envFrom", forbidden, "spec.helmChartConfig.envFrom"},
    {"{size: s, valuesOverlay: {service: {type: ' LoadBalancer'}}}", "spec.valuesOverlay.service.type", forbidden,
     "service type"},
    {"{size: s, valuesOverlay: {containerSecurityContext: {privileged: true}}}",
     "spec.valuesOverlay.containerSecurityContext.privileged", forbidden, "privileged"},
    {"{size: s, valuesOverlay: {containerSecurityContext: {capabilities: {add: [X]}}}}",
     "spec.valuesOverlay.containerSecurityContext.capabilities.add", forbidden, "capabilities"},
    {"{size: s, valuesOverlay: {worker: {resources: {}}}}", "spec.valuesOverlay.worker.resources", forbidden,
     "spec.resources.worker"},
    {"{size: s, valuesOverlay: {worker: {deployment: {strategy: null}}}}", "spec.valuesOverlay.worker.deployment.strategy",
     forbidden, "spec.rolloutPolicy"},
    {"{size: s, valuesOverlay: {coordinator: {additionalVolumes: [{name: a}, {hostPath: {}}]}}}",
     "spec.valuesOverlay.coordinator.additionalVolumes[1].hostPath", forbidden, "hostPath"},
    {"{size: s, keda: {enabled: true, scalerType: http}, valuesOverlay: {server: {autoscaling: {enabled: true}}}}",
     "spec.valuesOverlay.server.autoscaling.enabled", forbidden, "keda"},
    {"{size: s, trinoControlAuth: {passwordSecret: {name: pw, key: k}}, valuesOverlay: {server: {config: {authenticationType: "
     "oauth2}}}}",
     "spec.valuesOverlay.server.config.authenticationType", unsupported, "\"OAUTH2\": supported values: \"PASSWORD\""},
    {"{size: s, valuesOverlay: {server: {config: {authenticationType: password}}, additionalConfigProperties: "
     "[internal-communication.shared-secret=x]}}",
     "spec.trinoControlAuth", required, "passwordSecret"},
    {"{size: s, trinoControlAuth: {passwordSecret: {name: pw, key: k}}, valuesOverlay: {server: {coordinatorExtraConfig: \"# "
     "x\\nhttp-server.authentication.type = PASSWORD\"}}}",
     "spec.valuesOverlay.additionalConfigProperties", required, "internal-communication.shared-secret"},
    {"{size: s, valuesOverlay: {additionalConfigProperties: ['http-server.http.enabled = False']}}",
     "spec.valuesOverlay.additionalConfigProperties", forbidden, "HTTP"},
    {"{size: s, valuesOverlay: {server: {workerExtraConfig: http-server.http.port=1}}}",
     "spec.valuesOverlay.server.workerExtraConfig", forbidden, "valuesOverlay.service.port"},
    {"{size: s, valuesOverlay: {additionalConfigProperties: ['query.max-memory-per-node=40GB']}}",
     "spec.valuesOverlay.additionalConfigProperties", invalid, "query.max-memory-per-node"},
    // types that the schema would catch first
    {"{size: 5}", "spec.size", invalid, "Invalid value: 5: must be text"},
    {"{size: s, suspended: 'yes'}", "spec.suspended", invalid, "true or false"},
    {"{size: s, autoSuspendAfter: soon}", "spec.autoSuspendAfter", invalid, "\"soon\" is no duration"},
    {"{size: s, customConfigMaps: [1]}", "spec.customConfigMaps", invalid, "list of text"},
    {"{size: s, keda: true}", "spec.keda", invalid, "Invalid value: true: must be a map"},
    {"{size: s, maxWorkers: 1.5}", "spec.maxWorkers", invalid, "Invalid value: 1.5: must be a whole number"},
    {"nothing", "spec", invalid, "must be a map"},
};

} // namespace

DOCTEST_TEST_CASE("each broken rule is named by field, reason and words that help") {
    for (const auto &c : broken) {
        DOCTEST_CAPTURE(c.spec);
        const auto out = read(c.spec);
        const bool found = std::any_of(out.errors.begin(), out.errors.end(), [&c](const FieldError &error) {
            return error.field == c.field && error.reason == c.reason && error.message.find(c.token) != std::string::npos;
        });
        const auto first = first_error(c.spec);
        DOCTEST_CAPTURE(first);
        DOCTEST_CHECK(found);
    }
}

DOCTEST_TEST_CASE("what the contract admits is admitted") {
    const char *fine[] = {
        "{size: XS}",
        "{size: s, maxWorkers: 0}",
        "{size: s, keda: {}}",
        "{size: s, keda: {scalerType: prometheus}}",
        "{size: s, keda: {enabled: true}, maxWorkers: 0}",
        "{size: s, keda: {enabled: true}, valuesOverlay: {server: {autoscaling: {enabled: true}}}}",
        "{size: s, keda: {scalerType: prometheus, httpEndpoint: jmx}}",
        "{size: s, routing: {capacityUnits: 3}}",
        "{size: s, faultTolerantExecution: {retryPolicy: query, exchangeManager: {enabled: false}}}",
        "{size: s, tls: {}}",
        ("{size: s, nodePool: {provider: aws, schedulePods: true}, placement: {nodeSelector: "
         "{xtrinode.analytics.xtrinode.io/node-pool: runtime-pool}}}"),
        "{size: s, rolloutPolicy: {rollingUpdateStrategy: {maxSurge: 25%, maxUnavailable: 0}}}",
        "{size: s, rolloutPolicy: {rollingUpdateStrategy: {maxSurge: '1', maxUnavailable: '0'}}}",
        "{size: s, limits: {session: {maxQueryMemory: 4GiB, maxTotalMemoryPerNode: 32Gi}}}",
        "{size: s, valuesOverlay: []}",
        "{size: s, valuesOverlay: {unknown: 1, server: {workers: 3}}}",
        "{size: s, unknown: 1}",
        "{size: s, nodePool: null, routing: null}",
        "{size: s, autoSuspendAfter: -5m, wakeMinWorkers: -1}",
    };
    for (const char *spec : fine) {
        DOCTEST_CAPTURE(spec);
        DOCTEST_CHECK(first_error(spec) == "none");
    }
}

DOCTEST_TEST_CASE("defaults are filled in as the webhook does, and nothing else is touched") {
    const auto out = read("{size: M, nodePool: {provider: GCP}, keda: {enabled: false}}");
    DOCTEST_CHECK(
        boost::json::value(out.spec) ==
        *yaml_to_json("{size: M, nodePool: {provider: GCP, name: runtime-pool, deletionPolicy: Delete, gcp: {machineType: "
                      "n1-standard-16}}, keda: {enabled: false}, minWorkers: 0, autoSuspendAfter: 5m}"));
    DOCTEST_CHECK(boost::json::serialize(read("{size: s, minWorkers: 2, autoSuspendAfter: 1h}").spec) ==
                  R"({"size":"s","minWorkers":2,"autoSuspendAfter":"1h"})");
    DOCTEST_CHECK(read("{size: s, nodePool: {provider: aws, aws: {instanceType: mine}}}")
                      .spec.at("nodePool")
                      .at("aws")
                      .at("instanceType") == "mine");
}

DOCTEST_TEST_CASE("all broken rules are reported together, in the contract's order") {
    const auto out = read("{size: q, minWorkers: -1, routing: {}, keda: {scalerType: x}}");
    std::vector<std::string> fields;
    for (const auto &error : out.errors)
        fields.push_back(error.field);
    DOCTEST_CHECK(fields == std::vector<std::string>{"spec.size", "spec.minWorkers", "spec.routing", "spec.keda.scalerType"});
    const auto json = out.errors[0].to_json();
    DOCTEST_CHECK(
        boost::json::serialize(json) ==
        R"({"field":"spec.size","reason":"FieldValueInvalid","message":"Invalid value: \"q\": must be one of [xs s m l xl]"})");
}

DOCTEST_TEST_CASE("bounds of node pools come from the policy given") {
    auto value = yaml_to_json("{metadata: {name: a}, spec: {size: s, nodePool: {provider: aws, maxNodes: 60}}}");
    NodePoolPolicy policy;
    policy.max_nodes_max = 50;
    const auto out = read_xtrinode(value->as_object(), policy);
    DOCTEST_REQUIRE(out.errors.size() == 1);
    DOCTEST_CHECK(out.errors[0].message.find("at most 50") != std::string::npos);
}

DOCTEST_TEST_CASE("what is accepted without effect, or looks wrong, is said") {
    DOCTEST_CHECK(read("{size: s}").warnings.empty());
    DOCTEST_CHECK(warned(read("{size: s, valuesOverlay: {}}"), "valuesOverlay is privileged"));
    DOCTEST_CHECK(warned(read("{size: s, limits: {hardConcurrencyPerGroup: 2}}"),
                         "spec.limits.hardConcurrencyPerGroup is accepted, but has no effect"));
    DOCTEST_CHECK(warned(read("{size: s, nodePool: {provider: aws}}"), "no pod is bound to node pool \"runtime-pool\""));
    DOCTEST_CHECK(warned(
        read("{size: s, nodePool: {provider: aws}, placement: {nodeSelector: {xtrinode.analytics.xtrinode.io/node-pool: x}}}"),
        "selects node pool \"x\""));
    DOCTEST_CHECK(warned(read("{size: l, nodePool: {provider: aws, schedulePods: true, aws: {instanceType: m5.large}}}"),
                         "recommended: m5.8xlarge"));
    DOCTEST_CHECK(warned(read("{size: s, wakeTTL: -1s}"), "spec.wakeTTL is negative"));
    DOCTEST_CHECK(warned(read("{size: s, limits: {session: {maxQueryMemory: 8Gi}}}"), "Trino does not read \"8Gi\""));
    DOCTEST_CHECK(warned(read("{size: s, limits: {session: {maxTotalMemoryPerNode: 33GB}}}"), "binary factors"));
    DOCTEST_CHECK(warned(read("{size: s}", "a.b"), "cannot become the name of a Service"));
}

DOCTEST_TEST_CASE("whatever stands where a spec should be, reading it ends well") {
    const char *values[] = {"null", "1", "\"x\"", "[]", "{}", "[{}]", "true", "{\"$float\": \"1.5\"}"};
    const char *paths[] = {"size",
                           "nodePool",
                           "keda",
                           "routing",
                           "resources",
                           "placement",
                           "limits",
                           "valuesOverlay",
                           "helmChartConfig",
                           "tls",
                           "rolloutPolicy",
                           "trinoControlAuth",
                           "faultTolerantExecution",
                           "operatorNodePoolDefaults",
                           "catalogSelector"};
    for (const char *path : paths) {
        for (const char *value : values) {
            const auto text = std::string("{") + path + ": " + value + "}";
            DOCTEST_CAPTURE(text);
            const auto out = read(text);
            DOCTEST_CHECK(out.spec.contains("autoSuspendAfter"));
        }
    }
    DOCTEST_CHECK(!read_xtrinode({}).errors.empty());
}
