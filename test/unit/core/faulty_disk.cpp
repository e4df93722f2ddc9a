#include "faulty_disk.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <string>

namespace xtn::logtest {

namespace {

struct Switches {
    std::atomic<bool> writes = false;
    std::atomic<bool> syncs = false;
};

rocksdb::IOStatus broken(const char *what) {
    return rocksdb::IOStatus::IOError(what);
}

class FaultyFile : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Switches> switches)
        : FSWritableFileOwnerWrapper(std::move(file)), switches_(std::move(switches)) {}

    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice &data, const rocksdb::IOOptions &options,
                             rocksdb::IODebugContext *dbg) override {
        return switches_->writes ? broken("the disk is full") : FSWritableFileOwnerWrapper::Append(data, options, dbg);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions &options, rocksdb::IODebugContext *dbg) override {
        return switches_->syncs ? broken("the sync failed") : FSWritableFileOwnerWrapper::Sync(options, dbg);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions &options, rocksdb::IODebugContext *dbg) override {
        return switches_->syncs ? broken("the sync failed") : FSWritableFileOwnerWrapper::Fsync(options, dbg);
    }

  private:
    std::shared_ptr<Switches> switches_;
};

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
  public:
    explicit FaultyFileSystem(std::shared_ptr<Switches> switches)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), switches_(std::move(switches)) {}
    const char *Name() const override { return "FaultyFileSystem"; }

    rocksdb::IOStatus NewWritableFile(const std::string &name, const rocksdb::FileOptions &options,
                                      std::unique_ptr<rocksdb::FSWritableFile> *result, rocksdb::IODebugContext *dbg) override {
        auto status = FileSystemWrapper::NewWritableFile(name, options, result, dbg);
        if (status.ok() && name.ends_with(".log")) *result = std::make_unique<FaultyFile>(std::move(*result), switches_);
        return status;
    }

  private:
    std::shared_ptr<Switches> switches_;
};

} // namespace

struct FaultyDisk::Impl {
    std::shared_ptr<Switches> switches = std::make_shared<Switches>();
    std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(switches));
};

FaultyDisk::FaultyDisk() : impl_(std::make_unique<Impl>()) {}
FaultyDisk::~FaultyDisk() = default;
void *FaultyDisk::env() {
    return impl_->env.get();
}
void FaultyDisk::fail_writes(bool on) {
    impl_->switches->writes = on;
}
void FaultyDisk::fail_syncs(bool on) {
    impl_->switches->syncs = on;
}

} // namespace xtn::logtest
