// The adapter between a real log, a real engine and HTTP; only the world is a small one of the test's own.
#include "adapters/gateway/gateway_adapter.hpp"
#include "core/event/catalogue.hpp"
#include "netkit/http_client.hpp"
#include "netkit/task.hpp"
#include "projections/world.hpp"
#include "test/unit/core/scratch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace xtn;
namespace json = boost::json;

namespace {

// A route table that follows route.published, nothing else.
class SmallWorld : public World {
  public:
    void apply(const Event &event) override {
        if (event.name() == "watch.synced") synced_ = true;
        if (event.name() != "route.published") return;
        table_.epoch = event.epoch.value;
        table_.version = static_cast<std::uint64_t>(event.payload.at("version").to_number<std::int64_t>());
        Route route;
        route.name = route.routing_group = std::string(event.payload.at("routing_group").as_string());
        table_.routes.push_back(std::move(route));
    }
    Decisions decide(const Event &) const override { return {}; }
    std::optional<Timestamp> next_deadline() const override { return std::nullopt; }
    json::value serialize() const override { return table_.to_json(); }
    std::vector<RuntimeId> runtimes() const override { return {}; }
    std::optional<RuntimeView> runtime(const RuntimeId &) const override { return std::nullopt; }
    const RouteTable &routes() const override { return table_; }
    bool routes_known() const override { return synced_ || table_.version > 0; }
    bool synced(std::string_view kind) const override { return kind == "XTrinode" && synced_; }
    json::object describe_runtime(const RuntimeId &) const override { return {}; }
    json::object describe() const override { return {}; }

  private:
    RouteTable table_;
    bool synced_ = false;
};

struct Place {
    Scratch scratch;
    std::unique_ptr<Log> log;
    SmallWorld world;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<GatewayAdapter> adapter;
    std::unique_ptr<netkit::Server> server;
    netkit::Origin origin;
    std::chrono::milliseconds vanished_after{60000};

    Place() {
        Log::Options log_options;
        log_options.directory = scratch.path();
        auto opened = Log::open(std::move(log_options));
        DOCTEST_REQUIRE(opened.ok());
        log = std::move(*opened);
        Engine::Options engine_options;
        engine_options.log = log.get();
        engine_options.machine = &world;
        auto started = Engine::start(std::move(engine_options));
        DOCTEST_REQUIRE(started.ok());
        engine = std::move(*started);
        begin_adapter();
        auto listening = netkit::Server::start("127.0.0.1:0", {},
                                               [this](std::shared_ptr<netkit::Exchange> e) { adapter->handler()(std::move(e)); });
        DOCTEST_REQUIRE(listening.ok());
        server = std::move(*listening);
        origin.host = "127.0.0.1";
        origin.port = server->port();
    }
    ~Place() {
        server->stop();
        adapter->stop();
        engine->stop();
        log->close();
    }
    void begin_adapter() {
        GatewayAdapter::Options options;
        options.engine = engine.get();
        options.log = log.get();
        options.heartbeat = std::chrono::milliseconds(50);
        options.vanished_after = vanished_after;
        adapter = GatewayAdapter::start(options);
    }
    void publish(int version, const std::string &group) const {
        EventDraft draft;
        draft.type = type_of("route.published");
        draft.subject = Subject{"runtime/team-a/x"};
        draft.source = "test";
        draft.payload = {{"routing_group", group}, {"removed", false}, {"default", false}, {"version", version}};
        DOCTEST_REQUIRE(engine->submit_and_wait("test", {draft}, Deadline::after(std::chrono::seconds(10))).ok());
    }
    netkit::Response send(std::string method, std::string target, std::string body = {}) const {
        netkit::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.body = std::move(body);
        auto response = netkit::send_blocking(origin, request, Deadline::after(std::chrono::seconds(10)));
        DOCTEST_REQUIRE(response.ok());
        return *response;
    }
};

// Follows the stream on a thread of its own and keeps its lines.
class Follower {
  public:
    explicit Follower(const netkit::Origin &origin, std::string gateway = {}) {
        netkit::spawn(context_.get_executor(), "follower", follow(origin, std::move(gateway)));
        thread_ = std::thread([this] { context_.run(); });
    }
    ~Follower() {
        context_.stop();
        thread_.join();
    }
    // Waits until some line makes this true; the empty string when none did in time.
    std::string wait(const std::function<bool(const std::string &)> &wanted) {
        std::unique_lock lock(mutex_);
        std::string found;
        changed_.wait_for(lock, std::chrono::seconds(10), [&] {
            for (const auto &line : lines_)
                if (wanted(line)) found = line;
            return !found.empty() || ended_;
        });
        return found;
    }
    bool wait_end() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return ended_; });
    }
    int heartbeats() {
        const std::lock_guard lock(mutex_);
        return heartbeats_;
    }

  private:
    boost::asio::awaitable<void> follow(netkit::Origin origin, std::string gateway) {
        netkit::Client client(context_.get_executor(), {});
        netkit::Request request;
        if (!gateway.empty()) request.headers.add("X-Gateway-Id", gateway);
        request.target = "/api/v1/routes/stream";
        auto opened = co_await client.open(origin, request, Deadline::after(std::chrono::seconds(10)));
        std::string pending;
        while (opened.ok()) {
            auto piece = co_await opened->body->read(Deadline::after(std::chrono::seconds(10)));
            if (!piece.ok() || piece->empty()) break;
            pending += *piece;
            const std::lock_guard lock(mutex_);
            for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
                if (end == 0) {
                    ++heartbeats_;
                } else {
                    lines_.push_back(pending.substr(0, end));
                }
                pending.erase(0, end + 1);
            }
            changed_.notify_all();
        }
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    int heartbeats_ = 0;
    bool ended_ = false;
    boost::asio::io_context context_;
    std::thread thread_;
};

std::function<bool(const std::string &)> version(int v) {
    return [v](const std::string &line) { return json::parse(line).at("version") == v; };
}

} // namespace

DOCTEST_TEST_CASE("a follower gets the table as it is, then each newer one, and heartbeats in between") {
    Place p;
    DOCTEST_CHECK(p.send("GET", "/api/v1/routes").status == 503);
    p.publish(1, "one");
    Follower early(p.origin);
    DOCTEST_CHECK(early.wait(version(1)).find("\"one\"") != std::string::npos);
    p.publish(2, "two");
    DOCTEST_CHECK(early.wait(version(2)).find("\"two\"") != std::string::npos);
    Follower late(p.origin);
    DOCTEST_CHECK_FALSE(late.wait(version(2)).empty());
    while (early.heartbeats() < 3)
        std::this_thread::yield();
    DOCTEST_CHECK(json::parse(p.send("GET", "/api/v1/routes").body).at("version") == 2);
    p.adapter->stop();
    DOCTEST_CHECK(early.wait_end());
    DOCTEST_CHECK(late.wait_end());
}

DOCTEST_TEST_CASE("a table is not told before the picture is complete: unknown is not empty") {
    Place p;
    Follower follower(p.origin);
    while (follower.heartbeats() < 2)
        std::this_thread::yield();
    DOCTEST_CHECK(p.send("GET", "/api/v1/routes").status == 503);
    EventDraft synced;
    synced.type = type_of("watch.synced");
    synced.subject = Subject::cluster();
    synced.source = "test";
    synced.payload = {{"kind", "XTrinode"}, {"resource_version", "1"}, {"count", 0}, {"gone", 0}};
    const auto done = p.engine->submit_and_wait("test", {synced}, Deadline::after(std::chrono::seconds(10)));
    if (!done.ok()) DOCTEST_FAIL(done.error().message);
    DOCTEST_CHECK(follower.wait(version(0)) == R"({"epoch":0,"version":0,"routes":[]})");
}

DOCTEST_TEST_CASE("a listener in this process gets the current table and the newer ones") {
    Place p;
    p.publish(1, "one");
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::uint64_t> versions;
    p.adapter->on_routes([&](const RouteTable &table) {
        const std::lock_guard lock(mutex);
        versions.push_back(table.version);
        changed.notify_all();
    });
    p.publish(2, "two");
    std::unique_lock lock(mutex);
    DOCTEST_CHECK(changed.wait_for(lock, std::chrono::seconds(10), [&] { return !versions.empty() && versions.back() == 2; }));
    lock.unlock();
    p.adapter->stop();
}

DOCTEST_TEST_CASE(
    "records are durable once their batch is answered, and folded once over HTTP, in process and across a restart") {
    Place p;
    const std::string batch =
        R"({"gateway":"gw-1","records":[{"sequence":1,"time":"2026-11-24T14:02:05Z","type":"query.routed","subject":"runtime/team-a/x","payload":)"
        R"({"runtime":"team-a/x","backend":"http://x","routing_group":"g","method":"header","status":200,"wait_ms":0}},)"
        R"({"sequence":2,"time":"2026-11-24T14:02:05Z","type":"activity.observed","subject":"runtime/team-a/x","payload":{"running":1,"queued":0}}]})";
    const auto queries = [&] { return p.log->head(Stream::queries).seq.value; };
    const auto answer = p.send("POST", "/api/v1/gateways/records", batch);
    DOCTEST_CHECK(answer.status == 200);
    DOCTEST_CHECK(queries() == 1);
    const auto stored = p.log->get(Stream::queries, Seq{1});
    DOCTEST_REQUIRE(stored.ok());
    DOCTEST_CHECK(stored->type == "query.routed/1");
    const auto control = p.log->head(Stream::control).seq;
    DOCTEST_CHECK(p.log->get(Stream::control, control)->type == "activity.observed/1");
    DOCTEST_CHECK(p.adapter->take_records(batch).ok());
    DOCTEST_CHECK(queries() == 1);
    DOCTEST_CHECK(p.log->head(Stream::control).seq == control);
    p.adapter->stop();
    p.begin_adapter();
    DOCTEST_CHECK(p.adapter->take_records(batch).ok());
    DOCTEST_CHECK(queries() == 1);
}

DOCTEST_TEST_CASE("what cannot be taken is answered with what is wrong") {
    Place p;
    const auto refused = p.send("POST", "/api/v1/gateways/records", "nonsense");
    DOCTEST_CHECK(refused.status == 400);
    DOCTEST_CHECK(refused.body.find("not JSON") != std::string::npos);
    DOCTEST_CHECK(p.send("GET", "/api/v1/gateways/records").status == 405);
    DOCTEST_CHECK(p.send("POST", "/api/v1/routes/stream").status == 405);
    DOCTEST_CHECK(p.send("GET", "/api/v1/gateways").status == 404);
    p.engine->stop();
    const std::string one =
        R"({"gateway":"g","records":[{"sequence":1,"type":"activity.observed","subject":"runtime/a/b","payload":{"running":0,"queued":0}}]})";
    DOCTEST_CHECK(p.send("POST", "/api/v1/gateways/records", one).status == 503); // so that it comes again
    p.adapter->stop();
    DOCTEST_CHECK(p.send("POST", "/api/v1/gateways/records", one).status == 503);
}

DOCTEST_TEST_CASE("the report of a busy gateway that vanished is withdrawn, of one with an open stream it is not") {
    Place p;
    p.adapter->stop();
    p.vanished_after = std::chrono::milliseconds(300);
    p.begin_adapter();
    const auto send = [&](const std::string &gateway) {
        const auto answer = p.send("POST", "/api/v1/gateways/records",
                                   R"({"gateway":")" + gateway +
                                       R"(","records":[{"sequence":5,"time":"2026-11-24T14:02:05Z","type":"activity.observed",)"
                                       R"("subject":"runtime/team-a/x","payload":{"running":1,"queued":0}}]})");
        DOCTEST_REQUIRE(answer.status == 200);
    };
    Follower stays(p.origin, "stays");
    while (stays.heartbeats() < 1)
        std::this_thread::yield();
    send("stays");
    send("gone");
    const auto control = [&] {
        std::vector<Event> out;
        const auto scanned = p.log->scan(Stream::control, Seq{1}, [&](const Event &event) {
            if (event.name() == "activity.observed" || event.name() == "observation.gap") out.push_back(event);
            return true;
        });
        DOCTEST_REQUIRE(scanned.ok());
        return out;
    };
    while (control().size() < 4) // two reports, then the gap and what is withdrawn
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    while (stays.heartbeats() < 20) // far beyond the time after which it would have been taken for gone
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const auto events = control();
    DOCTEST_REQUIRE(events.size() == 4);
    DOCTEST_CHECK(events[2].type == "observation.gap/1");
    DOCTEST_CHECK(events[2].payload.at("gateway") == "gone");
    DOCTEST_CHECK(events[2].payload.at("from_sequence") == 6);
    DOCTEST_CHECK(events[3].type == "activity.observed/1");
    DOCTEST_CHECK(events[3].payload.at("gateway") == "gone");
    DOCTEST_CHECK(events[3].payload.at("vanished") == true);
}
