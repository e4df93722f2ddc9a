// Runs pods: from the object to the process behind it and back into its status.
#pragma once

#include "adapters/sandbox/pod_backend.hpp"
#include "adapters/sandbox/sim/cluster_writer.hpp"
#include "adapters/sandbox/sim/event_recorder.hpp"
#include "adapters/sandbox/sim/pod_status.hpp"
#include "adapters/sandbox/sim/service.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

namespace xtn::sandbox::sim {

class Kubelet {
  public:
    using Clock = std::chrono::steady_clock;

    Kubelet(ClusterWriter &writer, EventRecorder &recorder, PodBackend &backend, std::string hosts_file,
            std::function<Hosts()> hosts);
    ~Kubelet(); // stop_all(0)

    std::chrono::milliseconds pod_start{150};
    std::chrono::milliseconds pod_stop{50};
    std::set<std::string> unschedulable;
    std::set<std::string> crash_loop;

    // Looks at every pod and at what runs. Returns when to look again at the latest, changes aside.
    Clock::time_point tick(Clock::time_point now, const std::string &stamp);
    // Ends every process; objects stay.
    void stop_all(std::chrono::milliseconds grace);

  private:
    enum class Phase { unscheduled, creating, running, backing_off, stopping, removed };
    struct Run {
        Key key;
        Phase phase = Phase::unscheduled;
        PodFacts facts;
        std::unique_ptr<RunningPod> process;
        bool needs_process = true;
        Clock::time_point next{}; // of the phase's own next step
        std::chrono::milliseconds backoff{0};
        std::jthread stopper;
        std::shared_ptr<std::atomic<bool>> stopped;
        bool known_ready = false;
    };

    void adopt(const boost::json::object &pod, Run &run, Clock::time_point now, const std::string &stamp);
    void start(const boost::json::object &pod, Run &run, Clock::time_point now, const std::string &stamp);
    void watch(const boost::json::object &pod, Run &run, Clock::time_point now, const std::string &stamp);
    void crashed(const boost::json::object &pod, Run &run, const std::string &why, int exit_code, Clock::time_point now,
                 const std::string &stamp);
    void hold(const boost::json::object &pod, Run &run, const std::string &reason, const std::string &message,
              Clock::time_point now, const std::string &stamp);
    void terminate(const boost::json::object &pod, Run &run, Clock::time_point now, const std::string &stamp);
    void write_status(const boost::json::object &pod, const Run &run, const std::string &stamp);
    std::string free_address();

    ClusterWriter &writer_;
    EventRecorder &recorder_;
    PodBackend &backend_;
    std::string hosts_file_;
    std::function<Hosts()> hosts_;
    std::map<std::string, Run> runs_; // by pod uid
    std::set<std::string> addresses_; // in use
    std::uint32_t next_address_;
};

} // namespace xtn::sandbox::sim
