// Snapshots: a start from one ends in the very state that a full replay ends in, and whatever is wrong with one, the log alone is
// enough.
#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "core/event/canonical.hpp"
#include "core/log/keys.hpp"
#include "log_fixture.hpp"
#include "raw_database.hpp"
#include "test/faultdisk/fault_disk.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

// Sums the restarts of each subject, and counts what it was asked to fold. `padding` makes the state larger than one piece.
class SumMachine final : public Machine {
  public:
    explicit SumMachine(std::size_t padding = 0) : padding_(padding, 'x') {}

    void apply(const Event &event) override {
        ++folded;
        last_ = event.seq;
        if (event.name() == "pod.observed") sums_[event.subject.text] += event.payload.at("restarts").as_int64() + 1;
    }
    Decisions decide(const Event & /*event*/) const override { return {}; }
    std::optional<Timestamp> next_deadline() const override { return std::nullopt; }
    json::value serialize() const override {
        json::object sums;
        for (const auto &[subject, sum] : sums_)
            sums[subject] = sum;
        return json::object{{"last", last_.value}, {"padding", padding_}, {"sums", std::move(sums)}};
    }
    Status restore(const json::value &state) override {
        if (refuses) return make_error(Code::data_corrupted, "no");
        last_ = Seq{static_cast<std::uint64_t>(state.at("last").as_int64())};
        for (const auto &sum : state.at("sums").as_object())
            sums_[std::string(sum.key())] = sum.value().as_int64();
        return ok();
    }

    int folded = 0;
    bool refuses = false;

  private:
    std::map<std::string, std::int64_t> sums_;
    Seq last_;
    std::string padding_;
};

constexpr auto version = "sum/1";

struct Start {
    explicit Start(const std::filesystem::path &folder, std::uint64_t every = 1'000'000, std::uint64_t on_stop = 1'000'000,
                   std::string wanted = version, std::size_t padding = 0, bool refuses = false, void *env = nullptr,
                   std::function<bool()> allowed = {})
        : machine(std::make_unique<SumMachine>(padding)) {
        machine->refuses = refuses;
        Log::Options log_options;
        log_options.directory = folder;
        log_options.rocksdb_env = env;
        auto opened = Log::open(std::move(log_options));
        DOCTEST_REQUIRE(opened.ok());
        log = std::move(*opened);
        Engine::Options options;
        options.log = log.get();
        options.machine = machine.get();
        options.snapshots.version = std::move(wanted);
        options.snapshots.fresh = [padding] { return std::make_unique<SumMachine>(padding); };
        options.snapshots.allowed = std::move(allowed);
        options.snapshots.every = every;
        options.snapshots.on_stop = on_stop;
        auto started = Engine::start(std::move(options));
        if (!started.ok()) DOCTEST_FAIL(started.error().message);
        engine = std::move(*started);
        replayed = machine->folded - (log->head(Stream::control).seq.value == 1 ? 1 : 0); // genesis is folded, not replayed
    }
    Start &put(int count) {
        for (int i = 0; i < count; ++i) {
            std::vector<EventDraft> drafts{pod("team-a/r" + std::to_string(i % 3), i)};
            DOCTEST_REQUIRE(engine->submit_and_wait("test", std::move(drafts), Deadline::after(20s)).ok());
        }
        return *this;
    }
    std::string state() const { return canonical_json_or_throw(machine->serialize()); }

    std::unique_ptr<SumMachine> machine;
    std::unique_ptr<Log> log;
    std::unique_ptr<Engine> engine;
    int replayed = 0;
};

// A log of 21 events with a snapshot behind the 21st; 10 more follow without one. Returns the state at the end.
std::string with_snapshot(const std::filesystem::path &folder, std::size_t padding = 0) {
    {
        Start(folder, 1'000'000, 1, version, padding).put(20);
    }
    Start more(folder, 1'000'000, 1'000'000, version, padding);
    more.put(10);
    more.engine->stop();
    return more.state();
}

std::optional<Seq> newest(const Log &log) {
    const auto lookup = log.snapshot({version}, Seq{UINT64_MAX});
    DOCTEST_REQUIRE(lookup.ok());
    return lookup->found ? std::optional(lookup->found->seq) : std::nullopt;
}

} // namespace

DOCTEST_TEST_CASE("a start from a snapshot folds only what came after it, and ends in the same bytes") {
    for (const std::size_t padding : {std::size_t{0}, std::size_t{600'000}}) { // one piece, three pieces
        Scratch scratch;
        const auto live = with_snapshot(scratch.path(), padding);
        {
            const Start short_start(scratch.path(), 1'000'000, 1'000'000, version, padding);
            DOCTEST_CHECK(short_start.replayed == 10);
            DOCTEST_CHECK(short_start.state() == live);
        }
        const Start full(scratch.path(), 1'000'000, 1'000'000, "", padding);
        DOCTEST_CHECK(full.replayed == 31);
        DOCTEST_CHECK(full.state() == live);
    }
}

DOCTEST_TEST_CASE(
    "a snapshot that is damaged, of another format, version or history, or refused is passed over: the log is enough") {
    const std::string header = keys::snapshot(Seq{21}, 0);
    const std::string piece = keys::snapshot(Seq{21}, 1);
    const auto flip = [](std::string text) {
        text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
        return text;
    };
    const auto replace = [](std::string from, std::string to) {
        return [from, to](std::string text) { return text.replace(text.find(from), from.size(), to); };
    };
    struct Damage {
        const char *what;
        std::string key;
        std::function<std::string(std::string)> change;
    };
    const Damage damages[] = {
        {"a flipped byte of the state", piece, flip},
        {"a piece cut short", piece, [](const std::string &text) { return text.substr(0, text.size() - 1); }},
        {"a piece that is missing", piece, [](const std::string &) { return std::string(); }},
        {"no header", header, [](const std::string &) { return std::string(); }},
        {"a header that is no JSON", header, [](const std::string &) { return std::string("{"); }},
        {"a newer format", header, replace("\"format\":1", "\"format\":2")},
        {"another version", header, replace("sum/1", "sum/2")},
        {"another history", header, replace("\"chain\":\"", "\"chain\":\"0")},
    };
    for (const auto &damage : damages) {
        DOCTEST_CAPTURE(damage.what);
        Scratch scratch;
        const auto live = with_snapshot(scratch.path());
        change_value(scratch.path(), "snapshots", damage.key, damage.change);
        const Start again(scratch.path());
        DOCTEST_CHECK(again.replayed == 31);
        DOCTEST_CHECK(again.state() == live);
    }
    Scratch scratch;
    const auto live = with_snapshot(scratch.path());
    {
        const Start newer(scratch.path(), 1'000'000, 1'000'000, "sum/2");
        DOCTEST_CHECK(newer.replayed == 31);
    }
    const Start refused(scratch.path(), 1'000'000, 1'000'000, version, 0, true);
    DOCTEST_CHECK(refused.replayed == 31);
    DOCTEST_CHECK(refused.state() == live);
}

namespace {

// A start on a log whose fifth event is gone or was changed is refused, and adds nothing.
void refused_for_event_5(const std::string &snapshots_of) {
    const auto flip = [](std::string record) {
        record[60] = static_cast<char>(record[60] ^ 1);
        return record;
    };
    for (const bool gone : {false, true}) {
        DOCTEST_CAPTURE(gone);
        Scratch scratch;
        with_snapshot(scratch.path());
        const auto key = keys::event(Stream::control, Seq{5});
        if (gone)
            remove_value(scratch.path(), "events", key);
        else
            change_value(scratch.path(), "events", key, flip);
        const auto log = open_log(scratch.path());
        const auto head = log->head(Stream::control);
        DOCTEST_REQUIRE(newest(*log) == Seq{21});
        SumMachine machine;
        Engine::Options options;
        options.log = log.get();
        options.machine = &machine;
        options.snapshots.version = snapshots_of;
        options.snapshots.fresh = [] { return std::make_unique<SumMachine>(); };
        const auto refused = Engine::start(std::move(options));
        DOCTEST_REQUIRE_FALSE(refused.ok());
        DOCTEST_CHECK(refused.error().code == Code::data_corrupted);
        DOCTEST_CHECK(refused.error().message.find("control event #5: ") != std::string::npos);
        DOCTEST_CHECK(refused.error().message.find("xtn-audit repair --data " + scratch.path().string()) != std::string::npos);
        DOCTEST_CHECK(log->head(Stream::control).seq == head.seq);
    }
}

} // namespace

DOCTEST_TEST_CASE("a changed or missing event stops a start that folds it, and nothing is added to the log") {
    refused_for_event_5("");
}

DOCTEST_TEST_CASE("a snapshot hides no damage before it: the start is refused, and nothing is added to the log") {
    refused_for_event_5(version);
}

namespace {

// A machine, and a sum of its own beside it.
struct Both {
    Both(const std::filesystem::path &folder, std::uint64_t every, std::uint64_t on_stop) : log(open_log(folder)) {
        Engine::Options options;
        options.log = log.get();
        options.machine = &machine;
        options.snapshots.version = version;
        options.snapshots.fresh = [] { return std::make_unique<SumMachine>(); };
        options.snapshots.every = every;
        options.snapshots.on_stop = on_stop;
        options.snapshots.beside.push_back({beside, [] { return std::make_unique<SumMachine>(); }});
        auto started = Engine::start(std::move(options));
        DOCTEST_REQUIRE(started.ok());
        engine = std::move(*started);
    }
    ~Both() { engine->stop(); }
    Both(const Both &) = delete;
    Both &operator=(const Both &) = delete;

    void put(int count) const {
        for (int i = 0; i < count; ++i) {
            std::vector<EventDraft> drafts{pod("team-a/r", i)};
            DOCTEST_REQUIRE(engine->submit_and_wait("test", std::move(drafts), Deadline::after(20s)).ok());
        }
    }
    Seq kept(const KeptAs &as) const {
        const auto lookup = log->snapshot(as, Seq{UINT64_MAX});
        DOCTEST_REQUIRE(lookup.ok());
        return lookup->found ? lookup->found->seq : Seq{};
    }
    // What its owner has to read, and comes to.
    std::pair<Replayed, std::string> caught_up() const {
        SumMachine sum;
        auto done = catch_up(*log, sum, beside, Seq{UINT64_MAX}, Logger("test"));
        DOCTEST_REQUIRE(done.ok());
        return {*done, canonical_json_or_throw(sum.serialize())};
    }

    static inline const KeptAs beside{"beside/1", "beside"};
    SumMachine machine;
    std::unique_ptr<Log> log;
    std::unique_ptr<Engine> engine;
};

} // namespace

DOCTEST_TEST_CASE("what is folded beside the machine is kept at a stop, too: its owner reads what came after, and no more") {
    Scratch scratch;
    Both(scratch.path(), 1'000'000, 1).put(20);
    const Both again(scratch.path(), 1'000'000, 1'000);
    again.put(5);
    DOCTEST_CHECK(again.kept({version}) == Seq{21});
    DOCTEST_CHECK(again.kept(Both::beside) == Seq{21});
    const auto [replayed, state] = again.caught_up();
    DOCTEST_CHECK(replayed.from == Seq{21});
    DOCTEST_CHECK(replayed.events == 5);
    DOCTEST_CHECK(state == canonical_json_or_throw(again.machine.serialize()));
}

DOCTEST_TEST_CASE("... and while the engine runs, each kind for itself: the newest two") {
    Scratch scratch;
    const Both run(scratch.path(), 25, 1'000'000);
    Seq before;
    for (int round = 0; round < 3; ++round) {
        run.put(30);
        const auto deadline = Deadline::after(20s);
        while (run.kept({version}) <= before) // kept after those beside it
            DOCTEST_REQUIRE_FALSE(deadline.passed());
        before = run.kept({version});
        DOCTEST_CHECK(run.kept(Both::beside) == before);
    }
    for (const auto &as : {KeptAs{version}, Both::beside}) {
        int kept = 0;
        for (Seq at = run.log->head(Stream::control).seq; at.value > 0; at = Seq{at.value - 1}) {
            const auto lookup = run.log->snapshot(as, at);
            DOCTEST_REQUIRE(lookup.ok());
            if (!lookup->found) break;
            ++kept;
            at = lookup->found->seq;
        }
        DOCTEST_CHECK(kept == 2);
    }
}

DOCTEST_TEST_CASE(
    "a log with a snapshot of the machine alone, as an earlier release left it, gets the other soon after a start") {
    Scratch scratch;
    with_snapshot(scratch.path());
    const Both upgraded(scratch.path(), 25, 1'000'000);
    const auto deadline = Deadline::after(20s);
    while (upgraded.kept(Both::beside).value == 0)
        DOCTEST_REQUIRE_FALSE(deadline.passed());
    DOCTEST_CHECK(upgraded.kept(Both::beside) == Seq{31});
}

DOCTEST_TEST_CASE("a stop does not wait for what is far behind") {
    Scratch scratch;
    with_snapshot(scratch.path());
    {
        // Nobody kept it for 32 events; twice 10 is as far as a stop goes.
        std::atomic<bool> room = false;
        std::atomic<int> asked = 0;
        SumMachine machine;
        const auto log = open_log(scratch.path());
        Engine::Options options;
        options.log = log.get();
        options.machine = &machine;
        options.snapshots.version = version;
        options.snapshots.fresh = [] { return std::make_unique<SumMachine>(); };
        options.snapshots.allowed = [&] {
            ++asked;
            return room.load();
        };
        options.snapshots.every = 10;
        options.snapshots.on_stop = 1;
        options.snapshots.beside.push_back({Both::beside, [] { return std::make_unique<SumMachine>(); }});
        auto engine = Engine::start(std::move(options));
        DOCTEST_REQUIRE(engine.ok());
        std::vector<EventDraft> drafts{pod("team-a/r", 1)};
        DOCTEST_REQUIRE((*engine)->submit_and_wait("test", std::move(drafts), Deadline::after(20s)).ok());
        // The look at the start, and the snapshot that is due, find no room; the stop does.
        const auto deadline = Deadline::after(20s);
        while (asked < 2)
            DOCTEST_REQUIRE_FALSE(deadline.passed());
        room = true;
        (*engine)->stop();
    }
    const Both again(scratch.path(), 1'000'000, 1'000'000);
    DOCTEST_CHECK(again.kept(Both::beside) == Seq{});
}

DOCTEST_TEST_CASE("when the newest snapshot is damaged, the one before it is used") {
    Scratch scratch;
    with_snapshot(scratch.path());
    std::string live;
    {
        Start more(scratch.path(), 1'000'000, 1);
        more.put(5).engine->stop();
        live = more.state();
    }
    change_value(scratch.path(), "snapshots", keys::snapshot(Seq{36}, 1), [](const std::string &) { return std::string("x"); });
    const Start again(scratch.path());
    DOCTEST_CHECK(again.replayed == 15);
    DOCTEST_CHECK(again.state() == live);
}

DOCTEST_TEST_CASE("snapshots are made while the engine runs, and only the newest two are kept") {
    Scratch scratch;
    std::string live;
    {
        Start run(scratch.path(), 25);
        Seq before;
        for (int round = 0; round < 4; ++round) {
            run.put(30);
            const auto deadline = Deadline::after(20s);
            while (!newest(*run.log) || *newest(*run.log) <= before) {
                DOCTEST_REQUIRE_FALSE(deadline.passed());
                std::this_thread::sleep_for(1ms);
            }
            before = *newest(*run.log);
        }
        run.engine->stop();
        live = run.state();
        int kept = 0;
        for (Seq at = run.log->head(Stream::control).seq; at.value > 0; at = Seq{at.value - 1}) {
            const auto lookup = run.log->snapshot({version}, at);
            DOCTEST_REQUIRE(lookup.ok());
            if (!lookup->found) break;
            ++kept;
            at = lookup->found->seq;
        }
        DOCTEST_CHECK(kept == 2);
        // A reader beside the writer finds the same.
        const auto reader = open_reader(scratch.path());
        const auto lookup = reader->snapshot({version}, Seq{UINT64_MAX});
        DOCTEST_REQUIRE(lookup.ok());
        DOCTEST_REQUIRE(lookup->found.has_value());
        DOCTEST_CHECK(lookup->found->seq == *newest(*run.log));
    }
    const Start again(scratch.path());
    DOCTEST_CHECK(again.replayed < 121);
    DOCTEST_CHECK(again.state() == live);
}

DOCTEST_TEST_CASE("on a disk that runs short no snapshot is written, neither while the engine runs nor at its stop") {
    Scratch scratch;
    std::atomic<bool> room = false;
    std::atomic<int> asked = 0;
    Start run(scratch.path(), 25, 1, version, 0, false, nullptr, [&] {
        ++asked;
        return room.load();
    });
    run.put(60);
    const auto deadline = Deadline::after(20s);
    while (asked == 0)
        DOCTEST_REQUIRE_FALSE(deadline.passed());
    run.engine->stop();
    DOCTEST_CHECK_FALSE(newest(*run.log).has_value());
}

DOCTEST_TEST_CASE("an engine whose write failed keeps no snapshot of what is not durable") {
    Scratch scratch;
    faultdisk::FaultDisk disk(scratch.path());
    {
        Start run(scratch.path(), 1'000'000, 1, version, 0, false, disk.env());
        run.put(20);
        disk.plan().add({.operation = faultdisk::Operation::sync, .kind = faultdisk::FileKind::wal, .from_then_on = true});
        std::vector<EventDraft> drafts{pod("team-a/lost", 1)};
        DOCTEST_CHECK_FALSE(run.engine->submit_and_wait("test", std::move(drafts), Deadline::after(20s)).ok());
        disk.plan().clear();
        run.engine->stop();
        DOCTEST_CHECK_FALSE(newest(*run.log).has_value());
    }
}
