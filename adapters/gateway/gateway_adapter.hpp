// The control plane's side of its gateways: pushes the route table as a stream, takes in their record batches.
//
//   GET  /api/v1/routes            the current table as one JSON document; 503 before there is one
//   GET  /api/v1/routes/stream     one JSON line per table, the current one first, then newer ones; an empty line as heartbeat
//   POST /api/v1/gateways/records  a batch (docs/gateway.md, "Records"): 200 once it is durable; repeated batches are folded once
//
// The wire format is defined by gateway/control/route_stream.* and gateway/control/record_sender.*, which read and write it.
#pragma once

#include "core/base/pause_points.hpp"
#include "core/engine/engine.hpp"
#include "core/log/log.hpp"
#include "core/model/route_table.hpp"
#include "netkit/http_server.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace xtn {

class GatewayAdapter {
  public:
    struct Options {
        Engine *engine = nullptr;                        // its Machine must be a World
        Log *log = nullptr;                              // the queries stream is appended directly
        PausePoints pause_points;                        // test seam: records_received to records_durable
        std::chrono::milliseconds heartbeat{5000};       // on streams without news; gateways give up after 15 s of silence
        std::chrono::milliseconds vanished_after{60000}; // a busy gateway without a stream and without records
        // Takes out of query records what the log's disk has no room for, and counts it (DiskSpace::shed); empty: nothing is.
        std::function<void(std::vector<EventDraft> &)> shed;
    };
    static std::unique_ptr<GatewayAdapter> start(Options options);
    ~GatewayAdapter(); // stop()

    // To be mounted at "/api/v1/routes" and "/api/v1/gateways".
    netkit::Server::Handler handler();
    // Called with the current table as soon as there is one, then with newer ones (a burst of changes may be told once); on a
    // thread of the adapter, never after stop() returned.
    void on_routes(std::function<void(const RouteTable &)> listener);
    // Takes one record batch from a gateway in this process; returns once it is durable. Errors: invalid_argument, unavailable.
    Status take_records(std::string_view batch_json);
    void stop();

  private:
    struct Impl;
    explicit GatewayAdapter(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

} // namespace xtn
