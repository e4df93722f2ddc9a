#include "raw_database.hpp"

#include <rocksdb/db.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace xtn::logtest {

namespace {

void check(const rocksdb::Status &status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
}

struct Raw {
    explicit Raw(const std::filesystem::path &folder) {
        const std::string path = (folder / "db").string();
        std::vector<std::string> names;
        check(rocksdb::DB::ListColumnFamilies({}, path, &names));
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        for (const auto &name : names)
            families.emplace_back(name, rocksdb::ColumnFamilyOptions());
        rocksdb::DB *raw = nullptr;
        check(rocksdb::DB::Open({}, path, families, &handles, &raw));
        db.reset(raw);
    }
    ~Raw() {
        for (auto *handle : handles)
            db->DestroyColumnFamilyHandle(handle);
    }
    rocksdb::ColumnFamilyHandle *family(const std::string &name) const {
        for (auto *handle : handles)
            if (handle->GetName() == name) return handle;
        throw std::runtime_error("no family " + name);
    }

    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle *> handles;
};

} // namespace

void change_value(const std::filesystem::path &folder, const std::string &family, const std::string &key,
                  const std::function<std::string(std::string)> &change) {
    const Raw raw(folder);
    std::string value;
    check(raw.db->Get({}, raw.family(family), key, &value));
    const std::string changed = change(std::move(value));
    if (changed.empty())
        check(raw.db->Delete({}, raw.family(family), key));
    else
        check(raw.db->Put({}, raw.family(family), key, changed));
}

void put_value(const std::filesystem::path &folder, const std::string &family, const std::string &key, const std::string &value) {
    const Raw raw(folder);
    check(raw.db->Put({}, raw.family(family), key, value));
}

void remove_value(const std::filesystem::path &folder, const std::string &family, const std::string &key) {
    const Raw raw(folder);
    std::string value;
    check(raw.db->Get({}, raw.family(family), key, &value)); // it was there
    check(raw.db->Delete({}, raw.family(family), key));
}

void add_family(const std::filesystem::path &folder, const std::string &family) {
    Raw raw(folder);
    rocksdb::ColumnFamilyHandle *handle = nullptr;
    check(raw.db->CreateColumnFamily({}, family, &handle));
    raw.handles.push_back(handle);
}

} // namespace xtn::logtest
