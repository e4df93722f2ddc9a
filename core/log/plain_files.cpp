#include "core/log/plain_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace xtn {

int PlainFiles::open(const std::filesystem::path &file, int flags, mode_t mode) {
    return ::open(file.c_str(), flags, mode);
}
int PlainFiles::close(int fd) {
    return ::close(fd);
}
ssize_t PlainFiles::pread(int fd, void *bytes, std::size_t count, off_t at) {
    return ::pread(fd, bytes, count, at);
}
ssize_t PlainFiles::pwrite(int fd, const void *bytes, std::size_t count, off_t at) {
    return ::pwrite(fd, bytes, count, at);
}
int PlainFiles::ftruncate(int fd, off_t size) {
    return ::ftruncate(fd, size);
}
int PlainFiles::fsync(int fd) {
    return ::fsync(fd);
}
int PlainFiles::fdatasync(int fd) {
    return ::fdatasync(fd);
}
int PlainFiles::posix_fallocate(int fd, off_t from, off_t count) {
    return ::posix_fallocate(fd, from, count);
}
int PlainFiles::rename(const std::filesystem::path &from, const std::filesystem::path &to) {
    return ::rename(from.c_str(), to.c_str());
}
int PlainFiles::unlink(const std::filesystem::path &file) {
    return ::unlink(file.c_str());
}
int PlainFiles::mkdir(const std::filesystem::path &folder, mode_t mode) {
    return ::mkdir(folder.c_str(), mode);
}
int PlainFiles::room(const std::filesystem::path &folder, DiskRoom &room) {
    struct statvfs found{};
    if (::statvfs(folder.c_str(), &found) != 0) return -1;
    room.free_bytes = std::uint64_t{found.f_bavail} * found.f_frsize;
    room.total_bytes = std::uint64_t{found.f_blocks} * found.f_frsize;
    return 0;
}

PlainFiles &PlainFiles::real() {
    static PlainFiles files; // holds nothing
    return files;
}

Error plain_file_error(const std::filesystem::path &file, std::string_view doing) {
    return make_error(Code::unavailable, fmt::format("{}: cannot {}: {}", file.string(), doing, std::strerror(errno)));
}

Status sync_folder(PlainFiles &files, const std::filesystem::path &folder) {
    const int fd = files.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return plain_file_error(folder, "open");
    const Status synced = files.fsync(fd) == 0 ? ok() : Status(plain_file_error(folder, "sync"));
    files.close(fd);
    return synced;
}

Status make_folders(PlainFiles &files, const std::filesystem::path &folder) {
    std::error_code error;
    if (folder.empty() || std::filesystem::is_directory(folder, error)) return ok();
    const auto parent = folder.parent_path();
    if (auto made = make_folders(files, parent); !made) return made;
    if (files.mkdir(folder, 0777) != 0 && errno != EEXIST) return plain_file_error(folder, "make this folder");
    return sync_folder(files, parent.empty() ? "." : parent);
}

} // namespace xtn
