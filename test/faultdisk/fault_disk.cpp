// The half of a FaultDisk that RocksDB goes through, and the disk itself.
#include "test/faultdisk/shared_state.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace xtn::faultdisk {

namespace fs = std::filesystem;

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using Shared = std::shared_ptr<FaultDisk::Shared>;

// As RocksDB's own POSIX layer puts it.
IOStatus to_status(int error, const std::string &doing, const std::string &file) {
    if (error == 0) return IOStatus::OK();
    const std::string context = doing + " " + file;
    if (error == ENOSPC) {
        auto status = IOStatus::NoSpace(context, std::strerror(error));
        status.SetRetryable(true);
        return status;
    }
    return IOStatus::IOError(context, std::strerror(error));
}

fs::path normal(const std::string &path) {
    return fs::absolute(path).lexically_normal();
}

class FaultyWritable final : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    FaultyWritable(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, std::shared_ptr<PowerModel::Inode> inode,
                   Shared shared)
        : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)),
          kind_(kind_of(fs::path(name_).filename().string())), inode_(std::move(inode)), shared_(std::move(shared)) {}

    IOStatus Append(const Slice &data, const IOOptions &options, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::write, kind_, data.size());
        std::string bytes(data.data(), std::min<std::size_t>(verdict.bytes, data.size()));
        if (verdict.flip) bytes = flipped(bytes);
        if (!bytes.empty()) {
            if (auto status = FSWritableFileOwnerWrapper::Append(bytes, options, dbg); !status.ok()) return status;
            shared_->model.write(*inode_, shared_->model.size(*inode_), bytes);
        }
        return to_status(verdict.error, "While appending to file:", name_);
    }
    IOStatus Append(const Slice &data, const IOOptions &options, const rocksdb::DataVerificationInfo & /*info*/,
                    IODebugContext *dbg) override {
        return Append(data, options, dbg);
    }
    IOStatus PositionedAppend(const Slice & /*data*/, std::uint64_t /*offset*/, const IOOptions & /*options*/,
                              IODebugContext * /*dbg*/) override {
        return IOStatus::NotSupported("direct writes are not modelled");
    }
    IOStatus PositionedAppend(const Slice &data, std::uint64_t offset, const IOOptions &options,
                              const rocksdb::DataVerificationInfo & /*info*/, IODebugContext *dbg) override {
        return PositionedAppend(data, offset, options, dbg);
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions &options, IODebugContext *dbg) override {
        if (!shared_->powered) return to_status(EIO, "While truncating", name_);
        auto status = FSWritableFileOwnerWrapper::Truncate(size, options, dbg);
        if (status.ok() && shared_->model.size(*inode_) != size) shared_->model.truncate(*inode_, size);
        return status;
    }
    IOStatus Sync(const IOOptions & /*options*/, IODebugContext * /*dbg*/) override { return synced(); }
    IOStatus Fsync(const IOOptions & /*options*/, IODebugContext * /*dbg*/) override { return synced(); }
    // A hint, no promise: nothing is safe because of it.
    IOStatus RangeSync(std::uint64_t /*from*/, std::uint64_t /*count*/, const IOOptions & /*options*/,
                       IODebugContext * /*dbg*/) override {
        return IOStatus::OK();
    }
    IOStatus Allocate(std::uint64_t /*from*/, std::uint64_t /*count*/, const IOOptions & /*options*/,
                      IODebugContext * /*dbg*/) override {
        return IOStatus::OK(); // room is counted by what is written
    }

  private:
    IOStatus synced() {
        const auto verdict = shared_->ask(Operation::sync, kind_);
        if (verdict.error == 0) shared_->model.sync(*inode_);
        return to_status(verdict.error, "While fdatasync", name_);
    }

    const std::string name_;
    const FileKind kind_;
    const std::shared_ptr<PowerModel::Inode> inode_;
    const Shared shared_;
};

// One bit of what was read changes. RocksDB may answer with its own memory: it is not ours to write into.
void flip(Slice *result, char *scratch) {
    if (result->empty()) return;
    if (result->data() != scratch) std::memcpy(scratch, result->data(), result->size());
    scratch[result->size() / 2] = static_cast<char>(scratch[result->size() / 2] ^ 0x10);
    *result = Slice(scratch, result->size());
}

class FaultySequential final : public rocksdb::FSSequentialFileOwnerWrapper {
  public:
    FaultySequential(std::unique_ptr<rocksdb::FSSequentialFile> file, std::string name, Shared shared)
        : FSSequentialFileOwnerWrapper(std::move(file)), name_(std::move(name)),
          kind_(kind_of(fs::path(name_).filename().string())), shared_(std::move(shared)) {}

    IOStatus Read(std::size_t n, const IOOptions &options, Slice *result, char *scratch, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::read, kind_, n);
        if (verdict.error != 0) return to_status(verdict.error, "While reading file sequentially", name_);
        auto status = FSSequentialFileOwnerWrapper::Read(n, options, result, scratch, dbg);
        // A part of what there is: RocksDB takes it for the end of the file.
        if (status.ok() && verdict.bytes < n) *result = Slice(result->data(), result->size() / 2);
        if (status.ok() && verdict.flip) flip(result, scratch);
        return status;
    }

  private:
    const std::string name_;
    const FileKind kind_;
    const Shared shared_;
};

class FaultyRandom final : public rocksdb::FSRandomAccessFileOwnerWrapper {
  public:
    FaultyRandom(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string name, Shared shared)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), name_(std::move(name)),
          kind_(kind_of(fs::path(name_).filename().string())), shared_(std::move(shared)) {}

    IOStatus Read(std::uint64_t offset, std::size_t n, const IOOptions &options, Slice *result, char *scratch,
                  IODebugContext *dbg) const override {
        const auto verdict = shared_->ask(Operation::read, kind_, n);
        if (verdict.error != 0) return to_status(verdict.error, "While pread", name_);
        auto status = FSRandomAccessFileOwnerWrapper::Read(offset, n, options, result, scratch, dbg);
        if (status.ok() && verdict.bytes < n) *result = Slice(result->data(), result->size() / 2);
        if (status.ok() && verdict.flip) flip(result, scratch);
        return status;
    }
    IOStatus MultiRead(rocksdb::FSReadRequest *requests, std::size_t count, const IOOptions &options,
                       IODebugContext *dbg) override {
        for (std::size_t i = 0; i < count; ++i) {
            auto &request = requests[i];
            request.status = Read(request.offset, request.len, options, &request.result, request.scratch, dbg);
        }
        return IOStatus::OK();
    }

  private:
    const std::string name_;
    const FileKind kind_;
    const Shared shared_;
};

class FaultyFolder final : public rocksdb::FSDirectory {
  public:
    FaultyFolder(fs::path path, Shared shared) : path_(std::move(path)), shared_(std::move(shared)) {}
    IOStatus Fsync(const IOOptions & /*options*/, IODebugContext * /*dbg*/) override {
        const auto verdict = shared_->ask(Operation::folder_sync, FileKind::folder);
        if (verdict.error == 0) shared_->model.sync_folder(path_);
        return to_status(verdict.error, "While fsync", path_.string());
    }
    IOStatus Close(const IOOptions & /*options*/, IODebugContext * /*dbg*/) override { return IOStatus::OK(); }

  private:
    const fs::path path_;
    const Shared shared_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
  public:
    explicit FaultyFileSystem(Shared shared) : FileSystemWrapper(rocksdb::FileSystem::Default()), shared_(std::move(shared)) {}
    const char *Name() const override { return "FaultyFileSystem"; }

    IOStatus NewWritableFile(const std::string &name, const FileOptions &options,
                             std::unique_ptr<rocksdb::FSWritableFile> *result, IODebugContext *dbg) override {
        return writable(name, options, result, dbg, true);
    }
    IOStatus ReopenWritableFile(const std::string &name, const FileOptions &options,
                                std::unique_ptr<rocksdb::FSWritableFile> *result, IODebugContext *dbg) override {
        return writable(name, options, result, dbg, false);
    }
    IOStatus ReuseWritableFile(const std::string & /*name*/, const std::string & /*old*/, const FileOptions & /*options*/,
                               std::unique_ptr<rocksdb::FSWritableFile> * /*result*/, IODebugContext * /*dbg*/) override {
        return IOStatus::NotSupported("reused files are not modelled");
    }
    IOStatus NewSequentialFile(const std::string &name, const FileOptions &options,
                               std::unique_ptr<rocksdb::FSSequentialFile> *result, IODebugContext *dbg) override {
        auto status = FileSystemWrapper::NewSequentialFile(name, options, result, dbg);
        if (status.ok()) *result = std::make_unique<FaultySequential>(std::move(*result), name, shared_);
        return status;
    }
    IOStatus NewRandomAccessFile(const std::string &name, const FileOptions &options,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile> *result, IODebugContext *dbg) override {
        auto status = FileSystemWrapper::NewRandomAccessFile(name, options, result, dbg);
        if (status.ok()) *result = std::make_unique<FaultyRandom>(std::move(*result), name, shared_);
        return status;
    }
    IOStatus NewDirectory(const std::string &name, const IOOptions &options, std::unique_ptr<rocksdb::FSDirectory> *result,
                          IODebugContext *dbg) override {
        auto status = FileSystemWrapper::NewDirectory(name, options, result, dbg);
        if (status.ok()) *result = std::make_unique<FaultyFolder>(normal(name), shared_);
        return status;
    }
    IOStatus CreateDir(const std::string &name, const IOOptions &options, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::create, FileKind::folder);
        if (verdict.error != 0) return to_status(verdict.error, "While mkdir", name);
        auto status = FileSystemWrapper::CreateDir(name, options, dbg);
        if (status.ok()) shared_->model.make_folder(normal(name));
        return status;
    }
    IOStatus CreateDirIfMissing(const std::string &name, const IOOptions &options, IODebugContext *dbg) override {
        return fs::is_directory(name) && shared_->powered ? IOStatus::OK() : CreateDir(name, options, dbg);
    }
    IOStatus DeleteFile(const std::string &name, const IOOptions &options, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::remove, kind_of(fs::path(name).filename().string()));
        if (verdict.error != 0) return to_status(verdict.error, "while unlink() file", name);
        std::error_code none;
        const auto size = fs::file_size(name, none);
        auto status = FileSystemWrapper::DeleteFile(name, options, dbg);
        if (status.ok()) shared_->model.remove(normal(name));
        if (status.ok() && !none) shared_->plan.give_back(size);
        return status;
    }
    IOStatus RenameFile(const std::string &from, const std::string &to, const IOOptions &options, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::rename, kind_of(fs::path(to).filename().string()));
        if (verdict.error != 0) return to_status(verdict.error, "While renaming a file to", to);
        auto status = FileSystemWrapper::RenameFile(from, to, options, dbg);
        if (status.ok()) shared_->model.rename(normal(from), normal(to));
        return status;
    }
    IOStatus LinkFile(const std::string &from, const std::string &to, const IOOptions &options, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::create, kind_of(fs::path(to).filename().string()));
        if (verdict.error != 0) return to_status(verdict.error, "while link file to", to);
        auto status = FileSystemWrapper::LinkFile(from, to, options, dbg);
        if (status.ok()) shared_->model.link(normal(from), normal(to));
        return status;
    }
    IOStatus Truncate(const std::string &name, std::size_t size, const IOOptions &options, IODebugContext *dbg) override {
        const auto verdict = shared_->ask(Operation::write, kind_of(fs::path(name).filename().string()));
        if (verdict.error != 0) return to_status(verdict.error, "While truncating", name);
        auto status = FileSystemWrapper::Truncate(name, size, options, dbg);
        if (const auto inode = shared_->model.open(normal(name), false, false); inode && status.ok())
            shared_->model.truncate(*inode, size);
        return status;
    }

  private:
    IOStatus writable(const std::string &name, const FileOptions &options, std::unique_ptr<rocksdb::FSWritableFile> *result,
                      IODebugContext *dbg, bool fresh) {
        const auto path = normal(name);
        const auto verdict = shared_->ask(Operation::create, kind_of(path.filename().string()));
        if (verdict.error != 0) return to_status(verdict.error, "While open a file for appending:", name);
        auto status = fresh ? FileSystemWrapper::NewWritableFile(name, options, result, dbg)
                            : FileSystemWrapper::ReopenWritableFile(name, options, result, dbg);
        if (status.ok())
            *result = std::make_unique<FaultyWritable>(std::move(*result), name, shared_->model.open(path, true, fresh), shared_);
        return status;
    }

    const Shared shared_;
};

} // namespace

struct FaultDisk::Impl {
    explicit Impl(const fs::path &root)
        : shared(std::make_shared<Shared>(fs::absolute(root).lexically_normal())),
          env(rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(shared))), files(make_plain_half(shared)) {}
    std::shared_ptr<Shared> shared;
    std::unique_ptr<rocksdb::Env> env;
    std::unique_ptr<PlainFiles> files;
};

FaultDisk::FaultDisk(const fs::path &root) : impl_(std::make_unique<Impl>(root)) {}
FaultDisk::~FaultDisk() = default;
void *FaultDisk::env() {
    return impl_->env.get();
}
PlainFiles &FaultDisk::files() {
    return *impl_->files;
}
FaultPlan &FaultDisk::plan() {
    return impl_->shared->plan;
}
void FaultDisk::power_off() {
    impl_->shared->powered = false;
}
void FaultDisk::power_on(Survivors survivors, std::uint64_t seed) {
    impl_->shared->plan.clear();
    impl_->shared->model.restore(survivors, seed);
    impl_->shared->powered = true;
}

void flip_bit(const fs::path &file, std::uint64_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const int byte = stream.get();
    if (byte < 0) throw std::runtime_error("no byte " + std::to_string(at) + " in " + file.string());
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ 0x10));
}

} // namespace xtn::faultdisk
