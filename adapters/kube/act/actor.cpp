#include "adapters/kube/act/actor.hpp"

#include "core/base/probe.hpp"
#include "netkit/task.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace xtn::act {
namespace asio = boost::asio;

Actor::Actor(kube::TaskGroup &tasks, ActContext &context, Options options)
    : tasks_(tasks), context_(context), options_(std::move(options)) {
    if (!options_.random) options_.random = kube::system_random();
}

Actor::Slot &Actor::slot(const RuntimeId &id) {
    return slots_.try_emplace(id, RetryBook(options_.backoff, options_.random)).first->second;
}

void Actor::update(const RuntimeId &id, std::optional<RuntimeView> view, int echoes) {
    auto &at = slot(id);
    at.unechoed = std::max(0, at.unechoed - echoes);
    at.view = std::move(view);
    at.dirty = true;
    if (!at.view && !at.running && !at.sleeping) {
        queue_.erase(id);
        slots_.erase(id);
        return;
    }
    enqueue(id, at);
}

void Actor::poke(const RuntimeId &id) {
    const auto found = slots_.find(id);
    if (found == slots_.end()) return;
    found->second.dirty = true;
    enqueue(id, found->second);
}

void Actor::enqueue(const RuntimeId &id, Slot &at) {
    if (at.queued || at.running || !at.view || !at.dirty) return;
    if (at.unechoed > 0 && !at.echo_by.passed()) return sleep_until(id, at, at.echo_by);
    if (at.unechoed > 0) reached(Probe::actor_gave_up_waiting_for_an_echo);
    at.unechoed = 0;
    at.queued = true;
    queue_.push(id);
    start_next();
}

void Actor::start_next() {
    while (running_ < options_.max_passes) {
        const auto next = queue_.pop();
        if (!next) return;
        const auto &id = *next;
        const auto found = slots_.find(id);
        if (found == slots_.end()) continue;
        found->second.queued = false;
        found->second.running = true;
        found->second.dirty = false;
        ++running_;
        tasks_.spawn("runtime " + id.text(), pass(id));
    }
}

asio::awaitable<void> Actor::pass(RuntimeId id) {
    // Begins on its own, never on top of the pass that made room for it: most passes find nothing to do, and thousands of those
    // that wait would stand on one stack.
    co_await asio::post(asio::use_awaitable);
    auto &at = slots_.at(id); // stays: a running slot is never erased
    if (at.view) {
        auto view = *at.view;
        auto count = [this, &at] {
            ++at.unechoed;
            at.echo_by = netkit::Deadline::after(options_.echo_timeout);
        };
        RuntimePass one(context_, at.retry, std::move(view), std::move(count));
        co_await one.run();
    }
    at.running = false;
    --running_;
    if (!at.view && !at.sleeping)
        slots_.erase(id);
    else {
        if (const auto again = at.retry.next()) sleep_until(id, at, *again);
        enqueue(id, at);
    }
    start_next();
}

void Actor::sleep_until(const RuntimeId &id, Slot &at, netkit::Deadline deadline) {
    // An earlier sleeper wakes the slot anyway, and the slot then sees what else it waits for.
    if (at.sleeping && at.wake.at() <= deadline.at()) return;
    at.sleeping = true;
    at.wake = deadline;
    tasks_.spawn("wait " + id.text(), sleeper(id, deadline));
}

asio::awaitable<void> Actor::sleeper(RuntimeId id, netkit::Deadline deadline) {
    if (!co_await netkit::sleep_until(deadline)) co_return;
    const auto found = slots_.find(id);
    if (found == slots_.end()) co_return;
    auto &at = found->second;
    if (at.wake.at() != deadline.at()) { // a later sleeper of the same slot was overtaken by this slot's newer one
        reached(Probe::actor_sleeper_was_overtaken);
        co_return;
    }
    at.sleeping = false;
    if (!at.view && !at.running) {
        slots_.erase(found);
        co_return;
    }
    // Only what is due is looked at: an echo that was waited for has come long since, mostly, and a look at a runtime at rest is
    // not free.
    if (const auto retry = at.retry.next()) {
        if (retry->passed())
            at.dirty = true;
        else
            sleep_until(id, at, *retry);
    }
    enqueue(id, at);
}

} // namespace xtn::act
