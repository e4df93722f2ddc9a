#include "kubeclient/client.hpp"

#include "fake_api.hpp"
#include "kubeclient/discovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <unistd.h>

using namespace kube;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

const Kind deployments{"apps", "v1", "deployments", "Deployment", true};

Deadline soon() {
    return Deadline::after(5s);
}

template <class T> asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T> &result) {
    result = co_await std::move(work);
}

// Runs one call to its end.
template <class T> T run(asio::io_context &io, asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr failure;
    asio::co_spawn(io, keep(std::move(work), result), [&failure](std::exception_ptr e) { failure = std::move(e); });
    io.restart();
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
}

struct Scene {
    FakeApi api;
    asio::io_context io;
    Client client;

    explicit Scene(FakeApi::Handler handler, Client::WriteGuard guard = {}, std::function<void(Config &)> adjust = {})
        : api(std::move(handler)), client(io.get_executor(), adjusted(api.config(), adjust), std::move(guard)) {}
    static Config adjusted(Config c, const std::function<void(Config &)> &adjust) {
        if (adjust) adjust(c);
        return c;
    }
    netkit::Request last() const {
        const auto all = api.requests();
        DOCTEST_REQUIRE(!all.empty());
        return all.back();
    }
};

FakeApi::Handler answers(int status, std::string body) {
    return [status, body = std::move(body)](const auto &exchange) { exchange->respond(FakeApi::json(status, body)); };
}

const std::string deployment = R"({"kind":"Deployment","metadata":{"name":"x","uid":"u","resourceVersion":"8"}})";

} // namespace

DOCTEST_TEST_CASE("get asks for the object and reads it") {
    Scene s(answers(200, deployment), {}, [](Config &c) {
        c.token = "secret";
        c.path_prefix = "/prefix";
        c.user_agent = "tester/1";
    });
    const auto got = run(s.io, s.client.get(deployments, "a", "x", soon()));
    DOCTEST_REQUIRE(got.ok());
    DOCTEST_CHECK(got->uid() == "u");
    DOCTEST_CHECK(s.last().method == "GET");
    DOCTEST_CHECK(s.last().target == "/prefix/apis/apps/v1/namespaces/a/deployments/x");
    DOCTEST_CHECK(s.last().headers.get("Authorization") == "Bearer secret");
    DOCTEST_CHECK(s.last().headers.get("User-Agent") == "tester/1");
}

DOCTEST_TEST_CASE("a list carries selectors and limit, and fills in what items leave out") {
    Scene s(answers(200, R"({"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{"resourceVersion":"9","continue":"c"},
                            "items":[{"metadata":{"name":"x"}},3]})"));
    ListOptions options;
    options.label_selector = "a=b,c in (d,e)";
    options.limit = 2;
    options.continue_token = "t=";
    const auto page = run(s.io, s.client.list(deployments, "", options, soon()));
    DOCTEST_REQUIRE(page.ok());
    DOCTEST_CHECK(page->resource_version == "9");
    DOCTEST_CHECK(page->continue_token == "c");
    DOCTEST_REQUIRE(page->items.size() == 1);
    DOCTEST_CHECK(page->items[0].body.at("kind") == "Deployment");
    DOCTEST_CHECK(page->items[0].body.at("apiVersion") == "apps/v1");
    DOCTEST_CHECK(s.last().target ==
                  "/apis/apps/v1/deployments?labelSelector=a%3Db%2Cc%20in%20%28d%2Ce%29&limit=2&continue=t%3D");
}

DOCTEST_TEST_CASE("server-side apply sends the manifest as it is, with manager and force") {
    Scene s(answers(201, deployment));
    ApplyOptions options;
    options.field_manager = "us";
    options.force = true;
    const auto written = run(s.io, s.client.apply(deployments, "a", "x", R"({"b":1.50,"a":2})", options, soon()));
    DOCTEST_REQUIRE(written.ok());
    DOCTEST_CHECK(written->created);
    DOCTEST_CHECK(s.last().method == "PATCH");
    DOCTEST_CHECK(s.last().target == "/apis/apps/v1/namespaces/a/deployments/x?fieldManager=us&force=true");
    DOCTEST_CHECK(s.last().headers.get("Content-Type") == "application/apply-patch+yaml");
    DOCTEST_CHECK(s.last().body == R"({"b":1.50,"a":2})");
}

DOCTEST_TEST_CASE("patches name their type; status goes to its endpoint") {
    Scene s(answers(200, deployment));
    json::object body;
    body["status"] = json::object();
    WriteOptions options;
    options.field_manager = "us";
    const auto written = run(s.io, s.client.patch(deployments, "a", "x", PatchType::merge, body, options, soon(), "status"));
    DOCTEST_REQUIRE(written.ok());
    DOCTEST_CHECK_FALSE(written->created);
    DOCTEST_CHECK(s.last().target == "/apis/apps/v1/namespaces/a/deployments/x/status?fieldManager=us");
    DOCTEST_CHECK(s.last().headers.get("Content-Type") == "application/merge-patch+json");
}

DOCTEST_TEST_CASE("scale goes through the scale subresource") {
    Scene s(answers(200, R"({"kind":"Scale","spec":{"replicas":3}})"));
    const auto scaled = run(s.io, s.client.scale(deployments, "a", "x", 3, {}, soon()));
    DOCTEST_REQUIRE(scaled.ok());
    DOCTEST_CHECK(s.last().target == "/apis/apps/v1/namespaces/a/deployments/x/scale");
    DOCTEST_CHECK(s.last().body == R"({"spec":{"replicas":3}})");
}

DOCTEST_TEST_CASE("delete carries its preconditions") {
    Scene s(answers(200, R"({"kind":"Status"})"));
    DeleteOptions options;
    options.uid = "u1";
    const auto gone = run(s.io, s.client.remove(deployments, "a", "x", options, soon()));
    DOCTEST_REQUIRE(gone.ok());
    DOCTEST_CHECK(s.last().method == "DELETE");
    DOCTEST_CHECK(s.last().body.find(R"("preconditions":{"uid":"u1"})") != std::string::npos);
    DOCTEST_CHECK(s.last().body.find(R"("propagationPolicy":"Background")") != std::string::npos);
}

DOCTEST_TEST_CASE("errors keep the server's reason; an unreadable answer is one too") {
    Scene missing(answers(404, R"({"kind":"Status","reason":"NotFound","message":"no x","code":404})"));
    const auto got = run(missing.io, missing.client.get(deployments, "a", "x", soon()));
    DOCTEST_REQUIRE(!got.ok());
    DOCTEST_CHECK(got.error().not_found());
    DOCTEST_CHECK(got.error().message == "no x");
    Scene html(answers(200, "<html>"));
    DOCTEST_CHECK(run(html.io, html.client.get(deployments, "a", "x", soon())).error().kind == netkit::Code::data_corrupted);
}

DOCTEST_TEST_CASE("a guard that says no keeps every write from the wire and lets reads through") {
    Scene s(answers(200, deployment), [] { return netkit::Status(netkit::make_error(netkit::Code::fenced, "not the leader")); });
    DOCTEST_CHECK(run(s.io, s.client.apply(deployments, "a", "x", "{}", {}, soon())).error().kind == netkit::Code::fenced);
    DOCTEST_CHECK(run(s.io, s.client.remove(deployments, "a", "x", {}, soon())).error().kind == netkit::Code::fenced);
    DOCTEST_CHECK(s.api.requests().empty());
    DOCTEST_CHECK(run(s.io, s.client.get(deployments, "a", "x", soon())).ok());
}

DOCTEST_TEST_CASE("a server that does not answer ends the call at its deadline") {
    std::vector<std::shared_ptr<netkit::Exchange>> kept;
    Scene s([&kept](const auto &exchange) { kept.push_back(exchange); });
    const auto got = run(s.io, s.client.get(deployments, "a", "x", Deadline::after(100ms)));
    DOCTEST_CHECK(got.error().kind == netkit::Code::deadline_exceeded);
    DOCTEST_CHECK(got.error().retryable());
    s.api.stop();
}

DOCTEST_TEST_CASE("a refused token that was rotated in its file is tried once more with the new one") {
    std::string name = (std::filesystem::temp_directory_path() / "kubeclient-token-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    DOCTEST_REQUIRE(fd >= 0);
    ::close(fd);
    const std::filesystem::path file = name;
    std::ofstream(file) << "old\n";
    Scene s(
        [&file](const auto &exchange) {
            const auto given = exchange->request().headers.get("Authorization");
            if (given == "Bearer new") return exchange->respond(FakeApi::json(200, deployment));
            std::ofstream(file) << "new\n";
            exchange->respond(FakeApi::json(401, "{}"));
        },
        {}, [&file](Config &c) { c.token_file = file; });
    DOCTEST_CHECK(run(s.io, s.client.get(deployments, "a", "x", soon())).ok());
    DOCTEST_CHECK(s.api.requests().size() == 2);
    std::filesystem::remove(file);
}

DOCTEST_TEST_CASE("discovery asks once per group and version, and remembers what is not served") {
    Scene s([](const auto &exchange) {
        if (exchange->request().target != "/apis/apps/v1") return exchange->respond(FakeApi::json(404, "{}"));
        exchange->respond(FakeApi::json(200, R"({"resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]})"));
    });
    Discovery discovery(s.client);
    const auto first = run(s.io, discovery.find("apps/v1", "Deployment", soon()));
    DOCTEST_REQUIRE(first.ok());
    DOCTEST_CHECK(first->value() == deployments);
    DOCTEST_CHECK(run(s.io, discovery.find("apps/v1", "Deployment", soon()))->has_value());
    DOCTEST_CHECK(s.api.requests().size() == 1);
    DOCTEST_CHECK_FALSE(run(s.io, discovery.find("monitoring.coreos.com/v1", "ServiceMonitor", soon()))->has_value());
    DOCTEST_CHECK_FALSE(run(s.io, discovery.find("monitoring.coreos.com/v1", "ServiceMonitor", soon()))->has_value());
    DOCTEST_CHECK(s.api.requests().size() == 2);
}
