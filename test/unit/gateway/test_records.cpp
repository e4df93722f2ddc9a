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
    RecordQueue queue("gw-1", true, 100);
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
    RecordQueue queue("gw", true, 100);
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

DOCTEST_TEST_CASE("a full queue loses the newest and says which, before anything that follows") {
    RecordQueue queue("gw", true, 4);
    for (int i = 0; i < 3; ++i)
        DOCTEST_CHECK(add(queue));
    DOCTEST_CHECK_FALSE(add(queue)); // 4
    DOCTEST_CHECK_FALSE(add(queue)); // 5
    DOCTEST_CHECK(queue.dropped() == 2);
    const auto batch = queue.batch(10);
    const auto document = json::parse(batch->text);
    const auto &gap = document.at("records").at(3);
    DOCTEST_CHECK(gap.at("type") == "observation.gap");
    DOCTEST_CHECK(gap.at("sequence") == 6);
    DOCTEST_CHECK(gap.at("payload").at("from_sequence") == 4);
    DOCTEST_CHECK(gap.at("payload").at("to_sequence") == 5);
    DOCTEST_CHECK(gap.at("subject") == "gateway/gw");
    queue.acknowledge(batch->last);
    DOCTEST_CHECK(add(queue));
    DOCTEST_CHECK(sequences(queue.batch(10)->text) == Numbers{7});
}

DOCTEST_TEST_CASE("a queue that nobody reads keeps nothing") {
    RecordQueue queue("gw", false, 4);
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
