// Follows a control plane's route stream: GET /api/v1/routes/stream, one JSON document per line (docs/gateway.md, "Route
// stream"). Connects again with growing, jittered pauses; while the control plane is away the last good table stays in use.
#pragma once

#include "gateway/control/table_store.hpp"
#include "netkit/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <random>
#include <string>

namespace xtn::gateway {

class RouteStream {
  public:
    // A stream that says nothing for this long is dead; the server sends a heartbeat every 5 s.
    static constexpr std::chrono::seconds silence{15};

    RouteStream(Shared &shared, TableStore &store, boost::asio::io_context &context, netkit::Origin origin, std::string prefix);
    boost::asio::awaitable<void> follow(); // for ever

  private:
    // One connection, until it ends; why it did. Sets `served` once a document came.
    boost::asio::awaitable<Error> listen(bool &served);
    Status take(std::string_view line);

    Shared &shared_;
    TableStore &store_;
    netkit::Client client_;
    netkit::Origin origin_;
    std::string prefix_;
    std::mt19937 jitter_{std::random_device{}()};
};

} // namespace xtn::gateway
