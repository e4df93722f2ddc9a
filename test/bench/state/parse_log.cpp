#include "test/bench/state/parse_log.hpp"

#include "core/log/folder.hpp"
#include "core/log/record.hpp"

#include <boost/json/parse.hpp>
#include <rocksdb/db.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace xtn::bench {

double read_and_parse(const std::filesystem::path &log, std::size_t &records) {
    const auto must = [](const rocksdb::Status &status) {
        if (!status.ok()) throw std::runtime_error("bare RocksDB: " + status.ToString());
    };
    const auto folder = LogFolder{log}.database().string();
    std::vector<std::string> names;
    must(rocksdb::DB::ListColumnFamilies({}, folder, &names));
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto &name : names)
        families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle *> handles;
    rocksdb::DB *raw = nullptr;
    must(rocksdb::DB::OpenForReadOnly({}, folder, families, &handles, &raw));
    const std::unique_ptr<rocksdb::DB> db(raw);
    rocksdb::ColumnFamilyHandle *events = nullptr;
    for (auto *handle : handles)
        if (handle->GetName() == "events") events = handle;
    records = 0;
    double took = 0;
    {
        const auto start = std::chrono::steady_clock::now();
        const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, events));
        for (at->SeekToFirst(); at->Valid() && at->key()[0] == static_cast<char>(Stream::control); at->Next(), ++records) {
            RecordHeader header;
            std::memcpy(&header, at->value().data(), sizeof header);
            const auto before = sizeof header + header.type_bytes + header.subject_bytes + header.source_bytes +
                                header.actor_bytes + header.correlation_bytes;
            const auto payload = boost::json::parse({at->value().data() + before, header.payload_bytes});
            if (!payload.is_object()) throw std::runtime_error("a payload is no object");
        }
        must(at->status());
        took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    for (auto *handle : handles)
        must(db->DestroyColumnFamilyHandle(handle));
    return took;
}

} // namespace xtn::bench
