#include "adapters/sandbox/api/disk.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <charconv>

namespace xtn::sandbox {
namespace {

constexpr std::string_view format_key = "format";
constexpr std::string_view revision_key = "revision";
constexpr std::string_view object_prefix = "o/";
constexpr std::string_view our_format = "1";

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

Error failure(const rocksdb::Status &status, std::string_view what) {
    const auto code = status.IsCorruption() ? Code::data_corrupted : Code::unavailable;
    return make_error(code, fmt::format("sandbox objects: {}: {}", what, status.ToString()));
}

} // namespace

struct Disk::Impl {
    std::unique_ptr<rocksdb::DB> db;
};

Disk::Disk(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Disk::~Disk() = default;

Result<std::unique_ptr<Disk>> Disk::open(const std::filesystem::path &folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return make_error(Code::unavailable, fmt::format("{} cannot be made: {}", folder.string(), failed.message()));
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kZSTD;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords; // a hole is refused, a torn tail is not
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.max_background_jobs = 2;
    rocksdb::DB *raw = nullptr;
    if (const auto status = rocksdb::DB::Open(options, folder.string(), &raw); !status.ok()) {
        if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
            return make_error(
                Code::unavailable,
                fmt::format("{}: another process is using this folder; stop it, or choose another one", folder.string()));
        return failure(status, folder.string());
    }
    auto impl = std::make_unique<Impl>();
    impl->db.reset(raw);
    std::string format;
    const auto status = impl->db->Get({}, slice(format_key), &format);
    if (status.IsNotFound()) {
        if (const auto put = impl->db->Put({}, slice(format_key), slice(our_format)); !put.ok())
            return failure(put, folder.string());
    } else if (!status.ok()) {
        return failure(status, folder.string());
    } else if (format != our_format) {
        return make_error(
            Code::unsupported,
            fmt::format("{} holds format {}, this program reads {}: run a newer program, or start with an empty folder",
                        folder.string(), format, our_format));
    }
    return std::unique_ptr<Disk>(new Disk(std::move(impl)));
}

Result<std::uint64_t> Disk::load(const std::function<Status(std::string_view, std::string_view)> &each) const {
    std::uint64_t revision = 0;
    std::string text;
    const auto status = impl_->db->Get({}, slice(revision_key), &text);
    if (status.ok()) {
        const auto end = std::from_chars(text.data(), text.data() + text.size(), revision).ptr;
        if (end != text.data() + text.size())
            return make_error(Code::data_corrupted, fmt::format("sandbox objects: revision reads '{}'", text));
    } else if (!status.IsNotFound()) {
        return failure(status, "revision");
    }
    const std::unique_ptr<rocksdb::Iterator> it(impl_->db->NewIterator({}));
    for (it->Seek(slice(object_prefix)); it->Valid() && it->key().starts_with(slice(object_prefix)); it->Next()) {
        const std::string_view key(it->key().data(), it->key().size());
        if (auto taken = each(key.substr(object_prefix.size()), {it->value().data(), it->value().size()}); !taken.ok())
            return std::move(taken).error().with(key);
    }
    if (!it->status().ok()) return failure(it->status(), "reading");
    return revision;
}

Status Disk::write(std::string_view path, const std::optional<std::string> &text, std::uint64_t revision) {
    rocksdb::WriteBatch batch;
    const std::string key = std::string(object_prefix).append(path);
    auto status = text ? batch.Put(slice(key), slice(*text)) : batch.Delete(slice(key));
    if (status.ok()) status = batch.Put(slice(revision_key), std::to_string(revision));
    if (status.ok()) status = impl_->db->Write({}, &batch);
    if (!status.ok()) return failure(status, key);
    return ok();
}

} // namespace xtn::sandbox
