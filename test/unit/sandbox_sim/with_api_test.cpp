// The simulator over the sandbox's own Kubernetes API: what one writes, the other must take, and owners take their dependents
// along.
#include "fixture.hpp"

#include "adapters/sandbox/api/kube_api.hpp"
#include "adapters/sandbox/trino/stand_in.hpp"

#include <boost/json/serialize.hpp>

using namespace xtn::sandbox;
using namespace xtn::sandbox::test;

namespace {

const char *const deployment_text =
    R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"trino-a-coordinator"},"spec":{"replicas":1,
  "selector":{"matchLabels":{"app.kubernetes.io/instance":"a","app.kubernetes.io/component":"coordinator"}},
  "template":{"metadata":{"labels":{"app.kubernetes.io/name":"trino","app.kubernetes.io/instance":"a","app.kubernetes.io/component":"coordinator"}},
    "spec":{"serviceAccountName":"trino-a","terminationGracePeriodSeconds":900,
      "containers":[{"name":"trino-coordinator","image":"trinodb/trino:480","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],
        "resources":{"requests":{"cpu":"1","memory":"4Gi"},"limits":{"cpu":"2","memory":"8Gi"}},
        "readinessProbe":{"exec":{"command":["/usr/lib/trino/bin/health-check"]},"periodSeconds":10},
        "volumeMounts":[{"name":"config-volume","mountPath":"/etc/trino"}]}],
      "volumes":[{"name":"config-volume","configMap":{"name":"config"}}]}}}})";

struct WithApi {
    std::unique_ptr<KubeApi> api;
    std::unique_ptr<PodBackend> backend;
    std::shared_ptr<std::atomic<int>> looks;
    std::unique_ptr<Simulator> simulator;

    WithApi() {
        auto started = KubeApi::start({});
        DOCTEST_REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message));
        api = std::move(*started);
        create(
            sim::config_maps,
            R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"config"},"data":{"config.properties":"coordinator=true"}})");
        auto counted = std::make_unique<CountedBackend>(make_stand_in_backend());
        looks = counted->looks;
        backend = std::move(counted);
        Simulator::Options options;
        options.cluster = &api->cluster();
        options.backend = backend.get();
        options.behaviour.pod_start = std::chrono::milliseconds(5);
        auto simulated = Simulator::start(options);
        DOCTEST_REQUIRE(simulated.ok());
        simulator = std::move(*simulated);
    }
    void create(const ResourceName &resource, const std::string &text) {
        auto made = api->cluster().create(resource, "default", parse(text), {});
        if (const auto *failure = std::get_if<ApiFailure>(&made)) DOCTEST_FAIL(json::serialize(failure->status));
    }
    json::object get(const ResourceName &resource, const std::string &name) {
        auto got = api->cluster().get(resource, "default", name);
        return std::holds_alternative<json::object>(got) ? std::get<json::object>(got) : json::object();
    }
    std::vector<json::object> list(const ResourceName &resource) { return api->cluster().list(resource, "default"); }
    std::string warnings() {
        std::string out;
        for (const auto &event : list(sim::events))
            if (sim::text_at(event, "type") == "Warning")
                out += sim::text_at(event, "reason") + ": " + sim::text_at(event, "message") + "\n";
        return out;
    }
};

} // namespace

DOCTEST_TEST_CASE("over the embedded API a Deployment becomes available, is scaled and rolled, and goes with all that it owned") {
    WithApi s;
    s.create(sim::services, R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"trino-a"},"spec":{
        "selector":{"app.kubernetes.io/instance":"a"},"ports":[{"name":"http","port":8080,"targetPort":"http"}]}})");
    s.create(sim::deployments, deployment_text);
    const auto available = [&] {
        return sim::number_at(s.get(sim::deployments, "trino-a-coordinator"), "status.availableReplicas");
    };
    eventually("available", [&] { return available() == 1; });
    DOCTEST_CHECK(s.warnings() == "");
    eventually("an endpoint that is ready", [&] {
        for (const auto &slice : s.list(sim::endpoint_slices))
            for (const auto &endpoint : sim::array_at(slice, "endpoints"))
                if (endpoint.at("conditions").at("ready") == true) return true;
        return false;
    });
    const auto first = sim::name_of(s.list(sim::pods).at(0));
    s.api->cluster().merge_patch(sim::deployments, "default", "trino-a-coordinator", parse(R"({"spec":{"replicas":2}})"), {});
    eventually("two", [&] { return available() == 2; });
    s.api->cluster().merge_patch(sim::deployments, "default", "trino-a-coordinator",
                                 parse(R"({"spec":{"replicas":1,"template":{"metadata":{"annotations":{"v":"2"}}}}})"), {});
    eventually("rolled", [&] {
        const auto pods = s.list(sim::pods);
        return pods.size() == 1 && sim::name_of(pods[0]) != first && sim::condition_is(pods[0], "Ready");
    });
    DOCTEST_CHECK(s.list(sim::replica_sets).size() == 2);
    DeleteOptions background;
    background.propagation_policy = "Background";
    s.api->cluster().remove(sim::deployments, "default", "trino-a-coordinator", background);
    eventually("gone", [&] { return s.list(sim::pods).empty() && s.list(sim::replica_sets).empty(); });
    DOCTEST_CHECK(s.warnings() == "");
}

DOCTEST_TEST_CASE("over the embedded API an idle cluster is not written to") {
    WithApi s;
    s.create(sim::deployments, deployment_text);
    eventually("ready", [&] {
        const auto pods = s.list(sim::pods);
        return pods.size() == 1 && sim::condition_is(pods[0], "Ready") &&
               sim::number_at(s.get(sim::deployments, "trino-a-coordinator"), "status.availableReplicas") == 1;
    });
    std::atomic<int> writes = 0;
    const auto watching = s.api->cluster().listen([&](const Change &) { ++writes; });
    expect_idle(*s.looks, writes);
}
