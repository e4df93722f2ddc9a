// What the plan says to each operation.
#include "test/faultdisk/fault_plan.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <thread>

using namespace xtn::faultdisk;

DOCTEST_TEST_CASE("files are told apart by their names") {
    DOCTEST_CHECK(kind_of("000012.log") == FileKind::wal);
    DOCTEST_CHECK(kind_of("000013.sst") == FileKind::table);
    DOCTEST_CHECK(kind_of("000014.blob") == FileKind::blob);
    DOCTEST_CHECK(kind_of("MANIFEST-000005") == FileKind::manifest);
    DOCTEST_CHECK(kind_of("CURRENT") == FileKind::manifest);
    DOCTEST_CHECK(kind_of("anchor") == FileKind::anchor);
    DOCTEST_CHECK(kind_of("FORMAT.new") == FileKind::format);
    DOCTEST_CHECK(kind_of("LOG") == FileKind::other);
}

DOCTEST_TEST_CASE("a rule strikes the n-th operation of its kind, once or from then on, and nothing else") {
    FaultPlan plan;
    plan.add({.operation = Operation::sync, .kind = FileKind::wal, .nth = 2});
    DOCTEST_CHECK(plan.next(Operation::sync, FileKind::table).error == 0);
    DOCTEST_CHECK(plan.next(Operation::sync, FileKind::wal).error == 0);
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::wal, 10).error == 0);
    DOCTEST_CHECK(plan.next(Operation::sync, FileKind::wal).error == EIO);
    DOCTEST_CHECK(plan.next(Operation::sync, FileKind::wal).error == 0);
    plan.add({.operation = Operation::write, .kind = FileKind::any, .nth = 2, .from_then_on = true, .error = EROFS});
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::anchor, 1).error == 0);
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::wal, 1).error == EROFS);
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::anchor, 1).error == EROFS);
    DOCTEST_CHECK(plan.seen(Operation::sync, FileKind::wal) == 3);
    DOCTEST_CHECK(plan.seen(Operation::sync) == 4);
    DOCTEST_REQUIRE(plan.fired().size() == 3);
    DOCTEST_CHECK(plan.fired().front() == "sync wal #2: Input/output error");
}

DOCTEST_TEST_CASE("the byte that does not fit ends a write in the middle, and room that comes back can be used") {
    FaultPlan plan;
    plan.room_for(100);
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::wal, 60).error == 0);
    const auto cut = plan.next(Operation::write, FileKind::wal, 60);
    DOCTEST_CHECK(cut.error == ENOSPC);
    DOCTEST_CHECK(cut.bytes == 40);
    DOCTEST_CHECK(plan.next(Operation::allocate, FileKind::reserve, 1).error == ENOSPC);
    DOCTEST_CHECK(plan.next(Operation::sync, FileKind::wal).error == 0);
    plan.give_back(10);
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::wal, 10).error == 0);
}

DOCTEST_TEST_CASE("a read-only disk refuses every change and nothing else, until the plan is cleared") {
    FaultPlan plan;
    plan.read_only();
    for (const auto change : {Operation::write, Operation::create, Operation::rename, Operation::remove, Operation::allocate})
        DOCTEST_CHECK(plan.next(change, FileKind::wal, 1).error == EROFS);
    for (const auto harmless : {Operation::read, Operation::sync, Operation::folder_sync})
        DOCTEST_CHECK(plan.next(harmless, FileKind::wal, 1).error == 0);
    plan.clear();
    DOCTEST_CHECK(plan.next(Operation::write, FileKind::wal, 1).error == 0);
}

DOCTEST_TEST_CASE("half a write is an error, half a read is not") {
    FaultPlan plan;
    plan.add({.operation = Operation::write, .effect = Effect::part});
    plan.add({.operation = Operation::read, .effect = Effect::part});
    const auto write = plan.next(Operation::write, FileKind::wal, 9);
    DOCTEST_CHECK(write.error == EIO);
    DOCTEST_CHECK(write.bytes == 4);
    const auto read = plan.next(Operation::read, FileKind::wal, 9);
    DOCTEST_CHECK(read.error == 0);
    DOCTEST_CHECK(read.bytes == 4);
}

DOCTEST_TEST_CASE("what is held goes on when the plan is cleared") {
    FaultPlan plan;
    plan.add({.operation = Operation::sync, .effect = Effect::hold});
    const auto verdict = plan.next(Operation::sync, FileKind::wal);
    DOCTEST_CHECK(verdict.hold);
    std::thread held([&] { plan.wait_for_clear(verdict.clears); });
    plan.clear();
    held.join(); // also when it began to wait only now
    DOCTEST_CHECK(!plan.next(Operation::sync, FileKind::wal).hold);
}
