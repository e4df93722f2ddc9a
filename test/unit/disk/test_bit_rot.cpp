// Bytes that change on the disk while nobody looks, and reads that bring less than is there. Either the log does not care (and
// then holds everything), or it refuses and says which event, and how to go on. It never opens with less than was acknowledged.
#include "core/event/event_json.hpp"
#include "story.hpp"

#include <algorithm>
#include <array>

using namespace xtn;
using namespace xtn::disktest;
namespace fs = std::filesystem;

namespace {

// A log with tables, a blob file, and events that are in the WAL only.
struct Written {
    Written() {
        FaultDisk disk(scratch.path());
        run(disk, 0);
        run(disk, steps);
    }
    void run(FaultDisk &disk, int from) {
        Story story(disk, folder);
        DOCTEST_REQUIRE(story.start().ok());
        DOCTEST_REQUIRE(story.work(from));
        story.end();
        told.control.insert(told.control.end(), story.told.control.begin(), story.told.control.end());
        told.queries.insert(told.queries.end(), story.told.queries.begin(), story.told.queries.end());
        told.published = story.told.published;
        told.state = story.told.state;
    }
    Scratch scratch;
    const fs::path folder = scratch.path() / "log";
    Told told;
};

std::vector<fs::path> files_of(const fs::path &folder, FileKind kind) {
    std::vector<fs::path> found;
    for (const auto &entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && kind_of(entry.path().filename().string()) == kind && entry.file_size() > 0)
            found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

// Starts as the process does and reads everything as verify does.
Status start_and_read(FaultDisk &disk, const fs::path &folder) {
    Story story(disk, folder);
    auto done = story.start();
    for (const auto stream : {Stream::control, Stream::queries})
        if (done)
            if (const auto report = story.log().verify(stream); !report) done = report.error();
    story.end();
    return done;
}

// Both streams as text, event by event.
std::array<std::vector<std::string>, 2> contents(const fs::path &folder) {
    std::array<std::vector<std::string>, 2> out;
    const auto log = open_reader(folder);
    for (const auto stream : {Stream::control, Stream::queries})
        DOCTEST_REQUIRE(log->scan(stream, Seq{1},
                                  [&](const Event &event) {
                                      out[stream == Stream::control ? 0 : 1].push_back(
                                          boost::json::serialize(event_to_json(stream, event)));
                                      return true;
                                  })
                            .ok());
    return out;
}

// A repair of what was refused, all of it accepted: what is kept is what was there, what is lost is told by an event, the process
// starts, and everything verifies. Returns how many events are lost.
std::size_t repair_and_check(const fs::path &folder, const std::array<std::vector<std::string>, 2> &before) {
    Log::Options options;
    options.directory = folder;
    const auto recorded = Log::repair(std::move(options), [](const Damage &) { return ok(); });
    if (!recorded.ok()) DOCTEST_FAIL(recorded.error().message);
    std::array<std::size_t, 2> kept{before[0].size(), before[1].size()};
    std::size_t lost = 0;
    for (const auto &event : *recorded) {
        if (event.name() != "log.gap.accepted") continue;
        const std::size_t i = event.payload.at("stream").as_string() == "control" ? 0 : 1;
        kept[i] = static_cast<std::size_t>(event.payload.at("found").as_int64());
        DOCTEST_CHECK(event.payload.at("anchored").as_int64() == static_cast<std::int64_t>(before[i].size()));
        lost += before[i].size() - kept[i];
    }
    const auto after = contents(folder);
    for (std::size_t i = 0; i < 2; ++i) {
        DOCTEST_REQUIRE(after[i].size() == kept[i] + (i == 0 ? recorded->size() : 0));
        for (std::size_t at = 0; at < kept[i]; ++at)
            DOCTEST_REQUIRE(after[i][at] == before[i][at]);
    }
    FaultDisk disk(folder.parent_path());
    Story story(disk, folder);
    if (const auto started = story.start(); !started) DOCTEST_FAIL(started.error().message);
    for (const auto stream : {Stream::control, Stream::queries})
        DOCTEST_CHECK(story.log().verify(stream).ok());
    const auto content = story.log().verify_content();
    if (!content.ok()) DOCTEST_FAIL(content.error().message);
    DOCTEST_CHECK(story.work(1000));
    story.end();
    return lost;
}

void check_words(const Error &refusal) {
    const auto &words = refusal.message;
    DOCTEST_CAPTURE(words);
    DOCTEST_CHECK(words.find('#') != std::string::npos);
    DOCTEST_CHECK(words.find("xtn-audit repair --data") != std::string::npos);
}

} // namespace

DOCTEST_TEST_CASE("a bit that flips in any file of the log: nothing is lost, or the start is refused and a repair goes on") {
    const Written written;
    const auto before = contents(written.folder);
    std::size_t lost = 0;
    for (const auto kind : {FileKind::wal, FileKind::table, FileKind::manifest, FileKind::blob, FileKind::anchor}) {
        int refusals = 0;
        for (const auto &file : files_of(written.folder, kind)) {
            for (const auto position : positions(fs::file_size(file))) {
                DOCTEST_CAPTURE(file.filename().string());
                DOCTEST_CAPTURE(position);
                Scratch copy;
                const auto folder = copy.path() / "log";
                fs::copy(written.folder, folder, fs::copy_options::recursive);
                flip_bit(folder / fs::relative(file, written.folder), position - 1);
                FaultDisk disk(copy.path());
                if (const auto started = start_and_read(disk, folder); started) {
                    check(folder, written.told);
                } else {
                    ++refusals;
                    check_words(started.error());
                    lost += repair_and_check(folder, before);
                }
            }
        }
        DOCTEST_CAPTURE(std::string(name_of(kind)));
        if (kind == FileKind::wal || kind == FileKind::table) DOCTEST_CHECK(refusals > 0);
    }
    DOCTEST_CHECK(lost > 0);
}

DOCTEST_TEST_CASE("any file of the database that is gone or cut to half: the same") {
    const Written written;
    const auto before = contents(written.folder);
    int refusals = 0;
    for (const bool gone : {true, false}) {
        for (const auto &entry : fs::directory_iterator(written.folder / "db")) {
            const auto name = entry.path().filename().string();
            if (name == "LOCK" || name == "IDENTITY" || name.starts_with("OPTIONS")) continue;
            if (!gone && entry.file_size() < 2) continue;
            DOCTEST_CAPTURE(name);
            DOCTEST_CAPTURE(gone);
            Scratch copy;
            const auto folder = copy.path() / "log";
            fs::copy(written.folder, folder, fs::copy_options::recursive);
            if (gone)
                fs::remove(folder / "db" / name);
            else
                fs::resize_file(folder / "db" / name, entry.file_size() / 2);
            FaultDisk disk(copy.path());
            if (const auto started = start_and_read(disk, folder); started) {
                // A WAL of which all events lie in tables by now may still hold what is no event. A real start looks for
                // manifests, `verify` for the index.
                check(folder, written.told, !(gone && name.ends_with(".log")));
            } else {
                ++refusals;
                check_words(started.error());
                repair_and_check(folder, before);
            }
        }
    }
    DOCTEST_CHECK(refusals >= 6);
}

DOCTEST_TEST_CASE("a read that brings half, once: noticed, and while the log looks before it opens, without harm") {
    const Written written;
    int refusals = 0;
    for (const auto kind : {FileKind::wal, FileKind::table, FileKind::manifest, FileKind::anchor}) {
        const auto on_copy = [&](std::uint64_t position, std::uint64_t reads_in_a_look) {
            Scratch copy;
            const auto folder = copy.path() / "log";
            fs::copy(written.folder, folder, fs::copy_options::recursive);
            FaultDisk disk(copy.path());
            if (position > 0)
                disk.plan().add({.operation = Operation::read, .kind = kind, .effect = Effect::part, .nth = position});
            if (const auto started = start_and_read(disk, folder); !started) {
                ++refusals;
                check_words(started.error());
            }
            const auto reads = disk.plan().seen(Operation::read, kind);
            disk.plan().clear();
            const auto again = start_and_read(disk, folder);
            // Opening reads the WAL a second time, and then throws it away: what that read missed is gone, and told of.
            if (again) check(folder, written.told);
            if (!again) check_words(again.error());
            const bool opening = kind == FileKind::wal && position > reads_in_a_look;
            DOCTEST_CHECK((again.ok() || opening));
            return reads;
        };
        const auto reads = on_copy(0, 0);
        for (const auto position : positions(reads)) {
            DOCTEST_CAPTURE(std::string(name_of(kind)));
            DOCTEST_CAPTURE(position);
            on_copy(position, reads / 2);
        }
    }
    DOCTEST_CHECK(refusals > 0);
}

DOCTEST_TEST_CASE("a log that is refused is left as it was") {
    const Written written;
    Scratch copy;
    const auto folder = copy.path() / "log";
    fs::copy(written.folder, folder, fs::copy_options::recursive);
    const auto wal = files_of(folder, FileKind::wal).back();
    fs::rename(wal, copy.path() / "put aside");
    FaultDisk disk(copy.path());
    const auto started = start_and_read(disk, folder);
    DOCTEST_REQUIRE(!started);
    check_words(started.error());
    fs::rename(copy.path() / "put aside", wal);
    check(folder, written.told);
}
