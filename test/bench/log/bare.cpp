#include "test/bench/log/bare.hpp"

#include "core/base/sha256.hpp"
#include "core/log/folder.hpp"
#include "core/log/record.hpp"

#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace xtn::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void must(const rocksdb::Status &status) {
    if (!status.ok()) throw std::runtime_error("bare RocksDB: " + status.ToString());
}

// As core/log/store.cpp sets them.
rocksdb::ColumnFamilyOptions family_options(std::size_t buffer_mebibytes) {
    rocksdb::BlockBasedTableOptions table;
    table.block_size = std::size_t{16} << 10;
    table.format_version = 5;
    rocksdb::ColumnFamilyOptions options;
    options.compression = rocksdb::kZSTD;
    options.write_buffer_size = buffer_mebibytes << 20;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

// A database and its handles, which RocksDB wants back first.
class Database {
  public:
    static std::unique_ptr<Database> create(const std::filesystem::path &folder) {
        rocksdb::DBOptions options;
        options.create_if_missing = true;
        options.create_missing_column_families = true;
        options.max_total_wal_size = std::uint64_t{256} << 20;
        auto out = std::unique_ptr<Database>(new Database());
        const std::vector<rocksdb::ColumnFamilyDescriptor> families{
            {rocksdb::kDefaultColumnFamilyName, {}}, {"events", family_options(32)}, {"by_subject", family_options(16)}};
        must(rocksdb::DB::Open(options, folder.string(), families, &out->handles_, &out->db_));
        return out;
    }
    static std::unique_ptr<Database> read(const std::filesystem::path &folder) {
        auto out = std::unique_ptr<Database>(new Database());
        std::vector<std::string> names;
        must(rocksdb::DB::ListColumnFamilies({}, folder.string(), &names));
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        for (const auto &name : names)
            families.emplace_back(name, family_options(32));
        must(rocksdb::DB::OpenForReadOnly({}, folder.string(), families, &out->handles_, &out->db_));
        return out;
    }
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;
    ~Database() {
        for (auto *handle : handles_)
            static_cast<void>(db_->DestroyColumnFamilyHandle(handle).ok());
        delete db_;
    }
    rocksdb::DB &db() { return *db_; }
    rocksdb::ColumnFamilyHandle *family(std::string_view name) {
        for (auto *handle : handles_)
            if (handle->GetName() == name) return handle;
        throw std::runtime_error("a family is missing");
    }

  private:
    Database() = default;
    rocksdb::DB *db_ = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle *> handles_;
};

std::string index_key(const std::string &event_key, std::string_view record) {
    RecordHeader header;
    std::memcpy(&header, record.data(), sizeof header);
    std::string key(1, event_key.front());
    key += record.substr(sizeof header + header.type_bytes, header.subject_bytes);
    key.push_back('\0');
    key += event_key.substr(1);
    return key;
}

} // namespace

void settle(const std::filesystem::path &folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || ::syncfs(fd) != 0) throw std::runtime_error("the disk cannot be synced");
    ::close(fd);
}

std::vector<StoredGroup> stored_groups(const std::filesystem::path &log) {
    const auto database = Database::read(LogFolder{log}.database());
    std::vector<StoredGroup> groups;
    std::int64_t time = -1;
    const std::unique_ptr<rocksdb::Iterator> at(database->db().NewIterator({}, database->family("events")));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
        RecordHeader header;
        std::memcpy(&header, at->value().data(), sizeof header);
        if (header.time != time) groups.emplace_back();
        time = header.time;
        groups.back().events.emplace_back(at->key().ToString(), at->value().ToString());
        groups.back().index.push_back(index_key(groups.back().events.back().first, groups.back().events.back().second));
    }
    must(at->status());
    return groups;
}

std::vector<double> write_bare(const std::filesystem::path &folder, const std::vector<StoredGroup> &groups, Index index) {
    const auto database = Database::create(folder);
    auto *events = database->family("events");
    auto *by_subject = database->family("by_subject");
    rocksdb::WriteOptions synced;
    synced.sync = true;
    std::vector<double> took;
    took.reserve(groups.size());
    settle(folder);
    for (const auto &group : groups) {
        const auto start = Clock::now();
        rocksdb::WriteBatch batch;
        for (const auto &[key, record] : group.events)
            must(batch.Put(events, key, record));
        if (index == Index::with)
            for (const auto &key : group.index)
                must(batch.Put(by_subject, key, {}));
        must(database->db().Write(synced, &batch));
        took.push_back(seconds_since(start));
    }
    return took;
}

double write_bare_threads(const std::filesystem::path &folder, const std::vector<std::vector<StoredGroup>> &threads) {
    const auto database = Database::create(folder);
    auto *events = database->family("events");
    auto *by_subject = database->family("by_subject");
    rocksdb::WriteOptions synced;
    synced.sync = true;
    settle(folder);
    const auto start = Clock::now();
    {
        std::vector<std::jthread> pool;
        for (const auto &groups : threads)
            pool.emplace_back([&] {
                for (const auto &group : groups)
                    for (std::size_t i = 0; i < group.events.size(); ++i) {
                        rocksdb::WriteBatch batch;
                        must(batch.Put(events, group.events[i].first, group.events[i].second));
                        must(batch.Put(by_subject, group.index[i], {}));
                        must(database->db().Write(synced, &batch));
                    }
            });
    }
    return seconds_since(start);
}

double read_and_hash(const std::filesystem::path &log, std::size_t &records) {
    const auto database = Database::read(LogFolder{log}.database());
    const std::unique_ptr<rocksdb::Iterator> at(database->db().NewIterator({}, database->family("events")));
    Sha256 chain{};
    records = 0;
    const auto start = Clock::now();
    for (at->SeekToFirst(); at->Valid(); at->Next(), ++records) {
        const std::string_view record(at->value().data(), at->value().size());
        chain = sha256(view(chain), record_body(record));
    }
    must(at->status());
    return seconds_since(start);
}

} // namespace xtn::bench
