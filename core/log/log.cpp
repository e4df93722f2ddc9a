// The log as its one writing process has it. Parts: recovery.cpp opens and checks, writer.cpp appends, records.cpp reads.
#include "core/log/log.hpp"

#include "core/event/catalogue.hpp"
#include "core/log/records.hpp"
#include "core/log/recovery.hpp"
#include "core/log/repair.hpp"
#include "core/log/snapshots.hpp"
#include "core/log/verify_content.hpp"
#include "core/log/writer.hpp"

#include <fmt/format.h>

namespace xtn {

namespace {

class WritingLog final : public Log {
  public:
    // RocksDB's complaints may come before the writer exists and while it ends.
    struct Complaints {
        Mutex mutex;
        Writer *writer XTN_GUARDED_BY(mutex) = nullptr;
        std::optional<Error> early XTN_GUARDED_BY(mutex);

        void take(const Error &error) {
            const MutexLock lock(mutex);
            if (writer != nullptr)
                writer->fail_from_outside(error);
            else
                early = error;
        }
    };

    WritingLog(Recovered recovered, Options options, std::shared_ptr<Complaints> complaints, bool begun)
        : recovered_(std::move(recovered)), complaints_(std::move(complaints)), log_id_(recovered_.state.log_id),
          folder_(options.directory),
          writer_({recovered_.store.get(), recovered_.anchor.get(), recovered_.state, begun, std::move(options.on_fatal),
                   std::move(options.pause_points), options.max_queued_events, options.max_queued_bytes, options.directory}) {
        const MutexLock lock(complaints_->mutex);
        complaints_->writer = &writer_;
        if (complaints_->early) writer_.fail_from_outside(*complaints_->early);
    }
    WritingLog(const WritingLog &) = delete;
    WritingLog &operator=(const WritingLog &) = delete;
    ~WritingLog() override { close(); }

    const std::string &log_id() const override { return log_id_; }
    Head head(Stream stream) const override { return writer_.head(stream); }
    Seq first(Stream /*stream*/) const override { return Seq{1}; }

    Result<Event> get(Stream stream, Seq seq) const override {
        return read([&](const Records &r) { return r.get(stream, head(stream).seq, seq); });
    }
    Status scan(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        return read([&](const Records &r) { return r.scan(stream, head(stream).seq, from, each); });
    }
    Status scan_lent(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        return read([&](const Records &r) { return r.scan_lent(stream, head(stream).seq, from, each); });
    }
    Status replay(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        return read([&](const Records &r) { return r.replay(stream, head(stream).seq, from, each); });
    }
    Result<std::vector<Seq>> by_subject(Stream stream, const Subject &subject, std::optional<std::size_t> limit) const override {
        return read([&](const Records &r) { return r.by_subject(stream, head(stream).seq, subject, limit); });
    }
    Result<std::vector<Subject>> subjects(Stream stream, std::string_view prefix) const override {
        return read([&](const Records &r) { return r.subjects(stream, head(stream).seq, prefix); });
    }
    Result<Seq> seq_at(Stream stream, Timestamp time) const override {
        return read([&](const Records &r) { return r.seq_at(stream, head(stream).seq, time); });
    }
    Result<std::string> blob(const Digest &digest) const override {
        return read([&](const Records &r) { return r.blob(digest); });
    }
    Result<VerifyReport> verify(Stream stream, const std::function<void(Seq)> &progress) const override {
        return read([&](const Records &r) { return r.verify(stream, head(stream), progress); });
    }
    Result<ContentReport> verify_content(const std::function<void(Seq)> &progress) const override {
        const std::array heads{head(Stream::control).seq, head(Stream::queries).seq};
        const ReadGuard guard(*this);
        if (!guard.open()) return closed_error();
        return xtn::verify_content(*recovered_.store, heads, progress);
    }
    Result<SnapshotLookup> snapshot(const KeptAs &as, Seq at_most) const override {
        const auto newest = std::min(at_most, head(Stream::control).seq);
        return read([&](const Records &) { return Snapshots(*recovered_.store).newest(as, newest); });
    }
    Status keep_snapshot(const Snapshot &snapshot) override {
        if (snapshot.seq > head(Stream::control).seq)
            return make_error(Code::not_found, fmt::format("event #{} is not durable", snapshot.seq.value));
        return read([&](const Records &) { return Snapshots(*recovered_.store).keep(snapshot); });
    }
    Seq wait_after(Stream stream, Seq after, Deadline deadline) const override {
        return writer_.wait_after(stream, after, deadline);
    }

    Epoch repair_epoch() const { return recovered_.state.epoch; }
    const Damage &damage() const { return recovered_.damage; }
    Result<Epoch> begin_epoch(Epoch at_least) override { return writer_.begin_epoch(at_least); }
    // Preparing an append with blobs looks into the store: the guard spans it.
    std::future<Result<std::vector<Event>>> append_async(Append append) override {
        if (append.blobs.empty()) return writer_.append_async(std::move(append));
        const ReadGuard guard(*this);
        if (guard.open()) return writer_.append_async(std::move(append));
        std::promise<Result<std::vector<Event>>> promise;
        promise.set_value(closed_error());
        return promise.get_future();
    }
    Result<std::vector<Event>> append(Append append) override {
        if (append.blobs.empty()) return writer_.append(std::move(append));
        const ReadGuard guard(*this);
        if (!guard.open()) return closed_error();
        return writer_.append(std::move(append));
    }

    Health health() const override {
        Health health;
        health.failed = writer_.failed();
        const ReadGuard guard(*this);
        if (!guard.open()) return health;
        const auto found = recovered_.store->health();
        health.background_errors = found.background_errors;
        health.write_stalls = found.stalls;
        health.stalled = found.stalled;
        return health;
    }

    void close() override {
        writer_.close();
        MutexLock lock(mutex_);
        closed_ = true;
        while (readers_ > 0)
            no_readers_.wait(mutex_);
        if (!recovered_.store) return;
        {
            const MutexLock quiet(complaints_->mutex);
            complaints_->writer = nullptr;
        }
        recovered_.store.reset();
        recovered_.anchor.reset();
        recovered_.lock.reset();
    }

  private:
    static Error closed_error() { return make_error(Code::cancelled, "the log is closed"); }

    // Keeps the store open for one read.
    class ReadGuard {
      public:
        explicit ReadGuard(const WritingLog &log) : log_(log) {
            const MutexLock lock(log.mutex_);
            open_ = !log.closed_;
            if (open_) ++log.readers_;
        }
        ReadGuard(const ReadGuard &) = delete;
        ReadGuard &operator=(const ReadGuard &) = delete;
        ~ReadGuard() {
            if (!open_) return;
            const MutexLock lock(log_.mutex_);
            if (--log_.readers_ == 0) log_.no_readers_.notify_all();
        }
        bool open() const { return open_; }

      private:
        const WritingLog &log_;
        bool open_ = false;
    };
    template <class Question> auto read(const Question &question) const -> decltype(question(std::declval<const Records &>())) {
        const ReadGuard guard(*this);
        if (!guard.open()) return closed_error();
        auto answer = question(Records(*recovered_.store));
        if (!answer && answer.error().code == Code::data_corrupted) return with_way_out(answer.error());
        return answer;
    }
    // For somebody who reads it at three in the morning.
    Error with_way_out(const Error &damage) const {
        return make_error(damage.code,
                          fmt::format("{}. Restore the folder from a backup, or accept the loss of what cannot be read "
                                      "any more with: xtn-audit repair --data {}",
                                      damage.message, folder_.string()));
    }

    Recovered recovered_;
    std::shared_ptr<Complaints> complaints_;
    const std::string log_id_;
    const std::filesystem::path folder_;
    mutable Mutex mutex_;
    mutable CondVar no_readers_;
    mutable int readers_ XTN_GUARDED_BY(mutex_) = 0;
    bool closed_ XTN_GUARDED_BY(mutex_) = false;
    Writer writer_;
};

// With `accept`, the folder is repaired; else it is opened and checked.
Result<std::unique_ptr<WritingLog>> open_writing(Log::Options options, const std::function<Status(const Damage &)> *accept) {
    LogFolder folder{options.directory};
    if (options.plain_files != nullptr) folder.files = options.plain_files;
    auto complaints = std::make_shared<WritingLog::Complaints>();
    Store::Options store_options{folder.database(), options.rocksdb_env, [complaints](const Error &e) { complaints->take(e); },
                                 options.write_buffer_bytes};
    auto recovered = accept == nullptr ? recover_folder(folder, std::move(store_options))
                                       : repair_folder(folder, std::move(store_options), *accept);
    if (!recovered) return accept == nullptr ? std::move(recovered).error().with("cannot open the log") : recovered.error();
    const bool repairing = !recovered->damage.streams.empty() || !recovered->damage.manifests.empty();
    if (repairing) recovered->state.epoch = Epoch{recovered->state.epoch.value + 1};
    return std::make_unique<WritingLog>(std::move(*recovered), std::move(options), std::move(complaints), repairing);
}

} // namespace

EventDraft genesis_draft(const std::string &log_id, std::string source) {
    EventDraft draft;
    draft.type = type_of("log.genesis");
    draft.subject = Subject::cluster();
    draft.source = std::move(source);
    draft.payload["format"] = log_format;
    draft.payload["log_id"] = log_id;
    return draft;
}

Result<std::unique_ptr<Log>> Log::open(Options options) {
    auto log = open_writing(std::move(options), nullptr);
    if (!log) return std::move(log).error();
    return std::unique_ptr<Log>(std::move(*log));
}

Result<std::vector<Event>> Log::repair(Options options, const std::function<Status(const Damage &)> &accept) {
    auto log = open_writing(std::move(options), &accept);
    if (!log) return std::move(log).error();
    const Damage &damage = (*log)->damage();
    if (damage.streams.empty() && damage.manifests.empty()) return std::vector<Event>();
    Append append;
    append.epoch = (*log)->repair_epoch();
    if ((*log)->head(Stream::control).seq.value == 0) append.drafts.push_back(genesis_draft((*log)->log_id(), "log"));
    for (const auto &lost : damage.streams) {
        const Head &known = lost.anchored ? *lost.anchored : lost.database;
        EventDraft draft;
        draft.type = type_of("log.gap.accepted");
        draft.subject = Subject::cluster();
        draft.source = "log";
        draft.payload["stream"] = std::string(stream_name(lost.stream));
        draft.payload["found"] = lost.sound.seq.value;
        draft.payload["anchored"] = std::max(known.seq, lost.database.seq).value;
        draft.payload["chain"] = known.chain;
        append.drafts.push_back(std::move(draft));
    }
    for (const auto &lost : damage.manifests) {
        if (lost.event.value == 0) continue; // nobody misses it
        EventDraft draft;
        draft.type = type_of("topology.manifest.lost");
        draft.subject = lost.subject;
        draft.source = "log";
        draft.payload["manifest"] = lost.digest.hex;
        draft.payload["object"] = lost.object;
        draft.payload["named_by"] = lost.event.value;
        append.drafts.push_back(std::move(draft));
    }
    if (append.drafts.empty()) return std::vector<Event>();
    return (*log)->append(std::move(append));
}

} // namespace xtn
