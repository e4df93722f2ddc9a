// A gateway's batch, held between each two steps of its way into the log, and what a kill there leaves to the batch that comes
// again.
#include "adapters/gateway/gateway_adapter.hpp"
#include "projections/world.hpp"
#include "test/unit/core/pause_gate.hpp"
#include "test/unit/core/scratch.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <future>
#include <string>

using namespace xtn;
using namespace std::chrono_literals;

namespace {

struct Intake {
    std::unique_ptr<Log> log;
    std::unique_ptr<World> world = World::create();
    std::unique_ptr<Engine> engine;
    std::unique_ptr<GatewayAdapter> adapter;

    explicit Intake(const std::filesystem::path &folder, const PausePoints &points = {}) {
        Log::Options log_options;
        log_options.directory = folder;
        auto opened = Log::open(std::move(log_options));
        if (!opened.ok()) DOCTEST_FAIL(opened.error().message);
        log = std::move(*opened);
        Engine::Options engine_options;
        engine_options.log = log.get();
        engine_options.machine = world.get();
        auto started = Engine::start(std::move(engine_options));
        DOCTEST_REQUIRE(started.ok());
        engine = std::move(*started);
        GatewayAdapter::Options options;
        options.engine = engine.get();
        options.log = log.get();
        options.pause_points = points;
        adapter = GatewayAdapter::start(std::move(options));
    }
    ~Intake() {
        adapter->stop();
        engine->stop();
    }
    Intake(const Intake &) = delete;
    Intake &operator=(const Intake &) = delete;

    std::size_t count(Stream stream, std::string_view name) const {
        std::size_t n = 0;
        DOCTEST_REQUIRE(log->scan(stream, Seq{1},
                                  [&](const Event &event) {
                                      n += event.name() == name ? 1 : 0;
                                      return true;
                                  })
                            .ok());
        return n;
    }
    std::size_t queries() const { return count(Stream::queries, "query.ended"); }
    std::size_t activity() const { return count(Stream::control, "activity.observed"); }
};

const std::string batch = R"({"gateway": "g1", "records": [
    {"sequence": 1, "type": "query.ended", "subject": "runtime/team/a", "payload": {"query_id": "q1", "runtime": "team/a", "backend": "a", "state": "FINISHED", "elapsed_ms": 5}},
    {"sequence": 2, "type": "activity.observed", "subject": "runtime/team/a", "payload": {"running": 1, "queued": 0}},
    {"sequence": 3, "type": "query.ended", "subject": "runtime/team/a", "payload": {"query_id": "q2", "runtime": "team/a", "backend": "a", "state": "FINISHED", "elapsed_ms": 5}}]})";

} // namespace

DOCTEST_TEST_CASE(
    "a batch is acknowledged only when all of it is durable; sent again after a kill at any step, each query stands once") {
    struct Row {
        PausePoint point;
        std::size_t queries, activity; // in the log at that moment
        std::size_t activity_after;    // once the batch came again
    };
    for (const Row &row : {Row{PausePoint::records_received, 0, 0, 1}, Row{PausePoint::records_half, 2, 0, 1},
                           Row{PausePoint::records_durable, 2, 1, 1}}) {
        DOCTEST_CAPTURE(pause_point_name(row.point));
        Scratch scratch;
        PauseGate gate(row.point);
        Intake intake(scratch.path() / "live", gate.points());
        auto answer = std::async(std::launch::async, [&] { return intake.adapter->take_records(batch); });
        DOCTEST_REQUIRE(gate.wait_reached());
        DOCTEST_CHECK(answer.wait_for(0s) == std::future_status::timeout);
        DOCTEST_CHECK(intake.queries() == row.queries);
        DOCTEST_CHECK(intake.activity() == row.activity);
        // What a kill would leave, and the batch that was not acknowledged.
        std::filesystem::copy(scratch.path() / "live", scratch.path() / "copy", std::filesystem::copy_options::recursive);
        Intake successor(scratch.path() / "copy");
        DOCTEST_CHECK(successor.adapter->take_records(batch).ok());
        DOCTEST_CHECK(successor.queries() == 2);
        DOCTEST_CHECK(successor.activity() == row.activity_after);
        gate.release();
        DOCTEST_CHECK(answer.get().ok());
        DOCTEST_CHECK(intake.queries() == 2);
        DOCTEST_CHECK(intake.activity() == 1);
    }
}
