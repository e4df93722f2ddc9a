// The half of a FaultDisk that the files beside the database go through.
#include "test/faultdisk/shared_state.hpp"

#include <algorithm>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>

namespace xtn::faultdisk {

namespace fs = std::filesystem;

namespace {

int failed(int error) {
    errno = error;
    return -1;
}

fs::path normal(const fs::path &path) {
    return fs::absolute(path).lexically_normal();
}

class PlainHalf final : public PlainFiles {
  public:
    explicit PlainHalf(std::shared_ptr<FaultDisk::Shared> shared) : shared_(std::move(shared)) {}

    int open(const fs::path &file, int flags, mode_t mode) override {
        const auto path = normal(file);
        if (!shared_->model.covers(path)) return PlainFiles::open(file, flags, mode);
        const bool folder = (flags & O_DIRECTORY) != 0;
        const bool writes = (flags & O_ACCMODE) != O_RDONLY;
        const bool creates = (flags & O_CREAT) != 0 && !fs::exists(path);
        const auto kind = folder ? FileKind::folder : kind_of(path.filename().string());
        // Opening for writing is refused by a read-only disk even when nothing is created.
        if (writes)
            if (const auto verdict = shared_->ask(Operation::create, kind); verdict.error != 0) return failed(verdict.error);
        if (!shared_->powered) return failed(EIO);
        const int fd = PlainFiles::open(file, flags, mode);
        if (fd < 0) return fd;
        const MutexLock lock(mutex_);
        open_[fd] = {path, kind, folder ? nullptr : shared_->model.open(path, creates || writes, (flags & O_TRUNC) != 0)};
        return fd;
    }
    int close(int fd) override {
        {
            const MutexLock lock(mutex_);
            open_.erase(fd);
        }
        return PlainFiles::close(fd);
    }
    ssize_t pread(int fd, void *bytes, std::size_t count, off_t at) override {
        const auto file = find(fd);
        const auto verdict = file ? shared_->ask(Operation::read, file->kind, count) : Verdict{0, count, false, {}};
        if (verdict.error != 0) return failed(verdict.error);
        const ssize_t got = PlainFiles::pread(fd, bytes, std::max<std::uint64_t>(verdict.bytes, 1), at);
        if (got > 0 && verdict.flip) static_cast<char *>(bytes)[got / 2] ^= 0x10;
        return got;
    }
    ssize_t pwrite(int fd, const void *bytes, std::size_t count, off_t at) override {
        const auto file = find(fd);
        if (!file) return PlainFiles::pwrite(fd, bytes, count, at);
        // Over bytes that are there already a write takes no room.
        const auto old = shared_->model.size(*file->inode);
        const bool grows = static_cast<std::uint64_t>(at) + count > old;
        const auto verdict = shared_->ask(Operation::write, file->kind, grows ? count : 0);
        if (verdict.error != 0 && verdict.bytes == 0) return failed(verdict.error);
        const auto taken = grows ? verdict.bytes : count;
        std::string content(static_cast<const char *>(bytes), taken);
        if (verdict.flip) content = flipped(content);
        const ssize_t put = PlainFiles::pwrite(fd, content.data(), content.size(), at);
        if (put > 0)
            shared_->model.write(*file->inode, static_cast<std::uint64_t>(at),
                                 std::string_view(content).substr(0, static_cast<std::size_t>(put)));
        return put;
    }
    int ftruncate(int fd, off_t size) override {
        const auto file = find(fd);
        if (!file) return PlainFiles::ftruncate(fd, size);
        if (const auto verdict = shared_->ask(Operation::write, file->kind); verdict.error != 0) return failed(verdict.error);
        const auto before = shared_->model.size(*file->inode);
        if (PlainFiles::ftruncate(fd, size) != 0) return -1;
        shared_->model.truncate(*file->inode, static_cast<std::uint64_t>(size));
        if (before > static_cast<std::uint64_t>(size)) shared_->plan.give_back(before - static_cast<std::uint64_t>(size));
        return 0;
    }
    int fsync(int fd) override { return synced(fd); }
    int fdatasync(int fd) override { return synced(fd); }
    int posix_fallocate(int fd, off_t from, off_t count) override {
        const auto file = find(fd);
        if (!file) return PlainFiles::posix_fallocate(fd, from, count);
        const auto verdict = shared_->ask(Operation::allocate, file->kind, static_cast<std::uint64_t>(count));
        if (verdict.error != 0) return verdict.error;
        if (const int error = PlainFiles::posix_fallocate(fd, from, count); error != 0) return error;
        shared_->model.truncate(*file->inode, static_cast<std::uint64_t>(from + count));
        return 0;
    }
    int rename(const fs::path &from, const fs::path &to) override {
        if (!shared_->model.covers(normal(from))) return PlainFiles::rename(from, to);
        const auto verdict = shared_->ask(Operation::rename, kind_of(to.filename().string()));
        if (verdict.error != 0) return failed(verdict.error);
        if (PlainFiles::rename(from, to) != 0) return -1;
        shared_->model.rename(normal(from), normal(to));
        return 0;
    }
    int unlink(const fs::path &file) override {
        const auto path = normal(file);
        if (!shared_->model.covers(path)) return PlainFiles::unlink(file);
        const auto verdict = shared_->ask(Operation::remove, kind_of(path.filename().string()));
        if (verdict.error != 0) return failed(verdict.error);
        std::error_code none;
        const auto size = fs::file_size(path, none);
        if (PlainFiles::unlink(file) != 0) return -1;
        shared_->model.remove(path);
        if (!none) shared_->plan.give_back(size);
        return 0;
    }
    int mkdir(const fs::path &folder, mode_t mode) override {
        const auto path = normal(folder);
        if (!shared_->model.covers(path)) return PlainFiles::mkdir(folder, mode);
        if (const auto verdict = shared_->ask(Operation::create, FileKind::folder); verdict.error != 0)
            return failed(verdict.error);
        if (PlainFiles::mkdir(folder, mode) != 0) return -1;
        shared_->model.make_folder(path);
        return 0;
    }
    int room(const fs::path &folder, DiskRoom &room) override {
        if (!shared_->powered) return failed(EIO);
        if (PlainFiles::room(folder, room) != 0) return -1;
        if (const auto left = shared_->plan.room()) room.free_bytes = *left;
        return 0;
    }

  private:
    struct OpenFile {
        fs::path path;
        FileKind kind = FileKind::other;
        std::shared_ptr<PowerModel::Inode> inode; // nothing: a folder
    };

    std::optional<OpenFile> find(int fd) {
        const MutexLock lock(mutex_);
        const auto found = open_.find(fd);
        if (found == open_.end()) return std::nullopt;
        return found->second;
    }
    int synced(int fd) {
        const auto file = find(fd);
        if (!file) return PlainFiles::fsync(fd);
        const auto verdict = shared_->ask(file->inode ? Operation::sync : Operation::folder_sync, file->kind);
        if (verdict.error != 0) return failed(verdict.error);
        // The real disk need not be asked: the model knows what survives.
        if (file->inode)
            shared_->model.sync(*file->inode);
        else
            shared_->model.sync_folder(file->path);
        return 0;
    }

    std::shared_ptr<FaultDisk::Shared> shared_;
    Mutex mutex_;
    std::map<int, OpenFile> open_ XTN_GUARDED_BY(mutex_);
};

} // namespace

std::unique_ptr<PlainFiles> make_plain_half(std::shared_ptr<FaultDisk::Shared> shared) {
    return std::make_unique<PlainHalf>(std::move(shared));
}

} // namespace xtn::faultdisk
