// What of a folder would survive a power loss. POSIX promises little: bytes written are safe once their file was synced, a name
// (new, moved or removed) once its folder was. The model is told of every operation and keeps, beside what is there, what is
// safe.
#pragma once

#include "core/base/mutex.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::faultdisk {

// What a power loss leaves of bytes and names that were not synced yet.
enum class Survivors {
    all,    // as after kill -9: the kernel has everything
    none,   // the least that POSIX promises
    prefix, // of each file's writes and each folder's changes a part from the front, the last write torn
    zeros,  // as prefix, and the file has its full length: the rest of it is zeros
};

// Safe to use from any thread. Paths are absolute and normalised; what lies outside the folder is not its business.
class PowerModel {
  public:
    struct Inode; // one file, under whatever name

    // Takes what the folder holds now as safe.
    explicit PowerModel(std::filesystem::path root);
    ~PowerModel();

    bool covers(const std::filesystem::path &path) const;
    // A new, empty file under this name; or, with `keep`, the one that is there. Nothing for one that was never heard of.
    std::shared_ptr<Inode> open(const std::filesystem::path &path, bool create, bool truncate);
    void write(Inode &file, std::uint64_t at, std::string_view bytes);
    std::uint64_t size(const Inode &file) const;
    void truncate(Inode &file, std::uint64_t size);
    void sync(Inode &file);

    void make_folder(const std::filesystem::path &path);
    void rename(const std::filesystem::path &from, const std::filesystem::path &to);
    void link(const std::filesystem::path &from, const std::filesystem::path &to);
    void remove(const std::filesystem::path &path);
    void sync_folder(const std::filesystem::path &path);

    // Makes the folder on the real disk what survives. `seed` chooses where writes are torn.
    void restore(Survivors survivors, std::uint64_t seed);

  private:
    struct Change;
    struct Folder;
    Folder &folder_of(const std::filesystem::path &path) XTN_REQUIRES(mutex_);
    void adopt(const std::filesystem::path &folder) XTN_REQUIRES(mutex_);

    const std::filesystem::path root_;
    mutable Mutex mutex_;
    std::map<std::filesystem::path, Folder> folders_ XTN_GUARDED_BY(mutex_);
};

} // namespace xtn::faultdisk
