#include "adapters/kube/act/mailbox.hpp"

#include "adapters/kube/act/outcomes.hpp"
#include "kubeclient/object.hpp"

#include <algorithm>
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

// What to tell the user of these events, each with the uid of the XTrinode that it is about. One of the same name may have taken
// its place within these very events, so that the newest is only that of the last ones. Empty uid: it is not known any more.
std::vector<std::pair<KubeEvent, std::string>> told_of(const std::map<RuntimeId, Mailbox::RuntimeNews> &news,
                                                       std::span<const Event> events) {
    std::vector<std::pair<KubeEvent, std::string>> out;
    std::map<RuntimeId, std::string> uid_of;
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        const auto id = event->subject.as_runtime();
        if (!id.ok()) continue;
        const auto [at, fresh] = uid_of.try_emplace(*id);
        if (fresh)
            if (const auto &view = news.at(*id).view) at->second = view->uid;
        if (event->name() == "runtime.spec.deleted") at->second = kube::find_string(event->payload, {"uid"});
        if (auto told = kube_event_for(*event)) out.emplace_back(std::move(*told), at->second);
        const auto *created = event->payload.if_contains("created");
        if (event->name() == "runtime.spec.applied" && created && *created == true)
            at->second.clear(); // those before are of another
    }
    std::reverse(out.begin(), out.end());
    return out;
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
        if (event.name() == "route.published") mail.routes_cause = event.seq;
        touched.insert(std::move(*id));
    }
    if (all)
        for (auto &id : world.runtimes())
            touched.insert(std::move(id));
    for (const auto &id : touched)
        mail.runtimes[id].view = world.runtime(id);
    mail.events = told_of(mail.runtimes, events);
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
