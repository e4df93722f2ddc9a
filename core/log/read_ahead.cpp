#include "core/log/read_ahead.hpp"

#include "core/base/futex.hpp"
#include "core/log/record.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>

namespace xtn {

namespace {

// Handed over many at a time, so that neither thread wakes the other for a single one.
constexpr std::size_t events_to_a_step = 64;
constexpr std::uint32_t steps_ahead = 4; // what they hold stays within a processor's own cache

class Steps {
  public:
    // ---- the reading thread

    // False: nobody wants more.
    Result<bool> put(std::string_view record) {
        if (!has_room()) return false;
        Step &step = step_of(filled_.load(std::memory_order_relaxed));
        if (auto read = step.events[step.count].read(record); !read) return std::move(read).error();
        if (++step.count == events_to_a_step) hand_over();
        return !stopped();
    }
    void end() {
        if (!has_room()) return;
        step_of(filled_.load(std::memory_order_relaxed)).last = true;
        hand_over();
    }

    // ---- the caller's

    // False: it wants no more.
    bool take(const std::function<bool(const Event &)> &each) {
        for (std::uint32_t at = 0;; ++at) {
            wait_until(filled_, [&](std::uint32_t filled) { return filled != at; });
            Step &step = step_of(at);
            for (std::size_t i = 0; i < step.count; ++i)
                if (!each(step.events[i].event())) return false;
            if (step.last) return true;
            step.count = 0;
            taken_.store(at + 1, std::memory_order_release);
            futex_wake(taken_);
        }
    }
    void stop() {
        taken_.store(no_more, std::memory_order_release);
        futex_wake(taken_);
    }

  private:
    static constexpr std::uint32_t no_more = static_cast<std::uint32_t>(-1);

    struct Step {
        std::array<LentEvent, events_to_a_step> events;
        std::size_t count = 0;
        bool last = false;
    };

    Step &step_of(std::uint32_t number) { return steps_[number % steps_ahead]; }
    bool stopped() const { return taken_.load(std::memory_order_acquire) == no_more; }
    template <class Condition> static void wait_until(const std::atomic<std::uint32_t> &word, Condition holds) {
        for (auto seen = word.load(std::memory_order_acquire); !holds(seen); seen = word.load(std::memory_order_acquire))
            futex_wait(word, seen);
    }
    // Waits for the step that is filled next to be free; false: stopped.
    bool has_room() {
        const auto next = filled_.load(std::memory_order_relaxed);
        wait_until(taken_, [&](std::uint32_t taken) { return taken == no_more || next - taken < steps_ahead; });
        return !stopped();
    }
    void hand_over() {
        filled_.fetch_add(1, std::memory_order_release);
        futex_wake(filled_);
    }

    std::array<Step, steps_ahead> steps_;
    alignas(64) std::atomic<std::uint32_t> filled_{0}; // steps; written by the reading thread
    alignas(64) std::atomic<std::uint32_t> taken_{0};  // steps; written by the caller's
};

} // namespace

Status read_ahead(const std::function<Status(const EachRecord &)> &walk, const std::function<bool(const Event &)> &each) {
    const auto steps = std::make_unique<Steps>();
    auto walked = std::async(std::launch::async, [&steps = *steps, &walk] {
        struct End {
            Steps &steps;
            ~End() { steps.end(); }
        } end{steps};
        return walk([&steps](std::string_view record) { return steps.put(record); });
    });
    // However this ends, the other thread does, too: its future waits for it.
    struct Stop {
        Steps &steps;
        ~Stop() { steps.stop(); }
    };
    bool all = false;
    {
        const Stop stop{*steps};
        all = steps->take(each);
    }
    auto status = walked.get();
    return all ? status : ok();
}

} // namespace xtn
