// The engine: append -> fold -> decide, to a fixpoint, on one thread.
//
// One cycle: take queued inputs (bounded, fair over sources) -> fold each draft as an event -> ask the policies -> fold their
// decisions, and so on until nothing new is decided (at most 32 rounds, then `policy.cascade.stopped`) -> one batch -> one sync
// -> publish. Only after the sync do subscribers see anything: state that is not durable is never visible outside. The engine is
// the only writer of the control stream, so it knows the numbers and times its events will get before they are written; the log
// checks that they agree.
#pragma once

#include "core/base/pause_points.hpp"
#include "core/engine/projection.hpp"
#include "core/event/event.hpp"
#include "core/log/log.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

// All projections and policies together, as the engine sees them. Pure: no clock, no I/O, no randomness, no exceptions. Restored,
// it decides upon every later event as the machine that was serialized does.
class Machine : public Projection {
  public:
    struct Decisions {
        std::vector<EventDraft> drafts; // `cause` is filled in by the engine with the event that was decided upon
        std::vector<Blob> blobs;
    };

    // An event about this comes next: what apply() will need may be fetched. Changes nothing.
    virtual void expect(const Subject &subject) const { (void)subject; }
    // What the policies decide on the state just after `event`.
    virtual Decisions decide(const Event &event) const = 0;
    // The earliest moment at which a `clock.deadline` event is wanted.
    virtual std::optional<Timestamp> next_deadline() const = 0;
};

class Engine {
  public:
    // Snapshots shorten a start: it begins with the newest usable one instead of the first event. Only ever a cache.
    struct Snapshots {
        std::string version; // of the state; one of another version is not used. Empty: no snapshots
        // A second machine like Options::machine, as it is before the first event.
        std::function<std::unique_ptr<Machine>()> fresh;
        std::function<bool()> allowed; // whether one may be written now: not on a disk that runs short. Empty: always
        std::uint64_t every = 100'000; // events from one to the next
        std::uint64_t on_stop = 1'000; // events that make one worth it at an orderly stop
        // Others that fold the control stream: kept along with the machine, so that their owners need not read the whole log at a
        // start either (catch_up()).
        struct Beside {
            KeptAs as;
            std::function<std::unique_ptr<Projection>()> fresh; // as it is before the first event
        };
        std::vector<Beside> beside;
    };
    struct Options {
        Log *log = nullptr;
        Machine *machine = nullptr;
        std::size_t max_queue = 16384; // inputs; a quarter is reserved for outcomes and clock ("priority")
        std::size_t max_batch = 512;   // inputs folded in one cycle
        Snapshots snapshots;
        Epoch epoch_at_least;                        // for the leader term that begins: the Lease's transitions
        std::function<Timestamp()> now;              // for stamping; empty: Timestamp::now. Tests pass a virtual clock
        std::function<void(const Error &)> on_fatal; // a failed append: the process must end
        PausePoints pause_points;                    // test seam: engine_taken to engine_published, start_replayed, start_elected
    };
    enum class Priority { observation, decision };

    // Replays the log into the machine (from a snapshot, see above), begins a leader term, then starts the thread. A new log gets
    // its `log.genesis`. Errors: as Log::scan and Log::begin_epoch.
    static Result<std::unique_ptr<Engine>> start(Options options);
    virtual ~Engine() = default;

    // Queues drafts of one observation, to be kept together. `lane` names who competes for the queue (a namespace, "kube"): lanes
    // are served in turn. Each draft is folded and decided upon before the next; all are in one batch. False: the queue is full
    // (the caller slows down) or the engine has stopped. Drafts that the log would refuse (check_draft, another stream) are a bug
    // of the caller: they are reported in the process log and dropped, and the answer is true, for repeating cannot help.
    virtual bool submit(std::string_view lane, std::vector<EventDraft> drafts, std::vector<Blob> blobs = {},
                        Priority priority = Priority::observation) = 0;
    // As submit(), and waits until the drafts are durable and published. Returns the drafts' own events. Errors: invalid_argument
    // (a draft that the log would refuse), resource_exhausted (queue), cancelled (stopped), unavailable (the log failed),
    // deadline_exceeded (they may still become durable), internal (called on the engine thread, which cannot wait for itself).
    virtual Result<std::vector<Event>> submit_and_wait(std::string_view lane, std::vector<EventDraft> drafts,
                                                       Deadline deadline) = 0;

    // Called on the engine thread after each durable batch, with the events just made durable. Must be quick: copy what is
    // needed. Each subscriber first gets one call with no events, soon after it was added: "everything may have changed". It must
    // not wait for the engine, but may submit().
    using Subscriber = std::function<void(const Machine &, std::span<const Event>)>;
    virtual void subscribe(std::string name, Subscriber subscriber) = 0;

    // Runs `question` on the engine thread between cycles and waits for it: the consistent way to read state; everything in it is
    // durable. May be called from a subscriber. Errors: deadline_exceeded (then the question was not and will not be asked),
    // cancelled (stopped), unavailable (the log failed).
    virtual Status ask(const std::function<void(const Machine &, Seq durable)> &question, Deadline deadline) = 0;

    virtual Epoch epoch() const = 0;
    // Takes nothing new, folds and writes what is queued, then ends the thread. Idempotent.
    virtual void stop() = 0;
};

} // namespace xtn
