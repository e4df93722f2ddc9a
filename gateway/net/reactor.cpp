#include "gateway/net/reactor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace xtn::gateway {

namespace {

constexpr int events_per_round = 128;
constexpr std::uint32_t all_events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t ended_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

[[noreturn]] void fail(const char *what) {
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

// A spawned task on its own: nobody awaits it, so its frame ends itself, or is ended with the reactor.
struct Reactor::Detached {
    struct promise_type {
        Detached get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
    std::coroutine_handle<> frame;
};

struct Reactor::Root {
    Reactor *reactor = nullptr;
    std::list<Root>::iterator place;
    std::coroutine_handle<> frame;
};

Reactor::Detached Reactor::drive(Task<> task, Root &root) {
    co_await std::move(task);
    root.reactor->roots_.erase(root.place);
}

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), notify_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (epoll_ < 0 || notify_ < 0) fail("event loop");
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, notify_, &event) != 0) fail("event loop");
    now_ = std::chrono::steady_clock::now();
}

Reactor::~Reactor() {
    while (!roots_.empty()) {
        const auto frame = roots_.front().frame;
        roots_.pop_front();
        frame.destroy();
    }
    ::close(notify_);
    ::close(epoll_);
}

void Reactor::spawn(Task<> task) {
    auto &root = roots_.emplace_back();
    root.reactor = this;
    root.place = std::prev(roots_.end());
    root.frame = drive(std::move(task), root).frame;
    woken_.push_back(root.frame);
}

void Reactor::post(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(work));
        if (std::exchange(notified_, true)) return;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(notify_, &one, sizeof one); // can only fail when it is full, which notifies too
}

void Reactor::stop() {
    post([this] { stopped_ = true; });
}

std::unique_ptr<Registration> Reactor::add(int fd) {
    auto registration = std::make_unique<Registration>();
    registration->fd = fd;
    epoll_event event{};
    event.events = all_events;
    event.data.ptr = registration.get();
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("watching a socket");
    return registration;
}

// The caller closes the descriptor, which ends its registration in the kernel.
void Reactor::remove(std::unique_ptr<Registration> registration) {
    registration->reader = registration->writer = nullptr;
    retired_.push_back(std::move(registration));
}

void Reactor::wake(Waiter *&waiter, bool by_event) {
    if (waiter == nullptr) return;
    waiter->woken = by_event;
    woken_.push_back(waiter->task);
    waiter = nullptr;
}

int Reactor::next_timeout() const {
    if (!woken_.empty()) return 0;
    if (timers_.empty()) return -1;
    const auto left = timers_.begin()->first - std::chrono::steady_clock::now();
    if (left <= std::chrono::steady_clock::duration::zero()) return 0;
    constexpr std::chrono::minutes longest{1};
    return static_cast<int>(
        std::chrono::ceil<std::chrono::milliseconds>(std::min<std::chrono::nanoseconds>(left, longest)).count());
}

void Reactor::run_posted() {
    std::vector<std::function<void()>> work;
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t count = 0;
        [[maybe_unused]] const auto taken = ::read(notify_, &count, sizeof count);
        notified_ = false;
        work.swap(posted_);
    }
    for (auto &each : work)
        each();
}

void Reactor::fire_timers() {
    while (!timers_.empty() && timers_.begin()->first <= now_) {
        auto &alarm = *timers_.begin()->second;
        timers_.erase(timers_.begin());
        wake(alarm.waiter_, true);
    }
}

void Reactor::run_woken() {
    running_.swap(woken_);
    for (const auto &task : running_)
        task.resume();
    running_.clear();
}

void Reactor::run() {
    std::array<epoll_event, events_per_round> events;
    while (!stopped_) {
        const int count = ::epoll_wait(epoll_, events.data(), events_per_round, next_timeout());
        if (count < 0 && errno != EINTR) fail("event loop");
        now_ = std::chrono::steady_clock::now();
        bool posted = false;
        for (int i = 0; i < count; ++i) {
            const auto what = events[static_cast<std::size_t>(i)].events;
            auto *registration = static_cast<Registration *>(events[static_cast<std::size_t>(i)].data.ptr);
            if (registration == nullptr) {
                posted = true;
                continue;
            }
            if ((what & ended_events) != 0) registration->hung_up = true;
            if ((what & (EPOLLIN | ended_events)) != 0) {
                registration->readable = true;
                wake(registration->reader, true);
            }
            if ((what & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
                registration->writable = true;
                wake(registration->writer, true);
            }
        }
        if (posted) run_posted();
        fire_timers();
        run_woken();
        retired_.clear();
    }
}

} // namespace xtn::gateway
