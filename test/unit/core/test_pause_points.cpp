// The tool that other tests stand on: points that do nothing unless somebody asked, a gate, a crash.
#include "core/base/crash_switch.hpp"
#include "test/unit/core/pause_gate.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace xtn;
using namespace std::chrono_literals;

DOCTEST_TEST_CASE("every point has a name of its own, is found by it, and means something") {
    std::set<std::string_view> names;
    for (const auto &info : pause_points()) {
        DOCTEST_CHECK(names.insert(info.name).second);
        DOCTEST_CHECK(find_pause_point(info.name) == info.point);
        DOCTEST_CHECK(pause_point_name(info.point) == info.name);
        DOCTEST_CHECK(info.meaning.size() > 20);
    }
    DOCTEST_CHECK(names.size() == 18);
    DOCTEST_CHECK(!find_pause_point("engine.fold"));
    DOCTEST_CHECK(!find_pause_point(""));
}

DOCTEST_TEST_CASE("points that nobody watches do nothing") {
    const PausePoints nobody;
    for (const auto &info : pause_points())
        nobody.pass(info.point);
}

DOCTEST_TEST_CASE("a gate holds the thread that comes to its point, no other, and lets it go") {
    PauseGate gate(PausePoint::engine_folded);
    const auto points = gate.points();
    std::atomic<int> steps = 0;
    std::jthread walker([&] {
        points.pass(PausePoint::engine_taken);
        ++steps;
        points.pass(PausePoint::engine_folded);
        ++steps;
    });
    DOCTEST_REQUIRE(gate.wait_reached());
    DOCTEST_CHECK(steps == 1);
    std::jthread([&] { points.pass(PausePoint::log_taken); }).join(); // another point, another thread: passes
    DOCTEST_CHECK(steps == 1);
    gate.release();
    walker.join();
    DOCTEST_CHECK(steps == 2);
    points.pass(PausePoint::engine_folded); // open now
    DOCTEST_CHECK(gate.passages(PausePoint::engine_folded) == 2);
    DOCTEST_CHECK(gate.passages(PausePoint::log_taken) == 1);
}

DOCTEST_TEST_CASE("a gate can wait for the n-th passage, and says when nobody came") {
    PauseGate gate;
    const auto points = gate.points();
    gate.arm(PausePoint::act_sending, 3);
    points.pass(PausePoint::act_sending);
    points.pass(PausePoint::act_sending);
    DOCTEST_CHECK(!gate.wait_reached(10ms));
    auto third = std::async(std::launch::async, [&] { points.pass(PausePoint::act_sending); });
    DOCTEST_CHECK(gate.wait_reached());
    DOCTEST_CHECK(third.wait_for(0s) == std::future_status::timeout);
    gate.release();
    third.get();
}

DOCTEST_TEST_CASE("copies of points lead to one visitor") {
    PauseGate gate;
    const auto points = gate.points();
    const auto copy = points; // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
    copy.pass(PausePoint::log_sealed);
    points.pass(PausePoint::log_sealed);
    DOCTEST_CHECK(gate.passages(PausePoint::log_sealed) == 2);
}

DOCTEST_TEST_CASE("a crash switch names a point and a passage; anything else is refused with the table") {
    DOCTEST_CHECK(CrashSwitch::parse("log.written")->point == PausePoint::log_written);
    DOCTEST_CHECK(CrashSwitch::parse("log.written")->passage == 1);
    DOCTEST_CHECK(CrashSwitch::parse("act.answered:12")->passage == 12);
    for (const auto *wrong :
         {"", "log", "log.written:", "log.written:0", "log.written:-1", "log.written:1x", "LOG.WRITTEN", ":1"})
        DOCTEST_CHECK(CrashSwitch::parse(wrong).error().code == Code::invalid_argument);
    const auto refused = CrashSwitch::parse("log.writen").error().message;
    for (const auto &info : pause_points())
        DOCTEST_CHECK(refused.find(info.meaning) != std::string::npos);
}

DOCTEST_TEST_CASE("a crash switch strikes once, at its passage of its point, however many copies and threads pass") {
    std::atomic<int> struck = 0;
    const auto points = CrashSwitch{PausePoint::log_written, 3}.points([&] { ++struck; });
    const auto pass = [points] {
        points.pass(PausePoint::log_written);
        points.pass(PausePoint::log_taken);
    };
    pass();
    pass();
    DOCTEST_CHECK(struck == 0);
    {
        std::jthread one(pass);
        std::jthread two(pass);
    }
    DOCTEST_CHECK(struck == 1);
    pass();
    DOCTEST_CHECK(struck == 1);
}

DOCTEST_TEST_CASE("without a test's own end the process dies of SIGKILL, and what stood behind the point is not done") {
    int ends[2];
    DOCTEST_REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork(); // this program has no other thread
    DOCTEST_REQUIRE(child >= 0);
    if (child == 0) {
        const auto points = CrashSwitch{PausePoint::engine_durable, 2}.points();
        for (char passed = '1'; passed < '5'; ++passed) {
            points.pass(PausePoint::engine_durable);
            if (::write(ends[1], &passed, 1) != 1) ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string passed(8, ' ');
    const auto count = ::read(ends[0], passed.data(), passed.size());
    ::close(ends[0]);
    int status = 0;
    DOCTEST_REQUIRE(::waitpid(child, &status, 0) == child);
    DOCTEST_CHECK(WIFSIGNALED(status));
    DOCTEST_CHECK(WTERMSIG(status) == SIGKILL);
    DOCTEST_CHECK(passed.substr(0, static_cast<std::size_t>(count)) == "1");
}

DOCTEST_TEST_CASE("docs/durability.md has every point with its meaning, and no other") {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    DOCTEST_REQUIRE(root != nullptr);
    std::ifstream in(std::string(root) + "/docs/durability.md");
    std::set<std::string> rows;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("| `") && line.find('.') < line.find('`', 3)) rows.insert(line);
    std::set<std::string> wanted;
    for (const auto &info : pause_points())
        wanted.insert("| `" + std::string(info.name) + "` | " + std::string(info.meaning) + " |");
    DOCTEST_CHECK(rows == wanted);
}
