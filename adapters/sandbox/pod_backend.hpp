// What stands behind a simulated pod: the built-in Trino stand-in, or a real Trino process started from the rendered ConfigMaps.
#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace xtn::sandbox {

// What a pod needs to run, resolved from its spec by the simulator.
struct PodPlan {
    std::string ns;
    std::string name;
    std::string runtime;   // value of app.kubernetes.io/instance
    std::string component; // "coordinator" or "worker"
    std::string ip;        // a loopback address of its own, 127.x.y.z; the pod's port 8080 is bound there
    int http_port = 8080;  // containerPort named "http"
    std::map<std::string, std::string> config_files;  // /etc/trino/<name>, from the config ConfigMap
    std::map<std::string, std::string> catalog_files; // /etc/trino/catalog/<name>, from the projected catalog ConfigMaps
    std::map<std::string, std::string> env;           // plain values only
    // Name resolution inside the "cluster": service and pod DNS names to loopback addresses, at start.
    std::map<std::string, std::string> hosts;
    std::string hosts_file; // path of the live hosts file ("ADDRESS NAME..." lines), kept current by the simulator
};

class RunningPod {
  public:
    virtual ~RunningPod() = default; // stops it at once if stop() was not called
    // True when the container answers its readiness check (GET /v1/info with starting=false).
    virtual bool ready() = 0;
    // Why it is not running any more, or nothing while it runs.
    virtual std::optional<std::string> exited() = 0;
    virtual void stop(std::chrono::milliseconds grace) = 0;
};

class PodBackend {
  public:
    virtual ~PodBackend() = default;
    // Starts the pod's process or server. Must return quickly (readiness comes later).
    virtual Result<std::unique_ptr<RunningPod>> start(const PodPlan &plan) = 0;
};

} // namespace xtn::sandbox
