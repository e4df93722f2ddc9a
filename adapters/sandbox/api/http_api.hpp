// The HTTP face of the sandbox's API: who asks, for what, in which form; the work itself is Machinery's.
#pragma once

#include "adapters/sandbox/api/answers.hpp"
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/api/openapi.hpp"
#include "adapters/sandbox/api/request.hpp"
#include "adapters/sandbox/api/watch_hub.hpp"

#include "core/base/logging.hpp"
#include "netkit/http_server.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace xtn::sandbox {

class HttpApi {
  public:
    struct Options {
        std::string token;
        std::string version; // "v1.36.3"
    };
    // All must outlive it.
    HttpApi(Options options, Store &store, Registry &registry, Machinery &machinery, WatchHub &hub);

    void handle(const std::shared_ptr<netkit::Exchange> &exchange);
    void set_faults(const KubeApi::Faults &faults);

  private:
    // One request on its way through.
    struct Request {
        std::shared_ptr<netkit::Exchange> exchange;
        ResourcePath path;
        QueryParameters query;
        std::string_view verb;
        Accepted accepted; // of the answer
    };
    enum class Identity { admin, anonymous, unknown };

    void dispatch(const std::shared_ptr<netkit::Exchange> &exchange);
    Identity identify(const netkit::Request &request) const;
    static ApiFailure anonymous_is_forbidden(const Request &request);
    // Everything that is no resource: discovery, health, version, OpenAPI. Nothing: no such path.
    std::optional<netkit::Response> other_path(const Request &request);
    netkit::Response version() const;
    void resource(Request &request);
    void serve(Request &request, const Target &target);
    netkit::Response review(const Request &request);

    netkit::Response get(const Request &request, const Target &target);
    netkit::Response list(const Request &request, const Target &target);
    void watch(const Request &request, const Target &target);
    netkit::Response create(Request &request, const Target &target);
    netkit::Response update(Request &request, const Target &target);
    netkit::Response patch(Request &request, const Target &target);
    netkit::Response remove(const Request &request, const Target &target);

    const Options options_;
    const Logger log_{"sandbox-api"};
    Store &store_;
    Registry &registry_;
    Machinery &machinery_;
    WatchHub &hub_;
    OpenApi openapi_;
    std::atomic<int> too_many_every_ = 0;
    std::atomic<int> requests_ = 0;
};

} // namespace xtn::sandbox
