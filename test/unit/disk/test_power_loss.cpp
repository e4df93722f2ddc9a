// The power goes between any two steps of the writer: whatever was told is there afterwards, whatever the disk kept of the rest.
#include "story.hpp"

using namespace xtn;
using namespace xtn::disktest;

namespace {

struct CutPoint {
    PausePoint point;
    int before;  // how often it is passed until work() begins
    int in_work; // and in it, but for the last time, which may find all told
};
// Records of queries pass the log only; a new log has its term and its genesis behind it.
constexpr CutPoint points[] = {
    {PausePoint::engine_taken, 1, steps - 1},    {PausePoint::engine_folded, 1, steps - 1},
    {PausePoint::log_taken, 2, 2 * steps - 1},   {PausePoint::log_sealed, 2, 2 * steps - 1},
    {PausePoint::log_written, 2, 2 * steps - 1}, {PausePoint::log_anchored, 2, 2 * steps - 1},
    {PausePoint::engine_durable, 1, steps - 1},  {PausePoint::engine_published, 1, steps - 1},
};

} // namespace

DOCTEST_TEST_CASE("the power goes at each point of the writer, at many events") {
    std::uint64_t seed = 1;
    for (const auto &point : points)
        for (const auto nth : positions(static_cast<std::uint64_t>(point.in_work)))
            for (const auto survivors : {Survivors::none, Survivors::prefix, Survivors::zeros, Survivors::all}) {
                DOCTEST_CAPTURE(std::string(pause_point_name(point.point)));
                DOCTEST_CAPTURE(nth);
                DOCTEST_CAPTURE(static_cast<int>(survivors));
                Scratch scratch;
                FaultDisk disk(scratch.path());
                Told told;
                {
                    Story story(disk, scratch.path() / "log");
                    story.cut_at(point.point, static_cast<int>(nth) + point.before);
                    DOCTEST_REQUIRE(story.start().ok());
                    DOCTEST_CHECK(!story.work());
                    story.end();
                    told = story.told;
                }
                disk.power_on(survivors, seed++);
                check(scratch.path() / "log", told);
            }
}

DOCTEST_TEST_CASE("one power loss after another") {
    Scratch scratch;
    Told told;
    for (std::uint64_t round = 1; round <= 8; ++round) {
        DOCTEST_CAPTURE(round);
        FaultDisk disk(scratch.path());
        Story story(disk, scratch.path() / "log");
        story.cut_at(PausePoint::log_written, static_cast<int>(round * 5));
        const auto started = story.start();
        if (!started) DOCTEST_FAIL(started.error().message);
        DOCTEST_CHECK(!story.work(static_cast<int>(round) * steps));
        story.end();
        told.control.insert(told.control.end(), story.told.control.begin(), story.told.control.end());
        told.queries.insert(told.queries.end(), story.told.queries.begin(), story.told.queries.end());
        told.published = story.told.published;
        told.state = story.told.state;
        disk.power_on(round % 2 == 0 ? Survivors::prefix : Survivors::none, round);
        check(scratch.path() / "log", told);
    }
}

DOCTEST_TEST_CASE("a log whose first event was acknowledged is there after a power loss, with its folder and its anchor") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    Told told;
    {
        Story story(disk, scratch.path() / "deep" / "log");
        DOCTEST_REQUIRE(story.start().ok());
        disk.power_off();
    }
    disk.power_on(Survivors::none, 1);
    DOCTEST_REQUIRE(std::filesystem::exists(scratch.path() / "deep" / "log" / "anchor"));
    const auto log = open_log(scratch.path() / "deep" / "log");
    DOCTEST_CHECK(log->head(Stream::control).seq == Seq{1});
}
