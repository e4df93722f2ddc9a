#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace xtn;
namespace json = boost::json;

namespace {

Event sample() {
    Event e;
    e.seq = Seq{12};
    e.time = *Timestamp::parse("2026-11-24T14:02:05.000000001Z");
    e.epoch = Epoch{3};
    e.type = "deployment.observed/1";
    e.subject = Subject{"runtime/team-a/small"};
    e.source = "kube";
    e.cause = Seq{11};
    e.payload =
        json::parse(
            R"({"name":"trino-small-worker","uid":"u","resource_version":"9","generation":1,"component":"worker","replicas":3,
        "observed_generation":1,"updated_replicas":3,"ready_replicas":2,"available_replicas":2,"stale":false})")
            .as_object();
    return e;
}

} // namespace

DOCTEST_TEST_CASE("an event survives the way through its JSON form") {
    Event e = sample();
    e.actor = "kubectl";
    e.correlation = "req-1";
    const auto back = event_from_json(event_to_json(Stream::control, e));
    DOCTEST_REQUIRE(back.ok());
    DOCTEST_CHECK(back->stream == Stream::control);
    DOCTEST_CHECK(event_to_json(Stream::control, back->event) == event_to_json(Stream::control, e));
    DOCTEST_CHECK(back->event.time == e.time);
    DOCTEST_CHECK(back->event.cause == e.cause);
}

DOCTEST_TEST_CASE("JSON that is no event is refused by name of the member") {
    auto object = event_to_json(Stream::control, sample());
    object["time"] = 5;
    DOCTEST_CHECK(event_from_json(object).error().message == "event: member 'time' must be a string");
    object.erase("time");
    DOCTEST_CHECK(event_from_json(object).error().message == "event: member 'time' is missing");
    DOCTEST_CHECK_FALSE(event_from_json(json::value(1)).ok());
    DOCTEST_CHECK_FALSE(parse_json("{\"a\":1} x").ok());
}

DOCTEST_TEST_CASE("an event reads as one sentence") {
    DOCTEST_CHECK(summary(sample()) == "Deployment trino-small-worker: 2 of 3 ready");
    DOCTEST_CHECK(print_line(sample()) ==
                  "#12 2026-11-24T14:02:05.000000001Z deployment.observed/1 runtime/team-a/small (kube, because of #11): "
                  "Deployment trino-small-worker: 2 of 3 ready");
    Event stale = sample();
    stale.payload["stale"] = true;
    DOCTEST_CHECK(summary(stale) == "Deployment trino-small-worker: 2 of 3 ready (stale: yes)");
    Event unknown = sample();
    unknown.type = "moon.landed/1";
    DOCTEST_CHECK(summary(unknown).find("does not know") != std::string::npos);
}

DOCTEST_TEST_CASE("rejections show their first error") {
    Event e = sample();
    e.type = "runtime.spec.rejected/1";
    e.payload =
        json::parse(
            R"({"generation":4,"errors":[{"field":"spec.size","reason":"unknown","message":"no such size"},{"field":"x","message":"y"}]})")
            .as_object();
    DOCTEST_CHECK(summary(e) == "generation 4 is not valid: spec.size: no such size (and 1 more)");
}

DOCTEST_TEST_CASE("text from outside cannot steer a terminal and stays short") {
    Event e = sample();
    e.payload["name"] = std::string("\x1b[2J") + std::string(500, 'x');
    DOCTEST_CHECK(summary(e).find('\x1b') == std::string::npos);
    DOCTEST_CHECK(summary(e).size() <= 240);
}

DOCTEST_TEST_CASE("the full print names every part and what is not known") {
    const auto text = print_full(Stream::control, sample());
    for (const auto *part : {"#12 of stream control", "because of   #11", "done by      (not known)", "\"ready_replicas\": 2"}) {
        DOCTEST_CAPTURE(part);
        DOCTEST_CHECK(text.find(part) != std::string::npos);
    }
}
