// What the control plane reads of a long log when it starts: real log, real engine and world, the adapter before a fake API
// server.
#include "adapters/kube/ingest/ledger.hpp"
#include "adapters/kube/kube_adapter.hpp"
#include "core/event/catalogue.hpp"
#include "core/log/keys.hpp"
#include "projections/world.hpp"
#include "test/unit/core/raw_database.hpp"
#include "test/unit/core/scratch.hpp"
#include "test/unit/kube/counted_log.hpp"
#include "test/unit/kube/fake_kube.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace xtn;
using namespace std::chrono_literals;
using fakes::FakeKube;
namespace json = boost::json;

namespace {

EventDraft pod(int number) {
    EventDraft draft;
    draft.type = type_of("pod.observed");
    draft.subject = Subject::runtime({"team", "r" + std::to_string(number % 7)});
    draft.source = "kube";
    draft.payload = {{"name", "worker-" + std::to_string(number % 50)},
                     {"uid", "uid-" + std::to_string(number % 50)},
                     {"component", "worker"},
                     {"phase", "Running"},
                     {"ready", true},
                     {"restarts", number}};
    return draft;
}

// Log, world and engine of one process; started with snapshots as the program does it.
struct Process {
    explicit Process(const std::filesystem::path &folder, std::uint64_t every = 100'000) {
        Log::Options options;
        options.directory = folder;
        auto opened = Log::open(std::move(options));
        if (!opened.ok()) DOCTEST_FAIL(opened.error().message);
        log = std::make_unique<fakes::CountedLog>(std::move(*opened));
        world = World::create();
        Engine::Options engine_options;
        engine_options.log = log.get();
        engine_options.machine = world.get();
        engine_options.snapshots.version = World::state_version();
        engine_options.snapshots.fresh = [] { return World::create(); };
        engine_options.snapshots.beside.push_back(KubeAdapter::kept_beside());
        engine_options.snapshots.every = every;
        auto started = Engine::start(std::move(engine_options));
        if (!started.ok()) DOCTEST_FAIL(started.error().message);
        engine = std::move(*started);
        by_engine = std::exchange(log->handed, 0);
    }
    ~Process() { engine->stop(); }
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    void put(int count) const {
        std::vector<EventDraft> drafts;
        for (int i = 0; i < count; ++i) {
            drafts.push_back(pod(i));
            if (drafts.size() == 200 || i + 1 == count)
                DOCTEST_REQUIRE(engine->submit_and_wait("test", std::exchange(drafts, {}), Deadline::after(20s)).ok());
        }
    }
    // The events that the adapter reads of the log when it starts.
    std::uint64_t adapter_reads() {
        FakeKube kube;
        auto key = *RedactionKey::from_bytes(std::string(32, 'k'));
        KubeAdapter::Options options;
        options.config = kube.config();
        options.engine = engine.get();
        options.log = log.get();
        options.redaction = &key;
        log->handed = 0;
        const auto adapter = KubeAdapter::start(std::move(options));
        DOCTEST_REQUIRE(adapter.ok());
        const auto reads = log->handed;
        (*adapter)->stop();
        return reads;
    }

    std::unique_ptr<fakes::CountedLog> log;
    std::unique_ptr<World> world;
    std::unique_ptr<Engine> engine;
    std::uint64_t by_engine = 0; // events read by its start
};

constexpr int long_ago = 3'000;
constexpr int lately = 20;

// A log with a snapshot behind `long_ago` events, and as many as `lately` after it.
void fill(const std::filesystem::path &folder) {
    Process(folder).put(long_ago); // its stop keeps the snapshots
    Process(folder).put(lately);   // and this one's finds too little news for one
}

} // namespace

DOCTEST_TEST_CASE("a start reads what came after the snapshots, however long the log before them is") {
    Scratch scratch;
    fill(scratch.path());
    Process again(scratch.path());
    DOCTEST_CHECK(again.log->head(Stream::control).seq.value > long_ago);
    DOCTEST_CHECK(again.by_engine == lately);
    DOCTEST_CHECK(again.adapter_reads() == lately);
}

DOCTEST_TEST_CASE(
    "a log that an earlier release wrote has no snapshot of the ledger: it is read once, and kept for the next start") {
    Scratch scratch;
    fill(scratch.path());
    const auto remove = [&](Seq at) {
        for (const std::uint32_t piece : {0U, 1U})
            logtest::remove_value(scratch.path(), "snapshots", keys::snapshot(at, piece, ingest::Ledger::kept_as().of));
    };
    remove(Seq{long_ago + 1});
    {
        Process upgraded(scratch.path(), long_ago);
        DOCTEST_CHECK(upgraded.by_engine == lately);
        const auto deadline = Deadline::after(20s);
        const auto kept = [&] { return upgraded.log->snapshot(ingest::Ledger::kept_as(), Seq{UINT64_MAX}); };
        while (!kept()->found)
            DOCTEST_REQUIRE_FALSE(deadline.passed());
    }
    Process next(scratch.path());
    DOCTEST_CHECK(next.adapter_reads() == 0);
}

DOCTEST_TEST_CASE("a damaged snapshot of the ledger costs reading the log, not what it says, and not the engine's own snapshot") {
    Scratch scratch;
    fill(scratch.path());
    logtest::change_value(scratch.path(), "snapshots", keys::snapshot(Seq{long_ago + 1}, 1, ingest::Ledger::kept_as().of),
                          [](std::string text) {
                              text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
                              return text;
                          });
    Process again(scratch.path());
    DOCTEST_CHECK(again.by_engine == lately);
    const auto head = again.log->head(Stream::control).seq.value;
    DOCTEST_CHECK(again.adapter_reads() == head);
}
