#include "core/engine/engine.hpp"

#include "core/base/logging.hpp"
#include "core/base/mutex.hpp"
#include "core/engine/cycle.hpp"
#include "core/engine/input_queue.hpp"
#include "core/engine/snapshot_keeper.hpp"
#include "core/engine/turn.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace xtn {

namespace {

Error stopped() {
    return make_error(Code::cancelled, "the engine has stopped");
}

// A question that waits for its turn. The asker may give up before it is asked, never while it is: `run` refers to the asker's
// stack.
struct Question {
    enum class State { waiting, running, answered, given_up };
    const std::function<void(const Machine &, Seq)> *run = nullptr;
    State state = State::waiting; // guarded by the engine's mutex
    Status result = ok();
};

class RunningEngine final : public Engine {
  public:
    RunningEngine(Options options, Head head, Epoch epoch, Seq snapshot)
        : options_(std::move(options)), epoch_(epoch), turn_(*options_.machine, std::move(head), epoch, options_.pause_points),
          queue_(options_.max_queue),
          keeper_(options_.snapshots.version.empty()
                      ? nullptr
                      : std::make_unique<SnapshotKeeper>(options_.log, options_.snapshots, snapshot, turn_.head().seq)),
          thread_([this] { run(); }) {}
    RunningEngine(const RunningEngine &) = delete;
    RunningEngine &operator=(const RunningEngine &) = delete;
    ~RunningEngine() override { stop(); }

    bool submit(std::string_view lane, std::vector<EventDraft> drafts, std::vector<Blob> blobs, Priority priority) override {
        if (drafts.empty() && blobs.empty()) return true;
        if (auto checked = check_input(drafts, blobs); !checked) {
            logger_.error("lane {}: input dropped: {}", lane, checked.error().message);
            return true;
        }
        EngineInput input{std::move(drafts), std::move(blobs), std::nullopt};
        return push(lane, input, priority).ok();
    }

    Result<std::vector<Event>> submit_and_wait(std::string_view lane, std::vector<EventDraft> drafts,
                                               Deadline deadline) override {
        if (on_engine_thread()) return make_error(Code::internal, "the engine thread cannot wait for itself");
        if (auto checked = check_input(drafts, {}); !checked) return std::move(checked).error();
        EngineInput input{std::move(drafts), {}, std::promise<Result<std::vector<Event>>>()};
        auto answer = input.answer->get_future();
        if (auto pushed = push(lane, input, Priority::decision); !pushed) return std::move(pushed).error();
        if (deadline.reachable() && answer.wait_until(deadline.at()) != std::future_status::ready)
            return make_error(Code::deadline_exceeded, "the events were not durable in time");
        return answer.get();
    }

    void subscribe(std::string name, Subscriber subscriber) override {
        {
            const MutexLock lock(mutex_);
            new_subscribers_.emplace_back(std::move(name), std::move(subscriber));
        }
        changed_.notify_all();
    }

    Status ask(const std::function<void(const Machine &, Seq)> &question, Deadline deadline) override {
        if (on_engine_thread()) { // from a subscriber: between cycles already
            question(*options_.machine, turn_.head().seq);
            return ok();
        }
        auto asked = std::make_shared<Question>();
        asked->run = &question;
        MutexLock lock(mutex_);
        if (failure_) return *failure_;
        if (ended_) return stopped();
        questions_.push_back(asked);
        changed_.notify_all();
        while (asked->state == Question::State::waiting)
            if (!answered_.wait_until(mutex_, deadline)) break;
        if (asked->state == Question::State::waiting) {
            asked->state = Question::State::given_up;
            return make_error(Code::deadline_exceeded, "the engine was busy");
        }
        while (asked->state != Question::State::answered)
            answered_.wait(mutex_);
        return asked->result;
    }

    Epoch epoch() const override { return epoch_; }

    void stop() override {
        {
            const MutexLock lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        if (on_engine_thread()) return;
        const MutexLock lock(joining_);
        if (!thread_.joinable()) return;
        thread_.join();
        if (!keeper_) return;
        keeper_->stop();
        bool failed = false;
        {
            const MutexLock state(mutex_);
            failed = failure_.has_value();
        }
        if (!failed) keeper_->keep_last(*options_.machine, turn_.head().seq); // a failed machine has folded what is not durable
    }

  private:
    void pass(PausePoint point) const { options_.pause_points.pass(point); }
    bool on_engine_thread() const { return thread_id_.load() == std::this_thread::get_id(); }

    Status push(std::string_view lane, EngineInput &input, Priority priority) {
        {
            const MutexLock lock(mutex_);
            if (failure_) return *failure_;
            if (stopping_) return stopped();
            if (!queue_.push(lane, input, priority))
                return make_error(Code::resource_exhausted,
                                  fmt::format("{} inputs wait for the engine, no more are taken", queue_.size()));
        }
        changed_.notify_all();
        return ok();
    }

    void run() {
        thread_id_ = std::this_thread::get_id();
        while (true) {
            std::vector<EngineInput> inputs;
            std::vector<std::shared_ptr<Question>> questions;
            std::vector<std::pair<std::string, Subscriber>> subscribers;
            {
                MutexLock lock(mutex_);
                while (queue_.empty() && questions_.empty() && new_subscribers_.empty() && !stopping_)
                    changed_.wait(mutex_);
                inputs = queue_.take(options_.max_batch);
                questions.swap(questions_);
                subscribers.swap(new_subscribers_);
                if (inputs.empty() && questions.empty() && subscribers.empty()) break; // stopping, and all is done
            }
            for (auto &[name, subscriber] : subscribers)
                turn_.add(std::move(name), std::move(subscriber));
            for (const auto &question : questions)
                answer(*question);
            if (inputs.empty()) continue;
            pass(PausePoint::engine_taken);
            if (auto done = cycle(std::move(inputs)); !done) {
                give_up(done.error());
                break;
            }
        }
        const MutexLock lock(mutex_);
        ended_ = true;
        for (const auto &question : questions_)
            finish(*question, failure_ ? Status(*failure_) : Status(stopped()));
        questions_.clear();
        answered_.notify_all();
    }

    void answer(Question &question) {
        {
            const MutexLock lock(mutex_);
            if (question.state != Question::State::waiting) return;
            question.state = Question::State::running;
        }
        (*question.run)(*options_.machine, turn_.head().seq);
        {
            const MutexLock lock(mutex_);
            finish(question, ok());
        }
        answered_.notify_all();
    }
    static void finish(Question &question, Status result) {
        if (question.state == Question::State::given_up) return;
        question.state = Question::State::answered;
        question.result = std::move(result);
    }

    Status cycle(std::vector<EngineInput> inputs) {
        auto append = turn_.begin(std::move(inputs), options_.now ? options_.now() : Timestamp::now());
        pass(PausePoint::engine_folded);
        auto stored =
            append.drafts.empty() ? Result<std::vector<Event>>(std::vector<Event>()) : options_.log->append(std::move(append));
        if (stored.ok()) pass(PausePoint::engine_durable);
        turn_.finish(stored);
        if (!stored) return std::move(stored).error();
        if (keeper_) keeper_->durable(turn_.head().seq);
        return ok();
    }

    // The machine has folded what is not durable: nobody may look at it any more.
    void give_up(const Error &error) {
        std::vector<EngineInput> waiting;
        {
            const MutexLock lock(mutex_);
            failure_ = error;
            stopping_ = true;
            waiting = queue_.take(queue_.size());
        }
        for (auto &input : waiting)
            if (input.answer) input.answer->set_value(error);
        if (options_.on_fatal) options_.on_fatal(error);
    }

    const Options options_;
    const Epoch epoch_;
    const Logger logger_{"engine"};
    Turn turn_; // engine thread only

    Mutex mutex_;
    CondVar changed_;  // something to do
    CondVar answered_; // a question changed its state
    InputQueue queue_ XTN_GUARDED_BY(mutex_);
    std::vector<std::shared_ptr<Question>> questions_ XTN_GUARDED_BY(mutex_);
    std::vector<std::pair<std::string, Subscriber>> new_subscribers_ XTN_GUARDED_BY(mutex_);
    bool stopping_ XTN_GUARDED_BY(mutex_) = false;
    bool ended_ XTN_GUARDED_BY(mutex_) = false;
    std::optional<Error> failure_ XTN_GUARDED_BY(mutex_);
    std::atomic<std::thread::id> thread_id_; // set by the thread itself
    Mutex joining_;
    const std::unique_ptr<SnapshotKeeper> keeper_; // nothing: no snapshots are kept
    std::thread thread_;                           // started last
};

} // namespace

Result<std::unique_ptr<Engine>> Engine::start(Options options) {
    Machine &machine = *options.machine;
    Log &log = *options.log;
    const auto began = std::chrono::steady_clock::now();
    const Logger logger("engine");
    auto replayed = replay(log, machine, options.snapshots.version, log.head(Stream::control).seq, logger);
    if (!replayed) return std::move(replayed).error();
    // A snapshot spares folding what stands before it, not looking at it: history that somebody changed is no ground to act on.
    if (replayed->from.value > 0)
        if (auto sound = log.verify(Stream::control); !sound) return std::move(sound).error();
    options.pause_points.pass(PausePoint::start_replayed);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    if (replayed->from.value > 0)
        logger.info("began with the snapshot at #{} and {} events behind it, in {} ms", replayed->from.value, replayed->events,
                    took.count());
    else
        logger.info("replayed {} events in {} ms", replayed->events, took.count());
    auto epoch = log.begin_epoch(options.epoch_at_least);
    if (!epoch) return std::move(epoch).error();
    options.pause_points.pass(PausePoint::start_elected);
    const Head head = log.head(Stream::control);
    auto engine = std::make_unique<RunningEngine>(std::move(options), head, *epoch, replayed->from);
    if (head.seq.value == 0) {
        std::vector<EventDraft> genesis{genesis_draft(log.log_id(), "engine")};
        if (auto written = engine->submit_and_wait("engine", std::move(genesis), Deadline::never()); !written)
            return std::move(written).error();
    }
    return std::unique_ptr<Engine>(std::move(engine));
}

} // namespace xtn
