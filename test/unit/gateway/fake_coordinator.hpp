// A small coordinator for tests: knows its queries, speaks as much of the statement protocol as a gateway must route, remembers
// what it was asked.
#pragma once

#include "core/model/route_table.hpp"
#include "gateway/gateway.hpp"
#include "netkit/http_server.hpp"
#include "test/unit/gateway/raw_http.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace xtn::test {

class FakeCoordinator {
  public:
    // `suffix`: last five characters of its query ids.
    explicit FakeCoordinator(std::string suffix);
    ~FakeCoordinator();

    std::string url() const { return "http://" + server_->address(); }
    void stop(); // as a process that ends: refuses connections from now on

    std::atomic<bool> tells_id{true}; // false: /v1/info as Trino 476 gives it
    std::atomic<int> fail_pages{0};   // so many result pages are answered by fail_status
    std::atomic<int> fail_status{503};
    std::atomic<int> fail_info{0};       // status of /v1/info; 0: 200
    std::atomic<bool> gzip_pages{false}; // compress pages for those who accept it

    std::vector<netkit::Request> seen() const; // everything but /v1/info
    std::vector<netkit::Request> seen(std::string_view method) const;
    std::size_t queries() const;

  private:
    void handle(const std::shared_ptr<netkit::Exchange> &exchange);
    netkit::Response statement(const netkit::Request &request);
    netkit::Response page(const netkit::Request &request, const std::string &id, const std::string &phase,
                          const std::string &token);

    const std::string suffix_;
    mutable std::mutex mutex_;
    std::vector<netkit::Request> seen_;
    std::set<std::string> queries_;
    int next_ = 1;
    std::unique_ptr<netkit::Server> server_;
};

Backend backend_at(std::string ns, std::string name, std::string url, BackendState state = BackendState::running);
// A route of one group; header "<ns>/<name>" of its first backend.
Route route_to(std::vector<Backend> backends);
RouteTable table_with(std::vector<Route> routes, std::uint64_t version = 1);

// A gateway with short patience on a free port, serving this table.
std::unique_ptr<Gateway> gateway_with(const RouteTable &table, Gateway::Options options = {});
Gateway::Options impatient(); // short timeouts and one thread

// The selector line for a runtime.
std::string select(const std::string &identity);
// The string member of a JSON object text; empty when there is none.
std::string member(const std::string &json, const std::string &name);
std::string path_of(const std::string &url); // without scheme and authority

// True once nothing is held any more: no exchange, buffer or upstream connection in use.
bool quiet(const Gateway &gateway);

} // namespace xtn::test
