// The event loop of one worker: waits for sockets, timers and work from other threads, and runs the tasks that they wake.
//
// Every socket is registered once, edge-triggered for both directions; what it told is remembered in the socket until a read or
// write finds it used up. So a wait costs no system call, and one that finds the socket ready does not suspend at all: an
// exchange takes the reads, the writes and its share of one epoll_wait. Asio, which arms each wait anew, was measured against it
// (docs/decisions/gateway-event-loop.md).
#pragma once

#include "gateway/net/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace xtn::gateway {

using TimePoint = std::chrono::steady_clock::time_point;

class Alarm;

// Somebody who waits, in the frame of the task that does.
struct Waiter {
    std::coroutine_handle<> task;
    bool woken = false; // by what was waited for; false: called off
};

// What the reactor and a socket share. Outlives the socket until the events that were fetched with it are through.
struct Registration {
    int fd = -1;
    bool readable = false, writable = true;
    bool hung_up = false; // an end or an error was seen: readable for ever
    Waiter *reader = nullptr, *writer = nullptr;
};

class Reactor {
  public:
    Reactor();
    ~Reactor(); // destroys what still waits, without waking it
    Reactor(const Reactor &) = delete;
    Reactor &operator=(const Reactor &) = delete;

    // Runs until stop(), on one thread.
    void run();
    // From any thread.
    void stop();
    void post(std::function<void()> work); // called on the loop's thread; dropped when the loop ends before

    // On the loop's thread, or before run().
    void spawn(Task<> task); // runs it as soon as the loop comes to it
    // When the loop last woke: the time of what it is working on, to a fraction of a millisecond or of the work before.
    TimePoint now() const { return now_; }

    // For Socket: watches a descriptor from now on. Throws when the kernel has no room.
    std::unique_ptr<Registration> add(int fd);
    void remove(std::unique_ptr<Registration> registration);
    void wake(Waiter *&waiter, bool by_event); // in this round or the next; the waiter is forgotten

  private:
    friend class Alarm;
    struct Root;
    struct Detached;
    static Detached drive(Task<> task, Root &root);
    void run_posted();
    void run_woken();
    void fire_timers();
    int next_timeout() const; // milliseconds for epoll_wait

    int epoll_ = -1, notify_ = -1;
    TimePoint now_{};
    std::vector<std::coroutine_handle<>> woken_, running_;
    std::multimap<TimePoint, Alarm *> timers_;
    std::vector<std::unique_ptr<Registration>> retired_; // events of this round may still name them
    std::list<Root> roots_;                              // spawned tasks that have not ended
    bool stopped_ = false;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;
    bool notified_ = false;
};

// One task's sleep, which others may cut short. On the loop's thread.
class Alarm {
  public:
    explicit Alarm(Reactor &reactor) : reactor_(reactor) {}
    ~Alarm() { forget(); }
    Alarm(const Alarm &) = delete;
    Alarm &operator=(const Alarm &) = delete;

    class Sleep {
      public:
        Sleep(Alarm &alarm, TimePoint until) : alarm_(alarm), until_(until) {}
        Sleep(const Sleep &) = delete;
        Sleep &operator=(const Sleep &) = delete;
        ~Sleep() {
            if (alarm_.waiter_ == &waiter_) alarm_.forget();
        }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> task) {
            waiter_.task = task;
            alarm_.waiter_ = &waiter_;
            alarm_.place_ = alarm_.reactor_.timers_.emplace(until_, &alarm_);
        }
        bool await_resume() const noexcept { return waiter_.woken; }

      private:
        Alarm &alarm_;
        const TimePoint until_;
        Waiter waiter_;
    };
    // True: the time is over; false: cancel() came first. One at a time.
    Sleep sleep_until(TimePoint until) { return {*this, until}; }
    void cancel() {
        if (waiter_ == nullptr) return;
        reactor_.timers_.erase(place_);
        reactor_.wake(waiter_, false);
    }

  private:
    friend class Reactor;
    void forget() {
        if (waiter_ != nullptr) reactor_.timers_.erase(place_);
        waiter_ = nullptr;
    }
    Reactor &reactor_;
    Waiter *waiter_ = nullptr;
    std::multimap<TimePoint, Alarm *>::iterator place_;
};

} // namespace xtn::gateway
