// The controllers and kubelets of the sandbox: Deployments become ReplicaSets' pods, pods become PodBackend processes, Services
// get EndpointSlices, owners that go take their dependents with them (that part lives in the API's garbage collector).
#pragma once

#include "adapters/sandbox/cluster.hpp"
#include "adapters/sandbox/pod_backend.hpp"
#include "core/base/result.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

namespace xtn::sandbox {

class Simulator {
  public:
    // Switches for tests; may be changed while it runs.
    struct Behaviour {
        std::chrono::milliseconds pod_start{150}; // from creation to a started container
        std::chrono::milliseconds pod_stop{50};   // of termination
        std::set<std::string> unschedulable;      // pod name prefixes that stay Pending
        std::set<std::string> crash_loop;         // pod name prefixes whose container exits at once
        bool freeze = false;                      // do nothing at all until false again
    };
    struct Options {
        Cluster *cluster = nullptr;       // must outlive it
        PodBackend *backend = nullptr;    // must outlive it
        std::filesystem::path hosts_file; // kept current: service and pod DNS names -> loopback addresses; empty: none
        Behaviour behaviour;
    };
    // Takes over what the cluster holds already: pods that ran before a restart are started again under the same name.
    static Result<std::unique_ptr<Simulator>> start(Options options);
    ~Simulator(); // stop()
    void set_behaviour(const Behaviour &behaviour);
    void stop(); // stops every pod; objects stay; idempotent, within 3 s

  private:
    struct Impl;
    explicit Simulator(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::sandbox
