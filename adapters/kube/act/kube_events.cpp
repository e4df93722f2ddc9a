#include "adapters/kube/act/kube_events.hpp"

#include "adapters/kube/ingest/workload_reader.hpp"
#include "core/model/xtrinode.hpp"
#include "kubeclient/object.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace xtn::act {
namespace json = boost::json;
using kube::find_string;

namespace {

// Whether an Event is told for each such event of the log, or once for an XTrinode however often the log says so again: a
// deletion stays asked for while the XTrinode changes in other ways.
enum class Told { each_time, once };
using enum Told;

constexpr bool normal = false;
constexpr bool warning = true;
constexpr std::size_t longest_message = 1024; // of an Event

// One constructor per message; an empty text: not told.
using Message = std::string (*)(const json::object &payload);

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto &c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

std::string as_given(const json::object &p) {
    return std::string(find_string(p, {"message"}));
}
std::string created(const json::object &p) {
    const auto *first = p.if_contains("created");
    const bool is_first = first && first->is_bool() && first->get_bool();
    // At the first sight of an old object (a new log) it was not created just now.
    return is_first && kube::find_int(p, {"generation"}) <= 1 && !p.contains("status") ? "XTrinode created" : "";
}
std::string deleted(const json::object &p) {
    return p.contains("deletion_timestamp") ? "deletion requested" : "";
}
std::string rejected(const json::object &p) {
    if (p.contains("status")) return ""; // first seen by a new log: it was told when it happened
    const auto *errors = p.if_contains("errors");
    if (!errors || !errors->is_array() || errors->get_array().empty()) return "the spec is not valid";
    const auto *first = errors->get_array().front().if_object();
    if (!first) return "the spec is not valid";
    auto text = fmt::format("{}: {}", find_string(*first, {"field"}), find_string(*first, {"message"}));
    if (const auto more = errors->get_array().size() - 1; more > 0) text += fmt::format(" (and {} more)", more);
    return text + "; the last valid spec keeps running";
}
std::string finalizer_added(const json::object &) {
    return fmt::format("finalizer {} added", finalizer_name);
}
std::string finalizer_removed(const json::object &) {
    return fmt::format("finalizer {} removed", finalizer_name);
}
std::string phase_changed(const json::object &p) {
    return fmt::format("was {}: {}", find_string(p, {"from"}), find_string(p, {"message"}));
}
std::string drained(const json::object &p) {
    return fmt::format("{}: {}", find_string(p, {"result"}), find_string(p, {"message"}));
}
std::string planned(const json::object &p) {
    return fmt::format("plan {} for generation {}: {}", find_string(p, {"revision"}), kube::find_int(p, {"generation"}),
                       find_string(p, {"reason"}));
}
std::string failed(const json::object &p) {
    return fmt::format("{} {}: {}", find_string(p, {"kind"}), find_string(p, {"name"}), find_string(p, {"message"}));
}
std::string scaled(const json::object &p, bool up) {
    if (!find_string(p, {"name"}).ends_with("-worker")) return "";
    const auto from = kube::find_int(p, {"from"});
    const auto to = kube::find_int(p, {"to"});
    if (from == to || (to > from) != up) return "";
    return fmt::format("workers scaled from {} to {}", from, to);
}
std::string scaled_up(const json::object &p) {
    return scaled(p, true);
}
std::string scaled_down(const json::object &p) {
    return scaled(p, false);
}
std::string route(const json::object &p) {
    const auto *removed = p.if_contains("removed");
    if (removed && removed->is_bool() && removed->get_bool()) return "";
    if (find_string(p, {"backend", "state"}) != "RUNNING") return "";
    return fmt::format("route registered in group {}", find_string(p, {"routing_group"}));
}
std::string command(const json::object &p, std::string_view wanted) {
    return find_string(p, {"command"}).find(wanted) != std::string_view::npos ? as_given(p) : std::string();
}
std::string resume_command(const json::object &p) {
    return command(p, "resume");
}
std::string suspend_command(const json::object &p) {
    return find_string(p, {"command"}) == "suspend" ? as_given(p) : std::string();
}
std::string auto_suspend_command(const json::object &p) {
    return command(p, "auto-suspend");
}

struct Row {
    std::string_view event;  // type without version
    std::string_view reason; // of the Kubernetes Event
    bool warns;
    Message message;
    Told told = each_time; // once: the payload has the XTrinode's uid
};
// Rows of one event are tried in order; the first with a message is told.
constexpr std::array rows{
    Row{"runtime.spec.applied", "Deleted", normal, deleted, once},
    Row{"runtime.spec.applied", "Created", normal, created, once},
    Row{"runtime.spec.rejected", "ReconcileError", warning, rejected},
    Row{"finalizer.added", "FinalizerAdded", normal, finalizer_added, once},
    Row{"finalizer.removed", "FinalizerRemoved", normal, finalizer_removed, once},
    Row{"topology.planned", "Updated", normal, planned},
    Row{"topology.rejected", "ReconcileError", warning, as_given},
    Row{"runtime.provisioning", "PhaseChanged", normal, phase_changed},
    Row{"runtime.ready", "PhaseChanged", normal, phase_changed},
    Row{"runtime.unready", "ConditionReadyFalse", warning, phase_changed},
    Row{"runtime.suspending", "PhaseChanged", normal, phase_changed},
    Row{"runtime.suspended", "Suspended", normal, as_given},
    Row{"runtime.resuming", "PhaseChanged", normal, phase_changed},
    Row{"runtime.failed", "ReconcileError", warning, phase_changed},
    Row{"runtime.draining", "DrainStarted", normal, as_given},
    Row{"runtime.drained", "DrainCompleted", normal, drained},
    Row{"runtime.command.accepted", "ResumeRequested", normal, resume_command},
    Row{"runtime.command.accepted", "AutoSuspendTriggered", normal, auto_suspend_command},
    Row{"runtime.command.accepted", "SuspendRequested", normal, suspend_command},
    Row{"runtime.command.rejected", "ResumeRequested", warning, as_given},
    Row{"object.failed", "ResourceApplyFailed", warning, failed},
    Row{"object.scaled", "WorkersScaledUp", normal, scaled_up},
    Row{"object.scaled", "WorkersScaledDown", normal, scaled_down},
    Row{"route.published", "GatewayRouteRegistered", normal, route},
    Row{"route.rejected", "GatewayError", warning, as_given},
};

} // namespace

std::optional<KubeEvent> kube_event_for(const Event &event) {
    for (const auto &row : rows) {
        if (row.event != event.name()) continue;
        auto message = row.message(event.payload);
        if (message.empty()) continue;
        auto runtime = event.subject.as_runtime();
        if (!runtime.ok()) return std::nullopt;
        KubeEvent out;
        out.name = row.told == once
                       ? fmt::format("{}.{}.{}", runtime->name, lower(row.reason), find_string(event.payload, {"uid"}))
                       : fmt::format("{}.{:x}-{:x}", runtime->name, event.epoch.value, event.seq.value);
        out.runtime = std::move(*runtime);
        out.reason = row.reason;
        out.warning = row.warns;
        out.message = ingest::cut(message, longest_message);
        out.time = event.time;
        return out;
    }
    return std::nullopt;
}

json::object KubeEvent::manifest(const std::string &uid) const {
    const auto at = time.rfc3339_seconds();
    json::object involved;
    involved["apiVersion"] = api_group_version;
    involved["kind"] = "XTrinode";
    involved["namespace"] = runtime.ns;
    involved["name"] = runtime.name;
    involved["uid"] = uid;
    json::object metadata;
    metadata["name"] = name;
    metadata["namespace"] = runtime.ns;
    json::object source;
    source["component"] = "xtrinode-operator";
    json::object out;
    out["apiVersion"] = "v1";
    out["kind"] = "Event";
    out["metadata"] = std::move(metadata);
    out["involvedObject"] = std::move(involved);
    out["reason"] = reason;
    out["message"] = message;
    out["type"] = warning ? "Warning" : "Normal";
    out["source"] = std::move(source);
    out["firstTimestamp"] = at;
    out["lastTimestamp"] = at;
    out["count"] = 1;
    out["reportingComponent"] = "xtrinode-operator";
    out["reportingInstance"] = "";
    return out;
}

} // namespace xtn::act
