// What a log promises to the one who appends and to the one who reads in the same process.
#include "log_fixture.hpp"

#include <algorithm>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;

DOCTEST_TEST_CASE("events come back as they were appended, numbered from 1 without a gap, also after a restart") {
    Scratch scratch;
    std::vector<Event> stored;
    {
        OpenLog log(scratch.path());
        for (int i = 0; i < 3; ++i) {
            auto draft = pod("team-a/x", i);
            draft.actor = "kubelet";
            draft.correlation = "request-1";
            auto events = log->append(one(log.epoch, std::move(draft)));
            DOCTEST_REQUIRE(events.ok());
            stored.push_back(events->front());
        }
        DOCTEST_CHECK(log.head().seq == Seq{3});
    }
    OpenLog log(scratch.path());
    std::vector<std::string> seen;
    DOCTEST_REQUIRE(log->scan(Stream::control, Seq{1},
                              [&](const Event &event) {
                                  seen.push_back(print_full(Stream::control, event));
                                  return true;
                              })
                        .ok());
    DOCTEST_REQUIRE(seen.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        DOCTEST_CHECK(stored[i].seq == Seq{i + 1});
        DOCTEST_CHECK(seen[i] == print_full(Stream::control, stored[i]));
    }
    DOCTEST_CHECK(log.epoch > stored.back().epoch);
}

DOCTEST_TEST_CASE("the two streams have their own numbers and refuse each other's types") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(2);
    auto query = log->append(one(log.epoch, query_ended("team-a/x", 1), Stream::queries));
    DOCTEST_REQUIRE(query.ok());
    DOCTEST_CHECK(query->front().seq == Seq{1});
    DOCTEST_CHECK(log.head().seq == Seq{2});
    const auto wrong = log->append(one(log.epoch, query_ended("team-a/x", 1), Stream::control));
    DOCTEST_REQUIRE(!wrong.ok());
    DOCTEST_CHECK(wrong.error().code == Code::invalid_argument);
}

DOCTEST_TEST_CASE("an append is stored whole: causes may point at drafts before them in the same call") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(1);
    Log::Append append = one(log.epoch, pod("team-a/x", 1));
    append.drafts.push_back(pod("team-a/y", 2));
    append.drafts.push_back(pod("team-a/z", 3));
    append.drafts[0].cause = Seq{1};
    append.relative_causes = {-1, 0, 1};
    const auto events = log->append(std::move(append));
    DOCTEST_REQUIRE(events.ok());
    DOCTEST_CHECK((*events)[0].cause == Seq{1});
    DOCTEST_CHECK((*events)[1].cause == Seq{2});
    DOCTEST_CHECK((*events)[2].cause == Seq{3});
    DOCTEST_CHECK(log->get(Stream::control, Seq{4})->cause == Seq{3});
}

DOCTEST_TEST_CASE("what the log must not hold is refused, and nothing of that append is stored") {
    Scratch scratch;
    OpenLog log(scratch.path());
    Log::Append append = one(log.epoch, pod("team-a/x", 1));
    DOCTEST_SUBCASE("an unknown type") {
        append.drafts.push_back(pod("team-a/x", 2));
        append.drafts.back().type = "pod.imagined/1";
    }
    DOCTEST_SUBCASE("a cause that is not earlier") {
        append.drafts.front().cause = Seq{1};
    }
    DOCTEST_SUBCASE("a relative cause that is not earlier") {
        append.relative_causes = {0};
    }
    DOCTEST_SUBCASE("times that decrease") {
        append.drafts.push_back(pod("team-a/x", 2));
        append.times = {Timestamp{20}, Timestamp{10}};
    }
    DOCTEST_SUBCASE("a blob that is not what its digest says") {
        append.blobs.push_back({Digest::of("one thing"), "another"});
    }
    DOCTEST_SUBCASE("no draft at all") {
        append.drafts.clear();
    }
    const auto refused = log->append(std::move(append));
    DOCTEST_REQUIRE(!refused.ok());
    DOCTEST_CHECK(refused.error().code == Code::invalid_argument);
    DOCTEST_CHECK(log.head().seq == Seq{0});
}

DOCTEST_TEST_CASE("times never decrease, also against the newest event") {
    Scratch scratch;
    OpenLog log(scratch.path());
    auto late = one(log.epoch, pod("team-a/x", 1));
    late.times = {Timestamp::now().plus(1h)};
    const auto ahead = log->append(std::move(late));
    DOCTEST_REQUIRE(ahead.ok());
    const auto stamped = log->append(one(log.epoch, pod("team-a/x", 2)));
    DOCTEST_REQUIRE(stamped.ok());
    DOCTEST_CHECK(stamped->front().time == ahead->front().time);
    auto early = one(log.epoch, pod("team-a/x", 3));
    early.times = {Timestamp::now()};
    DOCTEST_CHECK(log->append(std::move(early)).error().code == Code::invalid_argument);
}

DOCTEST_TEST_CASE("a caller that expects another number gets a conflict and nothing is written") {
    Scratch scratch;
    OpenLog log(scratch.path());
    auto append = one(log.epoch, pod("team-a/x", 1));
    append.expect_first = Seq{2};
    DOCTEST_CHECK(log->append(std::move(append)).error().code == Code::conflict);
    auto right = one(log.epoch, pod("team-a/x", 1));
    right.expect_first = Seq{1};
    DOCTEST_CHECK(log->append(std::move(right)).ok());
}

DOCTEST_TEST_CASE("blobs are stored with their append and found by their digest") {
    Scratch scratch;
    const std::string manifest = "{\"kind\":\"Deployment\"}" + std::string(9000, ' ');
    {
        OpenLog log(scratch.path());
        for (int i = 0; i < 2; ++i) {
            auto append = one(log.epoch, pod("team-a/x", i));
            append.blobs.push_back({Digest::of(manifest), manifest});
            DOCTEST_REQUIRE(log->append(std::move(append)).ok());
        }
    }
    OpenLog log(scratch.path());
    DOCTEST_CHECK(*log->blob(Digest::of(manifest)) == manifest);
    DOCTEST_CHECK(log->blob(Digest::of("nothing")).error().code == Code::not_found);
}

DOCTEST_TEST_CASE("the index by subject finds a subject's events and no other's") {
    Scratch scratch;
    OpenLog log(scratch.path());
    for (int round = 0; round < 3; ++round)
        for (const char *name : {"team-a/x", "team-a/x2", "team-b/x"})
            DOCTEST_REQUIRE(log->append(one(log.epoch, pod(name, round))).ok());
    DOCTEST_REQUIRE(log->append(one(log.epoch, query_ended("team-c/q", 1), Stream::queries)).ok());
    DOCTEST_CHECK(*log->by_subject(Stream::control, Subject{"runtime/team-a/x"}) == std::vector<Seq>{Seq{1}, Seq{4}, Seq{7}});
    DOCTEST_CHECK(*log->by_subject(Stream::control, Subject{"runtime/team-a/x"}, 2) == std::vector<Seq>{Seq{4}, Seq{7}});
    DOCTEST_CHECK(log->by_subject(Stream::control, Subject{"runtime/team-a"})->empty());
    DOCTEST_CHECK(*log->subjects(Stream::control, "runtime/") ==
                  std::vector<Subject>{{"runtime/team-a/x"}, {"runtime/team-a/x2"}, {"runtime/team-b/x"}});
    DOCTEST_CHECK(*log->subjects(Stream::control, "runtime/team-b") == std::vector<Subject>{{"runtime/team-b/x"}});
    DOCTEST_CHECK(*log->subjects(Stream::queries, "") == std::vector<Subject>{{"runtime/team-c/q"}});
}

DOCTEST_TEST_CASE("a time finds the last event at or before it") {
    Scratch scratch;
    OpenLog log(scratch.path());
    const Timestamp start = Timestamp::now();
    for (const int second : {10, 20, 20, 30}) {
        auto append = one(log.epoch, pod("team-a/x", second));
        append.times = {start.plus(std::chrono::seconds(second))};
        DOCTEST_REQUIRE(log->append(std::move(append)).ok());
    }
    const auto at = [&](int second) { return *log->seq_at(Stream::control, start.plus(std::chrono::seconds(second))); };
    DOCTEST_CHECK(at(9) == Seq{0});
    DOCTEST_CHECK(at(10) == Seq{1});
    DOCTEST_CHECK(at(19) == Seq{1});
    DOCTEST_CHECK(at(20) == Seq{3});
    DOCTEST_CHECK(at(31) == Seq{4});
}

DOCTEST_TEST_CASE("many appending threads lose nothing and their groups stay together") {
    Scratch scratch;
    OpenLog log(scratch.path());
    constexpr int threads = 8;
    constexpr int each = 40;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t < threads; ++t)
            pool.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    auto append = one(log.epoch, pod("team-a/t" + std::to_string(t), i));
                    append.drafts.push_back(pod("team-a/t" + std::to_string(t), i));
                    const auto events = log->append(std::move(append));
                    if (!events.ok() || (*events)[1].seq != (*events)[0].seq.next()) ++failed;
                }
            });
    }
    DOCTEST_CHECK(failed == 0);
    DOCTEST_CHECK(log.head().seq == Seq{2 * threads * each});
    const auto report = log->verify(Stream::control);
    DOCTEST_REQUIRE(report.ok());
    DOCTEST_CHECK(report->events == 2 * threads * each);
    DOCTEST_CHECK(report->head.chain == log.head().chain);
}

DOCTEST_TEST_CASE("a tail waits for the next event, and no longer than its deadline or the log's life") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(1);
    DOCTEST_CHECK(log->wait_after(Stream::control, Seq{0}, Deadline::never()) == Seq{1});
    DOCTEST_CHECK(log->wait_after(Stream::control, Seq{1}, Deadline::after(10ms)) == Seq{1});
    std::jthread writer([&] { log.fill(1); });
    DOCTEST_CHECK(log->wait_after(Stream::control, Seq{1}, Deadline::after(20s)) == Seq{2});
    writer.join();
    std::jthread closer([&] { log->close(); });
    DOCTEST_CHECK(log->wait_after(Stream::control, Seq{2}, Deadline::after(20s)) == Seq{2});
}

DOCTEST_TEST_CASE("a closed log refuses everything but its head") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(2);
    log->close();
    log->close();
    DOCTEST_CHECK(log->append(one(log.epoch, pod("team-a/x", 1))).error().code == Code::cancelled);
    DOCTEST_CHECK(log->begin_epoch(Epoch{0}).error().code == Code::cancelled);
    DOCTEST_CHECK(log->get(Stream::control, Seq{1}).error().code == Code::cancelled);
    DOCTEST_CHECK(log.head().seq == Seq{2});
    DOCTEST_CHECK(open_log(scratch.path())->head(Stream::control).seq == Seq{2});
}
