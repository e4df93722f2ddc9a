// A disk under a log that fails by plan and can lose its power: a RocksDB Env for the database and PlainFiles for what lies
// beside it, over a folder of the real disk.
//
//     FaultDisk disk(scratch.path());
//     disk.plan().add({.operation = Operation::sync, .kind = FileKind::wal, .nth = 3});
//     Log::Options options;
//     options.directory = scratch.path() / "log";
//     options.rocksdb_env = disk.env();
//     options.plain_files = &disk.files();
//     ... the third sync of the WAL fails ...
//     disk.power_off();                            // from here on nothing reaches the folder, whoever still tries
//     log.reset();
//     disk.power_on(Survivors::prefix, seed);      // the folder holds what survived, the disk works again
//
// Caveats: RocksDB's own lock file and text log are not covered. A file memory-mapped or opened for random writing is not either;
// the log uses neither.
#pragma once

#include "core/log/plain_files.hpp"
#include "test/faultdisk/fault_plan.hpp"
#include "test/faultdisk/power_model.hpp"

#include <filesystem>
#include <memory>

namespace xtn::faultdisk {

class FaultDisk {
  public:
    // `root` exists; what lies outside of it is passed on to the real disk, without faults.
    explicit FaultDisk(const std::filesystem::path &root);
    FaultDisk(const FaultDisk &) = delete;
    FaultDisk &operator=(const FaultDisk &) = delete;
    ~FaultDisk(); // after the log that uses it

    void *env(); // for Log::Options::rocksdb_env
    PlainFiles &files();
    FaultPlan &plan();

    // Every operation fails and changes nothing, until power_on(). In between, close the log.
    void power_off();
    void power_on(Survivors survivors, std::uint64_t seed);

    struct Shared; // for the two halves of the disk
  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Changes one bit of a file at rest. Throws when the file is not that long.
void flip_bit(const std::filesystem::path &file, std::uint64_t at);

} // namespace xtn::faultdisk
