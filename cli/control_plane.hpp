// The control plane of one process, put together: log, world, engine, clock, Kubernetes adapter, API endpoint. Read start() in
// control_plane.cpp to see who talks to whom; the order of start is the order of dependence, stop() is its reverse.
#pragma once

#include "cli/stop_signal.hpp"
#include "core/base/pause_points.hpp"
#include "core/base/result.hpp"
#include "core/log/space.hpp"
#include "core/model/route_table.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace xtn::cli {

struct ControlPlaneSettings {
    std::string data;       // folder of the log ("log/"), the redaction key and the gateway's state
    std::string kubeconfig; // path; empty: in-cluster credentials
    std::string listen_api = "127.0.0.1:8081";
    std::string api_token_file;                     // bearer token for the API; empty: none
    std::vector<std::string> namespaces;            // watched; empty: all
    std::chrono::milliseconds drain_window{300000}; // spec 40 §1: --gateway-drain-duration
    std::string routes_namespace = "xtrinode-gateway";
    PausePoints pause_points;         // of every part; only tests set it (--crash-at)
    std::uint64_t snapshot_every = 0; // events from one snapshot to the next; only tests set it. 0: as the engine says
    SpaceLimits disk;                 // when room on the log's disk runs short; zeros: the defaults
};

class ControlPlane {
  public:
    // Errors: those of the log (second process on the folder, newer format, damage: each says what to do), of the kubeconfig, of
    // the listen address. `stop` is triggered as a failure when the log cannot be written any more.
    static Result<std::unique_ptr<ControlPlane>> start(const ControlPlaneSettings &settings, StopSignal &stop);
    ~ControlPlane();

    std::string api_url() const;
    // What is still waited for before it acts on a complete picture, in words; empty: ready.
    std::string not_ready() const;
    // Called with every published route table, the current one first; on the engine thread.
    void on_routes(std::function<void(const RouteTable &)> listener);
    // Where a gateway in this process puts its record batches.
    std::function<Status(std::string_view)> record_sink();
    // Orderly, within 3 s.
    void stop();

  private:
    struct Impl;
    explicit ControlPlane(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::cli
