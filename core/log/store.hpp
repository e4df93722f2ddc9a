// The bytes under the log: one RocksDB database with a fixed set of column families. Everything that is particular to RocksDB
// (options, handles and their order of destruction, recovery mode, error listener) stays behind this header; `log.cpp` and
// `reader.cpp` know keys and records only. Internal to core/log.
#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace xtn {

enum class Family { events, by_subject, blobs, snapshots, meta };

class Store {
  public:
    struct Options {
        std::filesystem::path directory;
        void *env = nullptr; // rocksdb::Env* of a test
        // RocksDB gave up on a background write (flush, compaction, WAL): called on one of its threads, must be quick.
        std::function<void(const Error &)> on_background_error;
        std::size_t write_buffer_bytes = 0; // of a test: instead of the families' own
    };
    // What RocksDB tells of itself in the background. Any thread.
    struct Health {
        std::uint64_t background_errors = 0; // since opening; after the first one nothing is written any more
        std::uint64_t stalls = 0;            // how often it held writes of a family back; told when the first write goes on
        bool stalled = false;                // it does so now: flushes or compactions are behind. Appends wait, nothing is lost
    };
    Health health() const;

    // Opens or creates. Errors: unavailable (I/O), data_corrupted (a record in the middle of the WAL is damaged, a file is
    // missing), unsupported (holds a family that this binary does not know).
    static Result<std::unique_ptr<Store>> open(Options options);
    // Opens for reading and changes nothing on the disk; nobody else has it open. Errors: as open(); not_found (no database
    // there).
    static Result<std::unique_ptr<Store>> open_to_look(const Options &options);
    // Opens for reading, as it is at this moment, beside a process that writes. Errors: as open(); not_found (no database there).
    static Result<std::unique_ptr<Store>> open_beside_writer(const std::filesystem::path &directory, void *env = nullptr);

    // For a repair, on a copy of a database that open() calls corrupted; the copy is changed. What is missing then is for the
    // chain to tell. Errors: unavailable, data_corrupted.
    // With everything but the damaged records of the WALs; it needs the manifest and every table.
    static Result<std::unique_ptr<Store>> open_skipping_damage(const std::filesystem::path &directory);
    // With whatever RocksDB finds in the files, manifest or not; what the WALs hold of a family without a table is left out. It
    // fails where a table holds the same as a WAL.
    static Result<std::unique_ptr<Store>> open_rebuilt(const std::filesystem::path &directory);
    // The same without the WALs.
    static Result<std::unique_ptr<Store>> open_tables(const std::filesystem::path &directory);

    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;
    ~Store(); // no Cursor may be left

    // Nothing: no such key. Errors: data_corrupted, unavailable.
    Result<std::optional<std::string>> get(Family family, std::string_view key) const;

    // Several puts that become visible and durable together.
    class Batch {
      public:
        Batch();
        ~Batch();
        Batch(const Batch &) = delete;
        Batch &operator=(const Batch &) = delete;
        void clear(); // for the next use: keeps its memory, unless that is much

      private:
        friend class Store;
        struct Impl;
        std::unique_ptr<Impl> impl_;
    };
    void put(Batch &batch, Family family, std::string_view key, std::string_view value) const;
    // Writes and syncs. A failure is final: RocksDB refuses later writes as well.
    Status write(Batch &batch);

    // For Family::snapshots alone, which is a cache: written beside the write-ahead log and not synced, so that no append waits
    // for it. A crash loses what settle_cache() did not come after; that also gives back the space of what was erased.
    void erase(Batch &batch, Family family, std::string_view key) const;
    Status write_cache(Batch &batch);
    Status settle_cache();

    // A position in a family, in the order of key bytes. Sees the moment of its making.
    class Cursor {
      public:
        ~Cursor();
        Cursor(Cursor &&) noexcept;
        Cursor &operator=(Cursor &&) noexcept;

        void seek(std::string_view key);          // first key >= key
        void seek_for_prev(std::string_view key); // last key <= key
        void next();
        void prev();
        // False past either end and after an error.
        bool valid() const;
        std::string_view key() const;   // while valid, until moved
        std::string_view value() const; // likewise
        Status status() const;

      private:
        friend class Store;
        struct Impl;
        explicit Cursor(std::unique_ptr<Impl> impl);
        std::unique_ptr<Impl> impl_;
    };
    Cursor cursor(Family family) const;

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn
