// A control plane in small on a disk that fails: a log, an engine with a machine that decides, a subscriber that acts on what is
// published, a gateway's records beside it. It remembers what anybody was told, and check() holds that against what is found when
// the log is opened again.
#pragma once

#include "core/base/pause_points.hpp"
#include "core/engine/engine.hpp"
#include "test/faultdisk/fault_disk.hpp"
#include "test/unit/core/log_fixture.hpp"
#include "test/unit/core/tally_machine.hpp"

#include <boost/json/serialize.hpp>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xtn::disktest {

using namespace xtn::logtest;
using namespace xtn::faultdisk;

inline constexpr int steps = 24; // of one run; enough for a few flushes and a compaction
inline constexpr std::size_t small_buffer = std::size_t{64} << 10;

// What somebody was told, and can never be taken back.
struct Told {
    std::vector<Event> control, queries; // an append or a submit was answered
    std::vector<Event> published;        // the subscriber saw it
    std::string state;                   // the machine's state when the subscriber saw it last
};

class Story {
  public:
    Story(FaultDisk &disk, std::filesystem::path folder) : disk_(disk), folder_(std::move(folder)) {}
    Story(const Story &) = delete;
    Story &operator=(const Story &) = delete;
    ~Story() { end(); }

    // Where the power is to be cut: at the n-th time that the log or the engine passes this point.
    void cut_at(PausePoint point, int nth) {
        cut_point_ = point;
        cut_left_ = nth;
    }

    // Opens the log and starts the engine. Errors: what the process would have ended with.
    Status start() {
        Log::Options options;
        options.directory = folder_;
        options.rocksdb_env = disk_.env();
        options.plain_files = &disk_.files();
        options.write_buffer_bytes = small_buffer;
        options.on_fatal = [this](const Error &error) { heard(error); };
        const PausePoints points([this](PausePoint point) {
            if (point == cut_point_ && --cut_left_ == 0) disk_.power_off();
        });
        options.pause_points = points;
        auto log = Log::open(std::move(options));
        if (!log) return std::move(log).error();
        log_ = std::move(*log);
        machine_.ready_after_pod = true;
        machine_.plan_with_blob = true;
        Engine::Options engine_options;
        engine_options.log = log_.get();
        engine_options.machine = &machine_;
        engine_options.pause_points = points;
        engine_options.on_fatal = [this](const Error &error) { heard(error); };
        auto engine = Engine::start(std::move(engine_options));
        if (!engine) return std::move(engine).error();
        engine_ = std::move(*engine);
        engine_->subscribe("actor", [this](const Machine &machine, std::span<const Event> events) {
            if (events.empty()) return;
            told.published.insert(told.published.end(), events.begin(), events.end());
            told.state = boost::json::serialize(machine.serialize());
        });
        return ok();
    }

    // Observations, decisions and query records, until something fails. False: something did.
    bool work(int from = 0) {
        for (int i = from; i < from + steps; ++i) {
            auto draft = pod("team-a/x" + std::to_string(i % 5 + i / 10), i);
            draft.payload["message"] = std::string(6000, static_cast<char>('a' + i % 20)) + std::to_string(i);
            std::vector<EventDraft> drafts(1, std::move(draft));
            auto stored = engine_->submit_and_wait("team-a", std::move(drafts), Deadline::after(std::chrono::seconds(60)));
            if (!stored) return failed(stored.error());
            told.control.insert(told.control.end(), stored->begin(), stored->end());
            auto record = one(engine_->epoch(), query_ended("team-a/x", i), Stream::queries);
            record.blobs.push_back({Digest::of(std::to_string(i)), std::to_string(i)});
            stored = log_->append(std::move(record));
            if (!stored) return failed(stored.error());
            told.queries.insert(told.queries.end(), stored->begin(), stored->end());
        }
        return true;
    }
    void end() {
        if (engine_) engine_->stop();
        if (log_) log_->close();
        engine_.reset();
        log_.reset();
    }

    // The process ends with this: the first of what on_fatal told. Empty: nobody was told, the process would go on.
    std::string last_word() const {
        const std::lock_guard lock(mutex_);
        return last_word_;
    }
    Log &log() const { return *log_; }

    Told told;
    Error failure; // of the answer that failed

  private:
    bool failed(const Error &error) {
        failure = error;
        return false;
    }
    void heard(const Error &error) {
        const std::lock_guard lock(mutex_);
        if (last_word_.empty()) last_word_ = error.message;
    }

    FaultDisk &disk_;
    const std::filesystem::path folder_;
    std::optional<PausePoint> cut_point_;
    std::atomic<int> cut_left_ = 0;
    mutable std::mutex mutex_;
    std::string last_word_;
    std::unique_ptr<Log> log_;
    TallyMachine machine_;
    std::unique_ptr<Engine> engine_;
};

inline bool same(const Event &a, const Event &b) {
    return a.seq == b.seq && a.time == b.time && a.epoch == b.epoch && a.type == b.type && a.subject == b.subject &&
           a.cause == b.cause && a.payload == b.payload;
}

// Opens the folder as the next process would, on a disk that works, and holds what was told against what is there.
// `manifests`: also what the plans of this story brought, which no event of it names.
inline void check(const std::filesystem::path &folder, const Told &told, bool manifests = true) {
    Log::Options options;
    options.directory = folder;
    auto opened = Log::open(std::move(options));
    if (!opened) DOCTEST_FAIL_CHECK(opened.error().message);
    if (!opened) return;
    const Log &log = **opened;
    const auto holds = [&log](Stream stream, const std::vector<Event> &events) {
        for (const auto &event : events) {
            const auto found = log.get(stream, event.seq);
            DOCTEST_CAPTURE(event.seq.value);
            DOCTEST_REQUIRE(found.ok());
            DOCTEST_CHECK(same(*found, event));
        }
    };
    holds(Stream::control, told.control);
    holds(Stream::queries, told.queries);
    holds(Stream::control, told.published);
    for (const auto stream : {Stream::control, Stream::queries}) {
        const auto report = log.verify(stream);
        if (!report) DOCTEST_FAIL_CHECK(report.error().message);
    }
    // What the actor acted upon is what a replay of the same events gives, manifests included.
    if (told.published.empty()) return;
    TallyMachine again;
    const auto scanned = log.scan(Stream::control, Seq{1}, [&](const Event &event) {
        again.apply(event);
        return event.seq < told.published.back().seq;
    });
    DOCTEST_CHECK(scanned.ok());
    DOCTEST_CHECK(boost::json::serialize(again.serialize()) == told.state);
    for (const auto &event : told.published)
        if (manifests && event.name() == "runtime.ready")
            DOCTEST_CHECK(log.blob(Digest::of("plan of " + event.subject.text)).ok());
}

// How many places of each fault are tried: enough to meet every phase, few enough for every test run. XTN_DISK_POSITIONS=1000
// tries them all.
inline std::vector<std::uint64_t> positions(std::uint64_t count) {
    const char *wanted = std::getenv("XTN_DISK_POSITIONS");
    const std::uint64_t most = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 4;
    std::vector<std::uint64_t> out;
    for (std::uint64_t i = 0; i < std::min(count, most); ++i)
        out.push_back(count <= most ? i + 1 : 1 + i * (count - 1) / (most - 1));
    return out;
}

} // namespace xtn::disktest
