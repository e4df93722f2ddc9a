#include "core/base/redaction_key.hpp"

#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace xtn {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t least_foreign_key_bytes = 16;

struct File {
    int fd = -1;
    explicit File(int descriptor) : fd(descriptor) {}
    File(const File &) = delete;
    File &operator=(const File &) = delete;
    ~File() {
        if (fd >= 0) ::close(fd);
    }
};

Error system_error(const std::filesystem::path &file, std::string_view doing) {
    return make_error(Code::unavailable, fmt::format("{}: cannot {}: {}", file.string(), doing, std::strerror(errno)));
}

Result<std::string> create_key(const std::filesystem::path &file) {
    std::string key(key_bytes, '\0');
    if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) return system_error(file, "get random bytes");
    const File out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.fd < 0) return system_error(file, "create the redaction key");
    if (::write(out.fd, key.data(), key.size()) != static_cast<ssize_t>(key.size()) || ::fsync(out.fd) != 0)
        return system_error(file, "write the redaction key");
    return key;
}

} // namespace

Result<RedactionKey> RedactionKey::load_or_create(const std::filesystem::path &file) {
    const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (in.fd < 0) {
        if (errno != ENOENT) return system_error(file, "open the redaction key");
        auto made = create_key(file);
        if (!made) return std::move(made).error();
        return RedactionKey(std::move(made).value());
    }
    struct stat info{};
    if (::fstat(in.fd, &info) != 0) return system_error(file, "look at the redaction key");
    if ((info.st_mode & 077) != 0)
        return make_error(Code::permission_denied,
                          fmt::format("{}: mode {:04o} lets others read the redaction key; run: chmod 600 {}", file.string(),
                                      info.st_mode & 07777, file.string()));
    std::string key(key_bytes + 1, '\0');
    const ssize_t got = ::read(in.fd, key.data(), key.size());
    if (got < 0) return system_error(file, "read the redaction key");
    if (got != static_cast<ssize_t>(key_bytes))
        return make_error(
            Code::data_corrupted,
            fmt::format("{}: a redaction key has {} bytes, this file has {}; restore it from a backup (a new key makes "
                        "every recorded Secret look changed)",
                        file.string(), key_bytes, info.st_size));
    key.resize(key_bytes);
    return RedactionKey(std::move(key));
}

Result<RedactionKey> RedactionKey::from_bytes(std::string bytes) {
    if (bytes.size() < least_foreign_key_bytes)
        return make_error(Code::invalid_argument,
                          fmt::format("a redaction key needs at least {} bytes, got {}", least_foreign_key_bytes, bytes.size()));
    return RedactionKey(std::move(bytes));
}

Digest RedactionKey::redact(std::string_view purpose, std::string_view secret) const {
    std::string message(purpose);
    message.push_back('\0'); // purposes hold no NUL, so no two (purpose, secret) pairs give the same message
    message.append(secret);
    const Sha256 mac = hmac_sha256(key_, message);
    return Digest{to_hex(view(mac))};
}

} // namespace xtn
