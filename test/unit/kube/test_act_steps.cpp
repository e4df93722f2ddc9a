// Decision, sync, publish, act, outcome: the adapter with a real engine and log, held between each two of them. (Rules 1 and 12
// of the design: nothing acts on what is not durably in the log; what was done is told afterwards.)
#include "core/model/xtrinode.hpp"
#include "test/unit/core/pause_gate.hpp"
#include "test/unit/core/scratch.hpp"
#include "test/unit/kube/adapter_scene.hpp"

using namespace fakes;
using namespace xtn;
using namespace std::chrono_literals;

namespace {

// Wants a finalizer on every XTrinode that it has folded, until it has folded that it is there.
class GuardingWorld : public FakeWorld {
  public:
    void apply(const Event &event) override {
        const auto id = event.subject.as_runtime();
        if (!id.ok()) return;
        if (event.name() == "runtime.spec.applied") {
            auto &view = views[*id];
            view.id = *id;
            view.uid = std::string(kube::find_string(event.payload, {"uid"}));
            view.generation = kube::find_int(event.payload, {"generation"});
            view.want_finalizer = true;
        }
        if (event.name() == "finalizer.added") views[*id].has_finalizer = true;
    }
};

struct HeldScene {
    Scratch scratch;
    PauseGate gate;
    FakeKube kube;
    GuardingWorld world;
    RedactionKey key = *RedactionKey::from_bytes(std::string(32, 'k'));
    std::unique_ptr<Log> log;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<KubeAdapter> adapter;

    HeldScene() {
        Log::Options log_options;
        log_options.directory = scratch.path();
        log_options.pause_points = gate.points();
        auto opened = Log::open(std::move(log_options));
        DOCTEST_REQUIRE(opened.ok());
        log = std::move(*opened);
        Engine::Options engine_options;
        engine_options.log = log.get();
        engine_options.machine = &world;
        engine_options.pause_points = gate.points();
        auto started = Engine::start(std::move(engine_options));
        DOCTEST_REQUIRE(started.ok());
        engine = std::move(*started);
        KubeAdapter::Options options;
        options.config = kube.config();
        options.engine = engine.get();
        options.log = log.get();
        options.redaction = &key;
        options.pause_points = gate.points();
        auto adapting = KubeAdapter::start(std::move(options));
        DOCTEST_REQUIRE(adapting.ok());
        adapter = std::move(*adapting);
        eventually("every kind is synced", [this] { return count("watch.synced") == 8; });
    }
    ~HeldScene() {
        gate.release();
        adapter->stop();
        engine->stop();
    }
    HeldScene(const HeldScene &) = delete;
    HeldScene &operator=(const HeldScene &) = delete;

    std::size_t count(std::string_view name) const {
        std::size_t n = 0;
        DOCTEST_REQUIRE(log->scan(Stream::control, Seq{1},
                                  [&](const Event &event) {
                                      n += event.name() == name ? 1 : 0;
                                      return true;
                                  })
                            .ok());
        return n;
    }
    bool told(const std::string &runtime, std::string_view name) const {
        bool found = false;
        DOCTEST_REQUIRE(log->scan(Stream::control, Seq{1},
                                  [&](const Event &event) {
                                      found = found || (event.name() == name && event.subject.text == "runtime/team/" + runtime);
                                      return true;
                                  })
                            .ok());
        return found;
    }
    // Of a generation that is not told as created: that Event would be written beside the finalizer, and come by the same points.
    void create() {
        auto body = runtime_body("a", "team", {{"size", "s"}});
        body["metadata"].as_object()["generation"] = 2;
        kube.put(runtimes_path + "a", std::move(body));
    }
    bool guarded() const { return kube::find(*kube.find(runtimes_path + "a"), {"metadata", "finalizers"}) != nullptr; }
    // Nobody writes to the API server, although the adapter goes on: it sees one more XTrinode after the other, each of which
    // asks as much of its thread as a write would. (Held on its own thread, it cannot do anything.)
    void quiet(PausePoint held) {
        for (int i = 0; i < 5 && held != PausePoint::ingest_observed; ++i) {
            const auto before = gate.passages(PausePoint::ingest_observed);
            kube.put(runtimes_path + "later-" + std::to_string(i),
                     runtime_body("later-" + std::to_string(i), "team", {{"size", "s"}}));
            eventually("seen", [&] { return gate.passages(PausePoint::ingest_observed) > before; });
        }
        DOCTEST_CHECK(kube.calls("PATCH").empty());
        DOCTEST_CHECK(kube.calls("POST").empty());
    }
};

} // namespace

DOCTEST_TEST_CASE("nothing is written to the cluster before what asks for it is durable and published") {
    for (const auto point :
         {PausePoint::ingest_observed, PausePoint::engine_taken, PausePoint::engine_folded, PausePoint::log_taken,
          PausePoint::log_sealed, PausePoint::log_written, PausePoint::log_anchored, PausePoint::engine_durable}) {
        DOCTEST_CAPTURE(pause_point_name(point));
        HeldScene s;
        s.gate.arm(point);
        s.create();
        DOCTEST_REQUIRE(s.gate.wait_reached());
        s.quiet(point);
        DOCTEST_CHECK(!s.guarded());
        s.gate.release();
        eventually("done and told", [&] { return s.told("a", "finalizer.added"); });
        DOCTEST_CHECK(s.guarded());
    }
}

DOCTEST_TEST_CASE("a write is in the log after it is in the cluster, never before; its outcome says what was done") {
    struct Row {
        PausePoint point;
        bool done; // the API server has it
    };
    for (const Row &row :
         {Row{PausePoint::act_sending, false}, Row{PausePoint::act_answered, true}, Row{PausePoint::outcome_known, true}}) {
        DOCTEST_CAPTURE(pause_point_name(row.point));
        HeldScene s;
        s.gate.arm(row.point);
        s.create();
        DOCTEST_REQUIRE(s.gate.wait_reached());
        DOCTEST_CHECK(s.guarded() == row.done);
        DOCTEST_CHECK(s.count("finalizer.added") == 0);
        s.gate.release();
        eventually("told", [&] { return s.count("finalizer.added") == 1; });
        DOCTEST_CHECK(s.kube.calls("PATCH").size() == 1); // done once
    }
}
