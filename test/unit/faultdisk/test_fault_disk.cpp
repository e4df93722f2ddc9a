// The disk as the log meets it: each effect seen through a real log.
#include "test/faultdisk/fault_disk.hpp"
#include "test/unit/core/log_fixture.hpp"

#include <cerrno>
#include <fcntl.h>

using namespace xtn;
using namespace xtn::logtest;
using namespace xtn::faultdisk;

namespace {

Log::Options on(FaultDisk &disk, const std::filesystem::path &folder) {
    Log::Options options;
    options.directory = folder;
    options.rocksdb_env = disk.env();
    options.plain_files = &disk.files();
    return options;
}

} // namespace

DOCTEST_TEST_CASE("a log on a healthy FaultDisk is a log, and its operations are counted by kind") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    {
        auto log = Log::open(on(disk, scratch.path() / "log"));
        DOCTEST_REQUIRE(log.ok());
        const Epoch epoch = *(*log)->begin_epoch(Epoch{0});
        const auto syncs = disk.plan().seen(Operation::sync, FileKind::wal);
        for (int i = 0; i < 3; ++i)
            DOCTEST_CHECK((*log)->append(one(epoch, pod("team-a/x", i))).ok());
        DOCTEST_CHECK(disk.plan().seen(Operation::sync, FileKind::wal) == syncs + 3);
        for (const auto kind : {FileKind::wal, FileKind::manifest, FileKind::anchor, FileKind::format, FileKind::lock}) {
            DOCTEST_CAPTURE(std::string(name_of(kind)));
            DOCTEST_CHECK(disk.plan().seen(Operation::write, kind) > 0);
        }
        DOCTEST_CHECK(disk.plan().seen(Operation::folder_sync, FileKind::folder) > 0);
    }
    DOCTEST_CHECK(disk.plan().fired().empty());
    OpenLog again(scratch.path() / "log"); // the bytes are on the real disk
    DOCTEST_CHECK(again.head().seq == Seq{3});
}

DOCTEST_TEST_CASE("without power nothing reaches the folder any more") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    auto log = Log::open(on(disk, scratch.path() / "log"));
    DOCTEST_REQUIRE(log.ok());
    const Epoch epoch = *(*log)->begin_epoch(Epoch{0});
    DOCTEST_REQUIRE((*log)->append(one(epoch, pod("team-a/x", 1))).ok());
    disk.power_off();
    DOCTEST_CHECK((*log)->append(one(epoch, pod("team-a/x", 2))).error().code == Code::unavailable);
    log->reset();
    disk.power_on(Survivors::none, 1);
    OpenLog again(scratch.path() / "log");
    DOCTEST_CHECK(again.head().seq == Seq{1});
}

DOCTEST_TEST_CASE("the files beside the database fail as told: part of a write, a flipped bit, a short read") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    auto &files = disk.files();
    const int fd = files.open(scratch.path() / "anchor", O_RDWR | O_CREAT, 0600);
    DOCTEST_REQUIRE(fd >= 0);
    disk.plan().add({.operation = Operation::write, .kind = FileKind::anchor, .effect = Effect::part, .nth = 2});
    DOCTEST_CHECK(files.pwrite(fd, "abcdefgh", 8, 0) == 8);
    DOCTEST_CHECK(files.pwrite(fd, "ABCDEFGHIJ", 10, 0) == 5);
    char text[9] = {};
    disk.plan().add({.operation = Operation::read, .kind = FileKind::anchor, .effect = Effect::part});
    DOCTEST_CHECK(files.pread(fd, text, 8, 0) == 4);
    disk.plan().add({.operation = Operation::read, .kind = FileKind::anchor, .effect = Effect::flip});
    DOCTEST_CHECK(files.pread(fd, text, 8, 0) == 8);
    DOCTEST_CHECK(std::string(text) != "ABCDEfgh");
    DOCTEST_CHECK(files.pread(fd, text, 8, 0) == 8);
    DOCTEST_CHECK(std::string(text) == "ABCDEfgh");
    disk.plan().add({.operation = Operation::sync, .kind = FileKind::anchor, .error = EDQUOT});
    DOCTEST_CHECK(files.fdatasync(fd) != 0);
    DOCTEST_CHECK(errno == EDQUOT);
    files.close(fd);
}

DOCTEST_TEST_CASE("a small disk says how much room is left, and an allocation that does not fit takes nothing") {
    Scratch scratch;
    FaultDisk disk(scratch.path());
    disk.plan().room_for(1000);
    DiskRoom room;
    DOCTEST_REQUIRE(disk.files().room(scratch.path(), room) == 0);
    DOCTEST_CHECK(room.free_bytes == 1000);
    const int fd = disk.files().open(scratch.path() / "reserve", O_RDWR | O_CREAT, 0600);
    DOCTEST_CHECK(disk.files().posix_fallocate(fd, 0, 2000) == ENOSPC);
    DOCTEST_CHECK(disk.files().posix_fallocate(fd, 0, 800) == 0);
    disk.files().close(fd);
    DOCTEST_REQUIRE(disk.files().room(scratch.path(), room) == 0);
    DOCTEST_CHECK(room.free_bytes == 200);
    DOCTEST_CHECK(disk.files().unlink(scratch.path() / "reserve") == 0);
    DOCTEST_REQUIRE(disk.files().room(scratch.path(), room) == 0);
    DOCTEST_CHECK(room.free_bytes == 1000);
}
