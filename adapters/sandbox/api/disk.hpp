// Where the sandbox's objects survive a restart: a RocksDB folder that holds the current objects and the head revision, no
// history. Keys: "format" -> "1"; "revision" -> decimal; "o/<group>/<plural>/<namespace>/<name>" -> the object's JSON.
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::sandbox {

class Disk {
  public:
    // Errors: unavailable (another process has the folder), unsupported (a newer format), data_corrupted.
    static Result<std::unique_ptr<Disk>> open(const std::filesystem::path &folder);
    ~Disk();

    // Calls `each` with (path without "o/", JSON) for every object, in key order; returns the head revision (0: new folder).
    Result<std::uint64_t> load(const std::function<Status(std::string_view path, std::string_view text)> &each) const;
    // One atomic write: the object at `path` (nothing: removed) and the revision. It survives kill -9 once this has returned; the
    // last seconds may be lost with the machine's power, always a whole suffix.
    Status write(std::string_view path, const std::optional<std::string> &text, std::uint64_t revision);

  private:
    struct Impl;
    explicit Disk(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::sandbox
