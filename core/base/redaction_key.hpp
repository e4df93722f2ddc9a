// The key under which values that may be secret enter the log: as an HMAC, never as data and never as a plain hash (a plain hash
// of a short secret can be guessed). See design rule 10.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace xtn {

class RedactionKey {
  public:
    // Reads the key file, or makes one with 32 random bytes and mode 0600. Errors: permission_denied (others may read the file:
    // what to do), data_corrupted (not 32 bytes), unavailable (cannot be read or made).
    static Result<RedactionKey> load_or_create(const std::filesystem::path &file);
    // A key given from elsewhere (a Kubernetes Secret). Errors: invalid_argument below 16 bytes.
    static Result<RedactionKey> from_bytes(std::string bytes);

    // HMAC-SHA-256 of `secret`. `purpose` ("config", "spec.password") keeps equal secrets of different fields apart.
    Digest redact(std::string_view purpose, std::string_view secret) const;

  private:
    explicit RedactionKey(std::string key) : key_(std::move(key)) {}
    std::string key_;
};

} // namespace xtn
