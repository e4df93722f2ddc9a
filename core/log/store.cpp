#include "core/log/store.hpp"

#include "core/base/logging.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <istream>
#include <vector>

namespace xtn {

namespace {

struct FamilyOptions {
    const char *name;
    bool blob_files; // values above 4 KB lie beside the tree, so that compaction does not rewrite them
    std::size_t write_buffer_bytes;
};
constexpr std::size_t mebibyte = std::size_t{1} << 20;
// In the order of enum Family. RocksDB insists on a family called "default"; it stays empty.
constexpr std::array<FamilyOptions, 5> families{{{"events", false, 32 * mebibyte},
                                                 {"by_subject", false, 16 * mebibyte},
                                                 {"blobs", true, 16 * mebibyte},
                                                 {"snapshots", true, 16 * mebibyte},
                                                 {"meta", false, 1 * mebibyte}}};

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

std::string_view view_of(const rocksdb::Slice &slice) {
    return {slice.data(), slice.size()};
}

Error to_error(const rocksdb::Status &status) {
    const bool missing = status.IsNotFound() || status.IsPathNotFound(); // a file that the manifest names
    const bool corrupt = status.IsCorruption() || missing;
    return make_error(corrupt ? Code::data_corrupted : Code::unavailable, fmt::format("RocksDB: {}", status.ToString()));
}

rocksdb::ColumnFamilyOptions column_options(const FamilyOptions &family) {
    rocksdb::BlockBasedTableOptions table;
    table.block_size = std::size_t{16} << 10;
    table.format_version = 5;
    rocksdb::ColumnFamilyOptions options;
    options.compression = rocksdb::kZSTD;
    options.write_buffer_size = family.write_buffer_bytes;
    options.enable_blob_files = family.blob_files;
    options.min_blob_size = std::uint64_t{4} << 10;
    options.blob_compression_type = rocksdb::kZSTD;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

// RocksDB's text log goes where ours goes. In a file of its own it would be one more thing that a full disk fails: Debian's build
// has assertions on, and its logger aborts the process at the second line that it cannot write.
class ProcessLog : public rocksdb::Logger {
  public:
    ProcessLog() : rocksdb::Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}
    using rocksdb::Logger::Logv;
    void Logv(const char *format, va_list arguments) override {
        std::array<char, 1024> text{};
        std::vsnprintf(text.data(), text.size(), format, arguments);
        log_.warn("{}", text.data());
    }
    void LogHeader(const char * /*format*/, va_list /*arguments*/) override {} // every option, at every opening

  private:
    const xtn::Logger log_{"rocksdb"};
};

rocksdb::DBOptions database_options() {
    rocksdb::DBOptions options;
    options.info_log = std::make_shared<ProcessLog>();
    // Torn tail only: the default (point in time) opens without a word after losing acknowledged events to a damaged record.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    options.max_total_wal_size = 256 * mebibyte; // a quiet family must not pin old WALs
    options.max_background_jobs = 2;
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(std::size_t write_buffer_bytes = 0) {
    std::vector<rocksdb::ColumnFamilyDescriptor> out;
    out.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    for (const auto &family : families) {
        out.emplace_back(family.name, column_options(family));
        if (write_buffer_bytes > 0) out.back().options.write_buffer_size = write_buffer_bytes;
    }
    return out;
}

// A database with a family that we do not know was written by a newer binary: opening it without that family is refused by
// RocksDB with a text that helps nobody.
Status check_families(const rocksdb::DBOptions &options, const std::filesystem::path &directory) {
    std::vector<std::string> found;
    if (!rocksdb::DB::ListColumnFamilies(options, directory.string(), &found).ok()) return ok(); // new, or DB::Open says why not
    for (const auto &name : found) {
        bool known = name == rocksdb::kDefaultColumnFamilyName;
        for (const auto &family : families)
            known = known || name == family.name;
        if (!known)
            return make_error(
                Code::unsupported,
                fmt::format("{}: holds a column family '{}' that this binary does not know; use the newer binary that made it",
                            directory.string(), name));
    }
    return ok();
}

// A database without its CURRENT file. RocksDB would make a new one in its place and delete what it finds there. Tables, blobs
// and a filled write-ahead log come after CURRENT, so that a kill while a new database is made leaves none of them.
Status check_current(const std::filesystem::path &directory) {
    std::error_code ignored;
    if (std::filesystem::exists(directory / "CURRENT", ignored)) return ok();
    for (const auto &entry : std::filesystem::directory_iterator(directory, ignored)) {
        const auto kind = entry.path().extension();
        if (kind == ".sst" || kind == ".blob" || (kind == ".log" && entry.file_size(ignored) > 0))
            return make_error(Code::data_corrupted, fmt::format("{}: there is no file CURRENT beside {}", directory.string(),
                                                                entry.path().filename().string()));
    }
    return make_error(Code::not_found, fmt::format("{}: no database there", directory.string()));
}

// The manifest in use and its size: both change with each flush and compaction.
std::string manifest_mark(const std::filesystem::path &directory) {
    std::string name;
    std::getline(std::ifstream(directory / "CURRENT") >> std::ws, name);
    std::error_code ignored;
    return fmt::format("{} {}", name, name.empty() ? 0 : std::filesystem::file_size(directory / name, ignored));
}

// Everything that RocksDB reports by itself arrives here, on its threads.
class Listener : public rocksdb::EventListener {
  public:
    explicit Listener(std::function<void(const Error &)> tell) : tell_(std::move(tell)) {}
    void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status *error) override {
        ++errors_;
        if (tell_) tell_(to_error(*error).with("background work failed"));
    }
    // A disk that has room again does not make the events come back that nobody was told of: no second try, the process ends.
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                              bool *auto_recovery) override {
        *auto_recovery = false;
    }
    void OnStallConditionsChanged(const rocksdb::WriteStallInfo &info) override {
        // A writer that is held back tells of it once it goes on, perhaps after the flush that set it free has told of that: good
        // for counting, not for what holds now.
        using Condition = rocksdb::WriteStallCondition;
        if (info.condition.prev == Condition::kNormal && info.condition.cur != Condition::kNormal) ++stalls_;
    }
    std::uint64_t errors() const { return errors_; }
    std::uint64_t stalls() const { return stalls_; }

  private:
    const std::function<void(const Error &)> tell_;
    std::atomic<std::uint64_t> errors_ = 0;
    std::atomic<std::uint64_t> stalls_ = 0;
};

} // namespace

struct Store::Impl {
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle *> handles; // default first, then enum Family
    std::shared_ptr<Listener> listener;                 // of a writer

    ~Impl() {
        // Handles before the database; anything else ends in an assertion of RocksDB.
        for (auto *handle : handles)
            if (db) static_cast<void>(db->DestroyColumnFamilyHandle(handle).ok());
        if (db) static_cast<void>(db->Close().ok());
        db.reset();
    }
    rocksdb::Status open(const rocksdb::DBOptions &options, const std::filesystem::path &directory,
                         const std::vector<rocksdb::ColumnFamilyDescriptor> &with) {
        rocksdb::DB *opened = nullptr;
        auto status = rocksdb::DB::Open(options, directory.string(), with, &handles, &opened);
        db.reset(opened);
        return status;
    }
    rocksdb::ColumnFamilyHandle *handle(Family family) const { return handles[static_cast<std::size_t>(family) + 1]; }
};

struct Store::Batch::Impl {
    rocksdb::WriteBatch batch;
};
Store::Batch::Batch() : impl_(std::make_unique<Impl>()) {}
Store::Batch::~Batch() = default;
void Store::Batch::clear() {
    if (impl_->batch.GetDataSize() > mebibyte)
        impl_->batch = rocksdb::WriteBatch();
    else
        impl_->batch.Clear();
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(Options options) {
    rocksdb::DBOptions db_options = database_options();
    db_options.create_if_missing = true;
    db_options.create_missing_column_families = true;
    if (options.env != nullptr) db_options.env = static_cast<rocksdb::Env *>(options.env);
    db_options.max_bgerror_resume_count = 0; // see Listener
    auto listener = std::make_shared<Listener>(std::move(options.on_background_error));
    db_options.listeners.push_back(listener);
    // RocksDB lists the folder before it makes it, and complains that there is none.
    if (const auto made = db_options.env->CreateDirIfMissing(options.directory.string()); !made.ok())
        return to_error(made).with(options.directory.string());
    if (auto there = check_current(options.directory); !there && there.error().code == Code::data_corrupted)
        return std::move(there).error();
    if (auto known = check_families(db_options, options.directory); !known) return std::move(known).error();
    auto impl = std::make_unique<Impl>();
    impl->listener = std::move(listener);
    const auto opened = impl->open(db_options, options.directory, descriptors(options.write_buffer_bytes));
    if (!opened.ok()) return to_error(opened).with(options.directory.string());
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<std::unique_ptr<Store>> Store::open_to_look(const Options &options) {
    if (auto there = check_current(options.directory); !there) return std::move(there).error();
    rocksdb::DBOptions db_options = database_options();
    db_options.max_open_files = -1; // opens every table now: a writer may take its name away later
    if (options.env != nullptr) db_options.env = static_cast<rocksdb::Env *>(options.env);
    if (auto known = check_families(db_options, options.directory); !known) return std::move(known).error();
    auto impl = std::make_unique<Impl>();
    rocksdb::DB *db = nullptr;
    const auto opened = rocksdb::DB::OpenForReadOnly(db_options, options.directory.string(), descriptors(), &impl->handles, &db);
    impl->db.reset(db);
    if (!opened.ok()) return to_error(opened).with(options.directory.string());
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

// Not as a secondary of RocksDB's: that one cannot read values in blob files, it crashes (facebook/rocksdb#13248).
Result<std::unique_ptr<Store>> Store::open_beside_writer(const std::filesystem::path &directory, void *env) {
    // The writer may put a memtable into a table, and delete its WAL, between our reading of the manifest and of the WALs: then
    // events would be missing. The manifest tells: look again, a few times.
    constexpr int tries = 5;
    for (int attempt = 1;; ++attempt) {
        const auto before = manifest_mark(directory);
        auto store = open_to_look({directory, env, {}, 0});
        const bool still = manifest_mark(directory) == before;
        if (still && (store || store.error().code != Code::data_corrupted)) return store;
        if (attempt < tries) continue;
        if (store)
            return make_error(Code::unavailable, directory.string() + ": it changes faster than it can be opened; try again");
        return store;
    }
}

Store::Health Store::health() const {
    if (!impl_->listener) return {};
    const auto holds = [&](const std::string &property) {
        std::uint64_t value = 0;
        return impl_->db->GetIntProperty(property, &value) && value != 0;
    };
    return {impl_->listener->errors(), impl_->listener->stalls(),
            holds(rocksdb::DB::Properties::kIsWriteStopped) || holds(rocksdb::DB::Properties::kActualDelayedWriteRate)};
}

Result<std::unique_ptr<Store>> Store::open_skipping_damage(const std::filesystem::path &directory) {
    rocksdb::DBOptions options = database_options();
    options.create_missing_column_families = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    auto impl = std::make_unique<Impl>();
    if (const auto opened = impl->open(options, directory, descriptors()); !opened.ok())
        return to_error(opened).with(directory.string());
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<std::unique_ptr<Store>> Store::open_rebuilt(const std::filesystem::path &directory) {
    if (const auto done = rocksdb::RepairDB(directory.string(), database_options(), descriptors()); !done.ok())
        return to_error(done).with(directory.string());
    return open_skipping_damage(directory);
}

Result<std::unique_ptr<Store>> Store::open_tables(const std::filesystem::path &directory) {
    std::vector<std::filesystem::path> logs;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(directory, error))
        if (entry.path().extension() == ".log") logs.push_back(entry.path());
    for (const auto &log : logs)
        std::filesystem::remove(log, error);
    if (error) return make_error(Code::unavailable, fmt::format("{}: {}", directory.string(), error.message()));
    return open_rebuilt(directory);
}

Result<std::optional<std::string>> Store::get(Family family, std::string_view key) const {
    std::string value;
    const auto got = impl_->db->Get(rocksdb::ReadOptions(), impl_->handle(family), slice(key), &value);
    if (got.IsNotFound()) return std::optional<std::string>();
    if (!got.ok()) return to_error(got);
    return std::optional<std::string>(std::move(value));
}

void Store::put(Batch &batch, Family family, std::string_view key, std::string_view value) const {
    static_cast<void>(batch.impl_->batch.Put(impl_->handle(family), slice(key), slice(value)).ok()); // fails on 4 GB keys only
}

Status Store::write(Batch &batch) {
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto written = impl_->db->Write(options, &batch.impl_->batch);
    if (!written.ok()) return to_error(written).with("write");
    return ok();
}

void Store::erase(Batch &batch, Family family, std::string_view key) const {
    static_cast<void>(batch.impl_->batch.Delete(impl_->handle(family), slice(key)).ok()); // as put()
}

Status Store::write_cache(Batch &batch) {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    options.low_pri = true;
    const auto written = impl_->db->Write(options, &batch.impl_->batch);
    if (!written.ok()) return to_error(written).with("write a snapshot");
    return ok();
}

Status Store::settle_cache() {
    auto *family = impl_->handle(Family::snapshots);
    auto done = impl_->db->Flush(rocksdb::FlushOptions(), family);
    // The contents lie in blob files: this moves keys only, and drops the files that no key names any more.
    if (done.ok()) done = impl_->db->CompactRange(rocksdb::CompactRangeOptions(), family, nullptr, nullptr);
    if (!done.ok()) return to_error(done).with("write a snapshot");
    return ok();
}

struct Store::Cursor::Impl {
    std::unique_ptr<rocksdb::Iterator> iterator;
};
Store::Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Cursor::~Cursor() = default;
Store::Cursor::Cursor(Cursor &&) noexcept = default;
Store::Cursor &Store::Cursor::operator=(Cursor &&) noexcept = default;

void Store::Cursor::seek(std::string_view key) {
    impl_->iterator->Seek(slice(key));
}
void Store::Cursor::seek_for_prev(std::string_view key) {
    impl_->iterator->SeekForPrev(slice(key));
}
void Store::Cursor::next() {
    impl_->iterator->Next();
}
void Store::Cursor::prev() {
    impl_->iterator->Prev();
}
bool Store::Cursor::valid() const {
    return impl_->iterator->Valid();
}
std::string_view Store::Cursor::key() const {
    return view_of(impl_->iterator->key());
}
std::string_view Store::Cursor::value() const {
    return view_of(impl_->iterator->value());
}
Status Store::Cursor::status() const {
    const auto status = impl_->iterator->status();
    if (!status.ok()) return to_error(status);
    return ok();
}

Store::Cursor Store::cursor(Family family) const {
    auto impl = std::make_unique<Cursor::Impl>();
    impl->iterator.reset(impl_->db->NewIterator(rocksdb::ReadOptions(), impl_->handle(family)));
    return Cursor(std::move(impl));
}

} // namespace xtn
