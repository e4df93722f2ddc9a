#include "adapters/sandbox/sim/pod_status.hpp"

#include "adapters/sandbox/sim/conditions.hpp"
#include "adapters/sandbox/sim/json_path.hpp"

#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {

bool complete_resources(const json::object &container, const char *which) {
    const auto &resources = object_at(container, which);
    return resources.contains("cpu") && resources.contains("memory");
}

// Guaranteed, Burstable or BestEffort, by the rules of the API.
std::string quality(const json::object &pod) {
    bool any = false;
    bool guaranteed = true;
    for (const auto &entry : array_at(pod, "spec.containers")) {
        const auto &container = entry.get_object();
        const auto &requests = object_at(container, "resources.requests");
        const auto &limits = object_at(container, "resources.limits");
        any = any || !requests.empty() || !limits.empty();
        guaranteed = guaranteed && complete_resources(container, "resources.limits") && (requests.empty() || requests == limits);
    }
    return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

json::object termination(int exit_code, const std::string &reason, const std::string &finished, const std::string &message) {
    json::object out = {{"exitCode", exit_code}, {"reason", reason}, {"finishedAt", finished}};
    if (!message.empty()) out["message"] = message;
    return out;
}

json::object container_status(const json::object &pod, const json::object &container, const ContainerState &state) {
    json::object current;
    switch (state.kind) {
    case ContainerState::Kind::waiting: {
        json::object waiting = {{"reason", state.reason}};
        if (!state.message.empty()) waiting["message"] = state.message;
        current["waiting"] = std::move(waiting);
        break;
    }
    case ContainerState::Kind::running:
        current["running"] = json::object{{"startedAt", state.since}};
        break;
    case ContainerState::Kind::terminated:
        current["terminated"] = termination(state.exit_code, state.reason, state.since, state.message);
        break;
    }
    const auto image = text_at(container, "image");
    const bool running = state.kind == ContainerState::Kind::running;
    json::object last;
    if (!state.last_reason.empty())
        last["terminated"] = termination(state.last_exit_code, state.last_reason, state.last_finished, {});
    json::object out = {{"name", text_at(container, "name")}, {"state", std::move(current)},
                        {"lastState", std::move(last)},       {"ready", state.ready},
                        {"restartCount", state.restarts},     {"image", image},
                        {"imageID", running ? image : ""},    {"started", running}};
    // Not a real container's id, but of its form and the same for the same start.
    if (running) out["containerID"] = "sandbox://" + to_hex(view(sha256(uid_of(pod), text_at(container, "name") + state.since)));
    return out;
}

} // namespace

json::object pod_status(const json::object &pod, const PodFacts &facts, const std::string &now) {
    const auto &old = object_at(pod, "status");
    const auto &state = facts.containers;
    json::object status;
    const bool running = state.kind == ContainerState::Kind::running || state.restarts > 0;
    status["phase"] = facts.scheduled && running ? "Running" : "Pending";
    std::string names;
    for (const auto &entry : array_at(pod, "spec.containers"))
        names.append(names.empty() ? "" : " ").append(text_at(entry.get_object(), "name"));
    json::array conditions;
    const auto add = [&](json::object condition) {
        keep_times(condition, old, now, false);
        condition["lastProbeTime"] = nullptr;
        conditions.emplace_back(std::move(condition));
    };
    if (facts.scheduled) {
        const std::string missing = "containers with unready status: [" + names + "]";
        add(make_condition("Initialized", true, "", ""));
        add(make_condition("Ready", state.ready, state.ready ? "" : "ContainersNotReady", state.ready ? "" : missing));
        add(make_condition("ContainersReady", state.ready, state.ready ? "" : "ContainersNotReady", state.ready ? "" : missing));
        add(make_condition("PodScheduled", true, "", ""));
    } else {
        add(make_condition("PodScheduled", false, "Unschedulable", facts.unschedulable));
    }
    status["conditions"] = std::move(conditions);
    status["qosClass"] = quality(pod);
    if (!facts.scheduled) return status;
    status["hostIP"] = node_address;
    status["hostIPs"] = json::array{json::object{{"ip", node_address}}};
    status["startTime"] = facts.start_time;
    if (!facts.ip.empty()) {
        status["podIP"] = facts.ip;
        status["podIPs"] = json::array{json::object{{"ip", facts.ip}}};
    }
    json::array containers;
    for (const auto &entry : array_at(pod, "spec.containers"))
        containers.emplace_back(container_status(pod, entry.get_object(), state));
    status["containerStatuses"] = std::move(containers);
    return status;
}

} // namespace xtn::sandbox::sim
