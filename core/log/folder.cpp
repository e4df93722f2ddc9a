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

// Old or new, never half: also after a power loss.
Status write_whole(PlainFiles &files, const std::filesystem::path &file, std::string_view text) {
    const auto fresh = std::filesystem::path(file).concat(".new");
    const int fd = files.open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return plain_file_error(fresh, "open");
    Status written = ok();
    if (const auto put = files.pwrite(fd, text.data(), text.size(), 0); put != static_cast<ssize_t>(text.size())) {
        if (put >= 0) errno = ENOSPC; // a part was taken: the rest found no room
        written = plain_file_error(fresh, "write");
    } else if (files.fsync(fd) != 0) {
        written = plain_file_error(fresh, "sync");
    }
    files.close(fd);
    if (!written) return written;
    if (files.rename(fresh, file) != 0) return plain_file_error(file, "put in place");
    return sync_folder(files, file.parent_path());
}

} // namespace

Status LogFolder::prepare() const {
    if (auto made = make_folders(*files, root); !made) return made;
    if (!std::filesystem::exists(format())) {
        if (std::filesystem::exists(database()))
            return make_error(Code::data_corrupted,
                              fmt::format("{}: holds a database but no FORMAT file; this is not a whole log, restore it "
                                          "from a backup",
                                          root.string()));
        // Whoever made the folders above may have left their names to chance. Not every one of them may be ours to open.
        const auto above = std::filesystem::absolute(root).lexically_normal().parent_path();
        static_cast<void>(sync_folder(*files, above).ok());
        static_cast<void>(sync_folder(*files, above.parent_path()).ok());
        return write_whole(*files, format(), fmt::format("{}{}\n", format_word, log_format));
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
    PlainFiles &files = *folder.files;
    const int fd = files.open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return plain_file_error(file, "open");
    FolderLock lock(files, fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return plain_file_error(file, "lock");
        std::ifstream in(file);
        std::string holder;
        std::getline(in, holder);
        return make_error(Code::unavailable,
                          fmt::format("{}: in use by another process ({}); stop it first, or give this one another --data "
                                      "folder (xtn-audit can read beside it)",
                                      folder.root.string(), holder.empty() ? "unknown" : holder));
    }
    const std::string me = fmt::format("process {}\n", ::getpid());
    if (files.ftruncate(fd, 0) != 0 || files.pwrite(fd, me.data(), me.size(), 0) != static_cast<ssize_t>(me.size()))
        return plain_file_error(file, "write");
    return lock;
}

FolderLock::FolderLock(FolderLock &&other) noexcept : files_(other.files_), fd_(std::exchange(other.fd_, -1)) {}
FolderLock::~FolderLock() {
    if (fd_ >= 0) files_->close(fd_);
}

} // namespace xtn
