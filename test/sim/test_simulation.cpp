#include "test/sim/memory_log.hpp"
#include "test/sim/report.hpp"
#include "test/sim/self_test.hpp"
#include "test/sim/shrink.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace xtn::simulation;
using namespace std::chrono_literals;

DOCTEST_TEST_CASE("things happen in order of time, at one moment in the order asked for, and nothing waits for real") {
    EventLoop loop;
    std::string said;
    loop.after(2h, [&] { said += "c"; });
    loop.after(1h, [&] {
        said += "a";
        loop.after(0s, [&] { said += "b"; });
    });
    const auto before = netkit::Deadline::after(90min);
    while (loop.step(3h)) {
    }
    DOCTEST_CHECK(said == "abc");
    DOCTEST_CHECK(before.passed());
    DOCTEST_CHECK(loop.now() == 2h);
}

DOCTEST_TEST_CASE("the wall clock can be set without the monotonic one taking notice") {
    EventLoop loop;
    const auto monotonic = netkit::TimeSource::monotonic_now();
    const auto wall = xtn::Timestamp::now();
    loop.shift_wall_clock(-1h);
    DOCTEST_CHECK(netkit::TimeSource::monotonic_now() == monotonic);
    DOCTEST_CHECK(wall.since(xtn::Timestamp::now()) == 1h);
}

DOCTEST_TEST_CASE("one fault less leaves the others as they were") {
    const auto fired = [](std::optional<std::set<Fault>> only) {
        Choices choices(7);
        if (only) choices.only(*only);
        for (int i = 0; i < 2000; ++i)
            for (const auto *point : {"a", "b", "c", "d", "e", "f"})
                choices.fault(point, 20);
        return std::set<Fault>(choices.fired().begin(), choices.fired().end());
    };
    auto all = fired(std::nullopt);
    DOCTEST_REQUIRE(all.size() > 3);
    DOCTEST_CHECK(fired(all) == all);
    all.erase(all.begin());
    DOCTEST_CHECK(fired(all) == all);
}

DOCTEST_TEST_CASE("what was staged and not synced is gone after a crash, or there all the same") {
    for (const bool keep : {false, true}) {
        MemoryLog log("1");
        const auto epoch = log.begin_epoch({});
        DOCTEST_REQUIRE(epoch.ok());
        xtn::Log::Append append;
        append.epoch = *epoch;
        append.drafts.push_back(xtn::genesis_draft("1", "test"));
        DOCTEST_REQUIRE(log.stage(append).ok());
        DOCTEST_CHECK(log.head(xtn::Stream::control).seq.value == 0);
        log.crash(keep);
        DOCTEST_CHECK(log.head(xtn::Stream::control).seq.value == (keep ? 1 : 0));
        DOCTEST_CHECK(log.get(xtn::Stream::control, xtn::Seq{1}).ok() == keep);
    }
}

DOCTEST_TEST_CASE("the same seed gives the same log, byte for byte") {
    for (const std::uint64_t seed : {1, 2}) {
        Outcome first;
        const auto violation = check_seed(seed, {}, true, &first);
        DOCTEST_CHECK_MESSAGE(!violation, violation->predicate << ": " << violation->message);
        DOCTEST_CHECK(first.events > 100);
    }
}

DOCTEST_TEST_CASE("every predicate has a rule that is broken on purpose, under a name of its own") {
    DOCTEST_CHECK(never_broken().empty());
    const auto names = predicate_names();
    for (const auto &promise : promises()) {
        DOCTEST_CAPTURE(promise.name);
        DOCTEST_CHECK(std::find(names.begin(), names.end(), promise.predicate) != names.end());
        DOCTEST_CHECK(broken_named(promise.name) == promise.broken);
    }
}

DOCTEST_TEST_CASE("a broken rule is noticed by the predicate that speaks of it") { // the others: xtn-sim --self-test
    for (const auto broken : {Broken::skip_a_number, Broken::publish_before_sync, Broken::another_uid}) {
        const auto promise =
            *std::find_if(promises().begin(), promises().end(), [&](const Promise &p) { return p.broken == broken; });
        DOCTEST_CAPTURE(promise.name);
        DOCTEST_CHECK(notice(promise, 3).seed);
    }
}

DOCTEST_TEST_CASE(
    "a failing run is cut down to a few actions that fail in the same way, and the command that repeats it is named") {
    RunOptions options;
    options.broken = Broken::delete_without_uid;
    options.keep_events = 40;
    std::uint64_t seed = 1;
    while (script_of(seed).plan.size() < 8 || !run(script_of(seed), options).violation)
        DOCTEST_REQUIRE(++seed < 30);
    const auto script = script_of(seed);
    const auto shrunk = shrink(script, run(script, options), options, 40);
    DOCTEST_CHECK(shrunk.outcome.violation->predicate == "no_delete_without_uid");
    DOCTEST_CHECK(shrunk.script.plan.size() <= 4);
    DOCTEST_CHECK(shrunk.outcome.faults.size() <= 4);
    const auto text = report(shrunk, script, options.broken);
    DOCTEST_CHECK(text.find("breaks no_delete_without_uid") != std::string::npos);
    for (const auto &action : shrunk.script.plan)
        DOCTEST_CHECK(text.find(action.text()) != std::string::npos);
    DOCTEST_CHECK(text.find(shrunk.outcome.last_events.back()) != std::string::npos);
    DOCTEST_CHECK(text.ends_with(fmt::format("\nagain: ./dev sim --explain {} --break delete_without_uid\n", seed)));
    // What is left fails as often as it is run.
    const auto again = run(shrunk.script, options);
    DOCTEST_REQUIRE(again.violation);
    DOCTEST_CHECK(again.violation->predicate == "no_delete_without_uid");
    DOCTEST_CHECK(again.chain == shrunk.outcome.chain);
}
