// The Trino stand-in: speaks the client statement protocol well enough for the stock clients, computes next to nothing, and says
// so in its answers (docs/stand-in.md).
#pragma once

#include "adapters/sandbox/pod_backend.hpp"
#include "core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace xtn::sandbox {

namespace trino {
class Scheduler; // scheduler.hpp
}

// What a stand-in calls its version: the Trino release whose answers it was modelled on, and what it is.
inline constexpr const char *stand_in_version = "483-stand-in";

// Latencies and faults that tests set; also per query through session properties (docs/stand-in.md).
struct StandInBehaviour {
    std::chrono::milliseconds start_up{0}; // /v1/info says starting=true for this long
    std::chrono::milliseconds queued{0};   // a query stays QUEUED for this long
    std::chrono::milliseconds per_page{0}; // before each page of results
    int fail_statement_every = 0;          // every n-th POST answers 503
    int drop_every = 0;                    // every n-th request: connection closed without an answer
};

struct StandInNode {
    std::string node_id;
    std::string uri; // "http://127.1.2.3:8080"
    std::string version;
    bool coordinator = false;
    std::string state = "active";
};

// One server. A stand-in cluster's nodes are what `nodes` says at query time.
class StandIn {
  public:
    struct Options {
        std::string listen = "127.0.0.1:0";
        std::string node_id = "stand-in";
        std::string environment = "production";
        bool coordinator = true;
        std::vector<std::string> catalogs; // besides system; "NAME=CONNECTOR" where the connector is not called like the catalog
        std::function<std::vector<StandInNode>()> nodes; // empty: only itself
        StandInBehaviour behaviour;
        std::chrono::milliseconds client_timeout{300000}; // query.client.timeout: a query nobody asks about ends after it
        std::shared_ptr<trino::Scheduler> scheduler;      // shared by all stand-ins of a process; empty: one of its own
    };
    static Result<std::unique_ptr<StandIn>> start(Options options);
    ~StandIn(); // stop()
    std::uint16_t port() const;
    std::string url() const;
    std::string coordinator_id() const; // five characters; the suffix of its query ids
    void set_behaviour(const StandInBehaviour &behaviour);
    void stop();

  private:
    struct Impl;
    explicit StandIn(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Pods as stand-in servers in this process.
std::unique_ptr<PodBackend> make_stand_in_backend(StandInBehaviour behaviour = {});

} // namespace xtn::sandbox
