// A disk that fails: the first failure is final, everybody hears of it, and what was acknowledged before is still there.
#include "log_fixture.hpp"
#include "test/faultdisk/fault_disk.hpp"

#include <atomic>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace xtn::faultdisk;
using namespace std::chrono_literals;

namespace {

// Waits for a condition that another thread brings about.
template <class Condition> bool comes_true(const Condition &condition) {
    const auto deadline = Deadline::after(20s);
    while (!condition() && !deadline.passed())
        std::this_thread::yield();
    return condition();
}

} // namespace

DOCTEST_TEST_CASE("after a failed write or sync every waiting and later append fails, and on_fatal is called once") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    std::atomic<int> fatal = 0;
    {
        Log::Options options;
        options.directory = scratch.path();
        options.rocksdb_env = disk.env();
        options.on_fatal = [&](const Error &) { ++fatal; };
        auto opened = Log::open(std::move(options));
        DOCTEST_REQUIRE(opened.ok());
        Log &log = **opened;
        const Epoch epoch = *log.begin_epoch(Epoch{0});
        DOCTEST_REQUIRE(log.append(one(epoch, pod("team-a/x", 1))).ok());
        DOCTEST_SUBCASE("write") {
            disk.plan().add({.operation = Operation::write, .kind = FileKind::wal, .from_then_on = true, .error = ENOSPC});
        }
        DOCTEST_SUBCASE("sync") {
            disk.plan().add({.operation = Operation::sync, .kind = FileKind::wal, .from_then_on = true});
        }
        std::vector<std::future<Result<std::vector<Event>>>> waiting;
        for (int i = 0; i < 5; ++i)
            waiting.push_back(log.append_async(one(epoch, pod("team-a/x", i))));
        for (auto &append : waiting)
            DOCTEST_CHECK(append.get().error().code == Code::unavailable);
        disk.plan().clear(); // a disk that recovers changes nothing: nobody knows what is on it
        DOCTEST_CHECK(log.append(one(epoch, pod("team-a/x", 9))).error().code == Code::unavailable);
        DOCTEST_CHECK(log.begin_epoch(Epoch{0}).error().code == Code::unavailable);
        DOCTEST_CHECK(comes_true([&] { return fatal == 1; }));
        DOCTEST_CHECK(log.head(Stream::control).seq == Seq{1});
        DOCTEST_CHECK(log.get(Stream::control, Seq{1}).ok()); // reading goes on
        log.close();
    }
    DOCTEST_CHECK(fatal == 1);
    OpenLog again(scratch.path());
    DOCTEST_CHECK(again->get(Stream::control, Seq{1})->payload.at("restarts").as_int64() == 1);
    DOCTEST_CHECK(again->verify(Stream::control).ok());
}

DOCTEST_TEST_CASE("on_fatal may close the log") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    std::unique_ptr<Log> log;
    std::promise<void> closed;
    Log::Options options;
    options.directory = scratch.path();
    options.rocksdb_env = disk.env();
    options.on_fatal = [&](const Error &) {
        log->close();
        closed.set_value();
    };
    auto opened = Log::open(std::move(options));
    DOCTEST_REQUIRE(opened.ok());
    log = std::move(*opened);
    const Epoch epoch = *log->begin_epoch(Epoch{0});
    disk.plan().add({.operation = Operation::sync, .kind = FileKind::wal, .from_then_on = true});
    DOCTEST_CHECK(!log->append(one(epoch, pod("team-a/x", 1))).ok());
    DOCTEST_CHECK(closed.get_future().wait_for(20s) == std::future_status::ready);
    DOCTEST_CHECK(log->append(one(epoch, pod("team-a/x", 1))).error().code == Code::cancelled);
}
