// The log over HTTP, against a real engine on a real log.
#include "adapters/api/api_server.hpp"
#include "adapters/api/audit_api.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "netkit/http_client.hpp"
#include "test/unit/core/log_fixture.hpp"
#include "test/unit/core/tally_machine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;

namespace {

constexpr auto soon = 20s;

struct Served {
    Served() : log(open_log(scratch.path())) {
        Engine::Options options;
        options.log = log.get();
        options.machine = &machine;
        auto started = Engine::start(std::move(options));
        DOCTEST_REQUIRE(started.ok());
        engine = std::move(*started);
        ApiServer::Options api;
        api.mounts.push_back({"/api/v1/audit", audit_api(*engine, *log)});
        auto serving = ApiServer::start(std::move(api));
        DOCTEST_REQUIRE(serving.ok());
        server = std::move(*serving);
    }
    void put(EventDraft draft, std::vector<Blob> blobs = {}) const {
        DOCTEST_REQUIRE(engine->submit("test", {std::move(draft)}, std::move(blobs)));
        DOCTEST_REQUIRE(engine->submit_and_wait("test", {}, Deadline::after(soon)).ok());
    }
    netkit::Response get(const std::string &path) const {
        netkit::Request request;
        request.target = "/api/v1/audit" + path;
        auto response = netkit::send_blocking(*netkit::Origin::parse(server->url()), request, Deadline::after(soon));
        DOCTEST_REQUIRE(response.ok());
        return std::move(*response);
    }
    boost::json::value json(const std::string &path) const {
        const auto response = get(path);
        DOCTEST_INFO(response.body);
        DOCTEST_REQUIRE(response.status == 200);
        return *parse_json(response.body);
    }

    Scratch scratch;
    std::unique_ptr<Log> log;
    TallyMachine machine;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<ApiServer> server;
};

// Reads the follow stream until `lines` events were seen.
boost::asio::awaitable<void> read_events(netkit::Client &client, netkit::Origin origin, std::size_t lines,
                                         std::function<void()> connected, std::vector<std::string> &out) {
    netkit::Request request;
    request.target = "/api/v1/audit/follow?after=1";
    auto opened = co_await client.open(std::move(origin), std::move(request), Deadline::after(soon));
    if (!opened.ok()) co_return;
    std::string text;
    bool told = false;
    while (out.size() < lines) {
        auto piece = co_await opened->body->read(Deadline::after(soon));
        if (!piece.ok() || piece->empty()) co_return;
        if (!told) connected();
        told = true;
        text += *piece;
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            if (end > 0) out.push_back(text.substr(0, end));
            text.erase(0, end + 1);
        }
    }
}

} // namespace

DOCTEST_TEST_CASE("events, subjects, blobs and the head are what the log says") {
    Served served;
    served.put(pod("team-a/x", 1), {{Digest::of("{}"), "{}"}});
    served.put(pod("team-b/y", 2));
    const auto head = served.json("/head");
    DOCTEST_CHECK(head.at("logId").as_string() == served.log->log_id());
    DOCTEST_CHECK(head.at("control").at("seq").as_int64() == 3);
    DOCTEST_CHECK(head.at("control").at("chain").as_string() == served.log->head(Stream::control).chain);
    DOCTEST_CHECK(head.at("queries").at("seq").as_int64() == 0);

    const auto page = served.json("/events?from=2&limit=1");
    DOCTEST_REQUIRE(page.at("events").as_array().size() == 1);
    DOCTEST_CHECK(page.at("next").as_int64() == 3);
    const auto event = event_from_json(page.at("events").as_array()[0]);
    DOCTEST_REQUIRE(event.ok());
    DOCTEST_CHECK(print_full(Stream::control, event->event) ==
                  print_full(Stream::control, *served.log->get(Stream::control, Seq{2})));
    DOCTEST_CHECK(served.json("/events?from=4").at("events").as_array().empty());
    DOCTEST_CHECK(served.json("/events/control/3").at("subject").as_string() == "runtime/team-b/y");

    DOCTEST_CHECK(boost::json::serialize(served.json("/subjects?prefix=runtime/")) ==
                  R"({"subjects":["runtime/team-a/x","runtime/team-b/y"]})");
    DOCTEST_CHECK(boost::json::serialize(served.json("/subjects/seqs?subject=runtime/team-b/y")) == R"({"seqs":[3]})");
    DOCTEST_CHECK(served.get("/blobs/" + Digest::of("{}").hex).body == "{}");
    DOCTEST_CHECK(served.json("/verify").at("events").as_int64() == 3);
}

DOCTEST_TEST_CASE("the state is the machine's, with the position it stands for") {
    Served served;
    served.put(pod("team-a/x", 1));
    const auto response = served.get("/state");
    DOCTEST_CHECK(response.status == 200);
    DOCTEST_CHECK(response.headers.get("X-XTrinode-Seq") == "2");
    DOCTEST_CHECK(response.body == canonical_json_or_throw(served.machine.serialize()));
}

DOCTEST_TEST_CASE("what is wrong or not there is said with the right status") {
    Served served;
    struct Case {
        const char *path;
        int status;
    };
    for (const auto &[path, status] :
         {Case{"/events?stream=other", 400}, Case{"/events?from=x", 400}, Case{"/events?limit=-1", 400},
          Case{"/events/control/99", 404}, Case{"/events/control/", 400}, Case{"/subjects/seqs", 400}, Case{"/blobs/0000", 404},
          Case{"/nothing", 404}, Case{"", 404}}) {
        DOCTEST_INFO(path);
        DOCTEST_CHECK(served.get(path).status == status);
    }
}

DOCTEST_TEST_CASE("a follower gets events as they become durable, and stopping the server ends it") {
    Served served;
    boost::asio::io_context io;
    netkit::Client client(io.get_executor(), netkit::Client::Options());
    std::vector<std::string> lines;
    std::jthread writer;
    auto connected = [&] {
        writer = std::jthread([&] {
            served.put(pod("team-a/x", 1));
            served.put(pod("team-a/x", 2));
        });
    };
    boost::asio::co_spawn(io, read_events(client, *netkit::Origin::parse(served.server->url()), 2, connected, lines),
                          boost::asio::detached);
    io.run();
    writer.join();
    DOCTEST_REQUIRE(lines.size() == 2);
    DOCTEST_CHECK(parse_json(lines[0])->at("seq").as_int64() == 2);
    DOCTEST_CHECK(parse_json(lines[1])->at("seq").as_int64() == 3);
    served.server->stop();
}
