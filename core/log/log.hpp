// The event log: append-only, on RocksDB. On-disk format: docs/log-format.md. Design: docs/architecture.md.
//
// One writer thread takes whatever is queued when the last sync returned, assigns sequence numbers, times and the hash chain,
// writes one batch and syncs once; then the anchor file is moved (anchor.hpp says when that reaches the disk), and only then are
// the appends acknowledged. A failed write or sync is final: every waiting and later append fails, and `on_fatal` is called once
// (the process should end).
#pragma once

#include "core/base/pause_points.hpp"
#include "core/event/event.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

class PlainFiles;

// The last durable event of a stream and the chain value over everything up to it.
struct Head {
    Seq seq;
    Epoch epoch;
    Timestamp time;
    std::string chain; // 64 hex characters; of an empty stream: 64 zeros
};

// Whose state a snapshot holds.
struct KeptAs {
    std::string version; // what folded it: a state of another version is not this binary's state
    std::string of = {}; // who folds: "kube-ledger"; empty: the engine's machine. [a-z-]
};

// The state of everything folded up to an event of the control stream, as canonical JSON. Only ever a cache: whoever cannot use
// one replays from the first event.
struct Snapshot {
    Seq seq;
    KeptAs as;
    std::string state;
};
struct SnapshotLookup {
    std::optional<Snapshot> found;
    std::vector<std::string> passed_over; // which, and why: damaged, of another version, of another history
};

// Reads only; safe to use from any thread. Every answer shows durable events only.
class LogReader {
  public:
    virtual ~LogReader() = default;

    // Identity of this log: 32 hex characters, made at creation.
    virtual const std::string &log_id() const = 0;
    virtual Head head(Stream stream) const = 0;
    // The first event still held (1 unless retention dropped a prefix).
    virtual Seq first(Stream stream) const = 0;

    // Errors: not_found, data_corrupted (with the sequence number).
    virtual Result<Event> get(Stream stream, Seq seq) const = 0;
    // Calls `each` for every event with seq >= from, in order, until it returns false or the head is reached.
    virtual Status scan(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const = 0;
    // As scan(), for whoever folds and keeps nothing: the event is lent for the time of the call. The next one is read into the
    // same memory, and a copy of the payload would lie in it too, unless it is made with a storage of its own.
    virtual Status scan_lent(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const {
        return scan(stream, from, each);
    }
    // As scan_lent(), and checks every event against the one before it, chain included, before `each` sees it: for a start-up,
    // which reads the whole stream in any case. Errors: data_corrupted, naming the first event that is wrong. A log read from
    // afar leaves that to its server.
    virtual Status replay(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const {
        return scan_lent(stream, from, each);
    }
    // The sequence numbers of a subject's events, ascending; `limit` newest ones when given.
    virtual Result<std::vector<Seq>> by_subject(Stream stream, const Subject &subject,
                                                std::optional<std::size_t> limit = {}) const = 0;
    // All subjects that start with `prefix` ("runtime/"), sorted.
    virtual Result<std::vector<Subject>> subjects(Stream stream, std::string_view prefix) const = 0;
    // The last event at or before `time`; Seq{0} when all are later.
    virtual Result<Seq> seq_at(Stream stream, Timestamp time) const = 0;
    // Waits for an event after `after` to become durable. Returns the head's seq, also when the deadline passed or the log was
    // closed (then <= after). A reader beside the writer notices, but shows the new events only when opened again.
    virtual Seq wait_after(Stream stream, Seq after, Deadline deadline) const = 0;

    // A blob by its digest. Errors: not_found, data_corrupted.
    virtual Result<std::string> blob(const Digest &digest) const = 0;

    // The newest usable snapshot of that kind and version at or before `at_most`. Readers that have none find none. Errors:
    // unavailable.
    virtual Result<SnapshotLookup> snapshot(const KeptAs &as, Seq at_most) const {
        (void)as, (void)at_most;
        return SnapshotLookup{};
    }

    struct VerifyReport {
        std::uint64_t events = 0;
        Head head;
    };
    // Recomputes the chain from the first event to the head and compares every stored chain value, sequence number and time
    // order. Errors: data_corrupted, naming the first bad sequence number.
    virtual Result<VerifyReport> verify(Stream stream, const std::function<void(Seq)> &progress = {}) const = 0;

    struct ContentReport {
        std::uint64_t blobs = 0;        // that events name, each once: all there and whole
        std::uint64_t unreferenced = 0; // whole, and named by no event: harmless
        std::uint64_t indexed = 0;      // events in the index by subject, both streams
        std::uint64_t skipped = 0;      // events of types that this binary does not know and may skip
    };
    // Checks what the chain does not cover: every blob that an event names is there and is what its digest says, every other blob
    // is what its digest says, the index by subject names every event once and nothing else; and that every event is of a type
    // that this binary knows or may skip. `progress` is told the control stream's numbers. Errors: data_corrupted (naming the
    // event, the object and the blob), unsupported (an event that must be understood).
    virtual Result<ContentReport> verify_content(const std::function<void(Seq)> &progress = {}) const = 0;
};

struct Blob {
    Digest digest;
    std::string content;
};

// One stream that does not hold what was acknowledged, or holds it changed.
struct StreamDamage {
    Stream stream = Stream::control;
    Head database;                // newest event that the database holds; as its record says, be it right or not
    std::optional<Head> anchored; // what the anchor says was acknowledged; nothing: there is no anchor that can be read
    Head sound;                   // the last event up to which everything is right: a repaired log goes on from here
    std::string why;
};

// A blob that an event names and that is missing or has another content than its digest says.
struct LostManifest {
    Digest digest;
    Seq event; // the newest event that names it; 0: none does
    Subject subject;
    std::string object; // "Deployment/team-a/trino-x-worker"
    std::string text;   // all of it in a sentence
};

// What is wrong with a log's folder.
struct Damage {
    std::vector<StreamDamage> streams;   // those that lost something
    std::vector<LostManifest> manifests; // of the events that are kept, newest event first
    std::string database;                // why the database does not open as it is; empty: it does
    std::string index;                   // what is wrong with the index by subject, which is then made again; empty: nothing
    std::filesystem::path kept;          // where a repair keeps the database as it was
};

class Log : public LogReader {
  public:
    struct Options {
        std::filesystem::path directory;             // created when missing; holds "db/", "anchor", "FORMAT", "LOCK"
        std::function<void(const Error &)> on_fatal; // on the writer thread; may call close(), must not append
        // Back-pressure, for each stream: append() fails with resource_exhausted above either bound. An append that finds its
        // stream's queue empty is taken whatever its size.
        std::size_t max_queued_events = 65536;
        std::size_t max_queued_bytes = std::size_t{64} << 20;
        // Test seam: a RocksDB Env address from a test (rocksdb::Env*), else nullptr.
        void *rocksdb_env = nullptr;
        PausePoints pause_points; // test seam: the writer thread passes log_taken to log_anchored
        // Test seam: how the files beside the database (FORMAT, LOCK, anchor) are touched; nullptr: by system calls.
        PlainFiles *plain_files = nullptr;
        // Test seam: size in bytes at which RocksDB moves a family from memory into a file; 0: as docs/log-format.md says.
        std::size_t write_buffer_bytes = 0;
    };

    // Opens or creates. Errors: unavailable (another process has it, with what to do), unsupported (newer format: which, and what
    // to do), data_corrupted (head behind the anchor, chain broken: both heads and the repair command).
    static Result<std::unique_ptr<Log>> open(Options options);
    // Opens for reading beside a live writer (it shows one moment: take a new one for each question).
    static Result<std::unique_ptr<LogReader>> open_reader(const std::filesystem::path &directory);

    // Lets a log that open() refuses go on from the last event up to which everything is right, and records in
    // `log.gap.accepted` and `topology.manifest.lost` what is lost. `accept` is shown the damage and decides: an error of its own
    // ends the repair with nothing changed. The database as it was is kept beside the new one (Damage::kept). Returns the
    // recorded events; none when nothing was wrong. Errors: as open(), but for the damage; what `accept` says.
    static Result<std::vector<Event>> repair(Options options, const std::function<Status(const Damage &)> &accept);

    // Starts a new leader term: greater than every epoch in the log and the anchor, and at least `at_least`. Appends that were
    // queued before it are written under the old term; needed once before the first append of a process.
    virtual Result<Epoch> begin_epoch(Epoch at_least) = 0;

    // Appends the drafts as neighbours in one stream and returns them as stored, once durable. All or nothing. Blobs are stored
    // in the same batch. Blocks until durable; the first form is for the engine, the second overlaps. `cause` of a draft may
    // point at a draft of the same call: see EventDraft::cause and `relative_causes`.
    struct Append {
        Stream stream = Stream::control;
        Epoch epoch;
        std::vector<EventDraft> drafts;
        // relative_causes[i] = k means: drafts[i] was caused by drafts[k] (k < i); -1: use drafts[i].cause.
        std::vector<std::int64_t> relative_causes;
        std::vector<Blob> blobs;
        // For a caller that folds before it writes (the engine): the number the first draft must get (else conflict, nothing is
        // written), and one time per draft, never decreasing. Empty: the writer stamps.
        std::optional<Seq> expect_first;
        std::vector<Timestamp> times;
    };
    // Errors: invalid_argument (a draft that check_draft() refuses, a cause that is not earlier, times that decrease, a blob that
    // is not what its digest says, no begin_epoch() yet), fenced (a newer term began), conflict (expect_first),
    // resource_exhausted (queue), cancelled (closed), unavailable (a write failed: final).
    virtual Result<std::vector<Event>> append(Append append) = 0;
    virtual std::future<Result<std::vector<Event>>> append_async(Append append) = 0;

    // How the database under it fares. Any thread.
    struct Health {
        bool failed = false;                 // nothing is written any more: the process is about to end
        std::uint64_t background_errors = 0; // of RocksDB, since opening
        std::uint64_t write_stalls = 0;      // how often RocksDB held writes back, since opening; one is told of at its end
        bool stalled = false;                // it does so now
    };
    virtual Health health() const { return {}; }

    // Keeps a snapshot and drops older ones of its kind. From any thread; appends do not wait for it, but the disk is shared.
    // Errors: not_found (no such event), cancelled (closed), unavailable, unsupported.
    virtual Status keep_snapshot(const Snapshot &snapshot) {
        (void)snapshot;
        return make_error(Code::unsupported, "this log keeps no snapshots");
    }

    // Writes what is queued, waits for reads in progress, and closes. Later calls fail with cancelled; head() stays. Not to be
    // called from within a scan.
    virtual void close() = 0;
};

// `log.genesis`: the first event of a log, for whoever writes first (the engine, a repair).
EventDraft genesis_draft(const std::string &log_id, std::string source);

} // namespace xtn
