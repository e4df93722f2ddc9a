// Fold, batch, sync, publish, answer: the engine and the log held between each two of them. What may be seen then, and what a
// kill at that moment leaves behind: a copy of the folder, for a killed process's files are what the page cache holds.
#include "engine_fixture.hpp"
#include "pause_gate.hpp"

#include <atomic>
#include <filesystem>
#include <future>
#include <optional>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;

namespace {

// A running engine with one decided event behind it, a subscriber that looks at the state, and the next input held at a point.
class Scene {
  public:
    Scene() : run_(scratch_.path() / "live", options()) {
        run_.machine->ready_after_pod = true;
        run_.start();
        run_.put(pod("team-a/first", 0)); // #2, and #3 decided
        run_.engine->subscribe("test", [this](const Machine &machine, std::span<const Event> events) {
            seen_ = static_cast<std::uint64_t>(dynamic_cast<const TallyMachine &>(machine).events);
            if (!events.empty()) DOCTEST_CHECK(seen_ == events.back().seq.value);
        });
    }
    // Submits an input and returns once the thread that carries it stands at `point`.
    void hold_at(PausePoint point) {
        gate_.arm(point);
        answer_ = std::async(std::launch::async, [this] {
            return run_.engine->submit_and_wait("test", {pod("team-a/next", 0)}, Deadline::after(soon));
        });
        DOCTEST_REQUIRE(gate_.wait_reached());
    }
    void release() {
        gate_.release();
        DOCTEST_CHECK(answer_.get().ok());
    }
    bool answered() const { return answer_.wait_for(0s) == std::future_status::ready; }
    std::uint64_t seen() const { return seen_; }
    bool state_is_shown() const {
        return run_.engine->ask([](const Machine &, Seq) {}, Deadline::after(10ms)).ok();
    }
    std::uint64_t log_shows() const { return run_.log->head(Stream::control).seq.value; }

    // What a process that was killed at this moment would have left to its successor: the number of its last event.
    std::uint64_t left_behind() {
        const auto copy = scratch_.path() / ("copy-" + std::to_string(++copies_));
        std::filesystem::copy(scratch_.path() / "live", copy, std::filesystem::copy_options::recursive);
        Running successor(copy);
        const auto last = successor.log->head(Stream::control).seq.value;
        DOCTEST_CHECK(successor.log->verify(Stream::control).ok());
        successor.start();
        DOCTEST_CHECK(successor.engine->epoch() > run_.engine->epoch());
        // The whole of a decision or nothing of it, and the state is the log's.
        DOCTEST_CHECK(successor.machine->pods.contains("runtime/team-a/next") == (last == 5));
        DOCTEST_CHECK(successor.machine->ready.contains("runtime/team-a/next") == (last == 5));
        DOCTEST_CHECK(successor.machine->events == static_cast<std::int64_t>(last));
        return last;
    }
    Running &run() { return run_; }
    PauseGate &gate() { return gate_; }

  private:
    Engine::Options options() {
        Engine::Options out;
        out.pause_points = gate_.points();
        return out;
    }
    Scratch scratch_;
    PauseGate gate_;
    Running run_;
    std::atomic<std::uint64_t> seen_ = 0;
    std::future<Result<std::vector<Event>>> answer_;
    int copies_ = 0;
};

} // namespace

DOCTEST_TEST_CASE("before the sync nothing is shown to anybody, and a kill leaves nothing of it") {
    for (const auto point :
         {PausePoint::engine_taken, PausePoint::engine_folded, PausePoint::log_taken, PausePoint::log_sealed}) {
        DOCTEST_CAPTURE(pause_point_name(point));
        Scene scene;
        scene.hold_at(point);
        DOCTEST_CHECK(scene.seen() == 3);
        DOCTEST_CHECK(!scene.state_is_shown()); // the machine has folded what is not durable
        DOCTEST_CHECK(scene.log_shows() == 3);
        DOCTEST_CHECK(!scene.answered());
        DOCTEST_CHECK(scene.left_behind() == 3);
        scene.release();
        DOCTEST_CHECK(scene.left_behind() == 5);
    }
}

DOCTEST_TEST_CASE("between the sync and the publishing it is in the log for good, and nobody has acted on it") {
    for (const auto point : {PausePoint::log_written, PausePoint::log_anchored, PausePoint::engine_durable}) {
        DOCTEST_CAPTURE(pause_point_name(point));
        Scene scene;
        scene.hold_at(point);
        DOCTEST_CHECK(scene.seen() == 3);
        DOCTEST_CHECK(!scene.state_is_shown());
        // The log shows it once its writer has answered, not before.
        DOCTEST_CHECK(scene.log_shows() == (point == PausePoint::engine_durable ? 5U : 3U));
        DOCTEST_CHECK(!scene.answered());
        DOCTEST_CHECK(scene.left_behind() == 5);
        scene.release();
    }
}

DOCTEST_TEST_CASE("who waits for an answer gets it after every subscriber was called") {
    Scene scene;
    scene.hold_at(PausePoint::engine_published);
    DOCTEST_CHECK(scene.seen() == 5);
    DOCTEST_CHECK(!scene.answered());
    DOCTEST_CHECK(scene.left_behind() == 5);
    scene.release();
}

DOCTEST_TEST_CASE("what comes in while a batch is under way makes the next batch, together: one sync for all of it") {
    Scene scene;
    const auto before = scene.gate().passages(PausePoint::log_written);
    scene.hold_at(PausePoint::engine_folded);
    for (int i = 0; i < 20; ++i)
        DOCTEST_REQUIRE(scene.run().engine->submit("lane" + std::to_string(i % 3), {pod("team-a/more", i)}));
    DOCTEST_CHECK(scene.log_shows() == 3);
    scene.release();
    scene.run().engine->stop();
    DOCTEST_CHECK(scene.log_shows() == 5 + 21); // twenty and one decision
    DOCTEST_CHECK(scene.gate().passages(PausePoint::log_written) == before + 2);
}

DOCTEST_TEST_CASE("an input with all that is decided upon it is one batch: at no moment is half of it in the log") {
    Scene scene;
    std::vector<EventDraft> several{pod("team-a/p", 0), pod("team-a/q", 0), pod("team-a/p", 1)};
    const auto before = scene.gate().passages(PausePoint::log_written);
    const auto own = scene.run().engine->submit_and_wait("test", std::move(several), Deadline::after(soon));
    DOCTEST_REQUIRE(own.ok());
    DOCTEST_CHECK(scene.log_shows() == 3 + 5);
    DOCTEST_CHECK(scene.gate().passages(PausePoint::log_written) == before + 1);
}

DOCTEST_TEST_CASE("a start that is killed before or after its term begins leaves a log that starts") {
    for (const auto point : {PausePoint::start_replayed, PausePoint::start_elected}) {
        DOCTEST_CAPTURE(pause_point_name(point));
        Scratch scratch;
        {
            Running first(scratch.path() / "live");
            first.start();
            first.put(pod("team-a/x", 0));
        }
        PauseGate gate(point);
        Engine::Options options;
        options.pause_points = gate.points();
        Running second(scratch.path() / "live", options);
        std::jthread starting([&] { second.start(); });
        DOCTEST_REQUIRE(gate.wait_reached());
        std::filesystem::copy(scratch.path() / "live", scratch.path() / "copy", std::filesystem::copy_options::recursive);
        gate.release();
        starting.join();
        Running successor(scratch.path() / "copy");
        successor.start();
        DOCTEST_CHECK(successor.log->head(Stream::control).seq == Seq{2});
        DOCTEST_CHECK(successor.engine->epoch() == Epoch{point == PausePoint::start_elected ? 3U : 2U});
    }
}
