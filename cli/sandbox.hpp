// The sandbox: embedded Kubernetes API, pod simulator, control plane and gateway in one process, over HTTP as in a real cluster.
#pragma once

#include "cli/control_plane.hpp"
#include "cli/gateway_settings.hpp"
#include "cli/stop_signal.hpp"
#include "core/base/result.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace xtn::cli {

struct SandboxSettings {
    std::string data; // log/, kubernetes/, gateway/, kubeconfig, hosts: everything that survives a restart
    std::string listen_kubernetes = "127.0.0.1:0";
    std::string listen_api = "127.0.0.1:0";
    GatewaySettings gateway;      // listen, threads, access log
    ControlPlaneSettings control; // drain window, namespaces
    std::string trino;            // an unpacked Trino server: pods are real processes; empty: the stand-in
    std::string java;             // for it
    std::chrono::milliseconds pod_start{150};
    std::vector<std::string> crash_pods; // pods whose names begin so crash over and over
    bool nasty = false;        // the Kubernetes API misbehaves within its rules: 410, 429, conflicts, cut and late watches
    bool cluster_only = false; // no control plane and no gateway: they run beside it as processes of their own
};

class Sandbox {
  public:
    // Errors: those of its parts, each naming the address or folder and what to do.
    static Result<std::unique_ptr<Sandbox>> start(const SandboxSettings &settings, StopSignal &stop);
    ~Sandbox();

    // Waits until the control plane has seen the cluster. Errors: deadline_exceeded with what is missing.
    Status wait_ready(Deadline deadline) const;
    // "kubernetes", "gateway", "api", "metrics" (URLs) and "kubeconfig" (path); of a cluster only, "kubernetes" and "kubeconfig".
    std::map<std::string, std::string> ports() const;
    void stop(); // in order, within 5 s

  private:
    struct Impl;
    explicit Sandbox(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::cli
