#include "core/log/rewrite.hpp"

#include "core/base/sha256.hpp"
#include "core/log/chain_check.hpp"

#include <cstdio>
#include <fcntl.h>
#include <set>

namespace xtn {

namespace {

namespace fs = std::filesystem;

// Puts entries in batches of a few megabytes.
class Copier {
  public:
    explicit Copier(Store &to) : to_(to) {}
    Status put(Family family, std::string_view key, std::string_view value) {
        to_.put(*batch_, family, key, value);
        bytes_ += key.size() + value.size() + overhead;
        return bytes_ < enough ? ok() : flush();
    }
    Status flush() {
        auto done = to_.write(*batch_);
        batch_ = std::make_unique<Store::Batch>();
        bytes_ = 0;
        return done;
    }

  private:
    static constexpr std::size_t enough = std::size_t{4} << 20; // bytes
    static constexpr std::size_t overhead = 16;                 // bytes of an entry, more or less

    Store &to_;
    std::unique_ptr<Store::Batch> batch_ = std::make_unique<Store::Batch>();
    std::size_t bytes_ = 0;
};

// `named`: the digests that the events name, in bytes.
Status copy_events(const Store &from, Copier &copier, Stream stream, Seq last, std::set<std::string> &named) {
    if (last.value == 0) return ok();
    auto cursor = from.cursor(Family::events);
    Seq next{1};
    for (cursor.seek(keys::event(stream, next)); cursor.valid(); cursor.next(), next = next.next()) {
        const auto header = decode_header(cursor.value());
        if (!header || cursor.key() != keys::event(stream, next)) return corrupt_event(stream, next, "it cannot be copied");
        const auto subject = cursor.value().substr(sizeof(RecordHeader) + header->type_bytes, header->subject_bytes);
        const auto blobs = blobs_named_by(cursor.value());
        if (!blobs) return blobs.error();
        for (const auto &reference : *blobs)
            if (auto digest = from_hex(reference.digest.hex)) named.insert(std::move(*digest));
        if (auto put = copier.put(Family::events, cursor.key(), cursor.value()); !put) return put;
        if (auto put = copier.put(Family::by_subject, keys::subject(stream, subject, next), {}); !put) return put;
        if (next == last) return ok(); // what stands behind it may be unreadable
    }
    if (auto status = cursor.status(); !status) return status;
    return corrupt_event(stream, next, "missing");
}

// All of them; behind a place that cannot be read, those that events name.
Status copy_blobs(const Store &from, Copier &copier, const std::set<std::string> &named) {
    auto cursor = from.cursor(Family::blobs);
    std::string last;
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
        last = cursor.key();
        if (view(sha256(cursor.value())) != last) continue;
        if (auto put = copier.put(Family::blobs, last, cursor.value()); !put) return put;
    }
    auto status = cursor.status();
    if (status || status.error().code != Code::data_corrupted) return status;
    for (auto key = named.upper_bound(last); key != named.end(); ++key) {
        const auto content = from.get(Family::blobs, *key);
        if (!content && content.error().code != Code::data_corrupted) return content.error();
        if (!content || !content->has_value() || view(sha256(**content)) != *key) continue;
        if (auto put = copier.put(Family::blobs, *key, **content); !put) return put;
    }
    return ok();
}

} // namespace

Status copy_sound(const Store &from, Store &to, std::array<Seq, 2> last) {
    Copier copier(to);
    std::set<std::string> named;
    for (const Stream stream : {Stream::control, Stream::queries})
        if (auto done = copy_events(from, copier, stream, last[stream == Stream::control ? 0 : 1], named); !done) return done;
    if (auto done = copy_blobs(from, copier, named); !done) return done;
    auto cursor = from.cursor(Family::meta);
    for (cursor.seek(""); cursor.valid(); cursor.next())
        if (auto put = copier.put(Family::meta, cursor.key(), cursor.value()); !put) return put;
    if (auto status = cursor.status(); !status && status.error().code != Code::data_corrupted) return status;
    return copier.flush();
}

Status swap_in(PlainFiles &files, const fs::path &fresh, const fs::path &name, const fs::path &kept) {
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, name.c_str(), RENAME_EXCHANGE) == 0) {
        if (files.rename(fresh, kept) != 0) return plain_file_error(fresh, "put aside");
    } else {
        // A file system that cannot exchange two names, or nothing stands under this one.
        if (fs::exists(name) && files.rename(name, kept) != 0) return plain_file_error(name, "put aside");
        if (files.rename(fresh, name) != 0) return plain_file_error(name, "put in place");
    }
    return sync_folder(files, name.parent_path());
}

} // namespace xtn
