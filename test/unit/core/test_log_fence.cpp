// Leader terms, back-pressure, and the two races that a running system meets: append against fence, append against close. The
// races are held at the writer's named points, so that the order is the test's and not the scheduler's.
#include "log_fixture.hpp"
#include "pause_gate.hpp"

#include <mutex>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<Log> open_gated(const std::filesystem::path &folder, PauseGate &gate, std::size_t max_queued = 65536) {
    Log::Options options;
    options.directory = folder;
    options.max_queued_events = max_queued;
    options.pause_points = gate.points();
    auto log = Log::open(std::move(options));
    DOCTEST_REQUIRE(log.ok());
    return std::move(*log);
}

bool ready(const std::future<Result<std::vector<Event>>> &future) {
    return future.wait_for(0s) == std::future_status::ready;
}

} // namespace

DOCTEST_TEST_CASE("a term is greater than all before it, over restarts, and at least what is asked for") {
    Scratch scratch;
    {
        OpenLog log(scratch.path());
        DOCTEST_CHECK(log.epoch == Epoch{1});
        DOCTEST_CHECK(*log->begin_epoch(Epoch{7}) == Epoch{7});
        DOCTEST_CHECK(*log->begin_epoch(Epoch{3}) == Epoch{8});
    }
    DOCTEST_CHECK(OpenLog(scratch.path()).epoch == Epoch{9}); // nothing was appended in term 8: the anchor remembers it
}

DOCTEST_TEST_CASE("an append of an older term is fenced, one of a term that never began is refused") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(1);
    const Epoch old = log.epoch;
    log.epoch = *log->begin_epoch(Epoch{0});
    DOCTEST_CHECK(log->append(one(old, pod("team-a/x", 1))).error().code == Code::fenced);
    DOCTEST_CHECK(log->append(one(Epoch{99}, pod("team-a/x", 1))).error().code == Code::invalid_argument);
    log.fill(1);
    DOCTEST_CHECK(log.head().seq == Seq{2});
    log->close();
    auto again = open_log(scratch.path());
    DOCTEST_CHECK(again->append(one(log.epoch, pod("team-a/x", 1))).error().code ==
                  Code::fenced); // another process had that term
}

DOCTEST_TEST_CASE("an append that was queued before the fence is written under its own term, one behind it is fenced") {
    Scratch scratch;
    PauseGate gate;
    auto log = open_gated(scratch.path(), gate);
    const Epoch old = *log->begin_epoch(Epoch{0});
    gate.arm(PausePoint::log_taken);
    auto held = log->append_async(one(old, pod("team-a/x", 1)));
    DOCTEST_REQUIRE(gate.wait_reached()); // the writer holds that group
    auto before = log->append_async(one(old, pod("team-a/x", 2)));
    std::future<Result<Epoch>> fence = std::async(std::launch::async, [&] { return log->begin_epoch(Epoch{0}); });
    gate.release();
    const auto next = fence.get();
    DOCTEST_REQUIRE(next.ok());
    auto behind = log->append_async(one(old, pod("team-a/x", 3)));
    DOCTEST_CHECK(held.get().ok());
    DOCTEST_CHECK(before.get()->front().epoch == old);
    DOCTEST_CHECK(behind.get().error().code == Code::fenced);
    DOCTEST_CHECK(log->append(one(*next, pod("team-a/x", 4)))->front().seq == Seq{3});
}

DOCTEST_TEST_CASE("closing writes what is queued before it ends") {
    Scratch scratch;
    PauseGate gate;
    auto log = open_gated(scratch.path(), gate);
    const Epoch epoch = *log->begin_epoch(Epoch{0});
    gate.arm(PausePoint::log_taken);
    auto held = log->append_async(one(epoch, pod("team-a/x", 1)));
    DOCTEST_REQUIRE(gate.wait_reached());
    auto queued = log->append_async(one(epoch, pod("team-a/x", 2)));
    std::jthread closer([&] { log->close(); });
    gate.release();
    closer.join();
    DOCTEST_CHECK(held.get().ok());
    DOCTEST_CHECK(queued.get().ok());
    DOCTEST_CHECK(log->head(Stream::control).seq == Seq{2});
}

DOCTEST_TEST_CASE("an append that finds nobody writing is written on its caller's thread, what comes meanwhile on the writer's") {
    Scratch scratch;
    PauseGate gate;
    std::mutex mutex;
    std::vector<std::thread::id> writers;
    Log::Options options;
    options.directory = scratch.path();
    options.pause_points = PausePoints([&, held = gate.points()](PausePoint point) {
        if (point == PausePoint::log_anchored) {
            const std::lock_guard lock(mutex);
            writers.push_back(std::this_thread::get_id());
        }
        held.pass(point);
    });
    auto log = Log::open(std::move(options));
    DOCTEST_REQUIRE(log.ok());
    const Epoch epoch = *(*log)->begin_epoch(Epoch{0});
    // The writer's thread may answer a moment before it rests: appends until one is written here.
    const auto come_to_rest = [&] {
        const auto deadline = Deadline::after(20s);
        do
            DOCTEST_REQUIRE((*log)->append(one(epoch, pod("team-a/x", 0))).ok());
        while (writers.back() != std::this_thread::get_id() && !deadline.passed());
        DOCTEST_REQUIRE(writers.back() == std::this_thread::get_id());
    };
    come_to_rest();
    writers.clear();
    const Seq before = (*log)->head(Stream::control).seq;
    gate.arm(PausePoint::log_taken);
    std::thread::id caller;
    std::future<bool> alone = std::async(std::launch::async, [&] {
        caller = std::this_thread::get_id();
        return (*log)->append(one(epoch, pod("team-a/x", 1))).ok();
    });
    DOCTEST_REQUIRE(gate.wait_reached());
    auto second = (*log)->append_async(one(epoch, pod("team-a/x", 2)));
    auto third = (*log)->append_async(one(epoch, pod("team-a/x", 3)));
    DOCTEST_CHECK(!ready(second));
    gate.release();
    DOCTEST_CHECK(alone.get());
    DOCTEST_CHECK(second.get()->front().seq == Seq{before.value + 2});
    DOCTEST_CHECK(third.get()->front().seq == Seq{before.value + 3});
    DOCTEST_CHECK((*log)->append(one(epoch, pod("team-a/x", 4))).ok()); // a crowd before it: through the writer's thread
    DOCTEST_REQUIRE(writers.size() == 3);
    DOCTEST_CHECK(writers[0] == caller);
    DOCTEST_CHECK(writers[1] != caller);
    DOCTEST_CHECK(writers[2] == writers[1]);
    come_to_rest();
}

DOCTEST_TEST_CASE("closing waits for an append that is written on its caller's thread") {
    Scratch scratch;
    PauseGate gate;
    auto log = open_gated(scratch.path(), gate);
    const Epoch epoch = *log->begin_epoch(Epoch{0});
    gate.arm(PausePoint::log_written);
    std::future<bool> alone = std::async(std::launch::async, [&] { return log->append(one(epoch, pod("team-a/x", 1))).ok(); });
    DOCTEST_REQUIRE(gate.wait_reached());
    std::future<void> closer = std::async(std::launch::async, [&] { log->close(); });
    // Nothing new is taken from the moment that it closes on.
    std::vector<std::future<Result<std::vector<Event>>>> queued;
    Code refused = Code::resource_exhausted;
    while (refused != Code::cancelled) {
        auto append = log->append_async(one(epoch, pod("team-a/x", 2)));
        if (ready(append))
            refused = append.get().error().code;
        else
            queued.push_back(std::move(append));
        std::this_thread::yield();
    }
    DOCTEST_CHECK(closer.wait_for(0s) == std::future_status::timeout);
    gate.release();
    closer.get();
    DOCTEST_CHECK(alone.get());
    for (auto &append : queued)
        DOCTEST_CHECK(append.get().ok());
    DOCTEST_CHECK(log->head(Stream::control).seq == Seq{1 + queued.size()});
}

DOCTEST_TEST_CASE("nobody sees or is told of an event before the anchor has moved") {
    Scratch scratch;
    PauseGate gate;
    auto log = open_gated(scratch.path(), gate);
    const Epoch epoch = *log->begin_epoch(Epoch{0});
    gate.arm(PausePoint::log_written);
    auto append = log->append_async(one(epoch, pod("team-a/x", 1)));
    DOCTEST_REQUIRE(gate.wait_reached());
    DOCTEST_CHECK(!ready(append));
    DOCTEST_CHECK(log->head(Stream::control).seq == Seq{0});
    DOCTEST_CHECK(log->get(Stream::control, Seq{1}).error().code == Code::not_found);
    DOCTEST_CHECK(log->by_subject(Stream::control, Subject{"runtime/team-a/x"})->empty());
    DOCTEST_CHECK(log->subjects(Stream::control, "")->empty());
    DOCTEST_CHECK(open_reader(scratch.path())->head(Stream::control).seq == Seq{0});
    gate.release();
    DOCTEST_CHECK(append.get().ok());
    DOCTEST_CHECK(log->head(Stream::control).seq == Seq{1});
}

DOCTEST_TEST_CASE("a full queue refuses, for its own stream only, and takes again once it is written") {
    Scratch scratch;
    PauseGate gate;
    auto log = open_gated(scratch.path(), gate, 2);
    const Epoch epoch = *log->begin_epoch(Epoch{0});
    gate.arm(PausePoint::log_taken);
    auto held = log->append_async(one(epoch, pod("team-a/x", 0)));
    DOCTEST_REQUIRE(gate.wait_reached());
    std::vector<std::future<Result<std::vector<Event>>>> queued;
    for (int i = 0; i < 2; ++i)
        queued.push_back(log->append_async(one(epoch, pod("team-a/x", i))));
    auto refused = log->append_async(one(epoch, pod("team-a/x", 3)));
    DOCTEST_REQUIRE(ready(refused));
    DOCTEST_CHECK(refused.get().error().code == Code::resource_exhausted);
    auto other = log->append_async(one(epoch, query_ended("team-a/x", 1), Stream::queries));
    DOCTEST_CHECK(!ready(other));
    gate.release();
    for (auto &append : queued)
        DOCTEST_CHECK(append.get().ok());
    DOCTEST_CHECK(other.get().ok());
    DOCTEST_CHECK(held.get().ok());
    DOCTEST_CHECK(log->append(one(epoch, pod("team-a/x", 4))).ok());
}
