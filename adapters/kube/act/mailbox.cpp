#include "adapters/kube/act/mailbox.hpp"

#include "adapters/kube/act/outcomes.hpp"

#include <array>
#include <set>
#include <string_view>

namespace xtn::act {

namespace {

constexpr std::size_t most_events = 512; // waiting to be told

// Events about no runtime that may change what any of them wants.
constexpr std::array<std::string_view, 3> concern_everybody{"watch.synced", "leader.elected", "config.effective"};

bool concerns_everybody(std::string_view name) {
    for (const auto each : concern_everybody)
        if (each == name) return true;
    return false;
}

} // namespace

void Mailbox::deliver(const World &world, std::span<const Event> events) {
    Mail mail;
    std::set<RuntimeId> touched;
    bool all = events.empty();
    for (const auto &event : events) {
        if (concerns_everybody(event.name())) all = true;
        auto id = event.subject.as_runtime();
        if (!id.ok()) continue;
        if (event.source == "kube" && is_outcome(event.name())) ++mail.runtimes[*id].echoes;
        if (auto told = kube_event_for(event)) mail.events.emplace_back(std::move(*told), std::string());
        if (event.name() == "route.published") mail.routes_cause = event.seq;
        touched.insert(std::move(*id));
    }
    if (all)
        for (auto &id : world.runtimes())
            touched.insert(std::move(id));
    for (const auto &id : touched)
        mail.runtimes[id].view = world.runtime(id);
    for (auto &[event, uid] : mail.events) {
        const auto found = mail.runtimes.find(event.runtime);
        if (found != mail.runtimes.end() && found->second.view) uid = found->second.view->uid;
    }
    // Before every XTrinode is known an empty table only means that nobody looked yet.
    const auto &table = world.routes();
    const auto version = std::pair(table.epoch, table.version);
    if (world.synced("XTrinode") && world.routes_known() && told_ != version) {
        told_ = version;
        mail.routes = table;
    }
    if (mail.empty()) return;
    const MutexLock lock(mutex_);
    if (closed_) return;
    const bool first = mail_.empty();
    for (auto &[id, news] : mail.runtimes) {
        auto &waiting = mail_.runtimes[id];
        waiting.view = std::move(news.view);
        waiting.echoes += news.echoes;
    }
    if (mail.routes) mail_.routes = std::move(mail.routes);
    if (mail.routes_cause) mail_.routes_cause = mail.routes_cause;
    for (auto &event : mail.events)
        if (mail_.events.size() < most_events) mail_.events.push_back(std::move(event));
    if (first) notify_();
}

Mailbox::Mail Mailbox::take() {
    const MutexLock lock(mutex_);
    return std::exchange(mail_, Mail());
}

void Mailbox::close() {
    const MutexLock lock(mutex_);
    closed_ = true;
}

} // namespace xtn::act
