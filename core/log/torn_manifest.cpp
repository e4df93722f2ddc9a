#include "core/log/torn_manifest.hpp"

#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>

namespace xtn {

namespace {

namespace fs = std::filesystem;

// RocksDB's log format: blocks of 32 KiB; in them fragments of checksum (4 bytes), length (2, little-endian), type (1), content.
constexpr std::uint64_t block_bytes = 32'768;
constexpr std::uint64_t header_bytes = 7;
enum FragmentType : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

std::string content_of(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

Status write_durably(PlainFiles &files, const fs::path &file, int flags, std::string_view bytes, std::uint64_t at) {
    const int fd = files.open(file, O_WRONLY | O_CLOEXEC | flags, 0644);
    if (fd < 0) return plain_file_error(file, "open");
    Status done = ok();
    if (files.pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(bytes.size()))
        done = plain_file_error(file, "write");
    if (done && files.fsync(fd) != 0) done = plain_file_error(file, "sync");
    files.close(fd);
    return done;
}

Status cut_durably(PlainFiles &files, const fs::path &file, std::uint64_t size) {
    const int fd = files.open(file, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0) return plain_file_error(file, "open");
    Status done = ok();
    if (files.ftruncate(fd, static_cast<off_t>(size)) != 0 || files.fsync(fd) != 0) done = plain_file_error(file, "cut");
    files.close(fd);
    return done;
}

} // namespace

std::optional<std::uint64_t> last_record_before_zeros(std::string_view manifest) {
    if (manifest.empty() || manifest.back() != '\0') return std::nullopt;
    const auto end = manifest.find_last_not_of('\0') + 1; // 0: nothing but zeros
    std::optional<std::uint64_t> record;
    std::uint64_t at = 0;
    while (at < end) {
        const auto left = block_bytes - at % block_bytes;
        if (left < header_bytes) { // too little for a fragment: filled up
            at += left;
            continue;
        }
        const auto byte = [&](std::uint64_t i) -> std::uint64_t {
            return at + i < manifest.size() ? static_cast<unsigned char>(manifest[at + i]) : 0;
        };
        const auto type = byte(6);
        if (type > last) return std::nullopt;
        if (type != middle && type != last) record = at;
        const auto length = header_bytes + (byte(4) | byte(5) << 8U);
        if (length > left) return std::nullopt;
        at += length;
    }
    return record;
}

Status ManifestCut::undo(PlainFiles &files) const {
    return write_durably(files, manifest, 0, torn, at);
}

Result<std::optional<ManifestCut>> mend_torn_manifest(PlainFiles &files, const Store::Options &options) {
    using Answer = std::optional<ManifestCut>;
    std::string name;
    std::ifstream current(options.directory / "CURRENT");
    std::getline(current, name);
    const auto manifest = options.directory / name;
    std::error_code ignored;
    if (!name.starts_with("MANIFEST-") || !fs::is_regular_file(manifest, ignored)) return Answer();
    const std::string bytes = content_of(manifest);
    const auto at = last_record_before_zeros(bytes);
    if (!at || *at == 0) return Answer();
    ManifestCut cut{manifest, *at, bytes.substr(*at)};
    const auto kept = options.directory.parent_path() / "manifest.torn";
    if (auto done = write_durably(files, kept, O_CREAT | O_TRUNC, cut.torn, 0); !done) return std::move(done).error();
    if (auto done = cut_durably(files, manifest, cut.at); !done) return std::move(done).error();
    if (Store::open_to_look(options)) return Answer(std::move(cut));
    if (auto back = cut.undo(files); !back) return std::move(back).error();
    files.unlink(kept);
    return Answer();
}

} // namespace xtn
