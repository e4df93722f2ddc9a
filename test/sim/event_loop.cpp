#include "test/sim/event_loop.hpp"

#include <algorithm>

namespace xtn::simulation {
using namespace std::chrono_literals;

namespace {

constexpr Duration monotonic_start = 1h;                // so that "long ago" can be said
constexpr Duration wall_start = 1'750'000'000s + 250ms; // some day in June 2025

} // namespace

EventLoop::EventLoop() {
    netkit::TimeSource::use(this);
}
EventLoop::~EventLoop() {
    netkit::TimeSource::use(nullptr);
}

void EventLoop::after(Duration delay, std::function<void()> what) {
    queue_.emplace(std::pair(now_ + std::max(delay, Duration(0)), order_++), std::move(what));
}

void EventLoop::settle() {
    if (!io_) return;
    if (io_->stopped()) io_->restart();
    io_->poll();
}

bool EventLoop::step(Duration until) {
    settle();
    if (queue_.empty() || queue_.begin()->first.first > until) return false;
    auto next = queue_.extract(queue_.begin());
    now_ = next.key().first;
    ++steps_;
    next.mapped()();
    settle();
    return true;
}

EventLoop::Monotonic EventLoop::monotonic() const {
    return Monotonic(std::chrono::duration_cast<Monotonic::duration>(monotonic_start + now_));
}
EventLoop::Wall EventLoop::wall() const {
    return Wall(std::chrono::duration_cast<Wall::duration>(wall_start + wall_shift_ + now_));
}
void EventLoop::call_at(Monotonic at, std::function<void()> wake) {
    after(at - monotonic(), std::move(wake));
}

} // namespace xtn::simulation
