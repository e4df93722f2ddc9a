#include "adapters/clock/clock_adapter.hpp"
#include "test/unit/kube/fakes.hpp"

#include <atomic>

using namespace fakes;
using namespace xtn;
using namespace std::chrono_literals;

namespace {

struct ClockScene {
    FakeWorld world;
    FakeEngine engine{world};
    std::atomic<std::int64_t> now{1'000'000'000'000};
    std::atomic<int> looks{0}; // of the adapter at the clock

    std::unique_ptr<ClockAdapter> start() {
        ClockAdapter::Options options;
        options.engine = &engine;
        options.now = [this] {
            ++looks;
            return Timestamp{now.load()};
        };
        return ClockAdapter::start(std::move(options));
    }
    Timestamp in(std::chrono::nanoseconds d) const { return Timestamp{now.load() + d.count()}; }
};

} // namespace

DOCTEST_TEST_CASE("a deadline that has come is told with how late it was, and the next one is waited for") {
    ClockScene s;
    s.world.deadline = s.in(-1500ms);
    s.engine.on_event = [](FakeWorld &w, const Event &) { w.deadline.reset(); };
    const auto clock = s.start();
    eventually("told", [&] { return s.engine.count("clock.deadline") == 1; });
    const auto first = s.engine.events("clock.deadline")[0];
    DOCTEST_CHECK(first.payload.at("lag_ms") == 1500);
    DOCTEST_CHECK(kube::find_string(first.payload, {"due"}) == s.in(-1500ms).rfc3339());
    DOCTEST_CHECK(first.subject.text == "cluster");
    s.engine.change([&](FakeWorld &w) { w.deadline = s.in(50ms); });
    const int before = s.looks;
    eventually("looked at again", [&] { return s.looks >= before + 3; }); // each but the first after the 50 ms that are left
    DOCTEST_CHECK(s.engine.count("clock.deadline") == 1);                 // the wall clock stands still: not due
    s.now += 60'000'000;
    eventually("the second is told", [&] { return s.engine.count("clock.deadline") == 2; });
}

DOCTEST_TEST_CASE("a deadline that moves closer is noticed at once") {
    ClockScene s;
    s.world.deadline = s.in(1h);
    s.engine.on_event = [](FakeWorld &w, const Event &) { w.deadline.reset(); };
    const auto clock = s.start();
    s.engine.change([&](FakeWorld &w) { w.deadline = s.in(-1ms); });
    eventually("told", [&] { return s.engine.count("clock.deadline") == 1; });
}

DOCTEST_TEST_CASE("a machine that does not move on is told again, but not in a tight loop") {
    ClockScene s;
    s.world.deadline = s.in(-1s);
    const auto begin = std::chrono::steady_clock::now();
    const auto clock = s.start();
    eventually("told three times", [&] { return s.engine.count("clock.deadline") >= 3; });
    DOCTEST_CHECK(std::chrono::steady_clock::now() - begin >= 2 * 200ms); // what lies between two of them
}

DOCTEST_TEST_CASE("a full queue only delays a deadline; stopping does not wait for it") {
    ClockScene s;
    s.world.deadline = s.in(-1s);
    s.engine.refuse = 2;
    s.engine.on_event = [](FakeWorld &w, const Event &) { w.deadline.reset(); };
    const auto clock = s.start();
    eventually("told", [&] { return s.engine.count("clock.deadline") == 1; });
    s.engine.change([&](FakeWorld &w) { w.deadline = s.in(1h); });
    const auto begin = std::chrono::steady_clock::now();
    clock->stop();
    DOCTEST_CHECK(std::chrono::steady_clock::now() - begin < 500ms);
    s.engine.change([](FakeWorld &) {}); // nobody listens any more
}
