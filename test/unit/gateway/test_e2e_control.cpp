// Beside the requests: tables by stream and file, records, health and metrics, stopping.
#include "test/unit/core/scratch.hpp"
#include "test/unit/gateway/fake_coordinator.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace xtn;
using namespace xtn::test;
using std::chrono::seconds;
namespace json = boost::json;

namespace {

const std::string selector = select("n/a");

// The control plane's side of the wire: hands out the table it was given, keeps the batches it gets.
class FakeControlPlane {
  public:
    explicit FakeControlPlane(std::uint16_t port = 0) {
        auto started = netkit::Server::start("127.0.0.1:" + std::to_string(port), {},
                                             [this](std::shared_ptr<netkit::Exchange> e) { handle(std::move(e)); });
        if (!started.ok()) throw std::runtime_error(started.error().message);
        server_ = std::move(*started);
    }
    ~FakeControlPlane() { server_->stop(std::chrono::milliseconds(0)); }
    std::string url() const { return "http://" + server_->address(); }
    std::uint16_t port() const { return server_->port(); }
    void publish(const RouteTable &table) {
        const std::lock_guard lock(mutex_);
        line_ = json::serialize(table.to_json()) + "\n";
        for (const auto &stream : streams_)
            stream->write(line_);
    }
    void say(const std::string &text) {
        const std::lock_guard lock(mutex_);
        for (const auto &stream : streams_)
            stream->write(text);
    }
    std::size_t streams() const {
        const std::lock_guard lock(mutex_);
        return opened_;
    }
    std::vector<json::object> records() const {
        const std::lock_guard lock(mutex_);
        std::vector<json::object> out;
        for (const auto &batch : batches_) {
            const auto document = json::parse(batch);
            for (const auto &record : document.at("records").as_array())
                out.push_back(record.as_object());
        }
        return out;
    }
    std::string token_seen() const {
        const std::lock_guard lock(mutex_);
        return token_;
    }
    std::atomic<int> refuse_records{0}; // status for the next batches; 0: take them

  private:
    void handle(std::shared_ptr<netkit::Exchange> exchange) {
        const std::lock_guard lock(mutex_);
        const auto &request = exchange->request();
        token_ = std::string(request.headers.get("Authorization").value_or(""));
        netkit::Response response;
        if (request.target == "/api/v1/routes/stream") {
            response.body = "\n" + line_;
            exchange->begin(std::move(response));
            streams_.push_back(std::move(exchange));
            ++opened_;
        } else if (request.target == "/api/v1/gateways/records" && request.method == "POST") {
            response.status = refuse_records.load() == 0 ? 200 : refuse_records.load();
            if (response.status == 200) batches_.push_back(request.body);
            exchange->respond(std::move(response));
        } else {
            response.status = 404;
            exchange->respond(std::move(response));
        }
    }
    mutable std::mutex mutex_;
    std::string line_;
    std::string token_;
    std::vector<std::shared_ptr<netkit::Exchange>> streams_;
    std::size_t opened_ = 0;
    std::vector<std::string> batches_;
    std::unique_ptr<netkit::Server> server_;
};

std::unique_ptr<Gateway> started(Gateway::Options options) {
    auto gateway = Gateway::start(std::move(options));
    if (!gateway.ok()) throw std::runtime_error(gateway.error().message);
    return std::move(*gateway);
}

bool serves(const Gateway &gateway, const std::string &identity = "n/a") {
    return ask(gateway.port(), "GET", "/v1/query", select(identity)).status == 200;
}

std::vector<json::object> of_type(const std::vector<json::object> &records, std::string_view type) {
    std::vector<json::object> out;
    std::copy_if(records.begin(), records.end(), std::back_inserter(out),
                 [&](const auto &r) { return std::string_view(r.at("type").as_string()) == type; });
    return out;
}

std::string read_file(const std::filesystem::path &path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

} // namespace

DOCTEST_TEST_CASE("tables of the control plane's stream are served, a newer one replaces them, nonsense does not") {
    FakeCoordinator a("aaaaa"), b("bbbbb");
    FakeControlPlane plane;
    plane.publish(table_with({route_to({backend_at("n", "a", a.url())})}, 5));
    auto options = impatient();
    options.control_plane_url = plane.url();
    options.control_plane_token = "secret";
    const auto gateway = started(std::move(options));
    DOCTEST_CHECK(eventually([&] { return gateway->ready(); }));
    DOCTEST_CHECK(serves(*gateway));
    DOCTEST_CHECK(plane.token_seen() == "Bearer secret");
    plane.publish(table_with({route_to({backend_at("n", "b", b.url())})}, 6));
    DOCTEST_CHECK(eventually([&] { return serves(*gateway, "n/b"); }));
    DOCTEST_CHECK_FALSE(serves(*gateway, "n/a"));
    plane.publish(table_with({}, 4)); // from a replica that lags behind
    plane.say("{\"epoch\":99}\n");    // ends this stream
    DOCTEST_CHECK(eventually([&] { return plane.streams() >= 2; }));
    DOCTEST_CHECK(serves(*gateway, "n/b"));
}

DOCTEST_TEST_CASE("two gateways serve on while the control plane is down, one of them restarted, and follow it when it is back") {
    FakeCoordinator a("aaaaa"), b("bbbbb");
    const Scratch scratch;
    auto plane = std::make_unique<FakeControlPlane>();
    const auto port = plane->port();
    plane->publish(table_with({route_to({backend_at("n", "a", a.url())})}, 5));
    const auto options_of = [&](const char *name) {
        auto options = impatient();
        options.control_plane_url = "http://127.0.0.1:" + std::to_string(port);
        options.state_dir = scratch.path() / name;
        return options;
    };
    auto first = started(options_of("first"));
    auto second = started(options_of("second"));
    DOCTEST_CHECK(eventually([&] { return first->ready() && second->ready(); }));
    plane.reset();
    DOCTEST_CHECK(serves(*first));
    DOCTEST_CHECK(serves(*second));
    first.reset();
    first = started(options_of("first"));
    DOCTEST_CHECK(first->ready()); // from the last good table, at once
    const auto next = member(ask(first->port(), "POST", "/v1/statement", selector, "SELECT 1").body, "nextUri");
    DOCTEST_CHECK(ask(second->port(), "GET", path_of(next), "X-Trino-User: test\r\n").status == 200);
    plane = std::make_unique<FakeControlPlane>(port);
    plane->publish(table_with({route_to({backend_at("n", "b", b.url())})}, 6));
    DOCTEST_CHECK(eventually([&] { return serves(*first, "n/b") && serves(*second, "n/b"); }));
}

DOCTEST_TEST_CASE("a routes file is served from the start and again when it changes; a broken one changes nothing") {
    FakeCoordinator a("aaaaa"), b("bbbbb");
    const Scratch scratch;
    const auto path = scratch.path() / "routes.yaml";
    const auto write = [&](const std::string &text) {
        std::ofstream(path.string() + ".new") << text;
        std::filesystem::rename(path.string() + ".new", path);
    };
    auto options = impatient();
    options.routes_file = path;
    const auto missing = Gateway::start(options);
    DOCTEST_REQUIRE_FALSE(missing.ok());
    DOCTEST_CHECK(missing.error().message.find("routes.yaml") != std::string::npos);
    write(table_with({route_to({backend_at("n", "a", a.url())})}).to_yaml());
    const auto gateway = started(options);
    DOCTEST_CHECK(serves(*gateway));
    write("routes: [");
    write(table_with({route_to({backend_at("n", "b", b.url())})}).to_yaml());
    DOCTEST_CHECK(eventually([&] { return serves(*gateway, "n/b"); }));
}

DOCTEST_TEST_CASE("set_routes takes newer tables only") {
    FakeCoordinator a("aaaaa");
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", a.url())})}, 5));
    DOCTEST_CHECK_FALSE(gateway->set_routes(table_with({}, 5)));
    DOCTEST_CHECK_FALSE(gateway->set_routes(table_with({}, 4)));
    DOCTEST_CHECK(serves(*gateway));
    auto older_epoch = table_with({}, 99);
    older_epoch.epoch = 0;
    DOCTEST_CHECK_FALSE(gateway->set_routes(older_epoch));
    DOCTEST_CHECK(gateway->set_routes(table_with({}, 6)));
    DOCTEST_CHECK_FALSE(serves(*gateway));
    gateway->stop();
    DOCTEST_CHECK_FALSE(gateway->set_routes(table_with({}, 7)));
}

DOCTEST_TEST_CASE("what became of statements is reported, numbered, and again until it is taken") {
    FakeCoordinator a("aaaaa");
    FakeControlPlane plane;
    plane.publish(table_with({route_to({backend_at("n", "a", a.url())})}, 5));
    plane.refuse_records = 503;
    auto options = impatient();
    options.control_plane_url = plane.url();
    const auto gateway = started(std::move(options));
    DOCTEST_CHECK(eventually([&] { return gateway->ready(); }));
    const std::string who = "X-Trino-User: al\xffice\r\nX-Trino-Source: dbt\r\nX-Trino-XTrinode: n/a\r\n";
    auto page = ask(gateway->port(), "POST", "/v1/statement", who, "SELECT secret FROM t");
    const auto id = member(page.body, "id");
    for (auto next = member(page.body, "nextUri"); !next.empty(); next = member(page.body, "nextUri"))
        page = ask(gateway->port(), "GET", path_of(next));
    for (int i = 0; i < 30; ++i)
        DOCTEST_CHECK(ask(gateway->port(), "POST", "/v1/statement", select("no/such"), "SELECT 1").status == 404);
    DOCTEST_CHECK(eventually([&] { return gateway->usage().buffered_records > 10; }));
    plane.refuse_records = 0;
    DOCTEST_CHECK(eventually([&] { return gateway->usage().buffered_records == 0; }));
    const auto records = plane.records();
    std::vector<std::int64_t> numbers;
    for (const auto &record : records)
        numbers.push_back(record.at("sequence").to_number<std::int64_t>());
    for (std::size_t i = 0; i < numbers.size(); ++i)
        DOCTEST_CHECK(numbers[i] == static_cast<std::int64_t>(i) + 1);
    const auto routed = of_type(records, "query.routed");
    DOCTEST_REQUIRE(routed.size() == 1);
    DOCTEST_CHECK(routed.front().at("subject") == "runtime/n/a");
    const auto &payload = routed.front().at("payload");
    DOCTEST_CHECK(payload.at("query_id") == json::value(id));
    DOCTEST_CHECK(payload.at("method") == "header");
    DOCTEST_CHECK(payload.at("user") == "al?ice");
    DOCTEST_CHECK(payload.at("source") == "dbt");
    DOCTEST_CHECK(payload.at("status") == 200);
    const auto ended = of_type(records, "query.ended");
    DOCTEST_REQUIRE(ended.size() == 1);
    DOCTEST_CHECK(ended.front().at("payload").at("query_id") == json::value(id));
    DOCTEST_CHECK(ended.front().at("payload").at("state") == "FINISHED");
    DOCTEST_CHECK(of_type(records, "coordinator.identified").size() == 1);
    DOCTEST_CHECK(of_type(records, "backend.health.changed").size() == 1);
    const auto refused = of_type(records, "query.refused").size();
    DOCTEST_CHECK(refused >= 10);
    DOCTEST_CHECK(refused < 30); // the rest is counted, not told one by one
    for (const auto &record : records)
        DOCTEST_CHECK(json::serialize(record).find("secret") == std::string::npos);
}

DOCTEST_TEST_CASE("activity is told at the edges between idle and busy") {
    FakeCoordinator a("aaaaa");
    std::mutex mutex;
    std::vector<json::object> records;
    auto options = impatient();
    options.record_sink = [&](std::string_view batch) -> Status {
        const auto document = json::parse(json::string_view(batch.data(), batch.size()));
        const std::lock_guard lock(mutex);
        for (const auto &record : document.at("records").as_array())
            records.push_back(record.as_object());
        return ok();
    };
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", a.url())})}), std::move(options));
    const auto activity = [&] {
        const std::lock_guard lock(mutex);
        return of_type(records, "activity.observed");
    };
    auto page = ask(gateway->port(), "POST", "/v1/statement", selector, "SELECT 1");
    DOCTEST_CHECK(eventually([&] { return activity().size() == 1; }));
    DOCTEST_CHECK(activity().front().at("payload").at("queued") == 1);
    DOCTEST_CHECK(ask(gateway->port(), "DELETE", path_of(member(page.body, "nextUri")), selector).status == 204);
    DOCTEST_CHECK(eventually([&] { return activity().size() == 2; }));
    DOCTEST_CHECK(activity().back().at("payload").at("queued") == 0);
    // What is told last is not lost by the stop.
    ask(gateway->port(), "POST", "/v1/statement", selector, "SELECT 1");
    DOCTEST_CHECK(eventually([&] { return activity().size() == 3; }));
    ask(gateway->port(), "POST", "/v1/statement", selector, "SELECT 1");
    gateway->stop();
    const std::lock_guard lock(mutex);
    DOCTEST_CHECK(of_type(records, "query.routed").size() == 3);
    // Whoever polls that query next reports it; this gateway sees nothing of it any more.
    const auto last = of_type(records, "activity.observed").back();
    DOCTEST_CHECK(last.at("payload").at("running") == 0);
    DOCTEST_CHECK(last.at("payload").at("queued") == 0);
}

DOCTEST_TEST_CASE("health, readiness and metrics are answered by the gateway itself, on both listeners") {
    FakeCoordinator a("aaaaa");
    auto options = impatient();
    options.admin_listen = "127.0.0.1:0";
    const auto gateway = started(std::move(options));
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/health").body == "OK");
    DOCTEST_CHECK(ask(gateway->port(), "POST", "/healthz").status == 200);
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/readyz").status == 503);
    DOCTEST_REQUIRE(gateway->set_routes(table_with({route_to({backend_at("n", "a", a.url())})})));
    DOCTEST_CHECK(ask(gateway->port(), "GET", "/readyz").status == 200);
    ask(gateway->port(), "POST", "/v1/statement", selector, "SELECT 1");
    ask(gateway->port(), "POST", "/v1/statement", select("no/such"), "SELECT 1");
    DOCTEST_CHECK(eventually([&] {
        const auto metrics = ask(gateway->admin_port(), "GET", "/metrics");
        const auto has = [&](std::string_view line) { return metrics.body.find(line) != std::string::npos; };
        return metrics.header("content-type").starts_with("text/plain") &&
               has("gateway_requests_total{routing_group=\"n--a\",status_code=\"200\"} 1\n") &&
               has("gateway_requests_total{routing_group=\"unknown\",status_code=\"404\"} 1\n") &&
               has("gateway_request_duration_seconds_bucket{routing_group=\"n--a\",le=\"0.005\"}") &&
               has("xtrinode_gateway_inflight_queries{namespace=\"n\",xtrinode=\"a\",routing_group=\"n--a\",state=\"QUEUED\"} "
                   "1\n") &&
               has("gateway_503_total{routing_group=\"n--a\"} 0\n") &&
               has("gateway_auto_resume_total{routing_group=\"n--a\"} 0\n") && has("process_resident_memory_bytes ");
    }));
    DOCTEST_CHECK(ask(gateway->admin_port(), "GET", "/healthz").status == 200);
    DOCTEST_CHECK(ask(gateway->admin_port(), "POST", "/v1/statement", selector, "SELECT 1").status ==
                  404); // no way around the proxy's port
    DOCTEST_CHECK(a.queries() == 1);
}

DOCTEST_TEST_CASE("the access log has a line per request, without query strings, slugs or forged lines") {
    FakeCoordinator a("aaaaa");
    const Scratch scratch;
    const auto path = scratch.path() / "access.log";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    auto options = impatient();
    options.access_log_fd = fd;
    auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", a.url())})}), std::move(options));
    const auto page = ask(gateway->port(), "POST", "/v1/statement?token=hidden",
                          "X-Trino-XTrinode: n/a\r\nX-Trino-User: \"quo\\ted\"\r\n", "SELECT 1");
    ask(gateway->port(), "GET", path_of(member(page.body, "nextUri")));
    gateway->stop();
    const auto text = read_file(path);
    std::istringstream in(text);
    std::vector<json::object> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(json::parse(line).as_object());
    DOCTEST_REQUIRE(lines.size() == 2);
    DOCTEST_CHECK(lines[0].at("status") == 200);
    DOCTEST_CHECK(lines[0].at("path") == "/v1/statement");
    DOCTEST_CHECK(lines[0].at("runtime") == "n/a");
    DOCTEST_CHECK(lines[0].at("query") == json::value(member(page.body, "id")));
    DOCTEST_CHECK(lines[0].at("user") == "?quo?ted?");
    DOCTEST_CHECK(lines[1].at("path") == json::value("/v1/statement/queued/" + member(page.body, "id") + "/-/1"));
    ::close(fd);
}

DOCTEST_TEST_CASE("a stop lets answers in flight end, closes idle connections, refuses new ones and leaves nothing") {
    std::atomic<bool> go{false};
    RawServer server([&](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.starts_with("GET /v1/info ")) return void(connection.send(ok_answer("{}")));
        while (!go)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        connection.send(ok_answer("done"));
    });
    auto options = impatient();
    options.timeouts.health_interval = std::chrono::minutes(10);
    auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", server.url())})}), std::move(options));
    auto busy = RawConnection::connect_to(gateway->port());
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    auto idle = RawConnection::connect_to(gateway->port());
    DOCTEST_CHECK(eventually([&] { return gateway->usage().upstream == 1 && gateway->usage().sessions == 2; }));
    const auto port = gateway->port();
    std::thread stopping([&] { gateway->stop(); });
    DOCTEST_CHECK(idle.ended_within(seconds(5)));
    DOCTEST_CHECK_FALSE(gateway->ready());
    DOCTEST_CHECK_THROWS(RawConnection::connect_to(port));
    go = true;
    const auto answer = busy.read_answer();
    DOCTEST_CHECK(answer.body == "done");
    DOCTEST_CHECK(answer.header("connection") == "close");
    stopping.join();
    const auto usage = gateway->usage();
    DOCTEST_CHECK(usage.sessions == 0);
    DOCTEST_CHECK(usage.buffers == 0);
    DOCTEST_CHECK(usage.upstream + usage.upstream_idle == 0);
}

DOCTEST_TEST_CASE("a stop does not wait longer than its drain time for those who do not end") {
    RawServer server([](RawConnection &connection, int) {
        const auto request = connection.read_request();
        if (request.starts_with("GET /v1/info ")) return void(connection.send(ok_answer("{}")));
        connection.ended_within(seconds(10));
    });
    auto options = impatient();
    options.timeouts.upstream_response = seconds(60);
    options.timeouts.drain = std::chrono::milliseconds(200);
    options.timeouts.health_interval = std::chrono::minutes(10);
    auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", server.url())})}), std::move(options));
    auto client = RawConnection::connect_to(gateway->port());
    client.send("GET /never HTTP/1.1\r\nHost: a\r\n" + selector + "\r\n");
    DOCTEST_CHECK(eventually([&] { return gateway->usage().upstream == 1; }));
    const auto start = std::chrono::steady_clock::now();
    gateway->stop();
    DOCTEST_CHECK(std::chrono::steady_clock::now() - start < seconds(3));
    DOCTEST_CHECK(gateway->usage().sessions == 0);
}

DOCTEST_TEST_CASE("an address in use or unreadable is an error that says so") {
    FakeCoordinator a("aaaaa");
    const auto gateway = gateway_with(table_with({route_to({backend_at("n", "a", a.url())})}));
    auto options = impatient();
    options.listen = "127.0.0.1:" + std::to_string(gateway->port());
    const auto taken = Gateway::start(options);
    DOCTEST_REQUIRE_FALSE(taken.ok());
    DOCTEST_CHECK(taken.error().code == Code::unavailable);
    for (const auto *listen : {"nowhere", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "a b:1"}) {
        DOCTEST_CAPTURE(listen);
        options.listen = listen;
        const auto bad = Gateway::start(options);
        DOCTEST_REQUIRE_FALSE(bad.ok());
        DOCTEST_CHECK(bad.error().code == Code::invalid_argument);
    }
}
