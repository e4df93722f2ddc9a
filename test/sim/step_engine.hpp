// The engine without threads: the real queue and the real Turn, run by the event loop. Between folding and publishing lies the
// sync, which takes its time: everything else goes on meanwhile, and a crash may come.
#pragma once

#include "core/engine/engine.hpp"
#include "core/engine/turn.hpp"
#include "test/sim/broken.hpp"
#include "test/sim/choices.hpp"
#include "test/sim/memory_log.hpp"

#include <cstdint>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xtn::simulation {

class StepEngine final : public Engine {
  public:
    struct Context {
        EventLoop *loop = nullptr;
        Choices *choices = nullptr;
        MemoryLog *log = nullptr;
        Machine *machine = nullptr;
        Broken broken = Broken::nothing;
        // Called right after each batch became durable, before anybody is told.
        std::function<void(const std::vector<Event> &)> on_durable;
        // Something that must never be.
        std::function<void(std::string what)> broken_invariant;
        // A point at which the process may be killed: true: it was, go no further.
        std::function<bool(std::string_view point)> may_crash;
    };
    // Replays, begins a term, writes genesis into a new log.
    static Result<std::unique_ptr<StepEngine>> start(Context context);
    ~StepEngine() override;

    bool submit(std::string_view lane, std::vector<EventDraft> drafts, std::vector<Blob> blobs, Priority priority) override;
    // At once, for what start-up records: there is nothing else in the queue then.
    Result<std::vector<Event>> submit_and_wait(std::string_view lane, std::vector<EventDraft> drafts, Deadline deadline) override;
    void subscribe(std::string name, Subscriber subscriber) override;
    Status ask(const std::function<void(const Machine &, Seq)> &question, Deadline deadline) override;
    Epoch epoch() const override { return epoch_; }
    void stop() override { stopped_ = true; }
    // From now on nothing of it goes on.
    void kill() { *alive_ = false; }

    // Whether nothing waits and nothing is on its way to the disk.
    bool idle() const { return queue_.empty() && !syncing_; }

  private:
    StepEngine(Context context, Head head, Epoch epoch);
    void schedule();
    void turn();
    void synced();

    Context context_;
    Epoch epoch_;
    Turn turn_;
    InputQueue queue_;
    bool scheduled_ = false;
    bool syncing_ = false;
    bool stopped_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // what the loop still holds for us asks first
};

} // namespace xtn::simulation
