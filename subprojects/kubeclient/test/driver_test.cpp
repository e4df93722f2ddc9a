// The machine on a real connection, against a scripted server.
#include "kubeclient/list_watch_driver.hpp"

#include "fake_api.hpp"
#include "kubeclient/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

using namespace kube;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const Kind pods{"", "v1", "pods", "Pod", true};

std::string pod(const std::string &name, const std::string &version) {
    return R"({"kind":"Pod","metadata":{"name":")" + name + R"(","namespace":"n","uid":"u-)" + name + R"(","resourceVersion":")" +
           version + R"("}})";
}
std::string list_of(const std::string &items, const std::string &version, const std::string &more = {}) {
    return R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":")" + version + R"(","continue":")" + more +
           R"("},"items":[)" + items + "]}";
}
std::string event(const std::string &type, const std::string &object) {
    return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string query_value(const netkit::Request &request, std::string_view name) {
    for (const auto &[key, value] : netkit::parse_query(request.query()))
        if (key == name) return value;
    return {};
}

// Collects what the machine says and calls `enough` after each step.
struct Sink final : ListWatchSink {
    std::vector<std::string> said;
    std::function<void(Sink &)> enough;
    asio::awaitable<void> take(std::vector<Notice> notices) override {
        for (const auto &notice : notices) {
            if (std::holds_alternative<ListStarted>(notice)) said.emplace_back("started");
            if (const auto *present = std::get_if<Present>(&notice))
                said.push_back("present " + std::string(present->object.name()));
            if (const auto *gone = std::get_if<Gone>(&notice)) said.push_back("gone " + gone->key.name);
            if (const auto *synced = std::get_if<Synced>(&notice)) said.push_back("synced " + std::to_string(synced->count));
            if (const auto *failing = std::get_if<Failing>(&notice)) said.push_back("failing " + failing->error.code_text());
        }
        enough(*this);
        co_return;
    }
    bool heard(std::string_view what) const {
        for (const auto &s : said)
            if (s == what) return true;
        return false;
    }
};

// Runs the driver until the sink has heard `until`; fails after five seconds.
std::vector<std::string> watch(const FakeApi &api, const std::string &until, ListWatchOptions options = {}, Known known = {}) {
    asio::io_context io;
    std::vector<std::string> failures;
    TaskGroup group(io.get_executor(), [&failures](const std::string &, const std::string &what) { failures.push_back(what); });
    Client client(io.get_executor(), api.config());
    Sink sink;
    sink.enough = [&](Sink &s) {
        if (s.heard(until)) group.cancel();
    };
    options.backoff = Backoff{2ms, 10ms};
    ListWatchTarget target;
    target.kind = pods;
    target.label_selector = "app=x";
    group.spawn("pods", run_list_watch(client, target, std::move(known), options, sink));
    io.run_for(5s);
    DOCTEST_CHECK(group.idle());
    DOCTEST_CHECK(failures.empty());
    if (!sink.heard(until)) DOCTEST_FAIL("never heard: " << until);
    return sink.said;
}

using Words = std::vector<std::string>;

} // namespace

DOCTEST_TEST_CASE("pages, then the watch, over one server") {
    FakeApi api([](const auto &exchange) {
        const auto &r = exchange->request();
        if (query_value(r, "watch").empty()) {
            const bool first = query_value(r, "continue").empty();
            return exchange->respond(
                FakeApi::json(200, first ? list_of(pod("a", "1"), "5", "more") : list_of(pod("b", "2"), "5")));
        }
        exchange->begin(FakeApi::json(200, event("ADDED", pod("c", "6")).substr(0, 20))); // events may come in pieces
        exchange->write(event("ADDED", pod("c", "6")).substr(20) + event("DELETED", pod("a", "7")));
    });
    const auto said = watch(api, "gone a", {}, Known{{"u-old", {"n", "old"}}});
    DOCTEST_CHECK(said == Words{"started", "present a", "present b", "gone old", "synced 2", "present c", "gone a"});
    const auto requests = api.requests();
    DOCTEST_REQUIRE(requests.size() == 3);
    DOCTEST_CHECK(query_value(requests[2], "resourceVersion") == "5");
    DOCTEST_CHECK(query_value(requests[2], "allowWatchBookmarks") == "true");
    DOCTEST_CHECK(query_value(requests[2], "labelSelector") == "app=x");
    api.stop();
}

DOCTEST_TEST_CASE("a connection cut in the middle of an event is opened again from the last whole one") {
    std::atomic<int> watches{0};
    FakeApi api([&watches](const auto &exchange) {
        if (query_value(exchange->request(), "watch").empty()) return exchange->respond(FakeApi::json(200, list_of("", "5")));
        if (++watches == 1) {
            exchange->begin(FakeApi::json(200, event("ADDED", pod("a", "6")) + R"({"type":"ADDED","obj)"));
            exchange->finish();
            return;
        }
        exchange->begin(FakeApi::json(200, event("ADDED", pod("b", "8"))));
    });
    const auto said = watch(api, "present b");
    DOCTEST_CHECK(said == Words{"started", "synced 0", "present a", "present b"});
    DOCTEST_CHECK(query_value(api.requests().back(), "resourceVersion") == "6");
    api.stop();
}

DOCTEST_TEST_CASE("410 over the wire, as a status and as an event, ends in a new list") {
    std::atomic<int> watches{0};
    FakeApi api([&watches](const auto &exchange) {
        if (query_value(exchange->request(), "watch").empty())
            return exchange->respond(FakeApi::json(200, list_of(watches == 0 ? pod("a", "1") : pod("b", "2"), "5")));
        switch (++watches) {
        case 1:
            return exchange->respond(FakeApi::json(410, R"({"kind":"Status","code":410,"reason":"Expired"})"));
        case 2:
            exchange->begin(
                FakeApi::json(200, event("ADDED", pod("c", "6")) + event("ERROR", R"({"kind":"Status","code":410})")));
            return;
        default:
            exchange->begin(FakeApi::json(200, event("ADDED", pod("end", "9"))));
        }
    });
    const auto said = watch(api, "present end");
    DOCTEST_CHECK(said == Words{"started", "present a", "synced 1", "started", "present b", "gone a", "synced 1", "present c",
                                "started", "present b", "gone c", "synced 1", "present end"});
    api.stop();
}

DOCTEST_TEST_CASE("a watch that says nothing is given up after the idle timeout") {
    std::atomic<int> watches{0};
    FakeApi api([&watches](const auto &exchange) {
        if (query_value(exchange->request(), "watch").empty()) return exchange->respond(FakeApi::json(200, list_of("", "5")));
        exchange->begin(FakeApi::json(200, ++watches == 1 ? "\n" : event("ADDED", pod("a", "6"))));
    });
    ListWatchOptions options;
    options.idle_timeout = 50ms;
    DOCTEST_CHECK(watch(api, "present a", options) == Words{"started", "synced 0", "present a"});
    api.stop();
}

DOCTEST_TEST_CASE("a server in trouble is said once and asked again") {
    std::atomic<int> lists{0};
    FakeApi api([&lists](const auto &exchange) {
        if (++lists < 4) return exchange->respond(FakeApi::json(503, "{}"));
        exchange->respond(FakeApi::json(200, list_of("", "5")));
    });
    DOCTEST_CHECK(watch(api, "synced 0") == Words{"started", "failing 503", "synced 0"});
    api.stop();
}
