#include "adapters/gateway/record_intake.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace xtn;
namespace json = boost::json;

namespace {

json::object record(std::uint64_t sequence, std::string_view type, json::object payload,
                    std::string_view subject = "runtime/team-a/x") {
    json::object out;
    out["sequence"] = sequence;
    out["time"] = "2026-11-24T14:02:05.5Z";
    out["type"] = type;
    out["subject"] = subject;
    out["payload"] = std::move(payload);
    return out;
}
json::object routed(std::uint64_t sequence) {
    return record(sequence, "query.routed",
                  {{"query_id", "20261124_140205_00001_k3x9p"},
                   {"runtime", "team-a/x"},
                   {"backend", "http://x:8080"},
                   {"routing_group", "g"},
                   {"method", "header"},
                   {"user", "alice"},
                   {"status", 200},
                   {"wait_ms", 0},
                   {"from_a_newer_gateway", true}});
}
json::object activity(std::uint64_t sequence, int running) {
    return record(sequence, "activity.observed", {{"running", running}, {"queued", 0}});
}
std::string batch(std::string_view gateway, std::initializer_list<json::object> records) {
    json::array list;
    for (const auto &r : records)
        list.push_back(r);
    json::object document;
    document["gateway"] = gateway;
    document["records"] = std::move(list);
    return json::serialize(document);
}

struct Place {
    std::vector<EventDraft> queries, control;
    bool queries_fail = false, control_fail = false;
    RecordIntake intake{
        {.queries = [this](std::vector<EventDraft> drafts) { return keep(queries, queries_fail, std::move(drafts)); },
         .control = [this](std::vector<EventDraft> drafts) { return keep(control, control_fail, std::move(drafts)); }}};

    static Status keep(std::vector<EventDraft> &into, bool fail, std::vector<EventDraft> drafts) {
        if (fail) return make_error(Code::unavailable, "not now");
        for (auto &draft : drafts)
            into.push_back(std::move(draft));
        return ok();
    }
    std::string gaps() const {
        std::string out;
        for (const auto &draft : control) {
            if (draft.type != "observation.gap/1") continue;
            out +=
                json::serialize(draft.payload.at("from_sequence")) + "-" + json::serialize(draft.payload.at("to_sequence")) + " ";
        }
        return out;
    }
};

} // namespace

DOCTEST_TEST_CASE("a batch becomes events of both streams, with the gateway as their source and the query as their correlation") {
    Place p;
    DOCTEST_REQUIRE(p.intake.take(batch("gw-1", {routed(1), activity(2, 1)})).ok());
    DOCTEST_REQUIRE(p.queries.size() == 1);
    const auto &query = p.queries.front();
    DOCTEST_CHECK(query.type == "query.routed/1");
    DOCTEST_CHECK(query.subject.text == "runtime/team-a/x");
    DOCTEST_CHECK(query.source == "gateway/gw-1");
    DOCTEST_CHECK(query.actor == "alice");
    DOCTEST_CHECK(query.correlation == "20261124_140205_00001_k3x9p");
    DOCTEST_CHECK(query.payload.at("gateway") == "gw-1");
    DOCTEST_CHECK(query.payload.at("gateway_sequence") == 1);
    DOCTEST_CHECK(query.payload.at("at") == "2026-11-24T14:02:05.5Z");
    DOCTEST_CHECK_FALSE(query.payload.contains("from_a_newer_gateway"));
    DOCTEST_REQUIRE(p.control.size() == 1);
    DOCTEST_CHECK(p.control.front().payload.at("gateway") == "gw-1");
    DOCTEST_CHECK(p.gaps().empty());
}

DOCTEST_TEST_CASE("a batch that comes again changes nothing, one that overlaps adds only what is new") {
    Place p;
    const auto first = batch("gw", {routed(1), activity(2, 1)});
    DOCTEST_REQUIRE(p.intake.take(first).ok());
    DOCTEST_REQUIRE(p.intake.take(first).ok());
    DOCTEST_REQUIRE(p.intake.take(batch("gw", {activity(2, 1), routed(3)})).ok());
    DOCTEST_CHECK(p.queries.size() == 2);
    DOCTEST_CHECK(p.control.size() == 1);
    DOCTEST_REQUIRE(p.intake.take(batch("other", {routed(1)})).ok()); // numbers are each gateway's own
    DOCTEST_CHECK(p.queries.size() == 3);
}

DOCTEST_TEST_CASE("when one stream takes its part and the other fails, the repetition brings only the rest") {
    Place p;
    p.control_fail = true;
    const auto both = batch("gw", {routed(1), activity(2, 1)});
    DOCTEST_CHECK(p.intake.take(both).error().code == Code::unavailable);
    p.control_fail = false;
    DOCTEST_CHECK(p.intake.take(both).ok());
    DOCTEST_CHECK(p.queries.size() == 1);
    DOCTEST_CHECK(p.control.size() == 1);
    p.queries_fail = true;
    const auto later = batch("gw", {routed(3), activity(4, 0)});
    DOCTEST_CHECK_FALSE(p.intake.take(later).ok());
    DOCTEST_CHECK(p.control.size() == 1);
    p.queries_fail = false;
    DOCTEST_CHECK(p.intake.take(later).ok());
    DOCTEST_CHECK(p.queries.size() == 2);
    DOCTEST_CHECK(p.control.size() == 2);
}

DOCTEST_TEST_CASE("a hole in the numbers is recorded once, also when the gateway tells of it itself") {
    Place p;
    DOCTEST_REQUIRE(p.intake.take(batch("gw", {routed(5)})).ok()); // the first that is heard of it: nobody's loss
    DOCTEST_CHECK(p.gaps().empty());
    DOCTEST_REQUIRE(p.intake.take(batch("gw", {routed(8), routed(9), activity(12, 1)})).ok());
    DOCTEST_CHECK(p.gaps() == "6-7 10-11 ");
    DOCTEST_CHECK(p.control.front().subject.text == "gateway/gw");
    DOCTEST_REQUIRE(p.intake.take(batch("gw", {routed(8), routed(9), activity(12, 1)})).ok());
    DOCTEST_CHECK(p.gaps() == "6-7 10-11 ");
    const auto told =
        record(20, "observation.gap", {{"from_sequence", 13}, {"to_sequence", 19}, {"reason", "full"}}, "gateway/gw");
    DOCTEST_REQUIRE(p.intake.take(batch("gw", {told, routed(21)})).ok());
    DOCTEST_CHECK(p.gaps() == "6-7 10-11 13-19 ");
}

DOCTEST_TEST_CASE("a gateway reports what gateways see and nothing else") {
    Place p;
    auto bad_subject = routed(3);
    bad_subject["subject"] = "runtime/../\n";
    auto incomplete = record(4, "activity.observed", {{"running", "many"}});
    DOCTEST_REQUIRE(
        p.intake
            .take(batch("gw", {record(1, "runtime.suspended", {}), record(2, "no.such", {}), bad_subject, incomplete, routed(5)}))
            .ok());
    DOCTEST_CHECK(p.queries.size() == 1); // the good one is taken all the same
    DOCTEST_CHECK(p.gaps() == "1-1 2-2 3-3 4-4 ");
    for (const auto &draft : p.control)
        DOCTEST_CHECK(check_draft(draft).ok());
}

DOCTEST_TEST_CASE("a batch that can never be taken is refused as such") {
    Place p;
    for (const auto &text : {std::string(), std::string("{"), std::string("[]"), std::string(R"({"gateway":"a b","records":[]})"),
                             std::string(R"({"gateway":"g"})"), std::string(R"({"gateway":"g","records":[1]})"),
                             std::string(R"({"gateway":"g","records":[{"sequence":0}]})"), batch("gw", {routed(2), routed(1)}),
                             batch("gw", {routed(2), routed(2)})}) {
        DOCTEST_CAPTURE(text);
        const auto taken = p.intake.take(text);
        DOCTEST_REQUIRE_FALSE(taken.ok());
        DOCTEST_CHECK(taken.error().code == Code::invalid_argument);
    }
    DOCTEST_CHECK(p.queries.empty());
    DOCTEST_CHECK(p.intake.take(R"({"gateway":"g","records":[]})").ok());
}

DOCTEST_TEST_CASE("what the logs hold already is remembered across a restart, in both streams") {
    Place before;
    const auto told = record(5, "observation.gap", {{"from_sequence", 3}, {"to_sequence", 4}, {"reason", "full"}}, "gateway/gw");
    const auto sent = batch("gw", {activity(1, 1), routed(2), told, routed(6)});
    DOCTEST_REQUIRE(before.intake.take(sent).ok());
    DOCTEST_CHECK(before.gaps() == "3-4 ");
    Place after;
    for (const auto *list : {&before.queries, &before.control}) {
        for (const auto &draft : *list) {
            Event event;
            event.type = draft.type;
            event.source = draft.source;
            event.payload = draft.payload;
            after.intake.remember(list == &before.queries ? Stream::queries : Stream::control, event);
        }
    }
    DOCTEST_REQUIRE(after.intake.take(sent).ok()); // its answer was lost with the control plane
    DOCTEST_CHECK(after.queries.empty());
    DOCTEST_CHECK(after.control.empty());
    DOCTEST_REQUIRE(after.intake.take(batch("gw", {routed(9)})).ok());
    DOCTEST_CHECK(after.gaps() == "7-8 "); // a hole shows over a restart as well
}

DOCTEST_TEST_CASE("of a batch that was durable in one stream only when the control plane died, the other part is taken") {
    Place p;
    Event event;
    event.type = "query.routed/1";
    event.source = "gateway/gw";
    event.payload = {{"gateway", "gw"}, {"gateway_sequence", 3}};
    p.intake.remember(Stream::queries, event);
    DOCTEST_REQUIRE(p.intake.take(batch("gw", {routed(1), activity(2, 1), routed(3), activity(4, 0)})).ok());
    DOCTEST_CHECK(p.queries.empty());
    DOCTEST_CHECK(p.control.size() == 2);
    DOCTEST_CHECK(p.gaps().empty());
}
