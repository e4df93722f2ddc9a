// How queries live, wait, fail and end.
#include "protocol_client.hpp"

#include "adapters/sandbox/trino/answers.hpp"

#include <unistd.h>

#include <atomic>

using namespace xtn::sandbox;
using namespace xtn::sandbox::trino;
using namespace xtn::sandbox::test;
using namespace std::chrono_literals;

namespace {

constexpr const char *endless = "SELECT count(*) FROM UNNEST(sequence(1, 1000000000000)) AS t(n) WHERE n < 0";

std::string error_of(const AnsweredPage &page) {
    const auto *error = page.page.if_contains("error");
    return error == nullptr ? std::string() : std::string(error->at("errorName").as_string());
}

AnsweredPage running(const ProtocolClient &client, const std::string &sql) {
    auto page = client.post(sql);
    while (ProtocolClient::state(page) == "QUEUED")
        page = client.next(page);
    return page;
}

} // namespace

DOCTEST_TEST_CASE("ids end in the coordinator's five characters, which /v1/info tells") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const std::string id(client.post("SELECT 1").page.at("id").as_string());
    DOCTEST_CHECK(id.size() == 27);
    DOCTEST_CHECK(id.substr(22) == server->coordinator_id());
    const auto info = json::parse(client.send("GET", "/v1/info").body);
    DOCTEST_CHECK(info.at("coordinatorId") == json::value(server->coordinator_id()));
    DOCTEST_CHECK(info.at("nodeVersion").at("version") == "483-stand-in");
    DOCTEST_CHECK(client.send("GET", "/v1/info").headers.get("X-XTrinode-Stand-In").value_or("") == "true");
}

DOCTEST_TEST_CASE("the same token gives the same page, an older one is gone, a foreign slug is not found") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    auto page = client.post("SELECT 1 AS one");
    const auto queued = ProtocolClient::link(page);
    while (ProtocolClient::state(page) == "QUEUED")
        page = client.next(page);
    const auto first = ProtocolClient::link(page);
    const auto data = client.page("GET", first);
    DOCTEST_CHECK(client.page("GET", first).response.body == data.response.body);
    const auto last = client.next(data);
    DOCTEST_CHECK(ProtocolClient::link(last).empty());
    DOCTEST_CHECK(client.send("GET", first).status == 410);
    auto foreign = first;
    foreign[foreign.rfind('/') - 1] ^= 1;
    DOCTEST_CHECK(client.send("GET", foreign).status == 404);
    DOCTEST_CHECK(client.send("GET", first.substr(0, first.rfind('/')) + "/x").status == 404);
    DOCTEST_CHECK(client.page("GET", queued).page.contains("nextUri")); // a queued token is answered again, as in Trino
}

DOCTEST_TEST_CASE("DELETE ends a running query, whoever polls it meanwhile is told at once, and once more it is fine") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const auto page = running(client, endless);
    const auto link = ProtocolClient::link(page);
    std::atomic<bool> told = false;
    std::thread poll([&] { told = error_of(client.page("GET", link)) == "USER_CANCELED"; });
    std::this_thread::sleep_for(50ms); // the poll is most likely on its way; either order must do
    const auto began = std::chrono::steady_clock::now();
    DOCTEST_CHECK(client.send("DELETE", link).status == 204);
    poll.join();
    DOCTEST_CHECK(told);
    DOCTEST_CHECK(std::chrono::steady_clock::now() - began < 900ms); // not at the end of its second
    DOCTEST_CHECK(error_of(client.page("GET", link)) == "USER_CANCELED");
    DOCTEST_CHECK(client.send("DELETE", link).status == 204);
}

DOCTEST_TEST_CASE("DELETE by query id, kill and preempt end it in their own words") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    struct Way {
        const char *method, *suffix;
        int status;
        const char *error;
    };
    for (const auto &way : {Way{"DELETE", "", 204, "USER_CANCELED"}, Way{"PUT", "/killed", 202, "ADMINISTRATIVELY_KILLED"},
                            Way{"PUT", "/preempted", 202, "ADMINISTRATIVELY_PREEMPTED"}}) {
        const auto page = running(client, endless);
        const std::string path = "/v1/query/" + std::string(page.page.at("id").as_string());
        DOCTEST_CHECK(client.send(way.method, path + way.suffix, "enough", client.headers).status == way.status);
        DOCTEST_CHECK(error_of(client.page("GET", ProtocolClient::link(page))) == way.error);
        DOCTEST_CHECK(json::parse(client.send("GET", path, "", client.headers).body).at("state") == "FAILED");
    }
}

DOCTEST_TEST_CASE("a partial cancel ends a query as finished with what it has") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const auto page = running(client, "SELECT n FROM UNNEST(sequence(1, 1000000000)) AS t(n)");
    DOCTEST_CHECK(client.send("DELETE", ProtocolClient::link(page, "partialCancelUri")).status == 204);
    const auto last = client.next(page);
    DOCTEST_CHECK(ProtocolClient::state(last) == "FINISHED");
    DOCTEST_CHECK(ProtocolClient::link(last).empty());
}

DOCTEST_TEST_CASE("a query that nobody asks about is abandoned, and the links of ended queries go some day") {
    StandIn::Options options;
    options.client_timeout = 100ms;
    const auto server = start_stand_in(options);
    const ProtocolClient client(*server);
    const auto page = running(client, endless);
    const std::string path = "/v1/query/" + std::string(page.page.at("id").as_string());
    DOCTEST_CHECK(holds_within(
        15s, [&] { return client.send("GET", path, "", client.headers).body.find("ABANDONED_QUERY") != std::string::npos; }));
    DOCTEST_CHECK(error_of(client.page("GET", ProtocolClient::link(page))) == "ABANDONED_QUERY");
}

DOCTEST_TEST_CASE("links lead to where the client came from, by Host and by what proxies say") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    struct Case {
        HeaderPairs headers;
        const char *base;
    };
    const Case cases[] = {
        {{{"Host", "other.example:8888"}}, "http://other.example:8888/"},
        {{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "gw.example"}, {"X-Forwarded-Port", "8443"}},
         "https://gw.example:8443/"},
        {{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "gw.example:9443"}, {"X-Forwarded-Port", "8443"}},
         "https://gw.example:9443/"},
        {{{"X-Forwarded-Proto", "https, http"}, {"X-Forwarded-Host", "gw.example, inner"}}, "https://gw.example/"},
        {{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "gw.example"}, {"X-Forwarded-Port", "443"}},
         "https://gw.example/"},
        {{{"Forwarded", "for=10.1.2.3;proto=https;host=std.example:7443"}, {"X-Forwarded-Host", "x.example"}},
         "https://std.example:7443/"},
        {{{"X-Forwarded-Host", "gw.example"}, {"X-Forwarded-Prefix", "/trino"}}, "http://gw.example/trino/"},
        {{{"X-Forwarded-Host", "[::1]:9443"}, {"X-Forwarded-Proto", "https"}}, "https://[::1]:9443/"},
    };
    for (const auto &c : cases) {
        DOCTEST_INFO(c.base);
        auto headers = c.headers;
        headers.insert(headers.end(), client.headers.begin(), client.headers.end());
        const auto body = json::parse(client.send("POST", "/v1/statement", "SELECT 1", headers).body);
        DOCTEST_CHECK(std::string(body.at("nextUri").as_string()).starts_with(std::string(c.base) + "v1/statement/queued/"));
        DOCTEST_CHECK(std::string(body.at("infoUri").as_string()).starts_with(std::string(c.base) + "ui#/queries/"));
    }
    DOCTEST_CHECK(client.send("POST", "/v1/statement", "SELECT 1", {{"X-Trino-User", "a"}, {"X-Forwarded-Port", "abc"}}).status ==
                  400);
}

DOCTEST_TEST_CASE("answers are compressed for those who take gzip, and for nobody else") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    struct Case {
        const char *accepted;
        bool compressed;
    };
    for (const auto &c : {Case{"gzip", true}, Case{"br, GZIP;q=0.5", true}, Case{"*", true}, Case{"identity", false},
                          Case{"gzip;q=0", false}, Case{"deflate", false}}) {
        DOCTEST_INFO(c.accepted);
        const auto answer = client.send("GET", "/v1/info", "", {{"Accept-Encoding", c.accepted}});
        DOCTEST_CHECK((answer.headers.get("Content-Encoding").value_or("") == "gzip") == c.compressed);
    }
}

DOCTEST_TEST_CASE("latencies show as a real server's: polls of a second, states that wait") {
    StandIn::Options options;
    options.behaviour.queued = 300ms;
    options.behaviour.per_page = 200ms;
    const auto server = start_stand_in(options);
    const ProtocolClient client(*server);
    const auto began = std::chrono::steady_clock::now();
    DOCTEST_CHECK(client.result("SELECT 1") == "[[1]]");
    DOCTEST_CHECK(std::chrono::steady_clock::now() - began >= 500ms);
    server->set_behaviour({});
    ProtocolClient slow(*server);
    slow.headers.emplace_back("X-Trino-Session", "stand_in_queued_time=1500ms");
    auto page = slow.next(slow.post("SELECT 1"));
    const auto asked = std::chrono::steady_clock::now();
    page = slow.next(page); // held for a second, still queued
    DOCTEST_CHECK(ProtocolClient::state(page) == "QUEUED");
    const auto waited = std::chrono::steady_clock::now() - asked;
    DOCTEST_CHECK(waited >= 900ms);
    DOCTEST_CHECK(waited < 1400ms);
}

DOCTEST_TEST_CASE("while starting it takes statements and fails them, as a real server does") {
    StandIn::Options options;
    options.behaviour.start_up = 1500ms;
    const auto server = start_stand_in(options);
    const ProtocolClient client(*server);
    DOCTEST_CHECK(json::parse(client.send("GET", "/v1/info").body).at("starting") == true);
    DOCTEST_CHECK(client.result("SELECT 1") == "SERVER_STARTING_UP: Trino server is still initializing");
    DOCTEST_CHECK(holds_within(10s, [&] { return json::parse(client.send("GET", "/v1/info").body).at("starting") == false; }));
    DOCTEST_CHECK(client.result("SELECT 1") == "[[1]]");
}

DOCTEST_TEST_CASE("faults: every n-th statement refused, every n-th request dropped") {
    StandIn::Options options;
    options.behaviour.fail_statement_every = 2;
    const auto server = start_stand_in(options);
    const ProtocolClient client(*server);
    DOCTEST_CHECK(client.send("POST", "/v1/statement", "SELECT 1", client.headers).status == 200);
    DOCTEST_CHECK(client.send("POST", "/v1/statement", "SELECT 1", client.headers).status == 503);
    StandInBehaviour dropping;
    dropping.drop_every = 1;
    server->set_behaviour(dropping);
    netkit::Request request;
    request.method = "POST";
    DOCTEST_CHECK_FALSE(netkit::send_blocking(*netkit::Origin::parse(server->url()), request, soon()).ok());
}

DOCTEST_TEST_CASE("a time limit of the session ends a query that runs over it") {
    const auto server = start_stand_in();
    ProtocolClient client(*server);
    client.headers.emplace_back("X-Trino-Session", "query_max_run_time=300ms");
    DOCTEST_CHECK(client.result(endless) == "EXCEEDED_TIME_LIMIT: Query exceeded maximum time limit of 0.30s");
}

DOCTEST_TEST_CASE("the two gauges count what waits and what runs") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const auto metric = [&](const std::string &name) {
        const auto full = "trino_execution_name_QueryManager_" + name;
        const auto body = client.send("GET", "/metrics?name[]=" + full, "", client.headers).body;
        DOCTEST_CHECK(body.starts_with("# TYPE " + full + " gauge\n" + full + " "));
        DOCTEST_CHECK(body.ends_with("# EOF\n"));
        return body.substr(body.rfind(full + " ") + full.size() + 1, 3);
    };
    DOCTEST_CHECK(metric("RunningQueries") == "0.0");
    const auto page = running(client, endless);
    DOCTEST_CHECK(metric("RunningQueries") == "1.0");
    DOCTEST_CHECK(metric("QueuedQueries") == "0.0");
    client.send("DELETE", ProtocolClient::link(page));
    DOCTEST_CHECK(metric("RunningQueries") == "0.0");
}

DOCTEST_TEST_CASE("results come in pages of the size that was asked for, complete and in order") {
    const auto server = start_stand_in();
    ProtocolClient client(*server);
    client.headers.emplace_back("X-Trino-Session", "stand_in_page_bytes=1000");
    std::int64_t expected = 1;
    int pages = 0;
    for (const auto &answered : client.run("SELECT n FROM UNNEST(sequence(1, 2000)) AS t(n)")) {
        const auto *data = answered.page.if_contains("data");
        if (data == nullptr) continue;
        ++pages;
        DOCTEST_CHECK(json::serialize(*data).size() < 1100);
        for (const auto &row : data->as_array())
            DOCTEST_CHECK(row.at(0).as_int64() == expected++);
    }
    DOCTEST_CHECK(expected == 2001);
    DOCTEST_CHECK(pages >= 10);
}

DOCTEST_TEST_CASE("headers that are wrong are refused before there is a query") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    struct Case {
        const char *name, *value, *text;
    };
    for (const auto &c :
         {Case{"X-Trino-Session", "abc", "Error 400 Bad Request: Invalid X-Trino-Session header"},
          Case{"X-Trino-Prepared-Statement", "abc", "Error 400 Bad Request: Invalid X-Trino-Prepared-Statement header"},
          Case{"X-Trino-Role", "system=abc", "Error 400 Bad Request: Invalid X-Trino-Role header"},
          Case{"X-Trino-Extra-Credential", "abc", "Error 400 Bad Request: Invalid X-Trino-Extra-Credential header"},
          Case{"X-Trino-Transaction-Id", "abc", "Error 400 Bad Request: Invalid UUID string: abc"},
          Case{"X-Trino-Resource-Estimate", "FOO=1", "Error 400 Bad Request: Unsupported resource name FOO"},
          Case{"X-Trino-Schema", "tiny", "Error 400 Bad Request: Schema is set but catalog is not"}}) {
        DOCTEST_INFO(c.name);
        const auto answer = client.send("POST", "/v1/statement", "SELECT 1", {{"X-Trino-User", "a"}, {c.name, c.value}});
        DOCTEST_CHECK(answer.status == 400);
        DOCTEST_CHECK(answer.body == c.text);
    }
    netkit::Request huge; // refused before it is read: some clients see the 413, some the closed connection
    huge.method = "POST";
    huge.target = "/v1/statement";
    huge.body = std::string(5 * 1024 * 1024, ' ');
    const auto refused = netkit::send_blocking(*netkit::Origin::parse(server->url()), huge, soon());
    DOCTEST_CHECK((!refused.ok() || refused->status == 413));
    DOCTEST_CHECK(client.result("SELECT 1" + std::string(1000000, ' ')).starts_with("QUERY_TEXT_TOO_LARGE: Query text length"));
}

DOCTEST_TEST_CASE("stop ends waiting polls at once") {
    auto server = start_stand_in();
    const ProtocolClient client(*server);
    const auto page = running(client, endless);
    std::thread poll([&] {
        netkit::Request request;
        const auto link = ProtocolClient::link(page);
        request.target = link.substr(link.find('/', 8));
        (void)netkit::send_blocking(*netkit::Origin::parse(server->url()), request, soon());
    });
    std::this_thread::sleep_for(100ms);
    const auto began = std::chrono::steady_clock::now();
    server->stop();
    poll.join();
    DOCTEST_CHECK(std::chrono::steady_clock::now() - began < 2s);
}

DOCTEST_TEST_CASE("pods of a runtime know each other: the coordinator lists its live workers and no other runtime's") {
    const auto backend = make_stand_in_backend();
    // Addresses of loopback that no other test run has: by process id.
    const auto pid = static_cast<unsigned>(::getpid());
    const auto address = [&](unsigned n) {
        return "127." + std::to_string(32 + pid / 65536 % 32) + "." + std::to_string(pid / 256 % 256) + "." +
               std::to_string(pid % 240 + n);
    };
    const auto pod = [&](const std::string &runtime, const std::string &component, unsigned n) {
        PodPlan plan;
        plan.ns = "team";
        plan.name = "trino-" + runtime + "-" + component + "-" + std::to_string(n);
        plan.runtime = runtime;
        plan.component = component;
        plan.ip = address(n);
        plan.catalog_files["tpch.properties"] = "connector.name=tpch\n";
        plan.catalog_files["mine.properties"] = "# only a comment\n";
        plan.config_files["node.properties"] = "node.environment=test_environment\n";
        auto started = backend->start(plan);
        DOCTEST_REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message));
        return std::move(*started);
    };
    const auto coordinator = pod("a", "coordinator", 1);
    const auto worker = pod("a", "worker", 2);
    const auto other = pod("b", "worker", 3);
    const ProtocolClient client("http://" + address(1) + ":8080");
    const std::string list = "SELECT node_id, http_uri, coordinator, state FROM system.runtime.nodes ORDER BY 1";
    DOCTEST_CHECK(client.result(list) == "[[\"trino-a-coordinator-1\",\"http://" + address(1) +
                                             ":8080\",true,\"active\"],[\"trino-a-worker-2\",\"http://" + address(2) +
                                             ":8080\",false,\"active\"]]");
    DOCTEST_CHECK(client.result("SHOW CATALOGS") == R"([["system"],["tpch"]])");
    const ProtocolClient of_worker("http://" + address(2) + ":8080");
    const auto info = json::parse(of_worker.send("GET", "/v1/info").body);
    DOCTEST_CHECK(info.at("coordinator") == false);
    DOCTEST_CHECK(info.at("environment") == "test_environment");
    DOCTEST_CHECK(of_worker.send("POST", "/v1/statement", "SELECT 1", client.headers).status == 404);
    worker->stop(0ms);
    DOCTEST_CHECK(worker->exited().has_value());
    DOCTEST_CHECK(client.result("SELECT count(*) FROM system.runtime.nodes") == "[[1]]");
    PodPlan taken;
    taken.ip = address(1);
    const auto refused = backend->start(taken);
    DOCTEST_REQUIRE_FALSE(refused.ok());
    DOCTEST_CHECK(refused.error().code == xtn::Code::unavailable); // the simulator tries another address then
}
