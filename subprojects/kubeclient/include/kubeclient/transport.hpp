// The way to the API server: what the client sends its requests over. HTTP normally; a simulation puts a server of its own here.
#pragma once

#include "netkit/http_client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace kube {

// Use it from the executor's thread only.
class Transport {
  public:
    virtual ~Transport() = default;
    // One request, whole answer; any HTTP status is a success. Errors: as netkit::Client::send.
    virtual boost::asio::awaitable<netkit::Result<netkit::Response>> send(netkit::Origin origin, netkit::Request request,
                                                                          netkit::Deadline deadline) = 0;
    // As send(), but the body is handed out as it comes. `deadline` covers up to the end of the headers.
    virtual boost::asio::awaitable<netkit::Result<netkit::StreamedResponse>> open(netkit::Origin origin, netkit::Request request,
                                                                                  netkit::Deadline deadline) = 0;
};

std::unique_ptr<Transport> http_transport(boost::asio::any_io_executor executor, netkit::Client::Options options);

} // namespace kube
