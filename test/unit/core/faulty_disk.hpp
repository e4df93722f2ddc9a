// A disk that fails when told to: a RocksDB file system that passes everything on, but refuses writes to, or syncs of, its WAL.
#pragma once

#include <memory>

namespace xtn::logtest {

class FaultyDisk {
  public:
    FaultyDisk();
    ~FaultyDisk(); // after the log that uses it
    FaultyDisk(const FaultyDisk &) = delete;
    FaultyDisk &operator=(const FaultyDisk &) = delete;

    void *env(); // for Log::Options::rocksdb_env
    void fail_writes(bool on);
    void fail_syncs(bool on);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::logtest
