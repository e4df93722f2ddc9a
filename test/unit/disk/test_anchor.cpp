// The anchor file on a disk that fails.
#include "core/log/anchor.hpp"
#include "test/faultdisk/fault_disk.hpp"
#include "test/unit/core/scratch.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <thread>

using namespace xtn;
using namespace xtn::faultdisk;
using namespace std::chrono_literals;

namespace {

AnchorState at(std::uint64_t seq) {
    AnchorState state{std::string(32, 'a'), Epoch{1}, {}, {}};
    state.control = {Seq{seq}, Timestamp{1}, Epoch{1}, std::string(64, 'b')};
    state.queries.chain = std::string(64, '0');
    return state;
}

struct Anchored {
    Anchored() : disk(scratch.path()) { open(); }
    void open() {
        anchor.reset();
        auto opened = AnchorFile::open(file, disk.files());
        if (!opened) DOCTEST_FAIL(opened.error().message);
        anchor = std::move(*opened);
    }
    Scratch scratch;
    const std::filesystem::path file = scratch.path() / "anchor";
    FaultDisk disk;
    std::unique_ptr<AnchorFile> anchor;
};

} // namespace

DOCTEST_TEST_CASE("a sync that failed in the background fails every later move, written through or not") {
    Anchored a;
    a.disk.plan().add({.operation = Operation::sync, .kind = FileKind::anchor});
    const auto limit = Deadline::after(20s);
    std::uint64_t seq = 1;
    while (a.anchor->write(at(seq)).ok() && !limit.passed())
        ++seq;
    DOCTEST_CHECK(!limit.passed());
    // The disk would take it now, and nobody knows what became of what it did not take before.
    const auto through = a.anchor->write_through(at(seq));
    DOCTEST_REQUIRE(!through.ok());
    DOCTEST_CHECK(through.error().message.find("an earlier sync failed: Input/output error") != std::string::npos);
    DOCTEST_CHECK(!a.anchor->write(at(seq)).ok());
}

DOCTEST_TEST_CASE(
    "the very first move may be torn: nothing was acknowledged, so nothing is lost; a torn one later leaves the other slot") {
    Anchored a;
    for (const bool later : {false, true}) {
        DOCTEST_CAPTURE(later);
        if (later) DOCTEST_REQUIRE(a.anchor->write_through(at(7)).ok());
        a.disk.plan().add({.operation = Operation::write, .kind = FileKind::anchor, .effect = Effect::part});
        DOCTEST_CHECK(!a.anchor->write_through(at(8)).ok());
        const auto found = read_anchor(a.file);
        DOCTEST_REQUIRE(found.ok());
        DOCTEST_CHECK(found->has_value() == later);
        if (later) DOCTEST_CHECK((*found)->control.seq == Seq{7});
        a.open();
    }
}

DOCTEST_TEST_CASE("a read that brings half is gone on with") {
    Anchored a;
    DOCTEST_REQUIRE(a.anchor->write_through(at(5)).ok());
    a.disk.plan().add({.operation = Operation::read, .kind = FileKind::anchor, .effect = Effect::part, .from_then_on = true});
    const auto found = read_anchor(a.file, a.disk.files());
    DOCTEST_REQUIRE(found.ok());
    DOCTEST_REQUIRE(found->has_value());
    DOCTEST_CHECK((*found)->control.seq == Seq{5});
}

DOCTEST_TEST_CASE("a disk without room for the anchor is an error with the file's name") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    disk.plan().room_for(100);
    const auto opened = AnchorFile::open(scratch.path() / "anchor", disk.files());
    DOCTEST_REQUIRE(!opened.ok());
    DOCTEST_CHECK(opened.error().message == (scratch.path() / "anchor").string() + ": cannot write: No space left on device");
}
