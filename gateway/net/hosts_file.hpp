// "ADDRESS NAME..." lines that are asked before DNS; '#' begins a comment. Re-read when the file changes. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::gateway {

class HostsFile {
  public:
    explicit HostsFile(std::filesystem::path path) : path_(std::move(path)) {} // empty: knows no names

    // The address of a name, by the file as it is now; names compare without case.
    std::optional<std::string> find(std::string_view name);

  private:
    void reload_if_changed();

    std::filesystem::path path_;
    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> addresses_;
    std::int64_t seen_nanos_ = -1;
    std::uint64_t seen_size_ = 0, seen_inode_ = 0;
};

} // namespace xtn::gateway
