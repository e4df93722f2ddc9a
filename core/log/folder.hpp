// The folder of a log: which files lie where, the format version, and the lock that keeps a second writer out. Internal to
// core/log.
#pragma once

#include "core/log/plain_files.hpp"

#include <filesystem>

namespace xtn {

inline constexpr int log_format = 1; // raised when an older binary could not read what a newer one writes

struct LogFolder {
    std::filesystem::path root;
    PlainFiles *files = &PlainFiles::real(); // how FORMAT, LOCK and the folder itself are written
    std::filesystem::path database() const { return root / "db"; }
    std::filesystem::path anchor() const { return root / "anchor"; }
    std::filesystem::path format() const { return root / "FORMAT"; }
    std::filesystem::path lock() const { return root / "LOCK"; }

    // Makes the folder and its FORMAT file where they are missing, so that a power loss cannot take them away. Errors: as
    // check_format(), unavailable.
    Status prepare() const;
    // Errors: not_found (no log there), unsupported (newer format: what to do), data_corrupted (not a FORMAT file).
    Status check_format() const;
};

// Held while this process may write. The kernel lets it go with the process, however that ends.
class FolderLock {
  public:
    // Errors: unavailable, naming the process that holds it and what to do.
    static Result<FolderLock> take(const LogFolder &folder);
    FolderLock(FolderLock &&other) noexcept;
    FolderLock &operator=(FolderLock &&) = delete;
    ~FolderLock();

  private:
    FolderLock(PlainFiles &files, int fd) : files_(&files), fd_(fd) {}
    PlainFiles *files_;
    int fd_ = -1;
};

} // namespace xtn
