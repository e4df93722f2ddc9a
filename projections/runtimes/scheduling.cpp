#include "projections/runtimes/scheduling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace xtn {

namespace {

constexpr std::string_view placement_words[] = {"node affinity",
                                                "node selector",
                                                "nodeselector",
                                                "didn't match pod",
                                                "did not match pod",
                                                "didn't match node selector",
                                                "did not match node selector"};
constexpr std::string_view taint_words[] = {"taint", "tolerat"};
constexpr std::string_view quota_words[] = {"quota", "resourcequota", "exceeded quota"};
constexpr std::string_view capacity_words[] = {"insufficient cpu",  "insufficient memory", "insufficient ephemeral-storage",
                                               "insufficient pods", "too many pods",       "max node group size"};

struct Class {
    std::string_view ready; // name of the condition, and its reason while it is True
    std::string_view blocked;
    std::span<const std::string_view> words;
};
const Class classes[] = {{"PlacementReady", "PlacementBlocked", placement_words},
                         {"TaintsReady", "TaintsBlocked", taint_words},
                         {"QuotaReady", "QuotaBlocked", quota_words},
                         {"CapacityReady", "CapacityBlocked", capacity_words}};

std::string lower(std::string text) {
    for (char &c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::vector<std::string> blockers(const RuntimeState &rt) {
    std::vector<std::string> all;
    for (const auto &[uid, pod] : rt.pods) {
        if (!finds_no_place(pod.phase, pod.reason)) continue;
        all.push_back(fmt::format("{} pod {}: {}: {}", pod.component.empty() ? "runtime" : pod.component, pod.name, pod.reason,
                                  pod.message.empty() ? "no node was found" : pod.message));
    }
    std::sort(all.begin(), all.end()); // pods are kept by uid; people read names
    for (const auto &[component, deployment] : rt.deployments)
        if (!deployment.replica_failure.empty())
            all.push_back(fmt::format("{} deployment {}: {}", component, deployment.name, deployment.replica_failure));
    return all;
}

void join(std::string &to, const std::string &text) {
    if (!to.empty()) to += "; ";
    to += text;
}

} // namespace

std::vector<SchedulingVerdict> scheduling(const RuntimeState &rt) {
    const auto texts = blockers(rt);
    SchedulingVerdict any{"SchedulingReady", !texts.empty(), texts.empty() ? "SchedulingReady" : "SchedulingBlocked", ""};
    for (const auto &text : texts)
        join(any.message, text);
    std::vector<SchedulingVerdict> all{any};
    for (const auto &kind : classes) {
        SchedulingVerdict one{kind.ready, false, kind.ready, ""};
        for (const auto &text : texts) {
            const auto low = lower(text);
            if (std::none_of(kind.words.begin(), kind.words.end(),
                             [&](std::string_view word) { return low.find(word) != std::string::npos; }))
                continue;
            one.blocked = true;
            one.reason = kind.blocked;
            join(one.message, text);
        }
        all.push_back(std::move(one));
    }
    return all;
}

} // namespace xtn
