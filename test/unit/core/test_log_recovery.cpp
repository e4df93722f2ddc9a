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

namespace {

fs::path manifest_of(const fs::path &folder) {
    std::string name;
    std::ifstream current(folder / "db" / "CURRENT");
    std::getline(current, name);
    return folder / "db" / name;
}

std::string bytes_of(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void append_bytes(const fs::path &file, const std::string &bytes) {
    std::ofstream(file, std::ios::binary | std::ios::app) << bytes;
}

// A record of 120 bytes of which a power loss left the first 40.
const std::string torn_record = std::string("\x12\x34\x56\x78\x78\x00\x01", 7) + std::string(40, '\x05') + std::string(80, '\0');

} // namespace

DOCTEST_TEST_CASE("a manifest that a power loss tore is read up to its last whole record: nothing is lost and nobody asked") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(20);
    DOCTEST_SUBCASE("events in the WAL only") {}
    DOCTEST_SUBCASE("events in tables as well") {
        OpenLog(scratch.path()).fill(20);
    }
    const auto head = open_reader(scratch.path())->head(Stream::control);
    append_bytes(manifest_of(scratch.path()), torn_record);
    DOCTEST_CHECK(Log::open_reader(scratch.path()).error().code == Code::data_corrupted); // who only reads changes nothing
    OpenLog log(scratch.path());
    DOCTEST_CHECK(log.head().chain == head.chain);
    DOCTEST_CHECK(log->verify(Stream::control).ok());
    DOCTEST_CHECK(bytes_of(scratch.path() / "manifest.torn") == torn_record);
    log.fill(1);
}

DOCTEST_TEST_CASE("a repair of a torn manifest loses nothing either") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(20);
    append_bytes(manifest_of(scratch.path()), torn_record);
    const auto recorded = repair(scratch.path());
    DOCTEST_REQUIRE(recorded.ok());
    DOCTEST_CHECK(recorded->empty());
    DOCTEST_CHECK(open_reader(scratch.path())->head(Stream::control).seq == Seq{20});
}

DOCTEST_TEST_CASE(
    "a record of the manifest that was synced and lost its end is no torn one: refused, and the manifest left as it was") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(20);
    OpenLog(scratch.path()).fill(20); // the first events lie in tables that the last records of the manifest name
    OpenLog(scratch.path()).log.reset();
    const auto manifest = manifest_of(scratch.path());
    const auto whole = bytes_of(manifest);
    int refused = 0;
    for (std::size_t zeros = 4; zeros < whole.size() / 2; zeros += 8) {
        const auto damaged = whole.substr(0, whole.size() - zeros) + std::string(zeros, '\0');
        DOCTEST_CAPTURE(zeros);
        Scratch copy;
        const auto folder = copy.path() / "log";
        fs::copy(scratch.path(), folder, fs::copy_options::recursive);
        std::ofstream(manifest_of(folder), std::ios::binary | std::ios::trunc) << damaged;
        Log::Options options;
        options.directory = folder;
        if (const auto log = Log::open(std::move(options)); log.ok()) {
            DOCTEST_CHECK((*log)->verify(Stream::control)->events == 40);
        } else {
            ++refused;
            DOCTEST_CHECK(log.error().code == Code::data_corrupted);
            DOCTEST_CHECK(bytes_of(manifest_of(folder)) == damaged);
        }
    }
    DOCTEST_CHECK(refused > 0);
}
