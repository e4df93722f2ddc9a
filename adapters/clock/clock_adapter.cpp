#include "adapters/clock/clock_adapter.hpp"

#include "core/base/mutex.hpp"
#include "core/event/catalogue.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace xtn {
using namespace std::chrono_literals;

namespace {

// The wall clock may be set while we wait on the monotonic one: look at it again at least this often.
constexpr auto longest_wait = 1s;
// After the engine refused a draft (queue full), or when a deadline is still due although it was announced.
constexpr auto retry_after = 200ms;

} // namespace

// Shared with the engine's subscription, which outlives the adapter: it keeps only a weak pointer.
struct ClockAdapter::Impl {
    Engine *engine = nullptr;
    std::function<Timestamp()> now;
    Mutex mutex;
    CondVar changed;
    std::optional<Timestamp> due XTN_GUARDED_BY(mutex); // the machine's next deadline
    bool stopping XTN_GUARDED_BY(mutex) = false;
    std::thread thread;

    void set_due(std::optional<Timestamp> next) {
        const MutexLock lock(mutex);
        due = next;
        changed.notify_one();
    }

    void run() {
        std::optional<Timestamp> announced; // not again at once: the machine needs a moment to fold it
        MutexLock lock(mutex);
        while (!stopping) {
            if (!due) {
                changed.wait(mutex);
                continue;
            }
            const auto left = due->since(now());
            if (left > 0ns || due == announced) {
                const bool again = left <= 0ns;
                const std::chrono::nanoseconds limit = longest_wait;
                const std::chrono::nanoseconds pause = again ? retry_after : std::min(left, limit);
                const auto before = due;
                const bool told = changed.wait_until(mutex, Deadline::after(pause));
                if (again && (!told || due != before)) announced.reset();
                continue;
            }
            const auto at = *due;
            lock.unlock();
            const bool taken = announce(at, -left);
            lock.lock();
            if (taken)
                announced = at;
            else
                changed.wait_until(mutex, Deadline::after(retry_after));
        }
    }

    bool announce(Timestamp at, std::chrono::nanoseconds lag) const {
        EventDraft draft;
        draft.type = type_of("clock.deadline");
        draft.subject = Subject::cluster();
        draft.source = "clock";
        draft.payload["due"] = at.rfc3339();
        draft.payload["lag_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(lag).count();
        std::vector<EventDraft> drafts;
        drafts.push_back(std::move(draft));
        return engine->submit("clock", std::move(drafts), {}, Engine::Priority::decision);
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
