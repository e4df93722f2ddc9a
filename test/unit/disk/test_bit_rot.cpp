// Bytes that change on the disk while nobody looks, and reads that bring less than is there. Either the log does not care (and
// then holds everything), or it refuses and says which event, and how to go on. It never opens with less than was acknowledged.
#include "story.hpp"

#include <algorithm>

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

void check_words(const Error &refusal) {
    const auto &words = refusal.message;
    DOCTEST_CAPTURE(words);
    DOCTEST_CHECK(words.find('#') != std::string::npos);
    DOCTEST_CHECK(words.find("xtn-audit repair --data") != std::string::npos);
}

} // namespace

DOCTEST_TEST_CASE("a bit that flips in any file of the log") {
    const Written written;
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
                }
            }
        }
        DOCTEST_CAPTURE(std::string(name_of(kind)));
        if (kind == FileKind::wal || kind == FileKind::table) DOCTEST_CHECK(refusals > 0);
    }
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
