#include "adapters/clock/clock_adapter.hpp"

#include "adapters/clock/deadline_watch.hpp"
#include "core/base/mutex.hpp"

#include <chrono>
#include <optional>
#include <thread>

namespace xtn {
using namespace std::chrono_literals;

// Shared with the engine's subscription, which outlives the adapter: it keeps only a weak pointer.
struct ClockAdapter::Impl {
    Engine *engine = nullptr;
    std::function<Timestamp()> now;
    Mutex mutex;
    CondVar changed;
    DeadlineWatch watch XTN_GUARDED_BY(mutex);
    bool stopping XTN_GUARDED_BY(mutex) = false;
    std::thread thread;

    void set_due(std::optional<Timestamp> next) {
        const MutexLock lock(mutex);
        watch.set_due(next);
        changed.notify_one();
    }

    void run() {
        MutexLock lock(mutex);
        while (!stopping) {
            auto step = watch.look(now());
            if (!step.announce) {
                changed.wait_until(mutex, step.pause ? Deadline::after(*step.pause) : Deadline::never());
                continue;
            }
            watch.told();
            lock.unlock();
            std::vector<EventDraft> drafts;
            drafts.push_back(std::move(*step.announce));
            engine->submit("clock", std::move(drafts), {}, Engine::Priority::decision);
            lock.lock();
        }
    }
};

ClockAdapter::ClockAdapter(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<ClockAdapter> ClockAdapter::start(Options options) {
    auto impl = std::make_shared<Impl>();
    impl->engine = options.engine;
    impl->now = options.now ? std::move(options.now) : [] { return Timestamp::now(); };
    options.engine->subscribe("clock", [weak = std::weak_ptr<Impl>(impl)](const Machine &machine, std::span<const Event>) {
        if (const auto alive = weak.lock()) alive->set_due(machine.next_deadline());
    });
    // What the machine waits for already, from before the subscription. An engine that has stopped answers nothing, and needs
    // no deadlines.
    (void)options.engine->ask([&impl](const Machine &machine, Seq) { impl->set_due(machine.next_deadline()); },
                              Deadline::after(10s));
    impl->thread = std::thread([raw = impl.get()] { raw->run(); });
    return std::unique_ptr<ClockAdapter>(new ClockAdapter(std::move(impl)));
}

void ClockAdapter::stop() {
    {
        const MutexLock lock(impl_->mutex);
        impl_->stopping = true;
        impl_->changed.notify_one();
    }
    if (impl_->thread.joinable()) impl_->thread.join();
}

ClockAdapter::~ClockAdapter() {
    stop();
}

} // namespace xtn
