// What shall go wrong on a disk, as a table: which operation on which kind of file, from the how-manieth on, and what happens
// then. The disk (fault_disk.hpp) asks before each operation; the plan counts, decides and remembers what it did.
#pragma once

#include "core/base/mutex.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::faultdisk {

enum class Operation { write, sync, read, create, rename, remove, folder_sync, allocate };
inline constexpr std::size_t operations = 8;

// By name: "000012.log", "000013.sst", "000014.blob"; MANIFEST-*, CURRENT, OPTIONS-* and IDENTITY; the plain files beside the
// database by theirs.
enum class FileKind { any, wal, table, blob, manifest, anchor, format, lock, reserve, folder, other };
inline constexpr std::size_t file_kinds = 11;
FileKind kind_of(std::string_view file_name);
std::string_view name_of(Operation operation);
std::string_view name_of(FileKind kind);

enum class Effect {
    fail,  // with `error`; nothing is done
    part,  // write: half of the bytes reach the file, then `error`. read: half of the bytes asked for, and no error
    flip,  // read: one bit of what comes back is another. write: one bit of what is stored
    delay, // done, after `delay`
    hold,  // done, once clear() was called
};

struct Rule {
    Operation operation = Operation::write;
    FileKind kind = FileKind::any;
    Effect effect = Effect::fail;
    std::uint64_t nth = 1; // counted from when the rule was added
    bool from_then_on = false;
    int error = 5; // EIO
    std::chrono::milliseconds delay{0};
};

// What is to be done with one operation.
struct Verdict {
    int error = 0;           // errno; 0: none
    std::uint64_t bytes = 0; // of a write or read: how many of them are done, also with an error
    bool flip = false;       // one bit changes
    std::chrono::milliseconds delay{0};
    bool hold = false;        // wait_for_clear(clears)
    std::uint64_t clears = 0; // how often the plan was cleared before
};

// Safe to use from any thread.
class FaultPlan {
  public:
    void add(Rule rule);
    // ENOSPC once this many further bytes were written or allocated, over all files; a write that does not fit is done in part.
    void room_for(std::uint64_t bytes);
    // EROFS for everything that changes the disk, from now on.
    void read_only();
    // No faults any more, and room for everything; what is held goes on. Counters stay.
    void clear();
    // Returns once the plan was cleared more often than that.
    void wait_for_clear(std::uint64_t clears);

    Verdict next(Operation operation, FileKind kind, std::uint64_t bytes = 0);
    // Room comes back when files shrink or go.
    void give_back(std::uint64_t bytes);
    std::optional<std::uint64_t> room() const;

    // Operations asked for so far; FileKind::any: of all kinds.
    std::uint64_t seen(Operation operation, FileKind kind = FileKind::any) const;
    // "write wal #3: Input/output error": what was done, in order.
    std::vector<std::string> fired() const;

  private:
    struct Armed {
        Rule rule;
        std::uint64_t met = 0;
    };
    mutable Mutex mutex_;
    CondVar cleared_;
    std::uint64_t clears_ XTN_GUARDED_BY(mutex_) = 0;
    std::vector<Armed> rules_ XTN_GUARDED_BY(mutex_);
    std::optional<std::uint64_t> room_ XTN_GUARDED_BY(mutex_);
    bool read_only_ XTN_GUARDED_BY(mutex_) = false;
    std::array<std::array<std::uint64_t, file_kinds>, operations> seen_ XTN_GUARDED_BY(mutex_){};
    std::vector<std::string> fired_ XTN_GUARDED_BY(mutex_);
};

} // namespace xtn::faultdisk
