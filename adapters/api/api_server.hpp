// The control plane's own HTTP endpoint: one listener, a table of mounted handlers, health and metrics.
//
//   /healthz   200 as soon as the process runs
//   /readyz    200 once the first kinds are synced and the engine answers, with a word of caution where there is cause; else 503
//              with what is waited for
//   /metrics   Prometheus text exposition
//   everything else: the longest mounted prefix, or a JSON 404
#pragma once

#include "core/base/result.hpp"
#include "netkit/http_server.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace xtn {

class ApiServer {
  public:
    struct Mount {
        std::string prefix; // "/api/v1/audit"; matches itself and everything below
        netkit::Server::Handler handler;
        bool always_writable = false; // not subject to refuse_writes: what it takes in is needed for lifecycle decisions
    };
    struct Options {
        std::string listen = "127.0.0.1:0";
        std::vector<Mount> mounts;
        // What is still waited for, in words; empty: ready.
        std::function<std::string()> not_ready;
        // What is not as it should be although it is ready, in words, shown by /readyz; empty: all is well.
        std::function<std::string()> caution;
        // Why nothing is taken in now, in words; requests below mounts that write (all but GET and HEAD) are answered 507 with
        // it. Empty: everything is.
        std::function<std::string()> refuse_writes;
        std::function<std::string()> metrics_text;
        // Bearer token that requests below /api/ must carry; empty: none needed (loopback sandbox only).
        std::string token;
        int threads = 2;
    };
    // Errors: as netkit::Server::start.
    static Result<std::unique_ptr<ApiServer>> start(Options options);
    ~ApiServer();

    std::string url() const; // "http://127.0.0.1:7081"
    void stop();

  private:
    struct Impl;
    explicit ApiServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// A small JSON error answer: {"error": {"code": STATUS, "message", "reason"}}; the reason, where given, is a code_name().
netkit::Response json_error(int status, std::string_view message, std::string_view reason = {});

} // namespace xtn
