#include "adapters/gateway/busy_gateways.hpp"

#include "core/event/catalogue.hpp"

#include <fmt/format.h>

namespace xtn {

namespace {

bool any(const boost::json::object &payload, std::string_view name) {
    const auto *value = payload.if_contains(name);
    return value != nullptr && value->is_int64() && value->as_int64() > 0;
}

} // namespace

void BusyGateways::observe(const Event &event, Clock::time_point now) {
    if (event.name() != "activity.observed") return;
    const auto *gateway = event.payload.if_contains("gateway");
    if (gateway == nullptr || !gateway->is_string()) return;
    const std::string name(gateway->as_string());
    const MutexLock lock(mutex_);
    if (any(event.payload, "running") || any(event.payload, "queued")) {
        auto &state = gateways_[name];
        state.runtimes.insert(event.subject.text);
        state.heard = now;
        return;
    }
    const auto found = gateways_.find(name);
    if (found == gateways_.end()) return;
    found->second.runtimes.erase(event.subject.text);
    if (found->second.runtimes.empty() && !found->second.here) gateways_.erase(found);
}

void BusyGateways::heard(std::string_view gateway, Clock::time_point now) {
    const MutexLock lock(mutex_);
    if (const auto found = gateways_.find(gateway); found != gateways_.end()) found->second.heard = now;
}

void BusyGateways::in_process(std::string_view gateway) {
    const MutexLock lock(mutex_);
    gateways_[std::string(gateway)].here = true;
}

std::vector<BusyGateways::Vanished> BusyGateways::vanished(Clock::time_point now) const {
    std::vector<Vanished> out;
    const MutexLock lock(mutex_);
    for (const auto &[gateway, state] : gateways_) {
        const auto unheard = now - state.heard;
        if (state.here || unheard < patience_) continue;
        out.push_back({gateway, state.runtimes, std::chrono::duration_cast<std::chrono::seconds>(unheard)});
    }
    return out;
}

void BusyGateways::forget(std::string_view gateway) {
    const MutexLock lock(mutex_);
    if (const auto found = gateways_.find(gateway); found != gateways_.end()) gateways_.erase(found);
}

std::vector<EventDraft> BusyGateways::drafts(const Vanished &vanished, std::uint64_t next) {
    std::vector<EventDraft> out;
    EventDraft gap;
    gap.type = type_of("observation.gap");
    gap.subject = Subject{"gateway/" + vanished.gateway};
    gap.source = "gateways";
    gap.payload["gateway"] = vanished.gateway;
    gap.payload["from_sequence"] = next;
    gap.payload["to_sequence"] = next;
    gap.payload["reason"] =
        fmt::format("nothing was heard of it for {} s: what it had not sent is lost, and its reports of running "
                    "queries are withdrawn",
                    vanished.unheard.count());
    out.push_back(std::move(gap));
    for (const auto &runtime : vanished.runtimes) {
        EventDraft withdrawn;
        withdrawn.type = type_of("activity.observed");
        withdrawn.subject = Subject{runtime};
        withdrawn.source = "gateways";
        withdrawn.payload["gateway"] = vanished.gateway;
        withdrawn.payload["running"] = 0;
        withdrawn.payload["queued"] = 0;
        withdrawn.payload["vanished"] = true;
        out.push_back(std::move(withdrawn));
    }
    return out;
}

} // namespace xtn
