// The ingesting half against a server: brackets, changes, what went.
#include "test/unit/kube/adapter_scene.hpp"

using namespace fakes;
using namespace xtn;

DOCTEST_TEST_CASE("each kind is bracketed, and what is there is recorded within its bracket") {
    AdapterScene s;
    s.kube.put(runtimes_path + "a", runtime_body("a", "team", {{"size", "s"}}));
    s.kube.put(runtimes_path + "b", runtime_body("b", "team", {{"size", "none"}}));
    s.start();
    s.wait_synced();
    DOCTEST_CHECK(s.engine.count("watch.list.started") == 8);
    std::string order;
    for (const auto &event : s.engine.events()) {
        const bool of_runtimes =
            event.subject.text.starts_with("runtime/") || kube::find_string(event.payload, {"kind"}) == "XTrinode";
        if (of_runtimes) order += std::string(event.name()) + " " + event.subject.text + "\n";
    }
    DOCTEST_CHECK(order == "watch.list.started cluster\nruntime.spec.applied runtime/team/a\n"
                           "runtime.spec.rejected runtime/team/b\nwatch.synced cluster\n");
}

DOCTEST_TEST_CASE("only changes are events: status and resourceVersion write nothing, the spec does, deletion is told once") {
    AdapterScene s;
    auto body = s.kube.put(runtimes_path + "a", runtime_body("a", "team", {{"size", "s"}}));
    s.start();
    s.wait_synced();
    body["status"] = json::object{{"phase", "Ready"}};
    s.kube.put(runtimes_path + "a", body);
    body["metadata"].as_object()["annotations"] = json::object{{"foreign", "x"}};
    s.kube.put(runtimes_path + "a", body);
    body["spec"].as_object()["size"] = "m";
    s.kube.put(runtimes_path + "a", body);
    eventually("the new size is recorded", [&] { return s.engine.count("runtime.spec.applied") >= 2; });
    DOCTEST_CHECK(s.engine.count("runtime.spec.applied") == 2);
    DOCTEST_CHECK(s.engine.events("runtime.spec.applied")[1].payload.at("spec").as_object().at("size") == "m");
    s.kube.erase(runtimes_path + "a");
    eventually("the deletion is recorded", [&] { return s.engine.count("runtime.spec.deleted") == 1; });
}

DOCTEST_TEST_CASE("what went while nobody looked is told before the bracket closes") {
    AdapterScene s;
    Event before;
    before.seq = Seq{1};
    before.type = "pod.observed/1";
    before.subject = Subject{"runtime/team/a"};
    before.payload = {{"name", "p"}, {"uid", "pod-1"}};
    s.blobs.events.push_back(before);
    before.type = "object.applied/1";
    before.payload = {{"kind", "Service"}, {"ns", "team"}, {"name", "trino-a"}, {"uid", "svc-1"}, {"resource_version", "5"}};
    s.blobs.events.push_back(before);
    before.type = "endpoints.observed/1";
    before.payload = {{"service", "trino-a"}, {"ready", 1}};
    s.blobs.events.push_back(before);
    s.start();
    s.wait_synced();
    DOCTEST_REQUIRE(s.engine.count("pod.gone") == 1);
    DOCTEST_CHECK(s.engine.events("pod.gone")[0].payload.at("uid") == "pod-1");
    DOCTEST_REQUIRE(s.engine.count("object.gone") == 1);
    DOCTEST_CHECK(s.engine.events("object.gone")[0].payload.at("kind") == "Service");
    DOCTEST_REQUIRE(s.engine.count("endpoints.observed") == 1);
    DOCTEST_CHECK(s.engine.events("endpoints.observed")[0].payload.at("ready") == 0);
    for (const auto &event : s.engine.events("watch.synced"))
        if (kube::find_string(event.payload, {"kind"}) == "Pod") DOCTEST_CHECK(event.payload.at("gone") == 1);
}

DOCTEST_TEST_CASE("an object recreated under its name is another one") {
    AdapterScene s;
    s.kube.put(runtimes_path + "a", runtime_body("a", "team", {{"size", "s"}}));
    s.start();
    s.wait_synced();
    s.kube.erase(runtimes_path + "a");
    s.kube.put(runtimes_path + "a", runtime_body("a", "team", {{"size", "s"}}));
    eventually("the second one is recorded", [&] { return s.engine.count("runtime.spec.applied") == 2; });
    DOCTEST_CHECK(s.engine.count("runtime.spec.deleted") == 1);
    DOCTEST_CHECK(s.engine.events("runtime.spec.applied")[1].payload.at("created") == true);
}

DOCTEST_TEST_CASE("Deployments, pods and endpoints are recorded when a member changes") {
    AdapterScene s;
    s.start();
    s.wait_synced();
    auto deployment = owned_body("apps/v1", "Deployment", "trino-a-worker", "team", "a", "worker");
    deployment["spec"] = json::object{{"replicas", 2}};
    s.kube.put(deployments_path + "trino-a-worker", deployment);
    s.kube.put(deployments_path + "trino-a-worker", deployment); // another version, nothing new
    deployment["status"] = json::object{{"readyReplicas", 1}};
    s.kube.put(deployments_path + "trino-a-worker", deployment);
    eventually("readiness is recorded", [&] { return s.engine.count("deployment.observed") >= 2; });
    DOCTEST_CHECK(s.engine.count("deployment.observed") == 2);
    auto slice = owned_body("discovery.k8s.io/v1", "EndpointSlice", "s1", "team", "a");
    slice["metadata"].as_object()["labels"].as_object()["kubernetes.io/service-name"] = "trino-a";
    slice["endpoints"] = json::array{json::object{{"conditions", {{"ready", true}}}}};
    const std::string slices = "/apis/discovery.k8s.io/v1/namespaces/team/endpointslices/";
    s.kube.put(slices + "s1", slice);
    slice["metadata"].as_object()["name"] = "s2";
    s.kube.put(slices + "s2", slice);
    eventually("both slices count", [&] { return s.engine.count("endpoints.observed") == 2; });
    DOCTEST_CHECK(s.engine.events("endpoints.observed")[1].payload.at("ready") == 2);
    s.kube.erase(slices + "s1");
    eventually("one is left", [&] { return s.engine.count("endpoints.observed") == 3; });
    DOCTEST_CHECK(s.engine.events("endpoints.observed")[2].payload.at("ready") == 1);
}

DOCTEST_TEST_CASE("with several namespaces a kind is synced once all of them are") {
    AdapterScene s;
    s.start({"team", "other"});
    s.wait_synced();
    DOCTEST_CHECK(s.engine.count("watch.synced", "XTrinode") == 1);
    DOCTEST_CHECK(s.engine.count("watch.list.started", "XTrinode") == 1);
}

DOCTEST_TEST_CASE("a full engine queue slows the watch down and loses nothing") {
    AdapterScene s;
    s.engine.refuse = 20;
    s.kube.put(runtimes_path + "a", runtime_body("a", "team", {{"size", "s"}}));
    s.start();
    s.wait_synced();
    DOCTEST_CHECK(s.engine.count("runtime.spec.applied") == 1);
}

DOCTEST_TEST_CASE("stopping ends open watches at once, also while the engine refuses everything") {
    AdapterScene s;
    s.engine.refuse = 1'000'000;
    s.start();
    const auto begin = std::chrono::steady_clock::now();
    s.adapter->stop();
    DOCTEST_CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}
