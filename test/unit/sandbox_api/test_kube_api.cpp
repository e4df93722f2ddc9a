#include "test/unit/core/scratch.hpp"
#include "test/unit/sandbox_api/api_fixture.hpp"

#include <atomic>
#include <mutex>
#include <thread>

using namespace xtn::sandbox;

namespace {

const std::string config_maps = "/api/v1/namespaces/default/configmaps";
const ResourceName config_map_kind{"", "v1", "configmaps"};

void wait_until(const std::function<bool()> &holds) {
    const auto deadline = netkit::Deadline::after(std::chrono::seconds(10));
    while (!holds() && !deadline.passed())
        std::this_thread::yield();
    DOCTEST_CHECK(holds());
}

} // namespace

DOCTEST_TEST_CASE("objects, uids and the token survive a restart; a second process on the folder is refused") {
    const Scratch folder;
    KubeApi::Options options;
    options.directory = folder.path();
    std::string uid, kubeconfig;
    {
        auto first = KubeApi::start(options);
        DOCTEST_REQUIRE(first.ok());
        auto created =
            (*first)->cluster().create(config_map_kind, "default", {{"metadata", {{"name", "a"}}}, {"data", {{"k", "v"}}}}, {});
        DOCTEST_REQUIRE(std::holds_alternative<json::object>(created));
        uid = text_at(std::get<json::object>(created), "/metadata/uid");
        kubeconfig = (*first)->kubeconfig();
        const auto second = KubeApi::start(options);
        DOCTEST_REQUIRE(!second.ok());
        DOCTEST_CHECK(second.error().code == xtn::Code::unavailable);
    }
    auto again = KubeApi::start(options);
    DOCTEST_REQUIRE(again.ok());
    auto found = (*again)->cluster().get(config_map_kind, "default", "a");
    DOCTEST_REQUIRE(std::holds_alternative<json::object>(found));
    DOCTEST_CHECK(text_at(std::get<json::object>(found), "/metadata/uid") == uid);
    DOCTEST_CHECK(text_at(std::get<json::object>(found), "/data/k") == "v");
    DOCTEST_CHECK((*again)->kubeconfig().substr((*again)->kubeconfig().find("token:")) ==
                  kubeconfig.substr(kubeconfig.find("token:")));
}

DOCTEST_TEST_CASE("an in-process listener gets every change in order and may use the cluster itself") {
    const Api api;
    auto &cluster = api.kube->cluster();
    std::mutex mutex;
    std::vector<std::string> seen;
    auto listening = cluster.listen([&](const Change &change) {
        if (change.resource != config_map_kind) return;
        const auto name = text_at(change.object, "/metadata/name");
        if (change.type == ChangeType::added && name == "a") cluster.remove(config_map_kind, "default", name, {});
        const std::scoped_lock lock(mutex);
        seen.push_back((change.type == ChangeType::added ? "+" : change.type == ChangeType::deleted ? "-" : "~") + name);
    });
    api.config_map("a");
    wait_until([&] {
        const std::scoped_lock lock(mutex);
        return seen.size() == 2;
    });
    DOCTEST_CHECK(seen == std::vector<std::string>{"+a", "-a"});
    listening.reset();
    api.config_map("b");
    api.kube->stop();
    DOCTEST_CHECK(seen.size() == 2);
}

DOCTEST_TEST_CASE("a dependent goes with its last owner, and keeps a living one") {
    const Api api;
    api.config_map("one");
    api.config_map("two");
    const auto uid = [&](const std::string &name) {
        return text_at(body_of(api.get(config_maps + "/" + name)), "/metadata/uid");
    };
    const auto owner = [&](const std::string &name) {
        return R"({"apiVersion":"v1","kind":"ConfigMap","name":")" + name + R"(","uid":")" + uid(name) + "\"}";
    };
    DOCTEST_REQUIRE(api.send("POST", config_maps,
                             R"({"metadata":{"name":"both","ownerReferences":[)" + owner("one") + "," + owner("two") + "]}}")
                        .status == 201);
    DOCTEST_REQUIRE(api.send("DELETE", config_maps + "/one").status == 200);
    wait_until(
        [&] { return body_of(api.get(config_maps + "/both")).at("metadata").at("ownerReferences").as_array().size() == 1; });
    DOCTEST_REQUIRE(api.send("DELETE", config_maps + "/two").status == 200);
    wait_until([&] { return api.get(config_maps + "/both").status == 404; });
}

DOCTEST_TEST_CASE("the fault switches answer 429 and 409, and cut watches, each in its turn") {
    const Api api;
    api.config_map("a");
    KubeApi::Faults faults;
    faults.too_many_every = 3;
    api.kube->set_faults(faults);
    DOCTEST_CHECK(api.get(config_maps).status == 200);
    DOCTEST_CHECK(api.get(config_maps).status == 200);
    const auto refused = api.get(config_maps);
    DOCTEST_CHECK(refused.status == 429);
    DOCTEST_CHECK(refused.headers.get("Retry-After") == "1");
    faults.too_many_every = 0;
    faults.compact_every = 2;
    api.kube->set_faults(faults);
    const auto from = api.config_map("b");
    api.config_map("c");
    api.config_map("d");
    DOCTEST_CHECK(text_at(lines_of(api.get(config_maps + "?watch=1&timeoutSeconds=5&resourceVersion=" + from)).front(),
                          "/object/reason") == "Expired");
}

DOCTEST_TEST_CASE("without a token there is nothing to see; with the wrong one even less") {
    const Api api;
    netkit::Request request;
    request.target = config_maps;
    const auto origin = *netkit::Origin::parse(api.kube->url());
    const auto in_time = netkit::Deadline::after(std::chrono::seconds(10));
    DOCTEST_CHECK(netkit::send_blocking(origin, request, in_time)->status == 403);
    request.headers.add("Authorization", "Bearer wrong!");
    DOCTEST_CHECK(netkit::send_blocking(origin, request, in_time)->status == 401);
    request.headers.set("Authorization",
                        "Basic c2FuZGJveC1hZG1pbjpzZWNyZXQ="); // sandbox-admin:secret, as kubectl sends it over plain http
    DOCTEST_CHECK(netkit::send_blocking(origin, request, in_time)->status == 200);
    request.headers.set("Authorization", "Basic c2FuZGJveC1hZG1pbjp3cm9uZyEh");
    DOCTEST_CHECK(netkit::send_blocking(origin, request, in_time)->status == 401);
    request.headers.remove("Authorization");
    request.target = "/healthz";
    DOCTEST_CHECK(netkit::send_blocking(origin, request, in_time)->body == "ok");
}

DOCTEST_TEST_CASE("what the sandbox does not have is named") {
    const Api api;
    const auto exec = api.send("POST", "/api/v1/namespaces/default/pods/x/exec");
    DOCTEST_CHECK(exec.status == 501);
    DOCTEST_CHECK(text_at(body_of(exec), "/message").find("pods/exec") != std::string::npos);
    DOCTEST_CHECK(api.get("/api/v1/namespaces/default/nonsense").status == 404);
    DOCTEST_CHECK(api.send("POST", config_maps, "k8s", "application/vnd.kubernetes.protobuf").status == 400);
    DOCTEST_CHECK(api.send("OPTIONS", config_maps).status == 405);
}
