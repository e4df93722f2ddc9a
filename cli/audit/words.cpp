#include "cli/audit/words.hpp"

#include "core/event/catalogue.hpp"
#include "core/event/printer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <array>

namespace xtn::audit {

namespace json = boost::json;

namespace {

constexpr std::size_t max_causes = 100; // a chain that is longer is cut, not an endless loop: causes are earlier events

struct Phase {
    std::string_view type;
    std::string_view words;
    Tint tint;
};
constexpr auto phases = std::to_array<Phase>({
    {"runtime.provisioning", "being set up", Tint::busy},
    {"runtime.ready", "ready", Tint::good},
    {"runtime.unready", "not ready any more", Tint::bad},
    {"runtime.suspending", "going to sleep", Tint::busy},
    {"runtime.suspended", "asleep (Suspended)", Tint::good},
    {"runtime.resuming", "waking up", Tint::busy},
    {"runtime.failed", "failed", Tint::bad},
    {"runtime.draining", "draining", Tint::busy},
    {"runtime.drained", "drained", Tint::good},
    {"runtime.spec.deleted", "gone", Tint::dim},
});

const Phase *phase_of(const Event &event) {
    for (const auto &phase : phases)
        if (phase.type == event.name()) return &phase;
    return nullptr;
}

// How a sentence begins, by the beginning of the type. {} is who().
struct Lead {
    std::string_view type;
    std::string_view words;
};
constexpr auto leads = std::to_array<Lead>({
    {"runtime.spec.deleted", "{} deleted it"},
    {"catalog.spec.deleted", "{} deleted it"},
    {"runtime.spec.", "{} changed the XTrinode"},
    {"catalog.spec.", "{} changed the XTrinodeCatalog"},
    {"suspend.requested", "{} asked"},
    {"resume.requested", "{} asked"},
    {"object.applied", "XTrinode wrote to Kubernetes"},
    {"object.deleted", "XTrinode wrote to Kubernetes"},
    {"object.scaled", "XTrinode wrote to Kubernetes"},
    {"object.failed", "XTrinode could not write to Kubernetes"},
    {"status.", "XTrinode wrote to Kubernetes"},
    {"finalizer.", "XTrinode wrote to Kubernetes"},
    {"clock.skewed", "The engine noticed"},
    {"clock.", "The clock struck"},
    {"leader.", "The control plane started"},
    {"controller.", "The control plane started"},
    {"config.effective", "The control plane took its settings"},
    {"log.", "The log says"},
    {"backend.", "{} reported"},
    {"coordinator.", "{} reported"},
    {"activity.", "{} reported"},
    {"observation.", "{} reported"},
    {"query.", "{} reported"},
    {"policy.", "The engine stopped a policy"},
});

// Writes finalizer, status and annotations, never a wish of its own.
constexpr std::string_view own_manager = "xtrinode-operator";

// The newest field manager of a spec event that is not our own; empty: none.
std::string newest_foreign_manager(const Event &event) {
    const auto *managers = event.payload.if_contains("managers");
    if (managers == nullptr || !managers->is_array()) return {};
    const auto &list = managers->get_array();
    for (auto at = list.end(); at != list.begin();) {
        --at;
        if (at->is_string() && at->get_string() != own_manager) return std::string(at->get_string());
    }
    return {};
}

bool is_spec(const Event &event) {
    return event.name().find(".spec.") != std::string_view::npos;
}

} // namespace

std::string text_member(const Event &event, std::string_view name) {
    const auto *value = event.payload.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string who(const Event &event) {
    if (!event.actor.empty()) return event.actor;
    if (is_spec(event)) {
        const auto manager = newest_foreign_manager(event);
        return manager.empty() ? "Somebody" : manager;
    }
    if (event.name().ends_with(".requested")) return "Somebody";
    if (event.source.starts_with("policy/")) return "policy " + event.source.substr(7);
    return event.source;
}

std::string wisher(const Event &event) {
    if (is_spec(event) && event.actor == own_manager) {
        const auto manager = newest_foreign_manager(event);
        if (!manager.empty()) return manager;
    }
    return who(event);
}

const Event *write_before(const std::vector<Event> &events, const Event &observation) {
    if (!observation.name().ends_with(".observed") && !observation.name().ends_with(".gone")) return nullptr;
    // endpoints.observed names its Service, the others their object.
    const bool endpoints = observation.name() == "endpoints.observed";
    const std::string name = text_member(observation, endpoints ? "service" : "name");
    const std::string kind = observation.name() == "deployment.observed" ? "Deployment"
                             : endpoints                                 ? "Service"
                                                                         : text_member(observation, "kind");
    const Event *newest = nullptr;
    for (const auto &event : events) {
        if (event.seq >= observation.seq) break;
        const auto type = event.name();
        if (type != "object.applied" && type != "object.scaled" && type != "object.deleted") continue;
        if (text_member(event, "name") == name && text_member(event, "kind") == kind) newest = &event;
    }
    return newest;
}

std::string sentence(const Event &event) {
    const std::string says = summary(event);
    for (const auto &lead : leads)
        if (event.name().starts_with(lead.type))
            return fmt::format("{}: {}", fmt::format(fmt::runtime(lead.words), wisher(event)), says);
    if (event.source.starts_with("policy/")) return fmt::format("Policy {} decided: {}", event.source.substr(7), says);
    const auto *info = find_event_type(event.name());
    if (info != nullptr && info->producer.starts_with("kube")) return fmt::format("Kubernetes showed: {}", says);
    return fmt::format("{}: {}", who(event), says);
}

Tint tint_of(const Event &event) {
    if (const auto *phase = phase_of(event)) return phase->tint;
    const auto name = event.name();
    for (const auto bad :
         {"object.failed", "watch.failed", "topology.rejected", "route.rejected", "policy.cascade.stopped", "query.refused"})
        if (name == bad) return Tint::bad;
    if (name.ends_with(".spec.rejected") || name == "log.gap.accepted" || name == "observation.gap") return Tint::bad;
    if (name.ends_with(".observed") || name.starts_with("watch.") || name == "status.written") return Tint::dim;
    return Tint::none;
}

std::optional<std::string_view> phase_words(const Event &event) {
    const auto *phase = phase_of(event);
    if (phase == nullptr) return std::nullopt;
    return phase->words;
}

Result<std::vector<Event>> causes(const LogReader &log, const Event &event) {
    std::vector<Event> out;
    auto cause = event.cause;
    while (cause && out.size() < max_causes) {
        auto found = log.get(Stream::control, *cause);
        if (!found) return std::move(found).error();
        cause = found->cause;
        out.push_back(std::move(*found));
    }
    return out;
}

} // namespace xtn::audit
