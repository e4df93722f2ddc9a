// Opening a folder that something happened to: what is tolerated, what is refused, and that the refusal says what to do.
#include "log_fixture.hpp"

#include <fstream>

using namespace xtn;
using namespace xtn::logtest;
namespace fs = std::filesystem;

namespace {

Error refusal(const fs::path &folder) {
    Log::Options options;
    options.directory = folder;
    auto log = Log::open(std::move(options));
    DOCTEST_REQUIRE(!log.ok());
    return log.error();
}

bool says(const Error &error, std::string_view text) {
    const bool found = error.message.find(text) != std::string::npos;
    if (!found) DOCTEST_MESSAGE(error.message);
    return found;
}

void write_file(const fs::path &file, const std::string &text) {
    std::ofstream(file, std::ios::trunc) << text;
}

void flip_byte(const fs::path &file, std::uintmax_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const int byte = stream.get();
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ 0x20));
}

Result<std::vector<Event>> repair(const fs::path &folder) {
    Log::Options options;
    options.directory = folder;
    return Log::repair(std::move(options), [](const Damage &) { return ok(); });
}

} // namespace

DOCTEST_TEST_CASE("a second writer on the same folder is refused and told who has it") {
    Scratch scratch;
    OpenLog log(scratch.path());
    const auto error = refusal(scratch.path());
    DOCTEST_CHECK(error.code == Code::unavailable);
    DOCTEST_CHECK(says(error, "process " + std::to_string(::getpid())));
    DOCTEST_CHECK(says(error, "--data"));
}

DOCTEST_TEST_CASE("a newer format is refused with what to do, by writer and reader; nonsense is not taken for a format") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(1);
    write_file(scratch.path() / "FORMAT", "xtrinode-log 2\n");
    DOCTEST_CHECK(refusal(scratch.path()).code == Code::unsupported);
    DOCTEST_CHECK(says(refusal(scratch.path()), "newer binary"));
    DOCTEST_CHECK(Log::open_reader(scratch.path()).error().code == Code::unsupported);
    write_file(scratch.path() / "FORMAT", "something else\n");
    DOCTEST_CHECK(refusal(scratch.path()).code == Code::data_corrupted);
    fs::remove(scratch.path() / "FORMAT");
    DOCTEST_CHECK(refusal(scratch.path()).code == Code::data_corrupted);
    DOCTEST_CHECK(Log::open_reader(scratch.path()).error().code == Code::not_found);
}

DOCTEST_TEST_CASE("a torn tail of the WAL that was never acknowledged is tolerated") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(5);
    // What a crash in the middle of a write leaves: a record header that promises more than follows.
    const auto wal = newest_file(scratch.path(), "log");
    DOCTEST_REQUIRE(!wal.empty());
    std::ofstream(wal, std::ios::app | std::ios::binary) << std::string("\x12\x34\x56\x78\x00\x40\x01torn", 11);
    OpenLog log(scratch.path());
    DOCTEST_CHECK(log.head().seq == Seq{5});
    log.fill(1);
    DOCTEST_CHECK(log->verify(Stream::control).ok());
}

DOCTEST_TEST_CASE("a flipped byte in the middle of the WAL is refused, not skipped") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(50);
    const auto wal = newest_file(scratch.path(), "log");
    flip_byte(wal, fs::file_size(wal) / 2);
    const auto error = refusal(scratch.path());
    DOCTEST_CHECK(error.code == Code::data_corrupted);
}

DOCTEST_TEST_CASE("a deleted WAL is noticed: both heads and the repair are named, and an accepted loss is recorded") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(3);
    {
        OpenLog reopened(scratch.path());
    } // RocksDB moves the first three events out of the WAL when it opens
    Epoch term;
    {
        OpenLog log(scratch.path());
        log.fill(4);
        DOCTEST_REQUIRE(log->append(one(log.epoch, query_ended("team-a/x", 1), Stream::queries)).ok());
        term = log.epoch;
    }
    fs::remove(newest_file(scratch.path(), "log"));
    const auto error = refusal(scratch.path());
    DOCTEST_CHECK(error.code == Code::data_corrupted);
    DOCTEST_CHECK(says(error, "Stream control: the database ends at #3, the anchor at #7"));
    DOCTEST_CHECK(says(error, "Stream queries: the database ends at #0, the anchor at #1"));
    DOCTEST_CHECK(says(error, "xtn-audit repair --data " + scratch.path().string()));
    DOCTEST_CHECK(Log::open_reader(scratch.path()).error().code == Code::data_corrupted);

    const auto accepted = repair(scratch.path());
    DOCTEST_REQUIRE(accepted.ok());
    DOCTEST_REQUIRE(accepted->size() == 2);
    DOCTEST_CHECK(summary(accepted->front()) == "the loss of control events after #3 up to #7 was accepted");
    DOCTEST_CHECK(accepted->front().seq == Seq{4});
    DOCTEST_CHECK(accepted->front().epoch > term);
    OpenLog log(scratch.path());
    log.fill(1);
    DOCTEST_CHECK(log->verify(Stream::control)->events == 6);
    log->close();
    DOCTEST_CHECK(repair(scratch.path())->empty()); // nothing is wrong any more
}

DOCTEST_TEST_CASE("another history under the same numbers is refused") {
    Scratch scratch;
    const auto here = scratch.path() / "log";
    const auto copy = scratch.path() / "copy";
    OpenLog(here).fill(3);
    fs::copy(here, copy, fs::copy_options::recursive);
    OpenLog(here).fill(2, "team-a/here");
    OpenLog(copy).fill(4, "team-a/there");
    fs::remove_all(here / "db");
    fs::copy(copy / "db", here / "db", fs::copy_options::recursive); // longer than the anchor says, but not that log
    const auto error = refusal(here);
    DOCTEST_CHECK(error.code == Code::data_corrupted);
    DOCTEST_CHECK(says(error, "another history"));
}

DOCTEST_TEST_CASE("a lost anchor or database is refused until the loss is accepted") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(2);
    DOCTEST_SUBCASE("anchor removed") {
        fs::remove(scratch.path() / "anchor");
        DOCTEST_CHECK(says(refusal(scratch.path()), "the anchor file is missing"));
    }
    DOCTEST_SUBCASE("anchor damaged") {
        write_file(scratch.path() / "anchor", std::string(8192, 'x'));
        DOCTEST_CHECK(says(refusal(scratch.path()), "neither of its two slots is whole"));
    }
    DOCTEST_SUBCASE("database removed") {
        fs::remove_all(scratch.path() / "db");
        DOCTEST_CHECK(says(refusal(scratch.path()), "the database ends at #0, the anchor at #2"));
    }
    DOCTEST_REQUIRE(repair(scratch.path()).ok());
    OpenLog log(scratch.path());
    log.fill(1);
    DOCTEST_CHECK(log->verify(Stream::control).ok());
}

DOCTEST_TEST_CASE("a torn anchor slot leaves the other one") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(2);
    const auto anchor = scratch.path() / "anchor";
    flip_byte(anchor, 100);
    DOCTEST_CHECK(OpenLog(scratch.path()).head().seq == Seq{2});
}
