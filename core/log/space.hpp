// Room on the log's disk: how much is left, what is given up when it runs short, and the reserve that pays for the last
// decisions. Levels and what they mean: docs/durability.md. Why so: docs/decisions/disk-watermarks.md.
//
// A look every second (statvfs, nothing per event) gives the level. Each change of it is an event (log.space.changed), so that
// the log itself tells when records may be missing. From `scarce` on, drafts of types that the catalogue calls sheddable are
// dropped and counted; what was dropped is told as observation.coalesced, once a minute and when room is back. At `critical` the
// reserve file is given away, so that decisions still find room, and refusal() says why nothing else is taken.
#pragma once

#include "core/base/mutex.hpp"
#include "core/event/event.hpp"
#include "core/log/plain_files.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace xtn {

enum class DiskLevel { ok, low, scarce, critical };
std::string_view disk_level_name(DiskLevel level); // "ok", "low", "scarce", "critical"

// Bytes free below which a level begins, and the size of the reserve file. 0: the default, which is the smaller of a fixed number
// and a share of the disk (space.cpp has the table).
struct SpaceLimits {
    std::uint64_t low = 0;
    std::uint64_t scarce = 0;
    std::uint64_t critical = 0;
    std::uint64_t reserve = 0;
};
// With the defaults filled in for a disk of `total_bytes`. Errors: invalid_argument unless critical <= scarce <= low.
Result<SpaceLimits> space_limits_for(SpaceLimits wanted, std::uint64_t total_bytes);
// The level at `free_bytes`. It gets worse at once; better only with a tenth of the bound to spare, so that a disk at the edge
// does not fill the log with changes of level. `owed`: bytes that a reserve given away will take back.
DiskLevel next_disk_level(DiskLevel now, std::uint64_t free_bytes, const SpaceLimits &limits, std::uint64_t owed);

class DiskSpace {
  public:
    struct Options {
        std::filesystem::path directory;                  // the log's; made when missing
        SpaceLimits limits;                               // 0: defaults
        std::chrono::milliseconds interval{1000};         // between two looks of the thread
        PlainFiles *files = nullptr;                      // test seam; nullptr: system calls
        std::function<Deadline::Clock::time_point()> now; // test seam for "once a minute"
    };
    struct Figures {
        DiskLevel level = DiskLevel::ok;
        DiskRoom room;
        SpaceLimits limits;
        std::uint64_t reserve_bytes = 0;              // held now
        std::map<std::string, std::uint64_t> dropped; // by event type, since the process started
    };
    // Takes events about the disk into the log; false: not now, they come again at the next look.
    using Record = std::function<bool(std::vector<EventDraft>)>;

    // The first look, to be taken before the log is opened: on a full disk, opening it needs what the reserve gives back. Makes
    // the reserve where there is room for it. Errors: unavailable (no such folder can be made or measured), invalid_argument (the
    // limits).
    static Result<std::unique_ptr<DiskSpace>> open(Options options);
    DiskSpace(const DiskSpace &) = delete;
    DiskSpace &operator=(const DiskSpace &) = delete;
    ~DiskSpace(); // stop()

    // Looks again every interval, on a thread of its own. `recorded` is the level that the log tells of last.
    void start(Record record, DiskLevel recorded);
    // Tells what was dropped, ends the thread. Idempotent.
    void stop();

    // Removes what is not worth its room now from `drafts`, and counts it. Any thread.
    void shed(std::vector<EventDraft> &drafts);
    // Why nothing is taken but lifecycle decisions; empty: everything is. Any thread.
    std::string refusal() const;
    // The state in words, for whoever looks at the process; empty at level ok. Any thread.
    std::string words() const;
    Figures figures() const;

    // One look, as the thread takes it. For tests, without start()'s thread.
    void look();
    void record_with(Record record, DiskLevel recorded);

  private:
    explicit DiskSpace(Options options) : options_(std::move(options)) {}
    PlainFiles &files() const { return options_.files != nullptr ? *options_.files : PlainFiles::real(); }
    std::filesystem::path reserve_file() const { return options_.directory / "reserve"; }
    Deadline::Clock::time_point now() const { return options_.now ? options_.now() : Deadline::Clock::now(); }
    Status measure();
    void take_reserve();
    void give_reserve();
    void tell(bool last);
    void run();

    const Options options_;
    SpaceLimits limits_; // since open()
    // Of whoever looks: the thread, or the test in its place.
    Record record_;
    DiskLevel recorded_ = DiskLevel::ok;
    Deadline::Clock::time_point told_at_{};
    bool reserve_failed_ = false; // told once, tried again at each look

    mutable Mutex mutex_;
    CondVar changed_;
    DiskLevel level_ XTN_GUARDED_BY(mutex_) = DiskLevel::ok;
    DiskRoom room_ XTN_GUARDED_BY(mutex_);
    std::uint64_t reserve_held_ XTN_GUARDED_BY(mutex_) = 0;
    std::map<std::string, std::uint64_t> dropped_ XTN_GUARDED_BY(mutex_);
    std::map<std::string, std::uint64_t> told_ XTN_GUARDED_BY(mutex_); // of dropped_
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

// The level that the newest log.space.changed of a log names; ok when there is none.
class LogReader;
DiskLevel recorded_disk_level(const LogReader &log);

} // namespace xtn
