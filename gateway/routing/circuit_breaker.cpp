#include "gateway/routing/circuit_breaker.hpp"

namespace xtn::gateway {

CircuitBreaker::Permit &CircuitBreaker::Permit::operator=(Permit &&other) noexcept {
    if (this != &other) {
        release();
        breaker_ = other.breaker_;
        probe_ = other.probe_;
        other.breaker_ = nullptr;
    }
    return *this;
}

void CircuitBreaker::Permit::settle(Outcome outcome, TimePoint now) {
    if (breaker_ == nullptr) return;
    breaker_->record(outcome, probe_, now);
    breaker_ = nullptr;
}

void CircuitBreaker::Permit::release() {
    if (breaker_ != nullptr) breaker_->record(Outcome::cancelled, probe_, TimePoint());
    breaker_ = nullptr;
}

bool CircuitBreaker::selectable(TimePoint now) const {
    if (quiet_.load(std::memory_order_relaxed)) return true;
    const std::lock_guard lock(mutex_);
    switch (state_) {
    case State::closed:
        return true;
    case State::open:
        return now - last_failure_ >= open_time;
    case State::half_open:
        return slot_free(now);
    }
    return true;
}

CircuitBreaker::Permit CircuitBreaker::allow(TimePoint now) {
    if (quiet_.load(std::memory_order_relaxed)) return {this, 0};
    const std::lock_guard lock(mutex_);
    if (state_ == State::closed) return {this, 0};
    if (state_ == State::open) {
        if (now - last_failure_ < open_time) return {};
        state_ = State::half_open;
        successes_ = 0;
    } else if (!slot_free(now)) {
        return {};
    }
    probing_ = ++last_probe_;
    probe_since_ = now;
    return {this, probing_};
}

void CircuitBreaker::open(TimePoint now) {
    state_ = State::open;
    last_failure_ = now;
    successes_ = 0;
}

void CircuitBreaker::record(Outcome outcome, std::uint64_t probe_number, TimePoint now) {
    if (quiet_.load(std::memory_order_relaxed) && (outcome == Outcome::success || outcome == Outcome::cancelled)) return;
    const std::lock_guard lock(mutex_);
    // One that outlived its lease has no say over its successor.
    const bool probe = probe_number != 0 && probe_number == probing_;
    if (probe) probing_ = 0;
    if (outcome == Outcome::cancelled) return;
    // A request that was let through while half-open without the slot says nothing about the probe.
    const bool judged = state_ == State::closed || probe;
    used_ = true;
    switch (outcome) {
    case Outcome::success:
        failures_ = overloads_ = 0;
        if (state_ == State::half_open && probe && ++successes_ >= success_threshold) state_ = State::closed;
        break;
    case Outcome::overload:
        ++overloads_;
        successes_ = 0;
        if (judged && (state_ == State::half_open || overloads_ >= overload_threshold)) open(now);
        break;
    case Outcome::failure:
        ++failures_;
        overloads_ = successes_ = 0;
        if (state_ != State::half_open || probe) last_failure_ = now;
        if (judged && (state_ == State::half_open || failures_ >= failure_threshold)) open(now);
        break;
    case Outcome::unreachable:
        if (state_ == State::half_open && probe) open(now);
        break;
    case Outcome::cancelled:
        break;
    }
    quiet_.store(state_ == State::closed && failures_ == 0 && overloads_ == 0, std::memory_order_relaxed);
}

CircuitBreaker::View CircuitBreaker::view() const {
    const std::lock_guard lock(mutex_);
    return View{state_, failures_, successes_, overloads_, used_};
}

std::string_view state_name(CircuitBreaker::State state) {
    switch (state) {
    case CircuitBreaker::State::closed:
        return "closed";
    case CircuitBreaker::State::open:
        return "open";
    case CircuitBreaker::State::half_open:
        return "half-open";
    }
    return "closed";
}

} // namespace xtn::gateway
