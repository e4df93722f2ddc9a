// The circuit breaker in front of one coordinator (spec 50 §14, with the repairs of §26.1 and §26.2): consecutive failures open
// it, time lets one probe through, two good probes close it. A probe's slot is a lease that always comes back: with the outcome,
// when the permit is dropped, or after 30 s at the latest. What clients do (cancel, leave) never counts.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace xtn::gateway {

using TimePoint = std::chrono::steady_clock::time_point;

class CircuitBreaker {
  public:
    enum class State : std::uint8_t { closed, open, half_open };
    enum class Outcome : std::uint8_t {
        success,     // an answer below 500
        overload,    // 503
        failure,     // another answer of 500 and above, or a transport error after the connection stood
        unreachable, // the connection could not be made: a sleeping runtime, no fault of its health
        cancelled,   // the client or shutdown gave up: frees a probe's slot and counts nothing
    };

    static constexpr int failure_threshold = 5;
    static constexpr int overload_threshold = 15;
    static constexpr int success_threshold = 2;
    static constexpr std::chrono::seconds open_time{30};
    static constexpr std::chrono::seconds probe_lease{30};

    // The right to send one request; settle it exactly once, or drop it (which is `cancelled`).
    class Permit {
      public:
        Permit() = default;
        Permit(Permit &&other) noexcept : breaker_(other.breaker_), probe_(other.probe_) { other.breaker_ = nullptr; }
        Permit &operator=(Permit &&other) noexcept;
        ~Permit() { release(); }
        explicit operator bool() const { return breaker_ != nullptr; }
        void settle(Outcome outcome, TimePoint now);

      private:
        friend class CircuitBreaker;
        Permit(CircuitBreaker *breaker, std::uint64_t probe) : breaker_(breaker), probe_(probe) {}
        void release();
        CircuitBreaker *breaker_ = nullptr;
        std::uint64_t probe_ = 0; // which probe it is; 0: none
    };

    // Would allow() say yes? Changes nothing.
    bool selectable(TimePoint now) const;
    // Reserves: an empty permit means refused. The breaker must outlive the permit.
    Permit allow(TimePoint now);
    // For follow-ups of running queries, which have nowhere else to go: never refused, and counted only while closed.
    Permit pass() { return Permit(this, 0); }

    struct View {
        State state = State::closed;
        int failures = 0, successes = 0, overloads = 0;
        bool used = false;
    };
    View view() const;

  private:
    void record(Outcome outcome, std::uint64_t probe, TimePoint now);
    void open(TimePoint now);
    bool slot_free(TimePoint now) const { return probing_ == 0 || now - probe_since_ >= probe_lease; }

    // Closed and without any failure: the usual case, answered without the lock.
    std::atomic<bool> quiet_{true};
    mutable std::mutex mutex_;
    State state_ = State::closed;
    int failures_ = 0, successes_ = 0, overloads_ = 0; // consecutive
    std::uint64_t probing_ = 0;                        // the probe that has the slot; 0: it is free
    std::uint64_t last_probe_ = 0;
    bool used_ = false;
    TimePoint last_failure_{};
    TimePoint probe_since_{};
};

std::string_view state_name(CircuitBreaker::State state); // "closed", "open", "half-open"

} // namespace xtn::gateway
