#include "planning.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

using namespace xtn;
using namespace xtn::test;

namespace {

// Every value of a manifest, to look for what an API server would refuse.
void each(const boost::json::value &value, const std::string &path, std::vector<std::string> &faults) {
    if (value.is_null()) faults.push_back(path + " is null");
    if (value.is_object()) {
        if (value.get_object().empty()) faults.push_back(path + " is empty");
        for (const auto &member : value.get_object())
            each(member.value(), path + "." + std::string(member.key()), faults);
    }
    if (value.is_array()) {
        if (value.get_array().empty()) faults.push_back(path + " is empty");
        for (const auto &item : value.get_array())
            each(item, path + "[]", faults);
    }
}

std::vector<CatalogInput> lake() {
    return {
        {"lake-v2",
         yaml_to_json(
             "{connector: {hive: {metastoreURI: u, s3AccessKeySecret: {name: minio, key: ak}, s3SecretKeySecret: {name: minio, "
             "key: sk}}}}")
             ->as_object()},
        {"sales",
         yaml_to_json(
             "{connector: {postgres: {connectionURL: u, connectionPasswordSecret: {name: db, key: pw}, propertySecretRefs: "
             "{ssl.truststore_password: {name: tls, key: ts}}}}}")
             ->as_object()}};
}

} // namespace

DOCTEST_TEST_CASE("a size alone gives fifteen objects in the order they are applied") {
    const auto plan = planned("{size: xs, maxWorkers: 1}");
    DOCTEST_CHECK(names(plan) ==
                  std::vector<std::string>{
                      "ServiceAccount/trino-vega", "ConfigMap/trino-vega-coordinator-4852140e17be",
                      "ConfigMap/trino-vega-worker-worker-35b0ce7dc523", "ConfigMap/trino-vega-schemas-volume-coordinator",
                      "ConfigMap/trino-vega-schemas-volume-worker", "Service/trino-vega", "Service/trino-vega-worker",
                      "Service/trino-vega-metrics", "Service/trino-vega-worker-metrics", "Deployment/trino-vega-coordinator",
                      "Deployment/trino-vega-worker", "PodDisruptionBudget/vega-coordinator-pdb",
                      "PodDisruptionBudget/vega-worker-pdb", "ServiceMonitor/trino-vega", "ServiceMonitor/trino-vega-worker"});
    DOCTEST_CHECK(plan.coordinator_url == "http://trino-vega.team-z.svc.cluster.local:8080");
    DOCTEST_CHECK(plan.worker_replicas == 1);
    DOCTEST_CHECK(plan.worker_replicas_managed);
    DOCTEST_CHECK(plan.not_rendered.empty());
}

DOCTEST_TEST_CASE("no workers, no worker objects") {
    const auto plan = planned("{size: xs, maxWorkers: 0}");
    DOCTEST_CHECK(plan.objects.size() == 8);
    for (const auto &name : names(plan)) {
        DOCTEST_CAPTURE(name);
        DOCTEST_CHECK(name.find("worker") == std::string::npos);
    }
    DOCTEST_CHECK(plan.worker_rollout_hash.empty());
}

DOCTEST_TEST_CASE("an autoscaler keeps the number of workers to itself") {
    const auto plan = planned("{size: s, keda: {enabled: true, scalerType: http}}");
    DOCTEST_CHECK(!plan.worker_replicas_managed);
    DOCTEST_CHECK(!manifest(plan, "Deployment", "trino-vega-worker").at("spec").as_object().contains("replicas"));
    DOCTEST_CHECK(manifest(plan, "Deployment", "trino-vega-coordinator").at("spec").at("replicas") == 1);
}

DOCTEST_TEST_CASE("every object is whole: owner, labels, no null and nothing empty") {
    const auto plan =
        planned("{size: s, customConfigMaps: [c], resourceGroupsProfile: g, catalogSelector: {}, routing: {header: a}}", lake());
    for (const auto &object : plan.objects) {
        DOCTEST_CAPTURE(object.ref.name);
        DOCTEST_CHECK(look::text(object.manifest, "apiVersion") == object.ref.api_version);
        DOCTEST_CHECK(look::text(object.manifest, "kind") == object.ref.kind);
        const auto &metadata = object.manifest.at("metadata").as_object();
        DOCTEST_CHECK(look::text(metadata, "name") == object.ref.name);
        DOCTEST_CHECK(metadata.at("namespace") == "team-z");
        DOCTEST_CHECK(metadata.at("labels").at("app.kubernetes.io/instance") == "vega");
        DOCTEST_CHECK(
            boost::json::serialize(metadata.at("ownerReferences")) ==
            R"([{"apiVersion":"analytics.xtrinode.io/v1","kind":"XTrinode","name":"vega","uid":"11111111-2222-3333-4444-555555555555","controller":true,"blockOwnerDeletion":true}])");
        DOCTEST_CHECK(object.force == (object.ref.kind != "Deployment"));
        std::vector<std::string> faults;
        each(object.manifest, object.ref.kind, faults);
        DOCTEST_CHECK(faults == std::vector<std::string>{});
    }
}

DOCTEST_TEST_CASE("selectors match the pods they are for") {
    const auto plan = planned("{size: s}");
    for (const auto *name : {"trino-vega-coordinator", "trino-vega-worker"}) {
        const auto &spec = manifest(plan, "Deployment", name).at("spec");
        const auto &labels = spec.at("template").at("metadata").at("labels").as_object();
        for (const auto &wanted : spec.at("selector").at("matchLabels").as_object())
            DOCTEST_CHECK(labels.at(wanted.key()) == wanted.value());
    }
    DOCTEST_CHECK(manifest(plan, "Service", "trino-vega").at("spec").at("selector").at("app.kubernetes.io/component") ==
                  "coordinator");
    DOCTEST_CHECK(manifest(plan, "Service", "trino-vega-worker").at("spec").at("clusterIP") == "None");
}

DOCTEST_TEST_CASE("the port of the overlay is the port everywhere") {
    const auto plan = planned("{size: s, valuesOverlay: {service: {port: 9090}}}");
    DOCTEST_CHECK(plan.coordinator_url == "http://trino-vega.team-z.svc.cluster.local:9090");
    DOCTEST_CHECK(manifest(plan, "Service", "trino-vega").at("spec").at("ports").at(0).at("port") == 9090);
    const auto text =
        std::string(manifest(plan, "ConfigMap", "trino-vega-worker-worker").at("data").at("config.properties").as_string());
    DOCTEST_CHECK(text.find("http-server.http.port=9090\n") != std::string::npos);
    DOCTEST_CHECK(text.find("discovery.uri=http://trino-vega:9090") != std::string::npos);
    DOCTEST_CHECK(plan.not_rendered.empty());
}

DOCTEST_TEST_CASE("catalogs are mounted, and their secrets come as environment") {
    const auto plan = planned("{size: s, catalogSelector: {}}", lake());
    DOCTEST_CHECK(plan.catalogs == std::vector<std::string>{"lake-v2", "sales"});
    for (const auto *name : {"trino-vega-coordinator", "trino-vega-worker"}) {
        const auto &pod = manifest(plan, "Deployment", name).at("spec").at("template").at("spec");
        DOCTEST_CHECK(
            boost::json::serialize(pod.at("volumes").at(1)) ==
            R"({"name":"catalog-volume","projected":{"sources":[{"configMap":{"name":"trino-catalog-lake-v2","items":[{"key":"lake-v2.properties","path":"lake-v2.properties"}]}},{"configMap":{"name":"trino-catalog-sales","items":[{"key":"sales.properties","path":"sales.properties"}]}}]}})");
        const auto &container = pod.at("containers").at(0);
        DOCTEST_CHECK(boost::json::serialize(container.at("volumeMounts").at(1)) ==
                      R"({"name":"catalog-volume","mountPath":"/etc/trino/catalog","readOnly":true})");
        std::vector<std::string> variables;
        for (const auto &variable : container.at("env").as_array())
            variables.push_back(std::string(variable.at("name").as_string()));
        DOCTEST_CHECK(variables ==
                      std::vector<std::string>{"CATALOG_LAKE_V2_S3_AWS_ACCESS_KEY", "CATALOG_LAKE_V2_S3_AWS_SECRET_KEY",
                                               "CATALOG_SALES_SSL_TRUSTSTORE_PASSWORD", "CATALOG_SALES_CONNECTION_PASSWORD"});
    }
    auto changed = lake();
    changed[1].spec.at("connector").at("postgres").as_object()["connectionURL"] = "other";
    DOCTEST_CHECK(planned("{size: s, catalogSelector: {}}", changed).worker_rollout_hash != plan.worker_rollout_hash);
}

DOCTEST_TEST_CASE("what is asked for and not rendered yet is named, path by path") {
    const auto plan = planned("{size: s, nodePool: {provider: aws}, keda: {enabled: true, scalerType: http, jmxExporter: "
                              "{enabled: true}}, helmChartConfig: {env: "
                              "[{name: a, value: b}], ingress: {enabled: false}}, valuesOverlay: {image: {tag: '479'}, service: "
                              "{port: 1, annotations: {a: b}}}}");
    DOCTEST_CHECK(plan.not_rendered == std::vector<std::string>{"spec.nodePool", "spec.keda", "spec.keda.jmxExporter",
                                                                "spec.helmChartConfig.env", "spec.helmChartConfig.ingress",
                                                                "spec.valuesOverlay.image",
                                                                "spec.valuesOverlay.service.annotations"});
}

DOCTEST_TEST_CASE("a spec that cannot become objects is refused with the field") {
    const auto refused = [](const boost::json::object &from) {
        const auto plan = plan_of(from);
        DOCTEST_REQUIRE(!plan.ok());
        DOCTEST_CHECK(plan.error().code == Code::invalid_argument);
        return plan.error().message;
    };
    DOCTEST_CHECK(refused(resource("{size: huge}")).find("spec.size: ") == 0);
    DOCTEST_CHECK(refused(resource("{size: s, resources: {worker: {requests: {cpu: 2}, limits: {cpu: 1}}}}"))
                      .find("spec.resources.worker.limits[cpu]: ") == 0);
    DOCTEST_CHECK(refused(resource("{size: s}", std::string(43, 'a'))).find("metadata.name: ") == 0);
    DOCTEST_CHECK(refused(resource("{size: s}", "a.b")).find("metadata.name: ") == 0);
    DOCTEST_CHECK(plan_of(resource("{size: s}", std::string(42, 'a'))).ok());
}

DOCTEST_TEST_CASE("the same input gives the same bytes") {
    const auto first = planned("{size: s, placement: {nodeSelector: {b: x, a: z}}}");
    const auto second = planned("{placement: {nodeSelector: {a: z, b: x}}, size: s}");
    DOCTEST_CHECK(first.worker_rollout_hash == second.worker_rollout_hash);
    DOCTEST_CHECK(first.revision == second.revision);
    DOCTEST_CHECK(first.shape == second.shape);
}
