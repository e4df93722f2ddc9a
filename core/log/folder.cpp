#include "core/log/folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace xtn {

namespace {

constexpr std::string_view format_word = "xtrinode-log ";

Error file_error(const std::filesystem::path &file, std::string_view doing) {
    return make_error(Code::unavailable, fmt::format("{}: cannot {}: {}", file.string(), doing, std::strerror(errno)));
}

// The name must be as durable as the content, or a crash leaves a database without its format.
Status sync_folder(const std::filesystem::path &folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return file_error(folder, "open");
    const int synced = ::fsync(fd);
    ::close(fd);
    return synced == 0 ? ok() : Status(file_error(folder, "sync"));
}

Status write_whole(const std::filesystem::path &file, std::string_view text) {
    const auto fresh = std::filesystem::path(file).concat(".new");
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return file_error(fresh, "open");
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    ::close(fd);
    if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) return file_error(file, "write");
    return sync_folder(file.parent_path());
}

} // namespace

Status LogFolder::prepare() const {
    std::error_code error;
    std::filesystem::create_directories(root, error);
    if (error) return make_error(Code::unavailable, fmt::format("{}: cannot be made: {}", root.string(), error.message()));
    if (!std::filesystem::exists(format())) {
        if (std::filesystem::exists(database()))
            return make_error(Code::data_corrupted,
                              fmt::format("{}: holds a database but no FORMAT file; this is not a whole log, restore it "
                                          "from a backup",
                                          root.string()));
        return write_whole(format(), fmt::format("{}{}\n", format_word, log_format));
    }
    return check_format();
}

Status LogFolder::check_format() const {
    std::ifstream in(format());
    if (!in) return make_error(Code::not_found, fmt::format("{}: there is no log (no FORMAT file)", root.string()));
    std::string line;
    std::getline(in, line);
    int version = 0;
    const char *end = line.data() + line.size();
    const bool begins = line.starts_with(format_word);
    const auto parsed = begins ? std::from_chars(line.data() + format_word.size(), end, version) : std::from_chars_result{};
    if (!begins || parsed.ec != std::errc() || parsed.ptr != end || version < 1)
        return make_error(Code::data_corrupted, fmt::format("{}: must read '{}<number>'", format().string(), format_word));
    if (version > log_format)
        return make_error(Code::unsupported,
                          fmt::format("{}: the log has format {}, this binary reads up to {}; use the newer binary that wrote "
                                      "it, or start with another --data folder",
                                      root.string(), version, log_format));
    return ok();
}

Result<FolderLock> FolderLock::take(const LogFolder &folder) {
    const auto file = folder.lock();
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return file_error(file, "open");
    FolderLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return file_error(file, "lock");
        std::ifstream in(file);
        std::string holder;
        std::getline(in, holder);
        return make_error(Code::unavailable,
                          fmt::format("{}: in use by another process ({}); stop it first, or give this one another --data "
                                      "folder (xtn-audit can read beside it)",
                                      folder.root.string(), holder.empty() ? "unknown" : holder));
    }
    const std::string me = fmt::format("process {}\n", ::getpid());
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, me.data(), me.size(), 0) != static_cast<ssize_t>(me.size()))
        return file_error(file, "write");
    return lock;
}

FolderLock::FolderLock(FolderLock &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FolderLock::~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
}

} // namespace xtn
