#include "planning.hpp"
#include "projections/topology/config_files.hpp"
#include "projections/topology/hashing.hpp"

using namespace xtn;
using namespace xtn::test;
using namespace xtn::topology;

DOCTEST_TEST_CASE("digests are the contract's") {
    DOCTEST_CHECK(DigestBuffer().add("key1", "value1").add("key2", "value2").sum12() == "c8d4d0030383");
    DOCTEST_CHECK(DigestBuffer().add("key2", "value2").add("key1", "value1").sum12() == "a8889a321d63");
    DOCTEST_CHECK(DigestBuffer().add("a", "b").sum12() == "8fb20ef63ced");
    DOCTEST_CHECK(DigestBuffer().add("data", "{}").sum12() == "4f69fa23c517");
    DOCTEST_CHECK(config_name_hash({{"a", "1"}}) == "64ba11618fd4");
    DOCTEST_CHECK(config_name_hash({{"a.txt", "x<y&z"}}) == "17055453cd25");
    DOCTEST_CHECK(config_map_data_digest({{"a.properties", "x=1"}, {"b", "2"}}) == "c7ef183aff02");
    DOCTEST_CHECK(config_map_data_digest({{"hive.properties", "connector.name=hive"}}) == "5af34eaf2f3f");
    DOCTEST_CHECK(config_map_data_digest({}).empty());
}

DOCTEST_TEST_CASE("a whole runtime hashes to the contract's example, so that it can be taken over without a restart") {
    const auto plan = planned("{size: xs, minWorkers: 0, maxWorkers: 1, autoSuspendAfter: 5m}");
    DOCTEST_CHECK(plan.revision == "793b8e42");
    DOCTEST_CHECK(plan.objects[1].ref.name == "trino-vega-coordinator-4852140e17be");
    DOCTEST_CHECK(plan.objects[2].ref.name == "trino-vega-worker-worker-35b0ce7dc523");
    DOCTEST_CHECK(plan.coordinator_rollout_hash == "6605f16413ca");
    DOCTEST_CHECK(plan.worker_rollout_hash == "b3bd1034ab82");
}

DOCTEST_TEST_CASE("only what pods are made of rolls them") {
    const auto before = planned("{size: s, maxWorkers: 2, routing: {header: a}}");
    struct Case {
        const char *spec;
        bool coordinator, worker;
    };
    const Case cases[] = {
        {"{size: s, maxWorkers: 5, routing: {header: a}}", false, false},
        {"{size: s, maxWorkers: 2, routing: {header: b, default: true}}", false, false},
        {"{size: s, maxWorkers: 2, suspended: true, routing: {header: a}}", false, false},
        {"{size: s, maxWorkers: 2, autoSuspendAfter: 1h, routing: {header: a}}", false, false},
        {"{size: s, maxWorkers: 2, rolloutPolicy: {revisionHistoryLimit: 3}, routing: {header: a}}", false, false},
        {"{size: s, maxWorkers: 2}", true, true}, // forwarded headers
        {"{size: m, maxWorkers: 2, routing: {header: a}}", false, true},
        {"{size: s, maxWorkers: 2, routing: {header: a}, resources: {coordinator: {limits: {memory: 4Gi}}}}", true, false},
        {"{size: s, maxWorkers: 2, routing: {header: a}, limits: {session: {maxQueryMemory: 9GB}}}", true, true},
        {"{size: s, maxWorkers: 2, routing: {header: a}, placement: {worker: {nodeSelector: {a: b}}}}", false, true},
        {"{size: s, maxWorkers: 2, routing: {header: a}, customConfigMaps: [c]}", true, true},
    };
    for (const auto &c : cases) {
        DOCTEST_CAPTURE(c.spec);
        const auto after = planned(c.spec);
        DOCTEST_CHECK((after.coordinator_rollout_hash != before.coordinator_rollout_hash) == c.coordinator);
        DOCTEST_CHECK((after.worker_rollout_hash != before.worker_rollout_hash) == c.worker);
    }
}

DOCTEST_TEST_CASE("contents of what pods mount roll them, contents of other things do not") {
    const auto with = [](std::map<std::string, std::string> digests) {
        return planned("{size: s, customConfigMaps: [c], trinoControlAuth: {passwordSecret: {name: pw, key: k}}}", {},
                       std::move(digests));
    };
    const auto before = with({{"configmap/c", "1"}, {"secret/pw", "1"}});
    DOCTEST_CHECK(with({{"configmap/c", "2"}, {"secret/pw", "1"}}).coordinator_rollout_hash != before.coordinator_rollout_hash);
    DOCTEST_CHECK(with({{"configmap/c", "1"}, {"secret/pw", "2"}}).worker_rollout_hash != before.worker_rollout_hash);
    DOCTEST_CHECK(with({{"configmap/c", "1"}, {"secret/pw", "1"}, {"configmap/x", "1"}}).worker_rollout_hash ==
                  before.worker_rollout_hash);
}

DOCTEST_TEST_CASE("heap and query memory follow the limit, and never so that Trino cannot start") {
    const char *cases[][3] = {{"8Gi", "8G", "4GB"},
                              {"32Gi", "32G", "16GB"},
                              {"1536Mi", "1536M", "768MB"},
                              {"1025Mi", "1025M", "512MB"},
                              {"3Gi", "3G", "1GB"},
                              {"1Gi", "1024M", "512MB"},
                              {"900M", "858M", "429MB"},
                              {"3000Ki", "", ""},
                              {"8589934592", "8192M", "4096MB"},
                              {"1Mi", "", ""},
                              {"4G", "3814M", "1907MB"}};
    for (const auto &c : cases) {
        DOCTEST_CAPTURE(c[0]);
        const auto memory = node_memory(c[0]);
        DOCTEST_REQUIRE(memory.ok() == (std::string_view(c[1]) != ""));
        if (!memory.ok()) continue;
        DOCTEST_CHECK(memory->heap == c[1]);
        DOCTEST_CHECK(memory->per_node == c[2]);
    }
    const auto plan = plan_of(resource("{size: s, resources: {worker: {limits: {memory: 1Mi}}}}"));
    DOCTEST_REQUIRE(!plan.ok());
    DOCTEST_CHECK(plan.error().message ==
                  "spec.resources.worker.limits[memory]: memory limit 1Mi is too small: Trino needs at least 64Mi to start");
}
