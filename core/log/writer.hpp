// The one thread that writes a log: group commit, numbers, times, chain, fencing. Internal to core/log.
//
// Flow of a group: take all that is queued -> number and seal in queue order -> one batch, one sync -> move the anchor -> publish
// the heads
// -> answer. Guarantees: a stream is gapless; an append is in the log whole or not at all; nobody is answered before the anchor
// moved; after the first failure nothing is ever written again.
#pragma once

#include "core/base/mutex.hpp"
#include "core/log/anchor.hpp"
#include "core/log/log.hpp"
#include "core/log/store.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <variant>

namespace xtn {

class Writer {
  public:
    struct Options {
        Store *store = nullptr;
        AnchorFile *anchor = nullptr;
        AnchorState state;  // where the log stands
        bool begun = false; // state.epoch is a term of this process already (repair); else appends wait for begin_epoch()
        std::function<void(const Error &)> on_fatal;
        PausePoints pause_points;
        std::size_t max_queued_events = 0;
        std::size_t max_queued_bytes = 0;
        std::filesystem::path folder; // for the last word
    };
    explicit Writer(Options options);
    Writer(const Writer &) = delete;
    Writer &operator=(const Writer &) = delete;
    ~Writer(); // close()

    std::future<Result<std::vector<Event>>> append(Log::Append append);
    Result<Epoch> begin_epoch(Epoch at_least);
    Head head(Stream stream) const;
    Seq wait_after(Stream stream, Seq after, Deadline deadline) const;
    // RocksDB failed behind our back: as a failed write.
    void fail_from_outside(const Error &error);
    bool failed() const;
    void close();

  private:
    struct AppendItem {
        Stream stream;
        Epoch epoch;
        std::vector<std::string> records; // encoded, not yet numbered
        std::vector<Event> events;        // what will be answered; numbers still missing
        std::vector<std::int64_t> relative_causes;
        std::vector<Blob> blobs;
        std::optional<Seq> expect_first;
        std::vector<Timestamp> times;
        std::size_t bytes = 0;
        std::promise<Result<std::vector<Event>>> promise;
    };
    struct EpochItem {
        Epoch at_least;
        std::promise<Result<Epoch>> promise;
    };
    using Item = std::variant<AppendItem, EpochItem>;
    struct Queued { // of one stream
        std::size_t events = 0;
        std::size_t bytes = 0;
    };
    struct Group;

    static Result<AppendItem> prepare(const Store &store, Log::Append append);
    void run();
    void write(std::vector<Item> items);
    void number(AppendItem &item, Group &group);
    void fail(const Error &error, std::vector<Item> items);
    Queued &queued(Stream stream) XTN_REQUIRES(mutex_) { return queued_[stream == Stream::control ? 0 : 1]; }

    const Options options_;
    AnchorState state_; // writer thread only
    bool begun_;        // writer thread only

    mutable Mutex mutex_;
    mutable CondVar changed_;   // the queue, stopping_ or failure_
    mutable CondVar published_; // head_ or closed_
    std::vector<Item> queue_ XTN_GUARDED_BY(mutex_);
    std::array<Queued, 2> queued_ XTN_GUARDED_BY(mutex_);
    AnchorState head_ XTN_GUARDED_BY(mutex_); // what was acknowledged
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    bool closed_ XTN_GUARDED_BY(mutex_) = false;
    std::optional<Error> failure_ XTN_GUARDED_BY(mutex_);
    std::atomic<std::thread::id> thread_id_; // set by the thread itself
    Mutex joining_;
    std::thread thread_; // started last
};

} // namespace xtn
