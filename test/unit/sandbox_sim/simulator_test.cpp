#include "fixture.hpp"

#include "core/base/hex.hpp"

#include <filesystem>
#include <unistd.h>

using namespace xtn;
using namespace xtn::sandbox;
using namespace xtn::sandbox::test;
using namespace std::chrono_literals;

DOCTEST_TEST_CASE("a Deployment becomes a ReplicaSet, the ReplicaSet pods, and all say that they are there") {
    Sandbox s;
    s.config();
    s.deployment("a", 2);
    s.start();
    eventually("available", [&] { return sim::number_at(s.get(sim::deployments, "a"), "status.availableReplicas") == 2; });
    const auto deployment = s.get(sim::deployments, "a");
    DOCTEST_CHECK(sim::number_at(deployment, "status.observedGeneration") == 1);
    DOCTEST_CHECK(sim::number_at(deployment, "status.replicas") == 2);
    DOCTEST_CHECK(sim::number_at(deployment, "status.updatedReplicas") == 2);
    DOCTEST_CHECK(sim::number_at(deployment, "status.readyReplicas") == 2);
    DOCTEST_CHECK_FALSE(sim::object_at(deployment, "status").contains("unavailableReplicas"));
    DOCTEST_CHECK(sim::object_at(deployment, "metadata.annotations").at("deployment.kubernetes.io/revision") == "1");
    const auto *available = sim::condition_of(sim::object_at(deployment, "status"), "Available");
    DOCTEST_REQUIRE(available != nullptr);
    DOCTEST_CHECK(sim::text_at(*available, "reason") == "MinimumReplicasAvailable");
    eventually("complete", [&] {
        const auto now = s.get(sim::deployments, "a");
        const auto *progressing = sim::condition_of(sim::object_at(now, "status"), "Progressing");
        return progressing != nullptr && sim::text_at(*progressing, "reason") == "NewReplicaSetAvailable";
    });

    const auto sets = s.cluster.list(sim::replica_sets, "team");
    DOCTEST_REQUIRE(sets.size() == 1);
    const auto hash = sim::text_at(sets[0], "metadata.labels.pod-template-hash");
    DOCTEST_CHECK(sim::name_of(sets[0]) == "a-" + hash);
    DOCTEST_CHECK(sim::object_at(sets[0], "metadata.annotations").at("deployment.kubernetes.io/max-replicas") == "3");
    DOCTEST_CHECK(sim::text_at(sets[0], "spec.selector.matchLabels.pod-template-hash") == hash);
    for (const auto &pod : s.pods()) {
        DOCTEST_CHECK(sim::text_at(pod, "metadata.generateName") == "a-" + hash + "-");
        DOCTEST_CHECK(sim::is_controlled_by(pod, sim::uid_of(sets[0])));
        DOCTEST_CHECK(sim::text_at(pod, "status.phase") == "Running");
        DOCTEST_CHECK(sim::text_at(pod, "status.podIP").starts_with("127."));
        std::string order;
        for (const auto &condition : sim::array_at(pod, "status.conditions"))
            order += sim::text_at(condition.as_object(), "type") + " ";
        DOCTEST_CHECK(order == "Initialized Ready ContainersReady PodScheduled ");
    }
    const auto pods = s.pods();
    DOCTEST_CHECK(sim::text_at(pods[0], "status.podIP") != sim::text_at(pods[1], "status.podIP"));
}

DOCTEST_TEST_CASE("a pod is told its files, its catalogs, its port and its environment") {
    Sandbox s;
    s.config();
    s.deployment("a", 1);
    s.start();
    eventually("started", [&] { return s.backend.state->started == 1; });
    const auto plan = s.backend.plans().at(0);
    DOCTEST_CHECK(plan.ns == "team");
    DOCTEST_CHECK(plan.runtime == "a");
    DOCTEST_CHECK(plan.component == "coordinator");
    DOCTEST_CHECK(plan.http_port == 8080);
    DOCTEST_CHECK(plan.env.at("A") == "b");
    DOCTEST_CHECK(plan.config_files.at("config.properties") == "coordinator=true");
    DOCTEST_CHECK(plan.config_files.at("node.properties") == "node.environment=test");
    DOCTEST_CHECK(plan.catalog_files == std::map<std::string, std::string>{{"tpch.properties", "connector.name=tpch"}});
}

DOCTEST_TEST_CASE("a pod whose ConfigMap is missing waits for it, and says so in an Event") {
    Sandbox s;
    s.deployment("a", 1);
    s.start();
    eventually("event", [&] {
        for (const auto &event : s.cluster.list(sim::events, "team"))
            if (sim::text_at(event, "reason") == "FailedMount" &&
                sim::text_at(event, "message").find("configmap \"config\" not found") != std::string::npos)
                return true;
        return false;
    });
    DOCTEST_CHECK(s.backend.state->started == 0);
    DOCTEST_CHECK(sim::text_at(s.pods().at(0), "status.phase") == "Pending");
    s.config();
    eventually("ready", [&] { return s.ready_pods() == 1; });
}

DOCTEST_TEST_CASE("scaling up and down starts and ends pods, and scaling to zero ends them all") {
    Sandbox s;
    s.config();
    s.deployment("a", 1);
    s.start();
    eventually("one", [&] { return s.ready_pods() == 1; });
    s.patch(sim::deployments, "a", R"({"spec":{"replicas":3}})");
    eventually("three", [&] { return s.ready_pods() == 3; });
    DOCTEST_CHECK(s.cluster.list(sim::replica_sets, "team").size() == 1);
    s.patch(sim::deployments, "a", R"({"spec":{"replicas":0}})");
    eventually("none", [&] { return s.pods().empty() && s.backend.state->running == 0; });
    eventually("status", [&] { return sim::number_at(s.get(sim::deployments, "a"), "status.observedGeneration") == 3; });
    const auto status = sim::object_at(s.get(sim::deployments, "a"), "status");
    DOCTEST_CHECK_FALSE(status.contains("replicas"));
    DOCTEST_CHECK_FALSE(status.contains("readyReplicas"));
}

DOCTEST_TEST_CASE("a new template rolls out without the ready ones falling below what must stay, and the old set is kept empty") {
    Sandbox s;
    s.config();
    s.deployment("a", 4);
    s.start();
    // In the status as well: it follows the pods, and is what is watched below.
    eventually("four",
               [&] { return sim::number_at(sim::object_at(s.get(sim::deployments, "a"), "status"), "availableReplicas") == 4; });
    std::atomic<bool> too_few = false;
    const auto watching = s.cluster.listen([&](const Change &change) {
        if (change.resource == sim::deployments && sim::number_at(change.object, "status.availableReplicas") < 3) too_few = true;
    });
    s.patch(sim::deployments, "a", R"({"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}})");
    eventually("rolled", [&] {
        const auto status = sim::object_at(s.get(sim::deployments, "a"), "status");
        return sim::number_at(status, "observedGeneration") == 2 && sim::number_at(status, "updatedReplicas") == 4 &&
               sim::number_at(status, "replicas") == 4 && sim::number_at(status, "availableReplicas") == 4;
    });
    DOCTEST_CHECK_FALSE(too_few);
    const auto sets = s.cluster.list(sim::replica_sets, "team");
    DOCTEST_REQUIRE(sets.size() == 2);
    DOCTEST_CHECK(sim::number_at(sets[0], "spec.replicas") + sim::number_at(sets[1], "spec.replicas") == 4);
    eventually("revision", [&] {
        return sim::object_at(s.get(sim::deployments, "a"), "metadata.annotations").at("deployment.kubernetes.io/revision") ==
               "2";
    });
}

DOCTEST_TEST_CASE("a rolling update waits for pods that do not become ready") {
    Sandbox s;
    s.config();
    s.deployment("a", 1);
    s.start();
    eventually("one", [&] { return s.ready_pods() == 1; });
    const auto before = sim::name_of(s.pods().at(0));
    s.options.behaviour.unschedulable = {"a-"}; // new pods find no node
    s.simulator->set_behaviour(s.options.behaviour);
    s.patch(sim::deployments, "a", R"({"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}})");
    eventually("surge", [&] { return s.pods().size() == 2; });
    eventually("unschedulable", [&] {
        for (const auto &pod : s.pods())
            if (const auto *c = sim::condition_of(sim::object_at(pod, "status"), "PodScheduled");
                c != nullptr && sim::text_at(*c, "reason") == "Unschedulable")
                return true;
        return false;
    });
    DOCTEST_CHECK(s.ready_pods() == 1);
    DOCTEST_CHECK_FALSE(s.get(sim::pods, before).empty());
    s.options.behaviour.unschedulable.clear();
    s.simulator->set_behaviour(s.options.behaviour);
    eventually("rolled", [&] { return s.pods().size() == 1 && s.get(sim::pods, before).empty() && s.ready_pods() == 1; });
}

DOCTEST_TEST_CASE("a container that exits is restarted with a growing wait, and counts") {
    Sandbox s;
    s.config();
    s.deployment("a", 1);
    s.start();
    eventually("one", [&] { return s.ready_pods() == 1; });
    s.backend.state->crashed = true;
    eventually("backing off", [&] {
        const auto pods = s.pods();
        const auto &statuses = sim::array_at(pods.at(0), "status.containerStatuses");
        return !statuses.empty() && sim::text_at(statuses[0].as_object(), "state.waiting.reason") == "CrashLoopBackOff" &&
               sim::number_at(statuses[0].as_object(), "restartCount") >= 1;
    });
    DOCTEST_CHECK(s.ready_pods() == 0);
    s.backend.state->crashed = false;
    eventually("ready again", [&] { return s.ready_pods() == 1; });
    const auto pods = s.pods();
    DOCTEST_CHECK(sim::text_at(sim::array_at(pods.at(0), "status.containerStatuses")[0].as_object(),
                               "lastState.terminated.reason") == "Error");
}

DOCTEST_TEST_CASE("a pod that is deleted ends and is replaced; one whose owner goes is not") {
    Sandbox s;
    s.config();
    s.deployment("a", 1);
    s.start();
    eventually("one", [&] { return s.ready_pods() == 1; });
    const auto before = s.pods().at(0);
    s.cluster.remove(sim::pods, "team", sim::name_of(before), {});
    eventually("another", [&] { return s.ready_pods() == 1 && s.get(sim::pods, sim::name_of(before)).empty(); });
    s.cluster.remove(sim::deployments, "team", "a", {});
    eventually("nothing", [&] {
        return s.pods().empty() && s.cluster.list(sim::replica_sets, "team").empty() && s.backend.state->running == 0;
    });
}

DOCTEST_TEST_CASE("Services list the pods they select, and the hosts file leads to those that are ready") {
    const auto path = std::filesystem::temp_directory_path() / ("xtn_hosts_" + std::to_string(::getpid()));
    Sandbox s;
    s.options.hosts_file = path;
    s.config();
    s.create(sim::services, R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"trino-a"},"spec":{"clusterIP":"10.96.0.7",
        "selector":{"app.kubernetes.io/instance":"a"},"ports":[{"name":"http","port":8080,"targetPort":"http","protocol":"TCP"}]}})");
    s.backend.state->ready = false;
    s.deployment("a", 1);
    s.start();
    eventually("slice", [&] {
        const auto slices = s.cluster.list(sim::endpoint_slices, "team");
        return slices.size() == 1 && sim::array_at(slices[0], "endpoints").size() == 1;
    });
    auto slice = s.cluster.list(sim::endpoint_slices, "team").at(0);
    DOCTEST_CHECK(sim::object_at(slice, "metadata.labels").at("kubernetes.io/service-name") == "trino-a");
    DOCTEST_CHECK(sim::array_at(slice, "endpoints")[0].at("conditions").at("ready") == false);
    DOCTEST_CHECK(sim::array_at(slice, "ports")[0].at("port") == 8080);
    const auto hosts = [&] {
        std::ifstream in(path);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    };
    eventually("a hosts file", [&] { return std::filesystem::exists(path); });
    DOCTEST_CHECK(hosts().find("trino-a") == std::string::npos);
    s.backend.state->ready = true;
    const std::string name = "trino-a.team.svc.cluster.local";
    eventually("the name", [&] { return hosts().find(name) != std::string::npos; });
    const auto ip = sim::text_at(s.pods().at(0), "status.podIP");
    DOCTEST_CHECK(hosts().find(ip + " " + name + "\n") != std::string::npos);
    eventually("ready in the slice", [&] {
        return sim::array_at(s.cluster.list(sim::endpoint_slices, "team").at(0), "endpoints")[0].at("conditions").at("ready") ==
               true;
    });
    eventually("endpoints", [&] { return sim::array_at(s.get(sim::endpoints, "trino-a"), "subsets").size() == 1; });
    s.patch(sim::deployments, "a", R"({"spec":{"replicas":0}})");
    eventually("the name goes", [&] { return hosts().find(name) == std::string::npos; });
    s.simulator->stop();
    std::filesystem::remove(path);
}

DOCTEST_TEST_CASE("after a restart pods run on under their names, and the addresses that are taken are passed by") {
    Sandbox s;
    s.config();
    s.deployment("a", 2);
    s.backend.refuse_first = 2;
    s.start();
    eventually("two", [&] { return s.ready_pods() == 2; });
    const auto before = s.pods();
    s.simulator->stop();
    DOCTEST_CHECK(s.backend.state->running == 0);
    s.start();
    eventually("again", [&] { return s.backend.state->running == 2 && s.ready_pods() == 2; });
    const auto after = s.pods();
    DOCTEST_REQUIRE(after.size() == 2);
    for (std::size_t i = 0; i < after.size(); ++i) {
        DOCTEST_CHECK(sim::name_of(after[i]) == sim::name_of(before[i]));
        DOCTEST_CHECK(sim::uid_of(after[i]) == sim::uid_of(before[i]));
        DOCTEST_CHECK(sim::number_at(sim::array_at(after[i], "status.containerStatuses")[0].as_object(), "restartCount") == 1);
    }
}

DOCTEST_TEST_CASE("frozen, it does nothing; then it catches up") {
    Sandbox s;
    s.options.behaviour.freeze = true;
    s.config();
    s.start();
    s.deployment("a", 1);
    std::this_thread::sleep_for(50ms); // there is no sign of doing nothing but time
    DOCTEST_CHECK(s.pods().empty());
    s.options.behaviour.freeze = false;
    s.simulator->set_behaviour(s.options.behaviour);
    eventually("one", [&] { return s.ready_pods() == 1; });
}

DOCTEST_TEST_CASE("an idle cluster is not written to") {
    Sandbox s;
    s.config();
    s.deployment("a", 1);
    s.start();
    eventually("complete", [&] {
        const auto now = s.get(sim::deployments, "a");
        return sim::number_at(now, "status.availableReplicas") == 1 && s.ready_pods() == 1;
    });
    std::atomic<int> writes = 0;
    const auto watching = s.cluster.listen([&](const Change &) { ++writes; });
    expect_idle(s.backend.state->looks, writes);
}
