#include "test/sim/report.hpp"

#include "core/base/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn::simulation {

namespace {

// Rare on purpose: each must be reached by some run of the suite, or it is not tested.
constexpr auto marked = std::to_array<std::string_view>({
    "fault kill: folded, not written",
    "fault kill: written, not synced",
    "fault kill: synced, not published",
    "fault kill: published, not acted upon",
    "fault kill: sent, not done",
    "fault kill: done, not answered",
    "fault engine: queue full",
    "fault engine: slow sync",
    "fault engine: stuck sync",
    "fault net: request lost",
    "fault net: reset before",
    "fault net: request late",
    "fault net: answer lost",
    "fault net: answer late",
    "fault net: reset after",
    "fault server: 429",
    "fault server: 500",
    "fault server: 503",
    "fault server: conflict",
    "fault server: 500 although done",
    "fault server: compaction",
    "fault watch: late",
    "fault watch: event twice",
    "fault watch: cut",
    "fault watch: cut in the middle",
    "fault watch: silent",
    "fault watch: no bookmark",
    "fault pods: no room",
    "fault pods: crash at start",
    "fault pods: crash later",
    // Events that only odd circumstances bring.
    "event clock.skewed",
    "event object.deleted",
    "event object.failed",
    "event object.gone",
    "event object.observed",
    "event route.rejected",
    "event runtime.command.rejected",
    "event runtime.drained",
    "event runtime.failed",
    "event runtime.spec.rejected",
    "event runtime.unready",
    "event runtime.wake.ended",
    "event watch.failed",
});

} // namespace

void Tally::add(const Outcome &outcome) {
    ++sums_["runs"];
    sums_["events"] += outcome.events;
    sums_["writes"] += outcome.requests;
    sums_["steps"] += outcome.steps;
    sums_["lives"] += static_cast<std::uint64_t>(outcome.lives);
    sums_["faults"] += outcome.faults.size();
    sums_["minutes"] += static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::minutes>(outcome.lasted).count());
    for (const auto &name : outcome.reached)
        ++reached_[name];
}

std::vector<std::string> Tally::lines() const {
    std::vector<std::string> out;
    out.reserve(sums_.size() + reached_.size());
    for (const auto &[name, n] : sums_)
        out.push_back(fmt::format("sum {} {}", n, name));
    for (const auto &[name, n] : reached_)
        out.push_back(fmt::format("reached {} {}", n, name));
    return out;
}

void Tally::take(const std::string &line) {
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    if (first == std::string::npos || second == std::string::npos) return;
    auto &into = line.starts_with("sum ") ? sums_ : reached_;
    into[line.substr(second + 1)] += std::stoull(line.substr(first + 1, second - first - 1));
}

std::vector<std::string> Tally::never_reached() const {
    std::vector<std::string> out;
    for (const auto name : marked)
        if (!reached_.contains(std::string(name))) out.emplace_back(name);
    for (const auto name : probe_names)
        if (!reached_.contains("mark " + std::string(name))) out.push_back("mark " + std::string(name));
    for (int act = 0; act <= static_cast<int>(Act::cut_watches); ++act)
        if (const auto name = "action " + std::string(act_name(static_cast<Act>(act))); !reached_.contains(name))
            out.push_back(name);
    return out;
}

std::string Tally::summary() const {
    const auto sum = [&](const char *name) {
        const auto found = sums_.find(name);
        return found == sums_.end() ? 0 : found->second;
    };
    return fmt::format("{} runs: {} events, {} writes, {} lives, {} faults, {} h of virtual time, {} steps", sum("runs"),
                       sum("events"), sum("writes"), sum("lives"), sum("faults"), sum("minutes") / 60, sum("steps"));
}

std::string report(const Shrunk &shrunk, const Script &original, Broken broken) {
    const auto &outcome = shrunk.outcome;
    std::string out;
    if (outcome.violation) {
        const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(outcome.violation->at).count();
        out += fmt::format("seed {} breaks {} at {}.{:03} s:\n  {}\n", original.seed, outcome.violation->predicate, at / 1000,
                           at % 1000, outcome.violation->message);
    } else {
        out += fmt::format("seed {}: every invariant held\n", original.seed);
    }
    if (shrunk.runs > 0)
        out += fmt::format("\ncut down in {} runs to {} of {} actions and {} faults{}:\n", shrunk.runs, shrunk.script.plan.size(),
                           original.plan.size(), outcome.faults.size(),
                           shrunk.script.calm_schedule ? ", everything as quick as it can be" : "");
    out += "\nactions:\n";
    for (const auto &action : shrunk.script.plan)
        out += action.text() + "\n";
    out += "\nfaults:\n";
    for (const auto &fault : outcome.faults)
        out += "  " + fault.text() + "\n";
    out += fmt::format("\nthe log ({} events, {} writes, {} lives), its end:\n", outcome.events, outcome.requests, outcome.lives);
    for (const auto &line : outcome.last_events)
        out += "  " + line + "\n";
    out += fmt::format("\nagain: ./dev sim --explain {}", original.seed);
    for (const auto &promise : promises())
        if (promise.broken == broken) out += fmt::format(" --break {}", promise.name);
    return out + "\n";
}

} // namespace xtn::simulation
