#include "core/model/go_json.hpp"
#include "core/model/quantity.hpp"
#include "core/model/sizing.hpp"
#include "core/model/xtrinode.hpp"
#include "core/model/yaml.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace {

using namespace xtn;

boost::json::object spec_of(std::string_view yaml) {
    auto value = yaml_to_json(yaml);
    DOCTEST_REQUIRE_MESSAGE(value.ok(), value.error().message);
    return value->as_object();
}
RuntimeShape shape_of(std::string_view yaml) {
    auto shape = resolve_shape("runtime", spec_of(yaml));
    DOCTEST_REQUIRE_MESSAGE(shape.ok(), shape.error().message);
    return std::move(*shape);
}
std::string fault_of(std::string_view yaml) {
    auto shape = resolve_shape("runtime", spec_of(yaml));
    DOCTEST_REQUIRE(!shape.ok());
    DOCTEST_CHECK(shape.error().code == Code::invalid_argument);
    return shape.error().message;
}

} // namespace

DOCTEST_TEST_CASE("quantities have one spelling") {
    const std::pair<const char *, const char *> cases[] = {
        {"1024Mi", "1Gi"},
        {"1.5Gi", "1536Mi"},
        {"1536Mi", "1536Mi"},
        {"1000m", "1"},
        {"0.5", "500m"},
        {"0.5Ki", "512"},
        {"4000", "4k"},
        {"4096Mi", "4Gi"},
        {"4294967296", "4294967296"},
        {"1e3", "1e3"},
        {"12e6", "12e6"},
        {"100e-3", "100e-3"},
        {"0", "0"},
        {"0Gi", "0"},
        {"-1.5", "-1500m"},
        {"+2", "2"},
        {".5", "500m"},
        {"1.", "1"},
        {"0.1n", "1n"},
        {"1100m", "1100m"},
        {"2048Ki", "2Mi"},
        {"1Ei", "1Ei"},
        {"1023Ki", "1023Ki"},
        {"100E", "9223372036854775807"},
        {"8Ei", "9223372036854775807"},
        {"1E", "1E"},
        {"1000000000000000000000n", "1T"},
        {"0.0000000001", "1n"},
        {"1.0000000000001Gi", "1073741825"},
    };
    for (const auto &[text, canonical] : cases) {
        DOCTEST_CAPTURE(text);
        const auto quantity = Quantity::parse(text);
        DOCTEST_REQUIRE(quantity.ok());
        DOCTEST_CHECK(quantity->canonical() == canonical);
        DOCTEST_CHECK(Quantity::parse(quantity->canonical())->canonical() == canonical);
    }
    for (const char *text : {"", "x", "1x", "1 Gi", "Gi", "1gi", "--1", "1e", "e3", ".", "1K", "1ee3", "0x1"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(!Quantity::parse(text).ok());
    }
    DOCTEST_CHECK(Quantity::parse("180m")->milli() == 180);
    DOCTEST_CHECK(Quantity::parse("1.0001")->milli() == 1001);
    DOCTEST_CHECK(*Quantity::parse("1Gi") == *Quantity::parse("1073741824"));
    DOCTEST_CHECK(*Quantity::parse("1G") < *Quantity::parse("1Gi"));
}

DOCTEST_TEST_CASE("data sizes are read as the contract admits them, and it is known what Trino makes of them") {
    DOCTEST_CHECK(parse_data_size("4GB")->bytes == 4'000'000'000);
    DOCTEST_CHECK(parse_data_size("4GB")->trino_bytes == 4294967296);
    DOCTEST_CHECK(parse_data_size("4GB")->trino_reads_it);
    DOCTEST_CHECK(parse_data_size(" 1.5 gib ")->bytes == 1610612736);
    DOCTEST_CHECK(!parse_data_size("4GiB")->trino_reads_it);
    DOCTEST_CHECK(!parse_data_size("4gb")->trino_reads_it);
    DOCTEST_CHECK(parse_data_size("8Gi")->bytes == 8589934592);
    DOCTEST_CHECK(parse_data_size("9000M")->bytes == 9'000'000'000);
    DOCTEST_CHECK(parse_data_size("1024")->bytes == 1024);
    DOCTEST_CHECK(parse_data_size("1e3B")->bytes == 1000);
    for (const char *text : {"", " ", "1PB", "GB", "-1GB", "abc", "infGB", "nanB", "0x1B"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(!parse_data_size(text).ok());
    }
}

DOCTEST_TEST_CASE("durations are Go's") {
    const std::pair<const char *, const char *> cases[] = {
        {"5m", "5m0s"},        {"90s", "1m30s"},      {"1h", "1h0m0s"},        {"0", "0s"},
        {"0s", "0s"},          {"-1.5h", "-1h30m0s"}, {"500ms", "500ms"},      {"1.5s", "1.5s"},
        {"1us", "1\xC2\xB5s"}, {"10ns", "10ns"},      {"1h0m0.5s", "1h0m0.5s"}};
    for (const auto &[text, canonical] : cases) {
        DOCTEST_CAPTURE(text);
        const auto duration = parse_go_duration(text);
        DOCTEST_REQUIRE(duration.ok());
        DOCTEST_CHECK(go_duration_text(*duration) == canonical);
    }
    for (const char *text : {"", "5", "m", "5x", "1h 2m", "99999999999h", "1.2.3s", "-", "5 m"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(!parse_go_duration(text).ok());
    }
}

DOCTEST_TEST_CASE("the hash of a shape is the contract's") {
    DOCTEST_CHECK(shape_of("{size: s}").hash == "5950966d1802dbd0");
    DOCTEST_CHECK(shape_of("{size: ' S ', minWorkers: 0, autoSuspendAfter: 5m}").hash == "5950966d1802dbd0");
    DOCTEST_CHECK(shape_of("{size: xl}").hash == "372969f73835fd03");
    DOCTEST_CHECK(shape_of("{size: s, minWorkers: 1, maxWorkers: 6, keda: {enabled: true, prometheusQuery: "
                           "\"sum(xtrinode_gateway_inflight_queries)\"}}")
                      .hash == "80c572028b88c5a1");
    DOCTEST_CHECK(
        shape_of(
            "{size: s, nodePool: {name: runtime-pool, provider: gcp, schedulePods: true, gcp: {machineType: n1-standard-8}}}")
            .hash == "7ac4383ec7086c8e");
    DOCTEST_CHECK(shape_of(R"({size: s, placement: {nodeSelector: {disk: ssd, tier: "<a&b>"}, tolerations: [{key: dedicated,
        operator: Equal, value: trino, effect: NoSchedule}], worker: {nodeSelector: {pool: w}, topologySpreadConstraints: [{maxSkew: 1,
        topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}, coordinator: {tolerations: []}}})")
                      .hash == "6021cf5e8d5ab8e1");
}

DOCTEST_TEST_CASE("what is seen of a shape in the status is complete and short") {
    DOCTEST_CHECK(boost::json::value(shape_of("{size: s}").observed) == *yaml_to_json(R"(
version: v1
hash: 5950966d1802dbd0
preset: s
autoscalingMode: fixed
coordinator: {requests: {cpu: "1", memory: 4Gi}, limits: {cpu: "2", memory: 8Gi}}
worker: {requests: {cpu: "2", memory: 8Gi}, limits: {cpu: "8", memory: 32Gi}}
workers: {fixed: 2, min: 2, max: 2, quota: 2, capacity: 2}
capacityUnits: 2
nodePool: {}
)"));
    DOCTEST_CHECK(boost::json::serialize(shape_of("{size: s, maxWorkers: 0}").observed.at("workers")) == R"({"fixed":0})");
}

DOCTEST_TEST_CASE("capacity follows CPU and workers, and a given number wins") {
    const std::pair<const char *, std::int64_t> cases[] = {
        {"{size: xs}", 1},
        {"{size: s}", 2},
        {"{size: m}", 4},
        {"{size: l}", 8},
        {"{size: xl}", 16},
        {"{size: s, maxWorkers: 6, keda: {enabled: true, scalerType: http}}", 6},
        {"{size: s, maxWorkers: 1, resources: {worker: {requests: {cpu: 180m}}}}", 1},
        {"{size: s, maxWorkers: 0}", 1},
        {"{size: s, resources: {worker: {}}}", 1},
        {"{size: s, routing: {capacityUnits: 7}}", 7},
    };
    for (const auto &[yaml, units] : cases) {
        DOCTEST_CAPTURE(yaml);
        DOCTEST_CHECK(shape_of(yaml).capacity_units == units);
    }
}

DOCTEST_TEST_CASE("worker counts depend on who scales") {
    const auto fixed = shape_of("{size: s, minWorkers: 5, maxWorkers: 3}");
    DOCTEST_CHECK(fixed.fixed_workers == 5);
    DOCTEST_CHECK(fixed.autoscaling_mode == "fixed");
    const auto keda = shape_of("{size: s, keda: {enabled: true, scalingMetric: cpu}}");
    DOCTEST_CHECK(keda.autoscaling_mode == "keda");
    DOCTEST_CHECK(!keda.fixed_workers);
    DOCTEST_CHECK(keda.max_workers == 24);
    DOCTEST_CHECK(shape_of("{size: s, keda: {enabled: true, prometheusServer: ' '}}").autoscaling_mode == "fixed");
    const auto hpa = shape_of("{size: s, valuesOverlay: {server: {autoscaling: {enabled: true, maxReplicas: '7'}}}}");
    DOCTEST_CHECK(hpa.autoscaling_mode == "hpa");
    DOCTEST_CHECK(hpa.min_workers == 2);
    DOCTEST_CHECK(hpa.max_workers == 7);
    DOCTEST_CHECK(shape_of("{size: s, valuesOverlay: {server: {autoscaling: {enabled: true, targetCPUUtilizationPercentage: '', "
                           "targetMemoryUtilizationPercentage: 0}}}}")
                      .autoscaling_mode == "fixed");
}

DOCTEST_TEST_CASE("a shape that cannot be is refused with the field") {
    DOCTEST_CHECK(fault_of("{size: huge}").find("spec.size: invalid size preset: \"huge\"") == 0);
    DOCTEST_CHECK(fault_of("{size: s, minWorkers: 30, keda: {enabled: true, scalerType: http}}").find("spec.minWorkers: ") == 0);
    DOCTEST_CHECK(
        fault_of("{size: s, resources: {worker: {requests: {cpu: lots}}}}").find("spec.resources.worker.requests[cpu]: ") == 0);
    DOCTEST_CHECK(fault_of("{size: s, resources: {worker: {requests: {cpu: 2}, limits: {cpu: 1}}}}") ==
                  "spec.resources.worker.limits[cpu]: worker cpu limit 1 is less than request 2");
    DOCTEST_CHECK(fault_of("{size: s, placement: {existingNodePool: {provider: gcp, name: a}, worker: {nodeSelector: "
                           "{cloud.google.com/gke-nodepool: b}}}}")
                      .find("spec.placement.existingNodePool: existingNodePool wants nodeSelector") == 0);
    DOCTEST_CHECK(fault_of("{size: s, valuesOverlay: {server: {autoscaling: {enabled: true, minReplicas: 9}}}}")
                      .find("spec.valuesOverlay.server.autoscaling.maxReplicas: ") == 0);
}

DOCTEST_TEST_CASE("a machine is recommended for what the workers need") {
    DOCTEST_CHECK(recommend_machine(spec_of("{size: S}"), "aws").machine == "m5.2xlarge");
    DOCTEST_CHECK(recommend_machine(spec_of("{size: S}"), "aws").source == "size 'S'");
    const auto typed = recommend_machine(spec_of("{size: s, resources: {worker: {requests: {cpu: 1}}}}"), "gcp");
    DOCTEST_CHECK(typed.machine == "n1-standard-2");
    DOCTEST_CHECK(typed.source == "resolved worker resources");
    DOCTEST_CHECK(recommend_machine(spec_of("{size: s, resources: {worker: {limits: {memory: 1Ti}}}}"), "azure").machine ==
                  "Standard_D64as_v5");
    DOCTEST_CHECK(recommend_machine(spec_of("{size: q}"), "aws").machine.empty());
    DOCTEST_CHECK(recommend_machine(spec_of("{size: s}"), "AWS").machine.empty());
}

DOCTEST_TEST_CASE("routing is derived from the resource") {
    const RuntimeId id{"team-a", "runtime"};
    const auto routing = [&](std::string_view yaml) { return routing_of(id, spec_of(yaml)); };
    DOCTEST_CHECK(routing("{size: s}").routing_group == "team-a--runtime");
    DOCTEST_CHECK(!routing("{size: s}").present);
    DOCTEST_CHECK(routing("{routing: {header: X-Trino-XTrinode=a}}").header == "a");
    DOCTEST_CHECK(routing("{routing: {header: 'X-Trino-XTrinode: a '}}").header == "a");
    DOCTEST_CHECK(routing("{routing: {header: a}}").header == "a");
    DOCTEST_CHECK(routing("{routing: {header: k=v=x}}").header == "v=x");
    DOCTEST_CHECK(routing("{routing: {header: 'k='}}").header == "k=");
    DOCTEST_CHECK(routing("{routing: {routingGroup: g, hostnameDomain: x.org}}").hostname == "g.x.org");
    DOCTEST_CHECK(routing("{routing: {hostname: h, hostnameDomain: x.org}}").hostname == "h");
    DOCTEST_CHECK(routing("{routing: {default: true}}").is_default);
    DOCTEST_CHECK(coordinator_url(id, spec_of("{size: s}")) == "http://trino-runtime.team-a.svc.cluster.local:8080");
    for (const char *port : {"9090", "'9090'", "9090.0"}) {
        const auto url = coordinator_url(id, spec_of(std::string("{valuesOverlay: {service: {port: ") + port + "}}}"));
        DOCTEST_CHECK(url == "http://trino-runtime.team-a.svc.cluster.local:9090");
    }
    DOCTEST_CHECK(service_port(spec_of("{valuesOverlay: {service: {port: -1}}}")) == 8080);
}
