// A small API server for tests: answers what the test scripted, remembers what was asked.
#pragma once

#include "kubeclient/config.hpp"
#include "netkit/http_server.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

// Called on the server's thread.
class FakeApi {
  public:
    using Handler = std::function<void(const std::shared_ptr<netkit::Exchange> &)>;

    explicit FakeApi(Handler handler) : handler_(std::move(handler)) {
        auto server = netkit::Server::start("127.0.0.1:0", {}, [this](std::shared_ptr<netkit::Exchange> exchange) {
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(exchange->request());
                held_.push_back(exchange);
            }
            handler_(exchange);
        });
        DOCTEST_REQUIRE(server.ok());
        server_ = std::move(*server);
    }
    kube::Config config() const {
        kube::Config c;
        c.server.host = "127.0.0.1";
        c.server.port = server_->port();
        return c;
    }
    std::vector<netkit::Request> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    void stop() {
        server_->stop(std::chrono::milliseconds(0));
        held_.clear();
    }

    static netkit::Response json(int status, std::string body) {
        netkit::Response r;
        r.status = status;
        r.headers.add("Content-Type", "application/json");
        r.body = std::move(body);
        return r;
    }

  private:
    Handler handler_;
    mutable std::mutex mutex_;
    std::vector<netkit::Request> requests_;
    std::vector<std::shared_ptr<netkit::Exchange>> held_; // a streamed answer ends when its exchange is dropped
    std::unique_ptr<netkit::Server> server_;              // last: stopped before what its handler uses
};
