// Task: a coroutine of one worker's thread, started when it is awaited. No locks, no executors, no cancellation of its own: what
// waits is woken by the Reactor, and learns from the wait's result that it was called off.
//
// An exception that leaves a task is a broken invariant and ends the process.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace xtn::gateway {

namespace detail {

// Frames come and go with every request: kept by size, per thread, instead of asked for anew.
class FrameMemory {
  public:
    static void *take(std::size_t bytes);
    static void give_back(void *frame, std::size_t bytes) noexcept;
};

struct PromiseBase {
    std::coroutine_handle<> continuation = std::noop_coroutine();

    struct Final {
        bool await_ready() const noexcept { return false; }
        template <class Promise> std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
            return done.promise().continuation;
        }
        void await_resume() const noexcept {}
    };
    std::suspend_always initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); } // which tells what it was

    static void *operator new(std::size_t bytes) { return FrameMemory::take(bytes); }
    static void operator delete(void *frame, std::size_t bytes) noexcept { FrameMemory::give_back(frame, bytes); }
};

template <class T> struct Promise : PromiseBase {
    std::optional<T> value;
    template <class U> void return_value(U &&result) { value.emplace(std::forward<U>(result)); }
    T take() { return std::move(*value); }
};
template <> struct Promise<void> : PromiseBase {
    void return_void() const noexcept {}
    void take() const noexcept {}
};

} // namespace detail

template <class T = void> class [[nodiscard]] Task {
  public:
    struct promise_type : detail::Promise<T> {
        Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    };

    Task(Task &&other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    Task &operator=(Task &&) = delete;
    ~Task() {
        if (frame_) frame_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
        frame_.promise().continuation = parent;
        return frame_;
    }
    T await_resume() { return frame_.promise().take(); }

  private:
    explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    std::coroutine_handle<promise_type> frame_;
};

} // namespace xtn::gateway
