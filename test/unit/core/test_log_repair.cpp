// Repair: what is shown, what must be accepted, what is kept and what is recorded.
#include "core/log/keys.hpp"
#include "log_fixture.hpp"
#include "raw_database.hpp"

#include <fstream>

using namespace xtn;
using namespace xtn::logtest;
namespace fs = std::filesystem;

namespace {

Log::Options at(const fs::path &folder) {
    Log::Options options;
    options.directory = folder;
    return options;
}

// Looks and refuses: the damage as it is shown.
Damage damage_of(const fs::path &folder) {
    Damage seen;
    const auto refused = Log::repair(at(folder), [&](const Damage &damage) -> Status {
        seen = damage;
        return make_error(Code::cancelled, "no");
    });
    if (!refused.ok()) DOCTEST_CHECK(refused.error().code == Code::cancelled);
    return seen;
}

std::vector<Event> accept(const fs::path &folder) {
    auto events = Log::repair(at(folder), [](const Damage &) { return ok(); });
    if (!events.ok()) DOCTEST_FAIL(events.error().message);
    return std::move(*events);
}

void goes_on(const fs::path &folder) {
    OpenLog log(folder);
    log.fill(2);
    for (const Stream stream : {Stream::control, Stream::queries}) {
        const auto verified = log->verify(stream);
        DOCTEST_CHECK(verified.ok());
        if (!verified.ok()) DOCTEST_MESSAGE(verified.error().message);
    }
    const auto content = log->verify_content();
    DOCTEST_CHECK(content.ok());
    if (!content.ok()) DOCTEST_MESSAGE(content.error().message);
}

bool says(const std::string &text, std::string_view part) {
    const bool found = text.find(part) != std::string::npos;
    if (!found) DOCTEST_MESSAGE(text);
    return found;
}

Error refusal(const fs::path &folder) {
    auto log = Log::open(at(folder));
    DOCTEST_REQUIRE(!log.ok());
    return log.error();
}

// Its events lie in table files, not in the WAL: RocksDB moves them when it opens again.
void settle(const fs::path &folder) {
    OpenLog log(folder);
}

} // namespace

DOCTEST_TEST_CASE("a whole log needs no repair, and is not touched by one") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(3);
    bool asked = false;
    const auto events = Log::repair(at(scratch.path()), [&](const Damage &) {
        asked = true;
        return ok();
    });
    DOCTEST_REQUIRE(events.ok());
    DOCTEST_CHECK(events->empty());
    DOCTEST_CHECK_FALSE(asked);
    DOCTEST_CHECK(OpenLog(scratch.path()).head().seq == Seq{3});
}

DOCTEST_TEST_CASE("a missing record ends the log before it: shown, refused without acceptance, recorded with it") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(6);
    remove_value(scratch.path(), "events", keys::event(Stream::control, Seq{4}));
    const auto damage = damage_of(scratch.path());
    DOCTEST_REQUIRE(damage.streams.size() == 1);
    const auto &lost = damage.streams.front();
    DOCTEST_CHECK(lost.database.seq == Seq{6});
    DOCTEST_CHECK(lost.anchored->seq == Seq{6});
    DOCTEST_CHECK(lost.sound.seq == Seq{3});
    DOCTEST_CHECK(says(lost.why, "control event #4: missing"));
    // Looking took nothing away.
    DOCTEST_CHECK(open_log(scratch.path())->get(Stream::control, Seq{6}).ok());
    DOCTEST_CHECK_FALSE(fs::exists(damage.kept));

    const auto recorded = accept(scratch.path());
    DOCTEST_REQUIRE(recorded.size() == 1);
    DOCTEST_CHECK(recorded.front().seq == Seq{4});
    DOCTEST_CHECK(summary(recorded.front()) == "the loss of control events after #3 up to #6 was accepted");
    DOCTEST_CHECK(fs::exists(damage.kept / "CURRENT"));
    DOCTEST_CHECK(damage_of(scratch.path()).streams.empty());
    goes_on(scratch.path());
}

DOCTEST_TEST_CASE("a changed record ends the log before it, and its stale entries leave the index") {
    Scratch scratch;
    {
        OpenLog log(scratch.path());
        log.fill(2);
        log.fill(2, "team-b/y");
    }
    change_value(scratch.path(), "events", keys::event(Stream::control, Seq{3}), [](std::string record) {
        record[60] = static_cast<char>(record[60] ^ 1);
        return record;
    });
    DOCTEST_CHECK(damage_of(scratch.path()).streams.at(0).sound.seq == Seq{2});
    accept(scratch.path());
    DOCTEST_CHECK(open_log(scratch.path())->by_subject(Stream::control, Subject{"runtime/team-b/y"})->empty());
    goes_on(scratch.path());
}

DOCTEST_TEST_CASE("a rolled-back database shows both heads; each stream is accepted by itself") {
    Scratch scratch;
    const auto log = scratch.path() / "log";
    {
        OpenLog open(log);
        open.fill(2);
        DOCTEST_REQUIRE(open->append(one(open.epoch, query_ended("team-a/x", 1), Stream::queries)).ok());
    }
    fs::copy(log / "db", scratch.path() / "yesterday", fs::copy_options::recursive);
    {
        OpenLog open(log);
        open.fill(5);
    }
    fs::remove_all(log / "db");
    fs::copy(scratch.path() / "yesterday", log / "db", fs::copy_options::recursive);
    DOCTEST_CHECK(says(refusal(log).message, "the database ends at #2, the anchor at #7"));
    const auto damage = damage_of(log);
    DOCTEST_REQUIRE(damage.streams.size() == 1); // queries lost nothing
    DOCTEST_CHECK(damage.streams.front().stream == Stream::control);
    DOCTEST_CHECK(damage.streams.front().database.seq == Seq{2});
    DOCTEST_CHECK(damage.streams.front().anchored->seq == Seq{7});
    const auto recorded = accept(log);
    DOCTEST_CHECK(recorded.size() == 1);
    DOCTEST_CHECK(recorded.front().epoch > Epoch{2}); // newer than every term that the anchor tells of
    goes_on(log);
}

DOCTEST_TEST_CASE("a truncated table file is refused with what was acknowledged, and repaired with what can still be read") {
    Scratch scratch;
    const auto whole = scratch.path() / "whole";
    OpenLog(whole).fill(20);
    settle(whole);
    OpenLog(whole).fill(20);
    settle(whole);
    int lost = 0;
    for (const auto &entry : fs::directory_iterator(whole / "db")) {
        if (entry.path().extension() != ".sst") continue;
        const auto folder = scratch.path() / entry.path().stem();
        fs::copy(whole, folder, fs::copy_options::recursive);
        fs::resize_file(folder / "db" / entry.path().filename(), entry.file_size() / 2);
        const auto error = refusal(folder);
        DOCTEST_CHECK(error.code == Code::data_corrupted);
        DOCTEST_CHECK(says(error.message, "xtn-audit repair --data " + folder.string()));
        DOCTEST_CHECK(says(error.message, "#40"));
        DOCTEST_CHECK(!damage_of(folder).database.empty());
        for (const auto &event : accept(folder)) {
            if (event.name() == "log.genesis") continue; // nothing is left
            DOCTEST_REQUIRE(event.name() == "log.gap.accepted");
            DOCTEST_CHECK(event.payload.at("anchored").as_int64() == 40);
            DOCTEST_CHECK(event.payload.at("found").as_int64() < 40);
            ++lost;
        }
        goes_on(folder);
    }
    DOCTEST_CHECK(lost == 2); // the two tables of events; an index or an identity is made again
}

DOCTEST_TEST_CASE("a flipped byte in the middle of the WAL: what was read before it is kept") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(50);
    const auto wal = newest_file(scratch.path(), "log");
    std::fstream stream(wal, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(fs::file_size(wal) / 2));
    stream.put('~');
    stream.close();
    DOCTEST_CHECK(says(refusal(scratch.path()).message, "xtn-audit repair --data"));
    const auto damage = damage_of(scratch.path());
    DOCTEST_REQUIRE(damage.streams.size() == 1);
    DOCTEST_CHECK(damage.streams.front().sound.seq > Seq{10});
    DOCTEST_CHECK(damage.streams.front().sound.seq < Seq{50});
    const auto recorded = accept(scratch.path());
    DOCTEST_REQUIRE(recorded.size() == 1);
    DOCTEST_CHECK(recorded.front().seq == damage.streams.front().sound.seq.next());
    goes_on(scratch.path());
}

DOCTEST_TEST_CASE("a database without its CURRENT file is not taken for a new one: nothing is lost by its repair") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(20);
    settle(scratch.path());
    fs::remove(scratch.path() / "db" / "CURRENT");
    DOCTEST_SUBCASE("the anchor is there") {}
    DOCTEST_SUBCASE("the anchor is gone as well") {
        fs::remove(scratch.path() / "anchor");
    }
    const auto error = refusal(scratch.path());
    DOCTEST_CHECK(error.code == Code::data_corrupted);
    DOCTEST_CHECK(says(error.message, "there is no file CURRENT"));
    DOCTEST_CHECK(says(error.message, "xtn-audit repair --data"));
    accept(scratch.path());
    DOCTEST_CHECK(open_log(scratch.path())->get(Stream::control, Seq{20}).ok());
    goes_on(scratch.path());
}
