#include "adapters/sandbox/sim/simulator.hpp"

#include "adapters/sandbox/sim/controllers.hpp"
#include "adapters/sandbox/sim/kubelet.hpp"

#include "core/base/ids.hpp"
#include "core/base/logging.hpp"
#include "core/base/mutex.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <fstream>
#include <set>
#include <thread>

namespace xtn::sandbox {

namespace {

using namespace sim;

const std::array watched = {deployments, replica_sets, pods, services, endpoint_slices, endpoints};

constexpr std::chrono::milliseconds stop_grace{2000}; // of each pod when the simulator stops; together within 3 s

void write_atomically(const std::filesystem::path &path, const std::string &text) {
    const auto beside = path.string() + ".new";
    {
        std::ofstream out(beside, std::ios::trunc);
        out << text;
        if (!out.flush()) {
            Logger("simulator").warn("cannot write {}", beside);
            return;
        }
    }
    std::error_code ec;
    std::filesystem::rename(beside, path, ec);
    if (ec) Logger("simulator").warn("cannot write {}: {}", path.string(), ec.message());
}

} // namespace

struct Simulator::Impl {
    explicit Impl(Options given)
        : options(std::move(given)), writer(*options.cluster, view), recorder(writer), controllers(writer, recorder),
          kubelet(writer, recorder, *options.backend, options.hosts_file.string(), [this] { return controllers.hosts(false); }) {}

    Options options;

    // Of the simulator's own thread.
    View view;
    ClusterWriter writer;
    EventRecorder recorder;
    Controllers controllers;
    Kubelet kubelet;
    std::set<std::string> dirty; // namespaces
    std::string written_hosts;

    Mutex mutex;
    CondVar woken;
    std::deque<Change> changes XTN_GUARDED_BY(mutex);
    Behaviour behaviour XTN_GUARDED_BY(mutex);
    bool behaviour_changed XTN_GUARDED_BY(mutex) = true;
    bool stopping XTN_GUARDED_BY(mutex) = false;
    std::shared_ptr<void> listening;
    std::thread thread;

    void take_over() {
        for (const auto &resource : watched)
            for (const auto &object : options.cluster->list(resource, "")) {
                view.put(resource, object);
                dirty.insert(namespace_of(object));
            }
    }

    void heard(const Change &change) XTN_EXCLUDES(mutex) {
        if (std::find(watched.begin(), watched.end(), change.resource) == watched.end()) return;
        const MutexLock lock(mutex);
        changes.push_back(change);
        woken.notify_one();
    }

    void apply(const Change &change) {
        if (change.type == ChangeType::deleted)
            view.drop(change.resource, change.object);
        else
            view.put(change.resource, change.object);
        dirty.insert(namespace_of(change.object));
    }

    void write_hosts() {
        if (options.hosts_file.empty()) return;
        auto text = hosts_text(controllers.hosts(true));
        if (text == written_hosts) return;
        write_atomically(options.hosts_file, text);
        written_hosts = std::move(text);
    }

    // One round. Returns when the next is due without a change.
    Kubelet::Clock::time_point round(const Behaviour &wanted) {
        kubelet.pod_start = wanted.pod_start;
        kubelet.pod_stop = wanted.pod_stop;
        kubelet.unschedulable = controllers.unschedulable = wanted.unschedulable;
        kubelet.crash_loop = wanted.crash_loop;
        const auto stamp = Timestamp::now().rfc3339_seconds();
        const auto namespaces = std::exchange(dirty, {});
        for (const auto &ns : namespaces)
            controllers.reconcile(ns, stamp);
        const auto wake = kubelet.tick(Kubelet::Clock::now(), stamp);
        write_hosts();
        return wake;
    }

    void run() XTN_EXCLUDES(mutex) {
        auto wake = Kubelet::Clock::now();
        MutexLock lock(mutex);
        while (!stopping) {
            if (changes.empty() && !behaviour_changed && Kubelet::Clock::now() < wake) {
                woken.wait_until(mutex, wake == Kubelet::Clock::time_point::max() ? Deadline::never() : Deadline(wake));
                continue;
            }
            auto taken = std::exchange(changes, {});
            const auto wanted = behaviour;
            behaviour_changed = false;
            lock.unlock();
            for (const auto &change : taken)
                apply(change);
            wake = wanted.freeze ? Kubelet::Clock::time_point::max() : round(wanted);
            lock.lock();
        }
    }
};

Result<std::unique_ptr<Simulator>> Simulator::start(Options options) {
    if (options.cluster == nullptr || options.backend == nullptr)
        return make_error(Code::invalid_argument, "simulator: needs a cluster and a backend");
    auto impl = std::make_unique<Impl>(std::move(options));
    auto *raw = impl.get();
    {
        const MutexLock lock(raw->mutex);
        raw->behaviour = raw->options.behaviour;
    }
    // First listen, then list: what changes in between comes twice and is sorted out by its revision.
    raw->listening = raw->options.cluster->listen([raw](const Change &change) { raw->heard(change); });
    raw->take_over();
    raw->thread = std::thread([raw] { raw->run(); });
    return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Simulator::~Simulator() {
    stop();
}

void Simulator::set_behaviour(const Behaviour &behaviour) {
    const MutexLock lock(impl_->mutex);
    impl_->behaviour = behaviour;
    impl_->behaviour_changed = true;
    impl_->woken.notify_one();
}

void Simulator::stop() {
    impl_->listening.reset();
    {
        const MutexLock lock(impl_->mutex);
        impl_->stopping = true;
        impl_->woken.notify_one();
    }
    if (impl_->thread.joinable()) impl_->thread.join();
    impl_->kubelet.stop_all(stop_grace);
}

} // namespace xtn::sandbox
