// Append, fold, decide, publish: what the engine promises.
#include "engine_fixture.hpp"
#include "test/faultdisk/fault_disk.hpp"

#include <atomic>
#include <future>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;

DOCTEST_TEST_CASE("a new log begins with log.genesis, once") {
    Scratch scratch;
    {
        Running run(scratch.path());
        run.start();
        DOCTEST_CHECK(run.log->get(Stream::control, Seq{1})->type == "log.genesis/1");
        DOCTEST_CHECK(run.log->get(Stream::control, Seq{1})->payload.at("log_id").as_string() == run.log->log_id());
    }
    Running run(scratch.path());
    run.start();
    DOCTEST_CHECK(run.log->head(Stream::control).seq == Seq{1});
}

DOCTEST_TEST_CASE("a decision is an event of its own, right behind its cause, with the same correlation") {
    Scratch scratch;
    Running run(scratch.path());
    run.machine->ready_after_pod = true;
    run.machine->plan_with_blob = true;
    run.start();
    auto draft = pod("team-a/x", 0);
    draft.correlation = "request-7";
    const auto own = run.put(draft);
    DOCTEST_REQUIRE(own.size() == 1); // the draft's event, not what was decided
    const auto decided = run.log->get(Stream::control, own.front().seq.next());
    DOCTEST_REQUIRE(decided.ok());
    DOCTEST_CHECK(decided->type == "runtime.ready/1");
    DOCTEST_CHECK(decided->cause == own.front().seq);
    DOCTEST_CHECK(decided->correlation == "request-7");
    DOCTEST_CHECK(*run.log->blob(Digest::of("plan of runtime/team-a/x")) == "plan of runtime/team-a/x");
}

DOCTEST_TEST_CASE("each draft is decided upon before the next is folded: one decision for two pods of one input") {
    Scratch scratch;
    Running run(scratch.path());
    run.machine->ready_after_pod = true;
    run.start();
    std::vector<EventDraft> both{pod("team-a/x", 0), pod("team-a/x", 1)};
    const auto own = run.engine->submit_and_wait("test", std::move(both), Deadline::after(soon));
    DOCTEST_REQUIRE(own.ok());
    DOCTEST_CHECK((*own)[0].seq == Seq{2});
    DOCTEST_CHECK((*own)[1].seq == Seq{4});
    DOCTEST_CHECK(run.log->head(Stream::control).seq == Seq{4});
}

DOCTEST_TEST_CASE("policies that answer each other for ever are stopped after 32 rounds, and the log says so") {
    Scratch scratch;
    Running run(scratch.path());
    run.machine->endless = true;
    run.start();
    const auto own = run.put(pod("team-a/x", 0));
    const auto last = run.log->get(Stream::control, run.log->head(Stream::control).seq);
    DOCTEST_REQUIRE(last.ok());
    DOCTEST_CHECK(last->type == "policy.cascade.stopped/1");
    DOCTEST_CHECK(last->payload.at("rounds").as_int64() == 32);
    DOCTEST_CHECK(last->payload.at("last_type").as_string() == "runtime.ready/1");
    DOCTEST_CHECK(last->cause == own.front().seq);
    DOCTEST_CHECK(last->seq.value == own.front().seq.value + 33);
    DOCTEST_CHECK(run.machine->stopped.contains("runtime/team-a/x"));
    run.put(pod("team-a/y", 0)); // the next input is served as if nothing had been
}

DOCTEST_TEST_CASE("a decision that the log could not hold is neither folded nor written") {
    Scratch scratch;
    Running run(scratch.path());
    run.machine->ready_after_pod = true;
    run.machine->decides_nonsense = true;
    run.start();
    run.put(pod("team-a/x", 0));
    DOCTEST_CHECK(run.log->head(Stream::control).seq == Seq{2});
    DOCTEST_CHECK(run.machine->events == 2);
}

DOCTEST_TEST_CASE("state after a restart equals the state before it, byte for byte; the same inputs give the same bytes") {
    const auto feed = [](Running &run) {
        for (int i = 0; i < 50; ++i)
            run.put(pod("team-a/r" + std::to_string(i % 7), i));
    };
    const auto rules = [](Running &run) -> Running & {
        run.machine->ready_after_pod = true;
        run.machine->plan_with_blob = true;
        return run;
    };
    Scratch one_place;
    Scratch another_place;
    Engine::Options clock;
    clock.now = [] { return Timestamp{1'800'000'000'000'000'000}; };
    std::string live;
    {
        Running run(one_place.path(), clock);
        feed(rules(run).start());
        live = run.state();
    }
    {
        Running run(one_place.path(), clock); // replay folds what was decided: no rules are set
        run.start();
        DOCTEST_CHECK(run.state() == live);
    }
    {
        Running run(one_place.path(), clock); // and decides nothing, though this binary's rules would
        rules(run).machine->endless = true;
        run.start();
        DOCTEST_CHECK(run.state() == live);
    }
    Running run(another_place.path(), clock);
    feed(rules(run).start());
    DOCTEST_CHECK(run.state() == live);
}

DOCTEST_TEST_CASE("lanes are served in turn: a flood in one does not hold up the others") {
    Scratch scratch;
    Engine::Options options;
    options.max_batch = 4;
    Running run(scratch.path(), options);
    run.start();
    Held held(*run.engine);
    for (int i = 0; i < 20; ++i)
        DOCTEST_REQUIRE(run.engine->submit("loud", {pod("loud/x", i)}));
    for (int i = 0; i < 2; ++i)
        DOCTEST_REQUIRE(run.engine->submit("quiet", {pod("quiet/x", i)}));
    held.release();
    run.engine->stop();
    const auto quiet = *run.log->by_subject(Stream::control, Subject{"runtime/quiet/x"});
    const auto loud = *run.log->by_subject(Stream::control, Subject{"runtime/loud/x"});
    DOCTEST_REQUIRE(quiet.size() == 2);
    DOCTEST_REQUIRE(loud.size() == 20); // stop() wrote all that was queued
    DOCTEST_CHECK(quiet[0] < loud[2]);
    DOCTEST_CHECK(quiet[1] < loud[3]);
}

DOCTEST_TEST_CASE("a full queue refuses observations and keeps a quarter for decisions") {
    Scratch scratch;
    Engine::Options options;
    options.max_queue = 8;
    Running run(scratch.path(), options);
    run.start();
    Held held(*run.engine);
    int observations = 0;
    while (run.engine->submit("kube/" + std::to_string(observations), {pod("team-a/x", observations)}))
        ++observations;
    DOCTEST_CHECK(observations == 6);
    int decisions = 0;
    while (run.engine->submit("clock", {pod("team-a/y", decisions)}, {}, Engine::Priority::decision))
        ++decisions;
    DOCTEST_CHECK(decisions == 2);
    held.release();
    run.put(pod("team-a/z", 0));
    DOCTEST_CHECK(run.log->head(Stream::control).seq == Seq{10});
    DOCTEST_CHECK(run.engine->submit("kube/0", {pod("team-a/x", 0)}));
}

DOCTEST_TEST_CASE("subscribers see only what is durable; the first call tells that everything may have changed") {
    Scratch scratch;
    Running run(scratch.path());
    run.start();
    run.put(pod("team-a/x", 0));
    std::mutex mutex;
    std::vector<std::size_t> calls;
    std::vector<Seq> seen;
    bool behind = false;
    run.engine->subscribe("test", [&](const Machine &machine, std::span<const Event> events) {
        const std::lock_guard lock(mutex);
        calls.push_back(events.size());
        for (const auto &event : events)
            seen.push_back(event.seq);
        const auto durable = run.log->head(Stream::control).seq;
        behind = behind || (!events.empty() && durable < events.back().seq) ||
                 dynamic_cast<const TallyMachine &>(machine).last > durable;
        Seq asked;
        if (!run.engine->ask([&](const Machine &, Seq at) { asked = at; }, Deadline::after(soon)).ok() || asked != durable)
            behind = true;
    });
    run.put(pod("team-a/x", 1));
    run.put(pod("team-a/x", 2));
    const std::lock_guard lock(mutex);
    DOCTEST_CHECK(calls == std::vector<std::size_t>{0, 1, 1});
    DOCTEST_CHECK(seen == std::vector<Seq>{Seq{3}, Seq{4}});
    DOCTEST_CHECK(!behind);
}

DOCTEST_TEST_CASE("a wall clock that steps back stops the times and is told of once") {
    Scratch scratch;
    std::atomic<std::int64_t> seconds = 100;
    Engine::Options options;
    options.now = [&] { return Timestamp{seconds * 1'000'000'000}; };
    Running run(scratch.path(), options);
    run.start();
    run.put(pod("team-a/x", 0));
    seconds = 40;
    DOCTEST_CHECK(run.put(pod("team-a/x", 1)).front().time == Timestamp{100'000'000'000});
    DOCTEST_CHECK(run.put(pod("team-a/x", 2)).front().time == Timestamp{100'000'000'000});
    DOCTEST_CHECK(run.machine->skews == 1);
    DOCTEST_CHECK(run.log->get(Stream::control, Seq{3})->payload.at("by_ms").as_int64() == 60'000);
    seconds = 101;
    DOCTEST_CHECK(run.put(pod("team-a/x", 3)).front().time == Timestamp{101'000'000'000});
    seconds = 90;
    run.put(pod("team-a/x", 4));
    DOCTEST_CHECK(run.machine->skews == 2);
}

DOCTEST_TEST_CASE("input that the log could not hold is refused before anything is folded") {
    Scratch scratch;
    Running run(scratch.path());
    run.start();
    std::vector<EventDraft> wrong{pod("team-a/x", 0), query_ended("team-a/x", 1)};
    const auto refused = run.engine->submit_and_wait("test", std::move(wrong), Deadline::after(soon));
    DOCTEST_CHECK(refused.error().code == Code::invalid_argument);
    DOCTEST_CHECK(run.machine->events == 1);
    auto later = pod("team-a/x", 0);
    later.cause = Seq{77}; // not there yet: the event is kept, the cause is not
    DOCTEST_CHECK(!run.put(std::move(later)).front().cause);
}

DOCTEST_TEST_CASE("a question that cannot be asked in time is given up and never asked") {
    Scratch scratch;
    Running run(scratch.path());
    run.start();
    Held held(*run.engine);
    bool asked = false;
    const auto late = run.engine->ask([&](const Machine &, Seq) { asked = true; }, Deadline::after(10ms));
    DOCTEST_CHECK(late.error().code == Code::deadline_exceeded);
    held.release();
    run.put(pod("team-a/x", 0));
    DOCTEST_CHECK(!asked);
    run.engine->stop();
    DOCTEST_CHECK(run.engine->ask([](const Machine &, Seq) {}, Deadline::after(soon)).error().code == Code::cancelled);
    DOCTEST_CHECK(!run.engine->submit("test", {pod("team-a/x", 1)}));
}

DOCTEST_TEST_CASE("when the log cannot be written, on_fatal is called once and the state is not shown any more") {
    Scratch scratch;
    faultdisk::FaultDisk disk(scratch.path());
    std::promise<void> told;
    std::atomic<int> fatal = 0;
    Engine::Options options;
    options.on_fatal = [&](const Error &) {
        if (++fatal == 1) told.set_value();
    };
    Running run(scratch.path(), options, disk.env());
    run.start();
    run.put(pod("team-a/x", 0));
    std::atomic<int> published = 0;
    run.engine->subscribe("test",
                          [&](const Machine &, std::span<const Event> events) { published += static_cast<int>(events.size()); });
    disk.plan().add({.operation = faultdisk::Operation::sync, .kind = faultdisk::FileKind::wal, .from_then_on = true});
    const auto lost = run.engine->submit_and_wait("test", {pod("team-a/x", 1)}, Deadline::after(soon));
    DOCTEST_CHECK(lost.error().code == Code::unavailable);
    DOCTEST_REQUIRE(told.get_future().wait_for(soon) == std::future_status::ready);
    DOCTEST_CHECK(run.engine->ask([](const Machine &, Seq) {}, Deadline::after(soon)).error().code == Code::unavailable);
    DOCTEST_CHECK(!run.engine->submit("test", {pod("team-a/x", 2)}));
    run.engine->stop();
    DOCTEST_CHECK(published == 0);
    DOCTEST_CHECK(fatal == 1);
}

DOCTEST_TEST_CASE("submitting, asking, subscribing and stopping side by side lose nothing that was taken") {
    Scratch scratch;
    std::string live;
    std::atomic<int> taken = 0;
    {
        Running run(scratch.path());
        run.machine->ready_after_pod = true;
        run.start();
        std::atomic<bool> stopping = false;
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; !stopping; ++i)
                    if (run.engine->submit("lane" + std::to_string(t), {pod("team-a/t" + std::to_string(t), i)})) ++taken;
            });
        threads.emplace_back([&] {
            while (!stopping) {
                const auto asked = run.engine->ask(
                    [](const Machine &machine, Seq durable) {
                        if (dynamic_cast<const TallyMachine &>(machine).last != durable) throw std::logic_error("not durable");
                    },
                    Deadline::after(soon));
                if (!asked.ok()) return;
            }
        });
        threads.emplace_back([&] {
            for (int i = 0; !stopping && i < 5; ++i) {
                run.engine->subscribe("s", [](const Machine &, std::span<const Event>) {});
                static_cast<void>(run.engine->submit_and_wait("waiter", {pod("team-a/w", i)}, Deadline::after(soon)).ok());
            }
        });
        while (taken < 200)
            std::this_thread::yield();
        run.engine->stop(); // while they go on
        stopping = true;
        threads.clear();
        std::int64_t counted = 0;
        for (const auto &[subject, tally] : run.machine->pods)
            if (subject != "runtime/team-a/w") counted += tally.count;
        DOCTEST_CHECK(counted == taken);
        live = canonical_json_or_throw(run.machine->serialize());
    }
    Running again(scratch.path());
    again.start();
    DOCTEST_CHECK(again.state() == live);
    DOCTEST_CHECK(again.log->verify(Stream::control).ok());
}
