#include "gateway/observe/query_tracker.hpp"
#include "gateway/observe/records.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <set>

using namespace xtn::gateway;
namespace json = boost::json;

namespace {

std::vector<std::int64_t> sequences(const std::string &batch) {
    std::vector<std::int64_t> out;
    const auto document = json::parse(batch);
    for (const auto &record : document.at("records").as_array())
        out.push_back(record.at("sequence").to_number<std::int64_t>());
    return out;
}
using Numbers = std::vector<std::int64_t>;

bool add(RecordQueue &queue) {
    return queue.add("query.routed", "runtime/a/b", {{"status", 200}});
}

} // namespace

DOCTEST_TEST_CASE("a record carries its gateway and its number") {
    RecordQueue queue("gw-1", true, {.records = 100});
    DOCTEST_CHECK(add(queue));
    DOCTEST_CHECK(queue.add("activity.observed", "runtime/a/b", {{"running", 1}, {"queued", 0}}));
    const auto batch = queue.batch(10);
    DOCTEST_REQUIRE(batch);
    const auto document = json::parse(batch->text);
    DOCTEST_CHECK(document.at("gateway") == "gw-1");
    const auto &first = document.at("records").at(0);
    DOCTEST_CHECK(first.at("type") == "query.routed");
    DOCTEST_CHECK(first.at("subject") == "runtime/a/b");
    DOCTEST_CHECK(first.at("sequence") == 1);
    DOCTEST_CHECK(first.at("payload").at("status") == 200);
    const auto &second = document.at("records").at(1);
    DOCTEST_CHECK(second.at("sequence") == 2);
    DOCTEST_CHECK(second.at("payload") == json::value({{"running", 1}, {"queued", 0}}));
}

DOCTEST_TEST_CASE("a batch comes again, the same, until it is acknowledged") {
    RecordQueue queue("gw", true, {.records = 100});
    for (int i = 0; i < 5; ++i)
        add(queue);
    const auto first = queue.batch(3);
    add(queue);
    const auto again = queue.batch(3);
    DOCTEST_CHECK(first->text == again->text);
    DOCTEST_CHECK(sequences(first->text) == Numbers{1, 2, 3});
    queue.acknowledge(first->last);
    queue.acknowledge(again->last); // the answer to the repetition comes late
    DOCTEST_CHECK(sequences(queue.batch(10)->text) == Numbers{4, 5, 6});
    queue.acknowledge(6);
    DOCTEST_CHECK_FALSE(queue.batch(10).has_value());
    DOCTEST_CHECK(queue.size() == 0);
}

DOCTEST_TEST_CASE("a full queue loses the newest and says how many of which type and when, before anything that follows") {
    RecordQueue queue("gw", true, {.records = 4});
    for (int i = 0; i < 3; ++i)
        DOCTEST_CHECK(add(queue));
    DOCTEST_CHECK_FALSE(add(queue)); // 4
    DOCTEST_CHECK_FALSE(queue.add("query.ended", "runtime/a/b", {}));
    DOCTEST_CHECK_FALSE(add(queue)); // 6
    DOCTEST_CHECK(queue.dropped() == 3);
    DOCTEST_CHECK(queue.size() == 3);
    const auto first = queue.batch(2);
    queue.acknowledge(first->last);
    DOCTEST_CHECK(add(queue)); // room again
    const auto batch = queue.batch(10);
    const auto document = json::parse(batch->text);
    DOCTEST_CHECK(sequences(batch->text) == Numbers{3, 7, 8});
    const auto &gap = document.at("records").at(1);
    DOCTEST_CHECK(gap.at("type") == "observation.gap");
    DOCTEST_CHECK(gap.at("subject") == "gateway/gw");
    const auto &payload = gap.at("payload");
    DOCTEST_CHECK(payload.at("from_sequence") == 4);
    DOCTEST_CHECK(payload.at("to_sequence") == 6);
    DOCTEST_CHECK(payload.at("by_type") == json::value({{"query.routed", 2}, {"query.ended", 1}}));
    const auto since = std::string(payload.at("since").as_string()), until = std::string(payload.at("until").as_string());
    DOCTEST_CHECK(xtn::Timestamp::parse(since).ok());
    DOCTEST_CHECK(xtn::Timestamp::parse(since).value() <= xtn::Timestamp::parse(until).value());
    queue.acknowledge(batch->last);
    DOCTEST_CHECK(add(queue));
    DOCTEST_CHECK(sequences(queue.batch(10)->text) == Numbers{9});
}

DOCTEST_TEST_CASE("a gap at the end of the queue is told once the rest has been taken") {
    RecordQueue queue("gw", true, {.records = 3});
    for (int i = 0; i < 5; ++i)
        add(queue);
    DOCTEST_CHECK(sequences(queue.batch(10)->text) == Numbers{1, 2});
    queue.acknowledge(2);
    const auto told = queue.batch(10);
    DOCTEST_CHECK(sequences(told->text) == Numbers{6});
    DOCTEST_CHECK(json::parse(told->text).at("records").at(0).at("payload").at("from_sequence") == 3);
    queue.acknowledge(6);
    DOCTEST_CHECK_FALSE(queue.batch(10).has_value());
}

DOCTEST_TEST_CASE("a batch that is not acknowledged takes its room") {
    RecordQueue queue("gw", true, {.records = 10});
    for (int i = 0; i < 20; ++i)
        add(queue);
    const auto batch = queue.batch(5);
    for (int i = 0; i < 20; ++i)
        add(queue);
    DOCTEST_CHECK(queue.size() == 9);
    queue.acknowledge(batch->last);
    for (int i = 0; i < 20; ++i)
        add(queue);
    DOCTEST_CHECK(queue.size() <= 10);
}

DOCTEST_TEST_CASE("the bytes that wait are bounded as their number is") {
    RecordQueue queue("gw", true, {.records = 1000, .bytes = 10000});
    for (int i = 0; i < 1000; ++i)
        queue.add("query.routed", "runtime/a/b", {{"user", std::string(100, 'u')}});
    DOCTEST_CHECK(queue.bytes() <= 10000);
    DOCTEST_CHECK(queue.size() > 20);
    DOCTEST_CHECK(queue.dropped() == 1000 - queue.size());
}

DOCTEST_TEST_CASE("of a level only the newest waits, it goes first, and a full queue does not keep it out") {
    RecordQueue queue("gw", true, {.records = 3});
    for (int i = 0; i < 10; ++i)
        add(queue);
    for (int i = 1; i <= 1000; ++i)
        DOCTEST_CHECK(queue.set("activity.observed", "runtime/a/b", {{"running", i}, {"queued", 0}}));
    DOCTEST_CHECK(queue.set("activity.observed", "runtime/a/c", {{"running", 7}, {"queued", 0}}));
    DOCTEST_CHECK(queue.size() == 4);
    const auto batch = queue.batch(10);
    const auto document = json::parse(batch->text);
    DOCTEST_CHECK(sequences(batch->text) == Numbers{1, 2, 3, 4});
    DOCTEST_CHECK(document.at("records").at(0).at("payload").at("running") == 1000);
    DOCTEST_CHECK(document.at("records").at(1).at("payload").at("running") == 7);
    // What changes while a batch is under way is another record, not another batch.
    DOCTEST_CHECK(queue.set("activity.observed", "runtime/a/b", {{"running", 0}, {"queued", 0}}));
    DOCTEST_CHECK(queue.batch(10)->text == batch->text);
    queue.acknowledge(batch->last);
    DOCTEST_CHECK(json::parse(queue.batch(10)->text).at("records").at(0).at("payload").at("running") == 0);
}

DOCTEST_TEST_CASE("a change that waits keeps where it began") {
    RecordQueue queue("gw", true, {.records = 10});
    queue.set("backend.health.changed", "runtime/a/b", {{"from", "healthy"}, {"to", "unhealthy"}}, "from");
    queue.set("backend.health.changed", "runtime/a/b", {{"from", "unhealthy"}, {"to", "sleeping"}}, "from");
    const auto payload = json::parse(queue.batch(10)->text).at("records").at(0).at("payload");
    DOCTEST_CHECK(payload == json::value({{"from", "healthy"}, {"to", "sleeping"}}));
}

DOCTEST_TEST_CASE("what clients chose cannot break a batch") {
    RecordQueue queue("gw", true, {.records = 10});
    queue.add("query.routed", "runtime/a/b", {{"user", "\xff\"\n"}});
    DOCTEST_CHECK(json::parse(queue.batch(10)->text).at("records").at(0).at("payload").at("user") == "?\"\n");
}

DOCTEST_TEST_CASE("a queue that nobody reads keeps nothing") {
    RecordQueue queue("gw", false, {.records = 4});
    for (int i = 0; i < 100; ++i)
        DOCTEST_CHECK(add(queue));
    DOCTEST_CHECK(queue.size() == 0);
}

namespace {

std::shared_ptr<const QueryHome> home(const char *name) {
    return std::make_shared<const QueryHome>(QueryHome{"ns", name, "group", std::make_shared<Coordinator>()});
}
constexpr TimePoint start{std::chrono::hours(1)};

} // namespace

DOCTEST_TEST_CASE("a query counts as load of its coordinator from its first page to its last") {
    QueryTracker tracker(100);
    const auto a = home("a");
    DOCTEST_CHECK_FALSE(tracker.observe("q1", a, QueryState::queued, start));
    DOCTEST_CHECK(a->coordinator->queued == 1);
    tracker.observe("q1", a, QueryState::running, start);
    DOCTEST_CHECK(a->coordinator->queued == 0);
    DOCTEST_CHECK(a->coordinator->running == 1);
    tracker.observe("q2", a, QueryState::planning, start);
    DOCTEST_CHECK(a->coordinator->load() == 2);
    const auto ended = tracker.observe("q1", a, QueryState::finished, start + std::chrono::milliseconds(1500));
    DOCTEST_REQUIRE(ended);
    DOCTEST_CHECK(ended->elapsed == std::chrono::milliseconds(1500));
    DOCTEST_CHECK(ended->home == a);
    DOCTEST_CHECK_FALSE(tracker.observe("q1", a, QueryState::failed, start)); // once
    DOCTEST_CHECK(a->coordinator->load() == 1);
    DOCTEST_CHECK(tracker.size() == 1);
    DOCTEST_CHECK(tracker.counts().at({"ns", "a", "group", QueryState::planning}) == 1);
}

DOCTEST_TEST_CASE("a query that nobody polls is forgotten after ten minutes, and load with it") {
    QueryTracker tracker(100);
    const auto a = home("a");
    for (int i = 0; i < 50; ++i)
        tracker.observe("q" + std::to_string(i), a, QueryState::running, start);
    tracker.observe("q7", a, QueryState::running, start + std::chrono::minutes(9));
    tracker.expire(start + std::chrono::minutes(10));
    DOCTEST_CHECK(tracker.size() == 1);
    DOCTEST_CHECK(a->coordinator->load() == 1);
}

DOCTEST_TEST_CASE("the tracker's bound holds, and what does not fit counts nowhere") {
    QueryTracker tracker(2);
    const auto a = home("a");
    for (const auto *id : {"q1", "q2", "q3"})
        tracker.observe(id, a, QueryState::running, start);
    DOCTEST_CHECK(tracker.size() == 2);
    DOCTEST_CHECK(a->coordinator->load() == 2);
    DOCTEST_CHECK_FALSE(tracker.observe("q3", a, QueryState::finished, start));
    tracker.observe("q1", a, QueryState::finished, start);
    tracker.observe("q3", a, QueryState::running, start);
    DOCTEST_CHECK(tracker.size() == 2);
}

DOCTEST_TEST_CASE("states are read in any case, unknown ones count as running") {
    DOCTEST_CHECK(parse_query_state(" running ") == QueryState::running);
    DOCTEST_CHECK(parse_query_state("CANCELLED") == QueryState::canceled);
    DOCTEST_CHECK(parse_query_state("WAITING_FOR_RESOURCES") == QueryState::waiting_for_resources);
    DOCTEST_CHECK(parse_query_state("NEW_ONE") == QueryState::unknown);
    DOCTEST_CHECK(parse_query_state("") == QueryState::unknown);
    DOCTEST_CHECK(terminal(QueryState::failed));
    DOCTEST_CHECK_FALSE(terminal(QueryState::unknown));
    DOCTEST_CHECK(query_state_name(QueryState::finishing) == "FINISHING");
}
