// The system calls by which the log touches the plain files of its folder (FORMAT, LOCK, anchor, reserve), as one seam: a test
// puts a failing disk in their place. RocksDB's own files go through its Env instead. Internal to core/log.
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <sys/types.h>

namespace xtn {

// How much room the file system of a folder has for this process.
struct DiskRoom {
    std::uint64_t free_bytes = 0; // without what only root may use
    std::uint64_t total_bytes = 0;
};

// Each call is the system call of that name: same arguments, same results, errno set on failure. Safe to use from any thread.
class PlainFiles {
  public:
    PlainFiles() = default;
    PlainFiles(const PlainFiles &) = delete;
    PlainFiles &operator=(const PlainFiles &) = delete;
    virtual ~PlainFiles() = default;

    virtual int open(const std::filesystem::path &file, int flags, mode_t mode);
    virtual int close(int fd);
    virtual ssize_t pread(int fd, void *bytes, std::size_t count, off_t at);
    virtual ssize_t pwrite(int fd, const void *bytes, std::size_t count, off_t at);
    virtual int ftruncate(int fd, off_t size);
    virtual int fsync(int fd);
    virtual int fdatasync(int fd);
    virtual int posix_fallocate(int fd, off_t from, off_t count); // returns the error, as the call does, and leaves errno alone
    virtual int rename(const std::filesystem::path &from, const std::filesystem::path &to);
    virtual int unlink(const std::filesystem::path &file);
    virtual int mkdir(const std::filesystem::path &folder, mode_t mode);
    virtual int room(const std::filesystem::path &folder, DiskRoom &room); // statvfs

    static PlainFiles &real();
};

// "<file>: cannot <doing>: <what errno says>", to be called right after the failure. Code: unavailable.
Error plain_file_error(const std::filesystem::path &file, std::string_view doing);
// Makes the entries of a folder (new, renamed and removed names) as durable as the files' contents. Errors: unavailable.
Status sync_folder(PlainFiles &files, const std::filesystem::path &folder);
// As mkdir -p, each new name synced into its parent. Errors: unavailable.
Status make_folders(PlainFiles &files, const std::filesystem::path &folder);

} // namespace xtn
