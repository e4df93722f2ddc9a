#include "adapters/sandbox/sim/kubelet.hpp"

#include "adapters/sandbox/sim/conditions.hpp"
#include "adapters/sandbox/sim/pod_plan.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace xtn::sandbox::sim {

namespace json = boost::json;

namespace {

constexpr std::string_view component = "kubelet";
constexpr std::chrono::milliseconds poll_starting{50};
constexpr std::chrono::milliseconds poll_running{250};
// A real kubelet backs off from 10 s to 5 min; whoever tries things out does not want to wait that long.
constexpr std::chrono::milliseconds first_backoff{500};
constexpr std::chrono::milliseconds longest_backoff{10000};
constexpr int address_attempts = 16;

bool has_prefix(const std::string &name, const std::set<std::string> &prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string &prefix) { return name.starts_with(prefix); });
}

std::string container_names(const json::object &pod) {
    std::string names;
    for (const auto &entry : array_at(pod, "spec.containers"))
        names.append(names.empty() ? "" : ", ").append(text_at(entry.get_object(), "name"));
    return names;
}

} // namespace

Kubelet::Kubelet(ClusterWriter &writer, EventRecorder &recorder, PodBackend &backend, std::string hosts_file,
                 std::function<Hosts()> hosts)
    : writer_(writer), recorder_(recorder), backend_(backend), hosts_file_(std::move(hosts_file)), hosts_(std::move(hosts)) {
    std::random_device random; // two sandboxes on one machine start at different places
    next_address_ = random();
}

Kubelet::~Kubelet() {
    stop_all(std::chrono::milliseconds(0));
}

std::string Kubelet::free_address() {
    for (;;) {
        const std::uint32_t n = ++next_address_ & 0x3FFFFFU; // 22 bits below 127.64.0.0/10
        const std::uint32_t last = n & 255U;
        if (last == 0 || last == 255) continue;
        auto text = fmt::format("127.{}.{}.{}", 64U + (n >> 16U), n >> 8U & 255U, last);
        if (addresses_.insert(text).second) return text;
    }
}

void Kubelet::write_status(const json::object &pod, const Run &run, const std::string &stamp) {
    auto status = pod_status(pod, run.facts, stamp);
    if (status == object_at(pod, "status")) return;
    json::object written = pod;
    written["status"] = std::move(status);
    writer_.update(pods, std::move(written), component, "status");
}

// A pod seen for the first time: new, or one that ran before this process did.
void Kubelet::adopt(const json::object &pod, Run &run, Clock::time_point now, const std::string &stamp) {
    run.key = key_of(pod);
    run.needs_process = is_trino_pod(pod);
    const auto name = name_of(pod);
    if (text_at(pod, "spec.nodeName").empty() && has_prefix(name, unschedulable)) {
        run.facts.scheduled = false;
        run.facts.unschedulable =
            "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for "
            "incoming pod.";
        recorder_.record(pod, "Pod", "Warning", "FailedScheduling", run.facts.unschedulable, "default-scheduler", stamp);
        run.next = now + poll_running;
        write_status(pod, run, stamp);
        return;
    }
    const auto before = array_at(pod, "status.containerStatuses");
    const bool again =
        !before.empty() && number_at(before[0].get_object(), "restartCount") >= 0 && text_at(pod, "status.phase") == "Running";
    run.facts.start_time = text_at(pod, "status.startTime").empty() ? stamp : text_at(pod, "status.startTime");
    if (again) {
        run.facts.containers.restarts = static_cast<int>(number_at(before[0].get_object(), "restartCount")) + 1;
        run.facts.containers.last_reason = "Completed";
        run.facts.containers.last_finished = stamp;
        run.facts.ip = text_at(pod, "status.podIP");
        if (!run.facts.ip.empty()) addresses_.insert(run.facts.ip);
    } else {
        if (text_at(pod, "spec.nodeName").empty())
            writer_.merge_patch(pods, run.key, json::object{{"spec", json::object{{"nodeName", node_name}}}}, "kube-scheduler");
        recorder_.record(pod, "Pod", "Normal", "Scheduled",
                         fmt::format("Successfully assigned {}/{} to {}", run.key.first, name, node_name), "default-scheduler",
                         stamp);
    }
    run.phase = Phase::creating;
    run.next = now + pod_start;
    if (const auto *latest = writer_.view().get(pods, run.key)) write_status(json::object(*latest), run, stamp);
}

// Cannot go on now: says why, and tries again later.
void Kubelet::hold(const json::object &pod, Run &run, const std::string &reason, const std::string &message,
                   Clock::time_point now, const std::string &stamp) {
    run.backoff = std::clamp(run.backoff * 2, first_backoff, longest_backoff);
    run.next = now + run.backoff;
    run.facts.containers.kind = ContainerState::Kind::waiting;
    run.facts.containers.reason = reason;
    run.facts.containers.message = reason == "ContainerCreating" ? std::string() : message;
    run.facts.containers.ready = false;
    write_status(pod, run, stamp);
}

void Kubelet::start(const json::object &pod, Run &run, Clock::time_point now, const std::string &stamp) {
    const auto name = name_of(pod);
    auto plan = plan_pod(pod, [&](bool secret, std::string_view source) -> std::optional<json::object> {
        auto got = writer_.cluster().get(secret ? secrets : config_maps, run.key.first, source);
        if (auto *object = std::get_if<json::object>(&got)) return std::move(*object);
        return std::nullopt;
    });
    if (!plan) {
        recorder_.record(pod, "Pod", "Warning", "FailedMount", plan.error().message, component, stamp);
        return hold(pod, run, "ContainerCreating", plan.error().message, now, stamp);
    }
    if (has_prefix(name, crash_loop)) return crashed(pod, run, "Error", 1, now, stamp);
    for (int attempt = 0; run.needs_process && !run.process; ++attempt) {
        if (run.facts.ip.empty()) run.facts.ip = free_address();
        plan->ip = run.facts.ip;
        plan->hosts = local_names(hosts_(), run.key.first);
        plan->hosts_file = hosts_file_;
        auto started = backend_.start(*plan);
        if (started) {
            run.process = std::move(*started);
            break;
        }
        addresses_.erase(run.facts.ip);
        run.facts.ip.clear();
        // Another process of this machine may hold the address: that one is not ours to wait for.
        if (started.error().code == Code::unavailable && attempt < address_attempts) continue;
        recorder_.record(pod, "Pod", "Warning", "Failed", "Error: " + started.error().message, component, stamp);
        return hold(pod, run, "RunContainerError", started.error().message, now, stamp);
    }
    if (run.facts.ip.empty()) run.facts.ip = free_address();
    recorder_.record(pod, "Pod", "Normal", "Started", "Started container " + container_names(pod), component, stamp);
    auto &containers = run.facts.containers;
    containers.kind = ContainerState::Kind::running;
    containers.since = stamp;
    containers.reason.clear();
    containers.message.clear();
    containers.ready = !run.process || run.process->ready();
    run.phase = Phase::running;
    run.next = now + poll_starting;
    write_status(pod, run, stamp);
}

void Kubelet::crashed(const json::object &pod, Run &run, const std::string &why, int exit_code, Clock::time_point now,
                      const std::string &stamp) {
    run.process.reset();
    auto &containers = run.facts.containers;
    containers.last_reason = "Error";
    containers.last_exit_code = exit_code;
    containers.last_finished = stamp;
    if (run.phase == Phase::running && now - run.next > longest_backoff) run.backoff = std::chrono::milliseconds(0);
    run.phase = Phase::backing_off;
    ++containers.restarts;
    const auto name = container_names(pod);
    recorder_.record(pod, "Pod", "Warning", "BackOff",
                     fmt::format("Back-off restarting failed container {} in pod {}_{}({})", name, name_of(pod),
                                 namespace_of(pod), uid_of(pod)),
                     component, stamp);
    const auto next = std::clamp(run.backoff * 2, first_backoff, longest_backoff);
    hold(pod, run, "CrashLoopBackOff",
         fmt::format("back-off {}ms restarting failed container={} pod={}_{}({}): {}", next.count(), name, name_of(pod),
                     namespace_of(pod), uid_of(pod), why),
         now, stamp);
}

void Kubelet::watch(const json::object &pod, Run &run, Clock::time_point now, const std::string &stamp) {
    if (run.process) {
        if (const auto why = run.process->exited()) return crashed(pod, run, *why, 1, now, stamp);
    }
    if (has_prefix(name_of(pod), crash_loop)) return crashed(pod, run, "Error", 1, now, stamp);
    const bool ready = !run.process || run.process->ready();
    if (ready != run.facts.containers.ready || ready != condition_is(pod, "Ready")) {
        run.facts.containers.ready = ready;
        write_status(pod, run, stamp);
    }
    run.next = now + (ready ? poll_running : poll_starting);
}

void Kubelet::terminate(const json::object &pod, Run &run, Clock::time_point now, const std::string &stamp) {
    if (run.phase != Phase::stopping && run.phase != Phase::removed) {
        recorder_.record(pod, "Pod", "Normal", "Killing", "Stopping container " + container_names(pod), component, stamp);
        run.phase = Phase::stopping;
        run.next = now + pod_stop;
        run.facts.containers.ready = false; // it must get no new requests from here on
        write_status(pod, run, stamp);
        if (run.process) { // may take its grace period: not on this thread
            run.stopped = std::make_shared<std::atomic<bool>>(false);
            const auto grace =
                std::chrono::seconds(std::max<std::int64_t>(1, number_at(pod, "metadata.deletionGracePeriodSeconds", 30)));
            run.stopper = std::jthread([process = std::move(run.process), done = run.stopped, grace]() mutable {
                process->stop(grace);
                process.reset();
                *done = true;
            });
        }
        return;
    }
    if (run.stopped && !*run.stopped) {
        run.next = now + poll_starting;
        return;
    }
    run.phase = Phase::removed;
    run.next = now + poll_running; // again, should the API have refused
    addresses_.erase(run.facts.ip);
    writer_.remove(pods, pod, 0);
}

Kubelet::Clock::time_point Kubelet::tick(Clock::time_point now, const std::string &stamp) {
    std::vector<json::object> all;
    std::set<std::string> alive;
    for (const auto &[key, pod] : writer_.view().all(pods)) {
        all.push_back(pod);
        alive.insert(uid_of(pod));
    }
    for (auto at = runs_.begin(); at != runs_.end();) { // objects that went without a grace period
        if (alive.contains(at->first)) {
            ++at;
            continue;
        }
        addresses_.erase(at->second.facts.ip);
        at = runs_.erase(at);
    }
    auto wake = Clock::time_point::max();
    for (const auto &pod : all) {
        const auto phase = text_at(pod, "status.phase");
        if (phase == "Succeeded" || phase == "Failed") continue;
        auto [at, first] = runs_.try_emplace(uid_of(pod));
        auto &run = at->second;
        if (is_deleting(pod)) {
            if (first) run.key = key_of(pod);
            if (now >= run.next || (run.phase != Phase::stopping && run.phase != Phase::removed)) terminate(pod, run, now, stamp);
        } else if (first || (run.phase == Phase::unscheduled && !has_prefix(name_of(pod), unschedulable))) {
            run.facts.scheduled = true;
            adopt(pod, run, now, stamp);
        } else if (now >= run.next) {
            if (run.phase == Phase::creating || run.phase == Phase::backing_off)
                start(pod, run, now, stamp);
            else if (run.phase == Phase::running)
                watch(pod, run, now, stamp);
            else
                run.next = now + poll_running;
        }
        wake = std::min(wake, run.next);
    }
    return wake;
}

void Kubelet::stop_all(std::chrono::milliseconds grace) {
    std::vector<std::jthread> stoppers; // side by side: together no longer than the slowest
    for (auto &[uid, run] : runs_) {
        if (!run.process) continue;
        stoppers.emplace_back([process = std::move(run.process), grace]() mutable {
            process->stop(grace);
            process.reset();
        });
    }
    stoppers.clear();
    runs_.clear();
}

} // namespace xtn::sandbox::sim
