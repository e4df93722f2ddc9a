// Every fault that a disk has, at many places of a run that opens a log, works and ends: nothing that anybody was told is lost,
// nobody was told of what is lost, the process says why it ends, and the next one starts.
#include "story.hpp"

#include <cerrno>
#include <functional>
#include <iterator>
#include <thread>

using namespace xtn;
using namespace xtn::disktest;
using namespace std::chrono_literals;

namespace {

struct FaultCase {
    const char *name;
    Rule rule;
    const char *word; // what the process says of it, if it ends because of it
};
const FaultCase cases[] = {
    {"a write to the WAL fails", {.operation = Operation::write, .kind = FileKind::wal}, "Input/output error"},
    {"a write to the WAL is torn",
     {.operation = Operation::write, .kind = FileKind::wal, .effect = Effect::part},
     "Input/output error"},
    {"a sync of the WAL fails", {.operation = Operation::sync, .kind = FileKind::wal}, "Input/output error"},
    {"a table cannot be written",
     {.operation = Operation::write, .kind = FileKind::table, .error = EDQUOT},
     "Disk quota exceeded"},
    {"a sync of a table fails", {.operation = Operation::sync, .kind = FileKind::table}, "Input/output error"},
    {"the manifest cannot be written", {.operation = Operation::write, .kind = FileKind::manifest}, "Input/output error"},
    {"a sync of the manifest fails", {.operation = Operation::sync, .kind = FileKind::manifest}, "Input/output error"},
    {"the anchor cannot be written", {.operation = Operation::write, .kind = FileKind::anchor, .error = ENOSPC}, "No space left"},
    {"a write to the anchor is torn", {.operation = Operation::write, .kind = FileKind::anchor, .effect = Effect::part}, ""},
    {"a sync of the anchor fails", {.operation = Operation::sync, .kind = FileKind::anchor}, "Input/output error"},
    {"FORMAT cannot be written", {.operation = Operation::write, .kind = FileKind::format, .error = ENOSPC}, "No space left"},
    {"a sync of FORMAT fails", {.operation = Operation::sync, .kind = FileKind::format}, "Input/output error"},
    {"FORMAT cannot be put in place", {.operation = Operation::rename, .kind = FileKind::format}, "Input/output error"},
    {"LOCK cannot be written", {.operation = Operation::write, .kind = FileKind::lock, .error = ENOSPC}, "No space left"},
    {"a file cannot be made", {.operation = Operation::create, .kind = FileKind::any, .error = ENOSPC}, "No space left"},
    {"CURRENT cannot be put in place", {.operation = Operation::rename, .kind = FileKind::manifest}, "Input/output error"},
    {"a folder cannot be synced", {.operation = Operation::folder_sync, .kind = FileKind::folder}, "Input/output error"},
    {"a file cannot be removed", {.operation = Operation::remove, .kind = FileKind::any}, ""},
};

// Ends of a process after a fault: it stops and the disk works again; or the power goes as well.
struct Ending {
    const char *name;
    bool power_loss;
    Survivors survivors;
};
const Ending endings[] = {
    {"the process ends", false, Survivors::all},
    {"and the power goes", true, Survivors::none},
    {"and the power goes in the middle of a write", true, Survivors::prefix},
};

// A folder with a log in it, or none yet; then a run with the plan; then the next start.
void run(bool fresh, const Ending &ending, std::uint64_t seed, const std::function<void(FaultPlan &)> &plan,
         const std::function<void(const Story &, bool)> &look) {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    const auto folder = scratch.path() / "log";
    Told before;
    if (!fresh) {
        Story first(disk, folder);
        DOCTEST_REQUIRE(first.start().ok());
        DOCTEST_REQUIRE(first.work());
        before = first.told;
    }
    plan(disk.plan());
    Told told;
    {
        Story story(disk, folder);
        auto started = story.start();
        const bool whole = started.ok() && story.work(steps);
        if (!started) story.failure = started.error();
        if (ending.power_loss) disk.power_off();
        story.end();
        look(story, whole);
        told = story.told;
    }
    if (ending.power_loss)
        disk.power_on(ending.survivors, seed);
    else
        disk.plan().clear();
    for (const auto &event : before.control)
        told.control.push_back(event);
    for (const auto &event : before.queries)
        told.queries.push_back(event);
    check(folder, told);
}

// How often each operation is asked for in a run without faults.
std::uint64_t operations_of(bool fresh, Operation operation, FileKind kind) {
    std::uint64_t count = 0;
    FaultPlan *plan = nullptr;
    std::uint64_t start = 0;
    run(
        fresh, endings[0], 0,
        [&](FaultPlan &of) {
            plan = &of;
            start = of.seen(operation, kind);
        },
        [&](const Story &, bool whole) {
            DOCTEST_REQUIRE(whole);
            count = plan->seen(operation, kind) - start;
        });
    return count;
}

} // namespace

DOCTEST_TEST_CASE("whatever operation fails, wherever: what was told holds, the process says why, the next one starts") {
    int met = 0;
    for (const bool fresh : {true, false}) {
        for (const auto &fault : cases) {
            DOCTEST_CAPTURE(std::string(fault.name));
            DOCTEST_CAPTURE(fresh);
            const auto count = operations_of(fresh, fault.rule.operation, fault.rule.kind);
            if (count == 0) continue; // FORMAT of a log that is there
            for (const auto position : positions(count)) {
                const auto &ending = endings[position % std::size(endings)];
                DOCTEST_CAPTURE(position);
                DOCTEST_CAPTURE(std::string(ending.name));
                FaultPlan *plan_used = nullptr;
                run(
                    fresh, ending, position,
                    [&](FaultPlan &plan) {
                        plan_used = &plan;
                        auto rule = fault.rule;
                        rule.nth = position;
                        plan.add(rule);
                    },
                    [&](const Story &story, bool whole) {
                        if (plan_used->fired().empty()) return; // background work need not come this far each time
                        ++met;
                        if (whole) return;
                        // Somebody was refused: then the process ends, with a word that helps.
                        const auto said = story.last_word().empty() ? story.failure.message : story.last_word();
                        DOCTEST_CAPTURE(said);
                        DOCTEST_CHECK(said.find(fault.word) != std::string::npos);
                        if (!story.last_word().empty()) DOCTEST_CHECK(said.find("are safe") != std::string::npos);
                    });
            }
        }
    }
    DOCTEST_CHECK(met > 60);
}

DOCTEST_TEST_CASE("a disk that is full after any number of bytes") {
    for (const bool fresh : {true, false}) {
        for (std::uint64_t i = 0; i < positions(1000).size() * 3; ++i) {
            const std::uint64_t bytes = i * i * 1777 + i;
            const auto &ending = endings[i % std::size(endings)];
            DOCTEST_CAPTURE(fresh);
            DOCTEST_CAPTURE(bytes);
            DOCTEST_CAPTURE(std::string(ending.name));
            run(
                fresh, ending, i, [&](FaultPlan &plan) { plan.room_for(bytes); },
                [&](const Story &story, bool whole) {
                    if (whole) return;
                    const auto said = story.last_word().empty() ? story.failure.message : story.last_word();
                    DOCTEST_CAPTURE(said);
                    DOCTEST_CHECK(said.find("No space left on device") != std::string::npos);
                    if (!story.last_word().empty())
                        DOCTEST_CHECK(said.find("make room on it, then start again") != std::string::npos);
                });
        }
    }
}

DOCTEST_TEST_CASE("a disk that becomes read-only after any number of writes") {
    for (const auto position : positions(40)) {
        const auto &ending = endings[position % std::size(endings)];
        DOCTEST_CAPTURE(position);
        run(
            false, ending, position,
            [&](FaultPlan &plan) {
                for (const auto change : {Operation::write, Operation::create, Operation::rename, Operation::remove})
                    plan.add({.operation = change, .nth = position, .from_then_on = true, .error = EROFS});
            },
            [&](const Story &story, bool whole) {
                if (whole) return;
                const auto said = story.last_word().empty() ? story.failure.message : story.last_word();
                DOCTEST_CAPTURE(said);
                DOCTEST_CHECK(said.find("Read-only file system") != std::string::npos);
            });
    }
}

DOCTEST_TEST_CASE("a slow sync delays and does nothing else") {
    run(
        false, endings[0], 0,
        [](FaultPlan &plan) {
            plan.add({.operation = Operation::sync,
                      .kind = FileKind::any,
                      .effect = Effect::delay,
                      .from_then_on = true,
                      .delay = 20ms});
        },
        [](const Story &story, bool whole) {
            DOCTEST_CHECK(whole);
            DOCTEST_CHECK(story.last_word().empty());
            DOCTEST_CHECK(story.told.queries.size() == steps);
        });
}

DOCTEST_TEST_CASE("a flush that fails in the background is a failed write, and is not tried again when there is room") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    Story story(disk, scratch.path() / "log");
    DOCTEST_REQUIRE(story.start().ok());
    disk.plan().add({.operation = Operation::write, .kind = FileKind::table, .error = ENOSPC});
    int from = 0;
    while (story.work(from) && from < 100 * steps) // the flush comes when RocksDB likes
        from += steps;
    DOCTEST_CHECK(story.failure.message.find("background work failed") != std::string::npos);
    DOCTEST_CHECK(story.log().health().failed);
    DOCTEST_CHECK(story.log().health().background_errors == 1);
    DOCTEST_CHECK(!story.work(from)); // though the disk is well again
    story.end();
    check(scratch.path() / "log", story.told);
}

DOCTEST_TEST_CASE("a flush that takes its time loses nothing and fails nothing") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    Story story(disk, scratch.path() / "log");
    DOCTEST_REQUIRE(story.start().ok());
    disk.plan().add({.operation = Operation::sync, .kind = FileKind::table, .effect = Effect::hold, .from_then_on = true});
    std::atomic<bool> done = false;
    bool whole = true;
    std::thread worker([&] {
        for (int i = 0; i < 4 && whole; ++i)
            whole = story.work(i * steps);
        done = true;
    });
    // RocksDB may hold writes back meanwhile, or not; after a while its flush goes on.
    const auto limit = Deadline::after(3s);
    while (!done && !limit.passed())
        std::this_thread::sleep_for(1ms);
    disk.plan().clear();
    worker.join();
    DOCTEST_CHECK(whole);
    DOCTEST_CHECK(!story.log().health().failed);
    story.end();
    check(scratch.path() / "log", story.told);
}

DOCTEST_TEST_CASE(
    "RocksDB keeps no text log on the disk: on a full one it would abort the process instead of letting it say why") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(3);
    DOCTEST_CHECK(open_reader(scratch.path())->head(Stream::control).seq == Seq{3});
    DOCTEST_CHECK(!std::filesystem::exists(scratch.path() / "db" / "LOG"));
}
