// Levels of a disk that fills up and empties again, and what they say, without a log.
#include "core/log/space.hpp"
#include "test/faultdisk/fault_disk.hpp"
#include "test/unit/core/log_fixture.hpp"

#include <cerrno>

using namespace xtn;
using namespace xtn::logtest;
using namespace xtn::faultdisk;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr SpaceLimits limits{.low = 1000'000, .scarce = 500'000, .critical = 200'000, .reserve = 64'000};

EventDraft record(std::int64_t number) {
    return query_ended("team-a/x", number);
}

// A disk whose free room a test sets, and what it told.
struct Filling {
    Filling() : disk(scratch.path()) {
        room(10'000'000);
        open();
    }
    void open(SpaceLimits with = limits) {
        space.reset();
        DiskSpace::Options options;
        options.directory = scratch.path() / "log";
        options.limits = with;
        options.files = &disk.files();
        options.now = [this] { return now; };
        auto opened = DiskSpace::open(std::move(options));
        if (!opened) DOCTEST_FAIL(opened.error().message);
        space = std::move(*opened);
        space->record_with(
            [this](std::vector<EventDraft> drafts) {
                if (!taken) return false;
                told.insert(told.end(), drafts.begin(), drafts.end());
                return true;
            },
            recorded);
    }
    void room(std::uint64_t bytes) { disk.plan().room_for(bytes); }
    DiskLevel look() {
        space->look();
        return space->figures().level;
    }
    std::uint64_t reserve() const {
        std::error_code none;
        const auto size = fs::file_size(scratch.path() / "log" / "reserve", none);
        return none ? 0 : size;
    }
    std::string texts() const {
        std::string out;
        for (const auto &draft : told) {
            DOCTEST_CHECK(check_draft(draft).ok()); // the log would take it
            const auto &p = draft.payload;
            out += draft.type.starts_with("log.space")
                       ? std::string(p.at("from").as_string()) + ">" + std::string(p.at("to").as_string()) + " "
                       : std::string(p.at("type").as_string()) + "x" + std::to_string(p.at("count").as_int64()) + " ";
        }
        return out;
    }

    Scratch scratch;
    FaultDisk disk;
    Deadline::Clock::time_point now{};
    DiskLevel recorded = DiskLevel::ok;
    bool taken = true;
    std::vector<EventDraft> told;
    std::unique_ptr<DiskSpace> space;
};

} // namespace

DOCTEST_TEST_CASE("defaults are a fixed size or a share of the disk, whichever is smaller; nonsense is refused") {
    const auto large = space_limits_for({}, std::uint64_t{1} << 40);
    DOCTEST_CHECK(large->low == std::uint64_t{2048} << 20);
    DOCTEST_CHECK(large->critical == std::uint64_t{256} << 20);
    DOCTEST_CHECK(large->reserve == std::uint64_t{64} << 20);
    const auto small = space_limits_for({}, 1'000'000'000);
    DOCTEST_CHECK(small->low == 200'000'000);
    DOCTEST_CHECK(small->reserve == 20'000'000);
    DOCTEST_CHECK(space_limits_for({.scarce = 5}, 1'000'000'000).error().code == Code::invalid_argument);
}

DOCTEST_TEST_CASE("a level gets worse at its bound, and better only with room to spare and for the reserve") {
    DOCTEST_CHECK(next_disk_level(DiskLevel::ok, 1'000'000, limits, 0) == DiskLevel::ok);
    DOCTEST_CHECK(next_disk_level(DiskLevel::ok, 999'999, limits, 0) == DiskLevel::low);
    DOCTEST_CHECK(next_disk_level(DiskLevel::ok, 0, limits, 0) == DiskLevel::critical);
    DOCTEST_CHECK(next_disk_level(DiskLevel::low, 1'050'000, limits, 0) == DiskLevel::low);
    DOCTEST_CHECK(next_disk_level(DiskLevel::low, 1'100'000, limits, 0) == DiskLevel::ok);
    DOCTEST_CHECK(next_disk_level(DiskLevel::critical, 250'000, limits, 64'000) == DiskLevel::critical);
    DOCTEST_CHECK(next_disk_level(DiskLevel::critical, 284'000, limits, 64'000) == DiskLevel::scarce);
    DOCTEST_CHECK(next_disk_level(DiskLevel::critical, 9'000'000, limits, 64'000) == DiskLevel::ok);
}

DOCTEST_TEST_CASE("each change of level is told once, and again when the log did not take it") {
    Filling disk;
    DOCTEST_CHECK(disk.look() == DiskLevel::ok);
    disk.room(900'000);
    DOCTEST_CHECK(disk.look() == DiskLevel::low);
    disk.look();
    DOCTEST_CHECK(disk.texts() == "ok>low ");
    disk.taken = false;
    disk.room(400'000);
    DOCTEST_CHECK(disk.look() == DiskLevel::scarce);
    disk.taken = true;
    disk.look();
    disk.room(9'000'000);
    disk.look();
    DOCTEST_CHECK(disk.texts() == "ok>low low>scarce scarce>ok ");
}

DOCTEST_TEST_CASE("a process that starts again goes on from the level that the log tells of") {
    Filling disk;
    disk.recorded = DiskLevel::critical;
    disk.open();
    disk.look();
    DOCTEST_CHECK(disk.texts() == "critical>ok ");
}

DOCTEST_TEST_CASE("from scarce on records of queries are dropped, all else is kept; what was dropped is told to the last one") {
    Filling disk;
    const auto shed = [&](int queries) {
        std::vector<EventDraft> drafts{pod("team-a/x", 1)};
        for (int i = 0; i < queries; ++i)
            drafts.push_back(record(i));
        disk.space->shed(drafts);
        return drafts.size();
    };
    DOCTEST_CHECK(shed(3) == 4);
    disk.room(900'000);
    disk.look();
    DOCTEST_CHECK(shed(3) == 4); // low drops nothing
    disk.room(400'000);
    disk.look();
    DOCTEST_CHECK(shed(3) == 1);
    disk.look();
    DOCTEST_CHECK(disk.texts() == "ok>low low>scarce "); // once a minute is enough
    disk.now += 61s;
    disk.look();
    DOCTEST_CHECK(disk.texts() == "ok>low low>scarce query.endedx3 ");
    disk.room(100'000);
    disk.look();
    DOCTEST_CHECK(shed(4) == 1);
    disk.now += 61s;
    disk.look(); // every byte counts now
    disk.room(9'000'000);
    disk.look();
    DOCTEST_CHECK(disk.texts() == "ok>low low>scarce query.endedx3 scarce>critical critical>ok query.endedx4 ");
    DOCTEST_CHECK(shed(2) == 3);
    DOCTEST_CHECK(disk.space->figures().dropped.at("query.ended") == 7);
}

DOCTEST_TEST_CASE("what was dropped is told at the end, too") {
    Filling disk;
    disk.room(400'000);
    disk.look();
    std::vector<EventDraft> drafts{record(1)};
    disk.space->shed(drafts);
    disk.told.clear();
    disk.space->start(
        [&disk](std::vector<EventDraft> drafts) {
            disk.told.insert(disk.told.end(), drafts.begin(), drafts.end());
            return true;
        },
        DiskLevel::scarce);
    disk.space->stop();
    DOCTEST_CHECK(disk.texts() == "query.endedx1 ");
}

DOCTEST_TEST_CASE("only at critical is anything refused, and the words say what, how much and where") {
    Filling disk;
    DOCTEST_CHECK(disk.space->words().empty());
    disk.room(400'000);
    disk.look();
    DOCTEST_CHECK(disk.space->refusal().empty());
    DOCTEST_CHECK(disk.space->words().find("scarce") != std::string::npos);
    disk.room(100'000);
    disk.look();
    DOCTEST_CHECK(disk.space->refusal().find("only lifecycle decisions") != std::string::npos);
    DOCTEST_CHECK(disk.space->words().find((disk.scratch.path() / "log").string()) != std::string::npos);
    disk.room(9'000'000);
    disk.look();
    DOCTEST_CHECK(disk.space->refusal().empty());
}

DOCTEST_TEST_CASE("the reserve is set aside, given away at critical, and made again when there is room") {
    Filling disk;
    DOCTEST_CHECK(disk.reserve() == 64'000);
    disk.room(100'000);
    disk.look();
    DOCTEST_CHECK(disk.reserve() == 0);
    DOCTEST_CHECK(*disk.disk.plan().room() == 164'000); // that is what it was for
    disk.look();
    DOCTEST_CHECK(disk.space->figures().level == DiskLevel::critical);
    disk.room(480'000);
    disk.look();
    DOCTEST_CHECK(disk.reserve() == 0); // at scarce it would take what it is meant to save
    disk.room(700'000);
    disk.look();
    DOCTEST_CHECK(disk.reserve() == 64'000);
    DOCTEST_CHECK(disk.space->figures().reserve_bytes == 64'000);
}

DOCTEST_TEST_CASE("a reserve that is there already is kept, and given away by a process that starts on a full disk") {
    Filling disk;
    disk.open();
    DOCTEST_CHECK(disk.disk.plan().seen(Operation::allocate, FileKind::reserve) == 1);
    disk.room(10'000);
    disk.open();
    DOCTEST_CHECK(disk.reserve() == 0);
    DOCTEST_CHECK(*disk.disk.plan().room() == 74'000);
}

DOCTEST_TEST_CASE("a reserve that cannot be made leaves nothing behind, is no reason to stop, and is tried again") {
    Filling disk;
    disk.room(100'000);
    disk.look();
    disk.room(9'000'000);
    const auto reserve_survives = [&](Rule rule) {
        disk.disk.plan().add(rule);
        disk.look();
        return disk.reserve() != 0;
    };
    DOCTEST_CHECK(!reserve_survives({.operation = Operation::allocate, .kind = FileKind::reserve, .error = ENOSPC}));
    DOCTEST_CHECK(!reserve_survives({.operation = Operation::sync, .kind = FileKind::reserve}));
    DOCTEST_CHECK(!reserve_survives({.operation = Operation::create, .kind = FileKind::reserve, .error = EROFS}));
    DOCTEST_CHECK(disk.space->figures().reserve_bytes == 0);
    disk.look();
    DOCTEST_CHECK(disk.reserve() == 64'000);
}
