#include "kubeclient/transport.hpp"

namespace kube {
namespace asio = boost::asio;

namespace {

class HttpTransport final : public Transport {
  public:
    HttpTransport(asio::any_io_executor executor, netkit::Client::Options options)
        : http_(std::move(executor), std::move(options)) {}

    asio::awaitable<netkit::Result<netkit::Response>> send(netkit::Origin origin, netkit::Request request,
                                                           netkit::Deadline deadline) override {
        return http_.send(std::move(origin), std::move(request), deadline);
    }
    asio::awaitable<netkit::Result<netkit::StreamedResponse>> open(netkit::Origin origin, netkit::Request request,
                                                                   netkit::Deadline deadline) override {
        return http_.open(std::move(origin), std::move(request), deadline);
    }

  private:
    netkit::Client http_;
};

} // namespace

std::unique_ptr<Transport> http_transport(asio::any_io_executor executor, netkit::Client::Options options) {
    return std::make_unique<HttpTransport>(std::move(executor), std::move(options));
}

} // namespace kube
