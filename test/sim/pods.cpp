#include "test/sim/pods.hpp"

#include <vector>

namespace xtn::simulation {
using namespace std::chrono_literals;
namespace json = boost::json;
namespace sim = sandbox::sim;

namespace {

std::string stamp() {
    return Timestamp::now().rfc3339_seconds();
}

} // namespace

void Pods::step(const std::string &uid, Duration low, Duration high, std::string_view point,
                void (Pods::*next)(const std::string &)) {
    context_.loop->after(context_.choices->latency(point, low, high), [this, uid, next] {
        if (runs_.contains(uid)) (this->*next)(uid);
    });
}

void Pods::seen(const json::object &pod, bool gone) {
    const auto uid = sim::uid_of(pod);
    if (gone) {
        runs_.erase(uid);
        return;
    }
    auto [at, first] = runs_.try_emplace(uid);
    auto &run = at->second;
    run.key = sim::key_of(pod);
    if (first) {
        run.facts.start_time = stamp();
        run.facts.scheduled = !context_.choices->fault("pods: no room", 15);
        if (!run.facts.scheduled) run.facts.unschedulable = "0/1 nodes are available: 1 Insufficient memory.";
        step(uid, run.facts.scheduled ? Duration(300ms) : Duration(40s), run.facts.scheduled ? 8s : 300s, "pods: start",
             &Pods::start);
    }
    if (sim::is_deleting(pod) && !run.stopping) {
        run.stopping = true;
        step(uid, 50ms, 40s, "pods: stop", &Pods::remove);
    }
}

void Pods::start(const std::string &uid) {
    auto &run = runs_.at(uid);
    if (run.stopping) return;
    run.facts.scheduled = true;
    if (run.facts.ip.empty()) {
        ++last_address_;
        run.facts.ip = "10.0." + std::to_string(last_address_ / 250) + "." + std::to_string(1 + last_address_ % 250);
    }
    auto &state = run.facts.containers;
    state.kind = sim::ContainerState::Kind::running;
    state.since = stamp();
    state.reason.clear();
    state.message.clear();
    state.ready = false;
    write(run, uid);
    step(uid, 400ms, 20s, "pods: ready", &Pods::ready);
}

void Pods::ready(const std::string &uid) {
    auto &run = runs_.at(uid);
    if (run.stopping || run.facts.containers.kind != sim::ContainerState::Kind::running) return;
    if (context_.broken == Broken::pods_never_ready) return;
    if (context_.choices->fault("pods: crash at start", 40) || context_.broken == Broken::pods_always_crash) return fail(uid);
    run.facts.containers.ready = true;
    write(run, uid);
    if (context_.choices->fault("pods: crash later", 40)) step(uid, 5s, 600s, "pods: later", &Pods::fail);
}

void Pods::fail(const std::string &uid) {
    auto &run = runs_.at(uid);
    if (run.stopping) return;
    auto &state = run.facts.containers;
    state.kind = sim::ContainerState::Kind::waiting;
    state.ready = false;
    state.reason = "CrashLoopBackOff";
    state.message = "back-off restarting failed container";
    state.last_reason = "Error";
    state.last_exit_code = 1;
    state.last_finished = stamp();
    ++state.restarts;
    write(run, uid);
    step(uid, 10s, 60s, "pods: back off", &Pods::start);
}

void Pods::remove(const std::string &uid) {
    const auto &run = runs_.at(uid);
    if (const auto *pod = context_.writer->view().get(sim::pods, run.key); pod && sim::uid_of(*pod) == uid)
        context_.writer->remove(sim::pods, json::object(*pod), 0);
    context_.changed();
    // Should it still be there, somebody will see it again.
    if (runs_.contains(uid)) step(uid, 1s, 5s, "pods: stop again", &Pods::remove);
}

void Pods::crash(std::string_view prefix) {
    std::vector<std::string> uids;
    for (const auto &[uid, run] : runs_)
        if (run.key.second.starts_with(prefix) && run.facts.containers.ready) uids.push_back(uid);
    for (const auto &uid : uids)
        if (runs_.contains(uid)) fail(uid);
}

void Pods::write(const Run &run, const std::string &uid) {
    const auto *pod = context_.writer->view().get(sim::pods, run.key);
    if (!pod || sim::uid_of(*pod) != uid) return;
    auto status = sim::pod_status(*pod, run.facts, stamp());
    if (status == sim::object_at(*pod, "status")) return;
    json::object written = *pod;
    written["status"] = std::move(status);
    context_.writer->update(sim::pods, std::move(written), "kubelet", "status");
    context_.changed();
}

} // namespace xtn::simulation
