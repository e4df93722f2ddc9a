#include "test/sim/step_engine.hpp"

#include "core/engine/cycle.hpp"

#include <utility>

namespace xtn::simulation {
using namespace std::chrono_literals;

StepEngine::StepEngine(Context context, Head head, Epoch epoch)
    : context_(std::move(context)), epoch_(epoch), turn_(*context_.machine, std::move(head), epoch),
      queue_(64 + context_.choices->pick("engine queue size", 4096)) {}

StepEngine::~StepEngine() {
    *alive_ = false;
}

Result<std::unique_ptr<StepEngine>> StepEngine::start(Context context) {
    const auto last = context.log->head(Stream::control).seq;
    auto replayed = context.log->scan(Stream::control, Seq{1}, [&](const Event &event) {
        const bool skipped = (context.broken == Broken::skip_in_replay && event.seq == last) ||
                             (context.broken == Broken::keep_commands && event.name() == "runtime.command.accepted");
        if (!skipped) context.machine->apply(event);
        return true;
    });
    if (!replayed) return std::move(replayed).error();
    auto epoch = context.log->begin_epoch(Epoch{});
    if (!epoch) return std::move(epoch).error();
    auto *log = context.log;
    const auto head = log->head(Stream::control);
    std::unique_ptr<StepEngine> engine(new StepEngine(std::move(context), head, *epoch));
    if (head.seq.value == 0) {
        std::vector<EventDraft> genesis{genesis_draft(log->log_id(), "engine")};
        if (auto written = engine->submit_and_wait("engine", std::move(genesis), Deadline::never()); !written)
            return std::move(written).error();
    }
    return engine;
}

bool StepEngine::submit(std::string_view lane, std::vector<EventDraft> drafts, std::vector<Blob> blobs, Priority priority) {
    if (stopped_) return false;
    if (drafts.empty() && blobs.empty()) return true;
    if (auto checked = check_input(drafts, blobs); !checked) {
        context_.broken_invariant("a draft that the log would refuse: " + checked.error().message);
        return true;
    }
    if (context_.choices->fault("engine: queue full", 2)) return false;
    EngineInput input{std::move(drafts), std::move(blobs), std::nullopt};
    if (!queue_.push(lane, input, priority)) return false;
    schedule();
    return true;
}

Result<std::vector<Event>> StepEngine::submit_and_wait(std::string_view, std::vector<EventDraft> drafts, Deadline) {
    if (auto checked = check_input(drafts, {}); !checked) return std::move(checked).error();
    std::vector<EngineInput> inputs;
    inputs.push_back(EngineInput{std::move(drafts), {}, std::promise<Result<std::vector<Event>>>()});
    auto answer = inputs.front().answer->get_future();
    auto stored = context_.log->append(turn_.begin(std::move(inputs), Timestamp::now()));
    if (stored.ok() && context_.on_durable) context_.on_durable(*stored);
    turn_.finish(stored);
    return answer.get();
}

void StepEngine::subscribe(std::string name, Subscriber subscriber) {
    turn_.add(std::move(name), std::move(subscriber));
}

Status StepEngine::ask(const std::function<void(const Machine &, Seq)> &question, Deadline) {
    if (syncing_) context_.broken_invariant("asked while a batch is on its way to the disk");
    question(turn_.machine(), turn_.head().seq);
    return ok();
}

void StepEngine::schedule() {
    if (scheduled_ || syncing_ || queue_.empty()) return;
    scheduled_ = true;
    context_.loop->after(context_.choices->latency("engine turn", 20us, 20ms), [this, alive = alive_] {
        if (*alive) turn();
    });
}

void StepEngine::turn() {
    scheduled_ = false;
    if (stopped_) return;
    // Small batches and large ones.
    const auto most = std::size_t{1} << context_.choices->pick("engine batch", 10);
    auto append = turn_.begin(queue_.take(most), Timestamp::now());
    if (append.drafts.empty()) {
        turn_.finish(std::vector<Event>());
        return schedule();
    }
    syncing_ = true;
    if (context_.may_crash("folded, not written")) return;
    auto staged = context_.log->stage(std::move(append));
    if (!staged) return context_.broken_invariant("the log refused a batch: " + staged.error().message);
    if (context_.may_crash("written, not synced")) return;
    if (context_.broken == Broken::publish_before_sync) turn_.finish(*staged);
    auto pause = context_.choices->fault("engine: slow sync", 10) ? Duration(2s) : Duration(0);
    if (context_.choices->fault("engine: stuck sync", 2)) pause += 20s; // longer than anybody waits for an echo
    context_.loop->after(pause + context_.choices->latency("engine sync", 200us, 100ms), [this, alive = alive_] {
        if (*alive) synced();
    });
}

void StepEngine::synced() {
    const auto events = context_.log->sync();
    syncing_ = false;
    if (context_.on_durable) context_.on_durable(events);
    if (context_.may_crash("synced, not published")) return;
    if (context_.broken != Broken::publish_before_sync) turn_.finish(events);
    if (context_.may_crash("published, not acted upon")) return;
    schedule();
}

} // namespace xtn::simulation
