// A log on a disk that fills up: with the reserve, decisions still find room, and the next process can open it.
#include "core/log/space.hpp"
#include "story.hpp"

using namespace xtn;
using namespace xtn::disktest;

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr SpaceLimits limits{.low = 16 * mebibyte, .scarce = 12 * mebibyte, .critical = 8 * mebibyte, .reserve = 4 * mebibyte};

std::unique_ptr<DiskSpace> space_on(FaultDisk &disk, const std::filesystem::path &folder) {
    DiskSpace::Options options;
    options.directory = folder;
    options.limits = limits;
    options.files = &disk.files();
    auto space = DiskSpace::open(std::move(options));
    DOCTEST_REQUIRE(space.ok());
    return std::move(*space);
}

} // namespace

DOCTEST_TEST_CASE("on a disk that has nothing left the next process cannot open the log; what the reserve gives back is enough") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    const auto folder = scratch.path() / "log";
    Told told;
    {
        const auto space = space_on(disk, folder);
        Story story(disk, folder);
        DOCTEST_REQUIRE(story.start().ok());
        DOCTEST_REQUIRE(story.work());
        disk.plan().room_for(20'000); // somebody else took it, faster than anybody looked
        DOCTEST_CHECK(!story.work(steps));
        story.end();
        DOCTEST_CHECK(story.last_word().find("The disk is full") != std::string::npos);
        told = story.told;
    }
    disk.plan().room_for(0);
    {
        Story again(disk, folder);
        DOCTEST_CHECK(again.start().error().message.find("No space left on device") != std::string::npos);
    }
    {
        const auto space = space_on(disk, folder);
        DOCTEST_CHECK(space->figures().level == DiskLevel::critical);
        DOCTEST_CHECK(space->figures().reserve_bytes == 0);
        Story again(disk, folder);
        DOCTEST_REQUIRE(again.start().ok());
        DOCTEST_CHECK(again.work(2 * steps)); // decisions go on
        again.end();
        for (const auto &event : again.told.control)
            told.control.push_back(event);
        told.published = again.told.published;
        told.state = again.told.state;
    }
    check(folder, told);
}

DOCTEST_TEST_CASE("the log says itself when room ran short and when it came back") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    const auto folder = scratch.path() / "log";
    disk.plan().room_for(100 * mebibyte);
    const auto space = space_on(disk, folder);
    OpenLog log(folder);
    space->record_with(
        [&](std::vector<EventDraft> drafts) {
            Log::Append append;
            append.epoch = log.epoch;
            append.drafts = std::move(drafts);
            return log->append(std::move(append)).ok();
        },
        recorded_disk_level(*log.log));
    disk.plan().room_for(10 * mebibyte);
    space->look();
    DOCTEST_CHECK(recorded_disk_level(*log.log) == DiskLevel::scarce);
    disk.plan().room_for(5 * mebibyte);
    space->look();
    DOCTEST_CHECK(recorded_disk_level(*log.log) == DiskLevel::critical);
    disk.plan().room_for(100 * mebibyte);
    space->look();
    DOCTEST_CHECK(recorded_disk_level(*log.log) == DiskLevel::ok);
    DOCTEST_CHECK(log->get(Stream::control, Seq{1})->name() == "log.space.changed");
    DOCTEST_CHECK(summary(*log->get(Stream::control, Seq{3})).starts_with("disk space critical -> ok"));
}
