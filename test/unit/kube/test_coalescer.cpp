#include "adapters/kube/act/fair_queue.hpp"
#include "adapters/kube/ingest/coalescer.hpp"
#include "core/event/catalogue.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using xtn::act::FairQueue;
using xtn::ingest::Coalescer;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view crash = "CrashLoopBackOff";

EventDraft look(const std::string &runtime, const std::string &pod, int number) {
    EventDraft draft;
    draft.type = type_of("pod.observed");
    draft.subject = Subject{"runtime/" + runtime};
    draft.source = "kube";
    draft.payload["name"] = pod;
    draft.payload["uid"] = pod;
    draft.payload["component"] = "worker";
    draft.payload["phase"] = "Running";
    draft.payload["ready"] = false;
    draft.payload["reason"] = crash;
    draft.payload["restarts"] = number;
    return draft;
}

// What a coalescer lets through, and when.
struct Run {
    Coalescer coalescer{Coalescer::Options{5, 100ms, 60s}};
    Coalescer::Time now{};
    std::vector<EventDraft> recorded;
    bool full = false;

    void see(const std::string &runtime, const std::string &pod, int number) {
        auto draft = look(runtime, pod, number);
        if (coalescer.admit(pod, draft, now)) recorded.push_back(std::move(draft));
    }
    void pass(std::chrono::milliseconds time) {
        for (std::chrono::milliseconds step{0}; step < time; step += 50ms) {
            now += 50ms;
            coalescer.due(now, [this](const EventDraft &draft) {
                if (!full) recorded.push_back(draft);
                return !full;
            });
        }
    }
    std::int64_t restarts_of(const std::string &pod) const {
        for (auto at = recorded.rbegin(); at != recorded.rend(); ++at)
            if (const auto *uid = at->payload.if_contains("uid"); uid && uid->as_string() == pod.c_str())
                return at->payload.at("restarts").as_int64();
        return -1;
    }
    std::int64_t coalesced() const {
        std::int64_t sum = 0;
        for (const auto &draft : recorded)
            if (draft.type == type_of("observation.coalesced")) sum += draft.payload.at("count").as_int64();
        return sum;
    }
};

} // namespace

DOCTEST_TEST_CASE("within the budget every change is recorded at once") {
    Run run;
    for (int i = 0; i < 5; ++i)
        run.see("team-a/x", "p1", i);
    DOCTEST_CHECK(run.recorded.size() == 5);
    run.pass(10s);
    for (int i = 5; i < 10; ++i)
        run.see("team-a/x", "p1", i);
    DOCTEST_CHECK(run.recorded.size() == 10);
    run.pass(120s);
    DOCTEST_CHECK(run.recorded.size() == 10);
    DOCTEST_CHECK_FALSE(run.coalescer.next().has_value()); // and it forgot that there was anything
}

DOCTEST_TEST_CASE("what exceeds the budget becomes the newest look and one observation.coalesced") {
    Run run;
    for (int i = 0; i < 1000; ++i)
        run.see("team-a/x", "p1", i);
    DOCTEST_CHECK(run.recorded.size() == 5);
    DOCTEST_CHECK(run.coalescer.held() == 1);
    run.pass(200ms);
    DOCTEST_CHECK(run.restarts_of("p1") == 999);
    DOCTEST_CHECK(run.coalesced() == 994); // 1000 - 5 - the newest
    DOCTEST_REQUIRE(run.recorded.size() == 7);
    for (const auto &draft : run.recorded)
        DOCTEST_CHECK(check_draft(draft).ok());
    DOCTEST_CHECK(run.recorded[5].payload.at("type").as_string() == "pod.observed");
    DOCTEST_CHECK(run.recorded[5].subject.text == "runtime/team-a/x");
}

DOCTEST_TEST_CASE("an hour of flapping pods writes what the budget allows, and one report a minute") {
    Run run;
    for (int second = 0; second < 3600; ++second) {
        for (int pod = 0; pod < 30; ++pod)
            run.see("team-a/x", "p" + std::to_string(pod), second);
        run.pass(1s);
    }
    DOCTEST_CHECK(run.recorded.size() <= 5 + 36'000 + 61);
    DOCTEST_CHECK(run.coalescer.held() <= 30);
    run.pass(10s);
    for (int pod = 0; pod < 30; ++pod)
        DOCTEST_CHECK(run.restarts_of("p" + std::to_string(pod)) == 3599);
    std::size_t reports = 0;
    for (const auto &draft : run.recorded)
        reports += draft.type == type_of("observation.coalesced") ? 1 : 0;
    DOCTEST_CHECK(reports <= 61);
    DOCTEST_CHECK(reports >= 59);
}

DOCTEST_TEST_CASE("a flood about one runtime takes nothing from another's budget") {
    Run run;
    for (int i = 0; i < 1000; ++i)
        run.see("team-a/x", "p1", i);
    run.see("team-b/y", "q1", 7);
    DOCTEST_CHECK(run.restarts_of("q1") == 7);
}

DOCTEST_TEST_CASE("what is held of an object that is gone is dropped, and counted") {
    Run run;
    for (int i = 0; i < 10; ++i)
        run.see("team-a/x", "p1", i);
    run.coalescer.forget("p1");
    DOCTEST_CHECK(run.coalescer.held() == 0);
    run.pass(1s);
    DOCTEST_CHECK(run.restarts_of("p1") == 4);
    DOCTEST_CHECK(run.coalesced() == 5);
}

DOCTEST_TEST_CASE("a full engine keeps the held looks waiting, and loses none") {
    Run run;
    for (int pod = 0; pod < 50; ++pod)
        run.see("team-a/x", "p" + std::to_string(pod), pod);
    run.full = true;
    run.pass(60s);
    DOCTEST_CHECK(run.recorded.size() == 5);
    run.full = false;
    run.pass(60s);
    DOCTEST_CHECK(run.recorded.size() == 50);
}

DOCTEST_TEST_CASE("the same looks at the same times give the same drafts") {
    const auto tell = [] {
        Run run;
        for (int i = 0; i < 500; ++i) {
            run.see("team-a/x", "p" + std::to_string(i % 7), i);
            run.see("team-a/y", "q" + std::to_string(i % 3), i);
            if (i % 5 == 0) run.pass(50ms);
        }
        run.pass(90s);
        std::string text;
        for (const auto &draft : run.recorded)
            text += draft.type + draft.subject.text +
                    std::to_string(draft.payload.contains("restarts") ? draft.payload.at("restarts").as_int64() : 0) + "\n";
        return text;
    };
    DOCTEST_CHECK(tell() == tell());
}

DOCTEST_TEST_CASE("namespaces take turns at the acting adapter, however many runtimes of one wait") {
    FairQueue queue;
    for (int i = 0; i < 10'000; ++i)
        queue.push({"flood", "r" + std::to_string(i)});
    queue.push({"quiet", "only"});
    queue.push({"another", "only"});
    DOCTEST_CHECK(queue.pop()->ns == "another");
    DOCTEST_CHECK(queue.pop()->name == "r0");
    DOCTEST_CHECK(queue.pop()->ns == "quiet");
    DOCTEST_CHECK(queue.pop()->name == "r1");
    queue.erase({"flood", "r2"});
    DOCTEST_CHECK(queue.pop()->name == "r3");
    for (int i = 4; i < 10'000; ++i)
        DOCTEST_REQUIRE(queue.pop()->name == "r" + std::to_string(i));
    DOCTEST_CHECK_FALSE(queue.pop().has_value());
    DOCTEST_CHECK(queue.empty());
}
