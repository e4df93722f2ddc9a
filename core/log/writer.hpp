// What writes a log: group commit, numbers, times, chain, fencing. Internal to core/log.
//
// Flow of a group: take all that is queued -> number and seal in queue order -> one batch, one sync -> move the anchor -> publish
// the heads -> answer. Guarantees: a stream is gapless; an append is in the log whole or not at all; nobody is answered before
// the anchor moved; after the first failure nothing is ever written again.
//
// One group is written at a time: mostly by a thread kept for it. An append() that finds nobody writing and nothing queued writes
// itself, on its caller's thread, which waits in any case: two changes of thread would cost it a fifth of the sync. Under load,
// when groups hold more than one append, everything goes through the thread. Why: docs/decisions/who-writes-a-group.md.
#pragma once

#include "core/base/mutex.hpp"
#include "core/log/anchor.hpp"
#include "core/log/append_request.hpp"
#include "core/log/log.hpp"
#include "core/log/rounds.hpp"
#include "core/log/store.hpp"

#include <array>
#include <atomic>
#include <span>
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

    Result<std::vector<Event>> append(Log::Append append);
    std::future<Result<std::vector<Event>>> append_async(Log::Append append);
    Result<Epoch> begin_epoch(Epoch at_least);
    Head head(Stream stream) const;
    Seq wait_after(Stream stream, Seq after, Deadline deadline) const;
    // RocksDB failed behind our back: as a failed write.
    void fail_from_outside(const Error &error);
    bool failed() const;
    void close();

  private:
    struct Term {
        Epoch at_least; // once written: the term that began
    };
    // Lives with its caller, who waits for the round to end; or on the heap with a promise, and ends with the answer.
    struct Request {
        std::variant<AppendRequest, Term> what;
        std::uint32_t round = 0;
        std::optional<Error> error; // why it is not in the log
        std::unique_ptr<std::promise<Result<std::vector<Event>>>> promise;
    };
    struct Queued { // of one stream
        std::size_t events = 0;
        std::size_t bytes = 0;
    };
    struct Group;

    Status admit(const AppendRequest &append) const XTN_REQUIRES(mutex_);
    void enqueue(Request &request) XTN_REQUIRES(mutex_);
    static Result<std::vector<Event>> answer(Request &request);

    void run();
    void write_on_this_thread(Request &request);
    void write(std::span<Request *const> requests);
    Status number(AppendRequest &append, Group &group);
    void deliver(std::span<Request *const> requests, std::uint32_t round);
    void fail(const Error &error, std::span<Request *const> requests, std::uint32_t round);
    static std::size_t index_of(Stream stream) { return stream == Stream::control ? 0 : 1; }

    const Options options_;
    // Of whoever writes a group: the one who set writing_.
    AnchorState state_;
    bool begun_;
    Store::Batch batch_;

    Rounds rounds_;
    mutable Mutex mutex_;
    mutable CondVar changed_;   // for the writer's thread: the queue, writing_, stopping_ or failure_
    mutable CondVar published_; // head_ or closed_
    std::vector<Request *> queue_ XTN_GUARDED_BY(mutex_);
    std::uint32_t collecting_ XTN_GUARDED_BY(mutex_) = 1; // the round of what is queued
    std::array<Queued, 2> queued_ XTN_GUARDED_BY(mutex_);
    bool writing_ XTN_GUARDED_BY(mutex_) = false; // a group is being written
    bool crowded_ XTN_GUARDED_BY(mutex_) = false; // the last group of the writer's thread held more than one request
    AnchorState head_ XTN_GUARDED_BY(mutex_);     // what was acknowledged
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    bool closed_ XTN_GUARDED_BY(mutex_) = false;
    std::optional<Error> failure_ XTN_GUARDED_BY(mutex_);
    std::atomic<std::thread::id> thread_id_; // set by the thread itself
    Mutex joining_;
    std::thread thread_; // started last
};

} // namespace xtn
