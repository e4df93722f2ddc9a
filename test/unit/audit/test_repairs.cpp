// xtn-audit repair: both heads are shown, and only what was named or typed is accepted.
#include "core/base/hex.hpp"
#include "core/log/keys.hpp"
#include "story.hpp"
#include "test/unit/core/raw_database.hpp"

#include <fstream>

using namespace xtn;
using namespace xtn::audit;
using namespace xtn::audittest;
namespace fs = std::filesystem;

namespace {

// A story of which event #9 is missing.
struct Damaged {
    Damaged() {
        Story story(folder());
        tell(story);
        story.log().close();
        logtest::remove_value(folder(), "events", keys::event(Stream::control, Seq{9}));
    }
    fs::path folder() const { return scratch.path() / "log"; }
    Status repair_with(const Acceptance &acceptance) {
        Asking asking(Source::folder(scratch.path()));
        auto done = repair(asking.ask, acceptance);
        shown = asking.text();
        return done;
    }
    bool says(std::string_view part) const {
        const bool found = shown.find(part) != std::string::npos;
        if (!found) DOCTEST_MESSAGE(shown);
        return found;
    }
    bool untouched() const { return open_log(folder())->get(Stream::control, Seq{12}).ok(); }

    Scratch scratch;
    std::string shown;
};

Acceptance accepting(const std::string &text) {
    Acceptance acceptance;
    acceptance.ends.insert(*parse_accepted_end(text));
    return acceptance;
}

} // namespace

DOCTEST_TEST_CASE("without an acceptance both heads are shown, the command is named, and nothing is changed") {
    Damaged log;
    const auto refused = log.repair_with({});
    DOCTEST_REQUIRE_FALSE(refused.ok());
    DOCTEST_CHECK(refused.error().code == Code::data_corrupted);
    DOCTEST_CHECK(refused.error().message.find("--accept-loss control:8") != std::string::npos);
    DOCTEST_CHECK(log.says("the database ends at  #12 of 2026-11-26 12:01:04.570 UTC"));
    DOCTEST_CHECK(log.says("the anchor says       #12 of 2026-11-26 12:01:04.570 UTC"));
    DOCTEST_CHECK(log.says("control event #9: missing"));
    DOCTEST_CHECK(log.says("the log would end at  #8"));
    DOCTEST_CHECK(log.says("lost for ever         #9 to #12"));
    DOCTEST_CHECK(log.untouched());
}

DOCTEST_TEST_CASE("a stale command accepts nothing: it names another end, another stream, or lost manifests that there are not") {
    Damaged log;
    for (const char *end : {"control:9", "11", "queries:0"}) {
        DOCTEST_CAPTURE(end);
        const auto refused = log.repair_with(accepting(end));
        DOCTEST_REQUIRE_FALSE(refused.ok());
        DOCTEST_CHECK(refused.error().code == Code::conflict);
        DOCTEST_CHECK(refused.error().message.find("Nothing was changed") != std::string::npos);
    }
    auto manifests = accepting("8");
    manifests.manifests = 1;
    DOCTEST_CHECK(log.repair_with(manifests).error().code == Code::conflict);
    DOCTEST_CHECK(parse_accepted_end("eight").error().code == Code::invalid_argument);
    DOCTEST_CHECK(parse_accepted_end("others:8").error().code == Code::invalid_argument);
    DOCTEST_CHECK(log.untouched());
}

DOCTEST_TEST_CASE("the named end is accepted: the log goes on from there, and tells") {
    Damaged log;
    DOCTEST_REQUIRE(log.repair_with(accepting("8")).ok());
    DOCTEST_CHECK(log.says("the loss of control events after #8 up to #12 was accepted"));
    DOCTEST_CHECK(log.says("db.damaged-1"));
    Asking asking(Source::folder(log.scratch.path()));
    DOCTEST_CHECK(verify(asking.ask).ok());
    DOCTEST_CHECK(log.repair_with({}).ok());
    DOCTEST_CHECK(log.says("Nothing is missing; nothing was changed."));
}

DOCTEST_TEST_CASE("on a terminal the number is asked for, and nothing else will do") {
    Damaged log;
    for (const char *typed : {"yes\n", "12\n", ""}) {
        std::istringstream terminal(typed);
        Acceptance acceptance;
        acceptance.terminal = &terminal;
        DOCTEST_CHECK(log.repair_with(acceptance).error().code == Code::data_corrupted);
        DOCTEST_CHECK(log.untouched());
    }
    std::istringstream terminal("8\n");
    Acceptance acceptance;
    acceptance.terminal = &terminal;
    DOCTEST_CHECK(log.repair_with(acceptance).ok());
    DOCTEST_CHECK(log.says("Type 8 to accept that control ends there"));
}

DOCTEST_TEST_CASE("lost manifests are counted, accepted by their number, and not missed any more") {
    Scratch scratch;
    const auto folder = scratch.path() / "log";
    {
        Story story(folder);
        tell(story);
    }
    const auto key = *from_hex(Digest::of("one").hex);
    DOCTEST_SUBCASE("missing") {
        logtest::remove_value(folder, "blobs", key);
    }
    DOCTEST_SUBCASE("swapped") {
        logtest::put_value(folder, "blobs", key, "two");
    }
    Asking before(Source::folder(scratch.path()));
    const auto unsound = verify(before.ask);
    DOCTEST_REQUIRE_FALSE(unsound.ok());
    DOCTEST_CHECK(unsound.error().message.find("control event #5: object.applied/1 runtime/default/x") != std::string::npos);
    Asking refusing(Source::folder(scratch.path()));
    const auto refused = repair(refusing.ask, {});
    DOCTEST_REQUIRE_FALSE(refused.ok());
    DOCTEST_CHECK(refused.error().message.find("--accept-lost-manifests 1") != std::string::npos);
    Acceptance acceptance;
    acceptance.manifests = 1;
    Asking asking(Source::folder(scratch.path()));
    DOCTEST_REQUIRE(repair(asking.ask, acceptance).ok());
    DOCTEST_CHECK(asking.text().find("the loss of the manifest of Deployment/default/trino-x-worker was accepted") !=
                  std::string::npos);
    Asking after(Source::folder(scratch.path()));
    const auto sound = verify(after.ask);
    if (!sound.ok()) DOCTEST_FAIL(sound.error().message);
}
