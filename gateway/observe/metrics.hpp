// The gateway's metrics (names and labels: spec 50 §20, and docs/gateway.md for our own). Series are resolved once and then
// counted through references; the text is made at most once a second.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Histogram;
} // namespace prometheus

namespace xtn::gateway {

class QueryTracker;

// Counters of one routing group, shared by every table that has it.
class RouteMetrics {
  public:
    // One finished request; also counts gateway_503_total.
    void finished(int status, double seconds);
    void auto_resume(); // gateway_auto_resume_total

  private:
    friend class Metrics;
    std::string group_;
    class Metrics *owner_ = nullptr;
    prometheus::Histogram *duration_ = nullptr;
    prometheus::Counter *unavailable_ = nullptr;
    prometheus::Counter *auto_resume_ = nullptr;
    std::array<std::atomic<prometheus::Counter *>, 600> by_status_{}; // resolved at first use
};

class Metrics {
  public:
    // Values asked for when the text is made.
    struct Gauges {
        std::size_t sessions = 0, exchanges = 0, upstream = 0, upstream_idle = 0, buffers = 0, buffered_records = 0;
        std::uint64_t table_epoch = 0, table_version = 0;
    };
    Metrics(const QueryTracker &tracker, std::function<Gauges()> gauges);
    ~Metrics();

    // The group's counters. Groups come from route tables, never from clients.
    std::shared_ptr<RouteMetrics> route(const std::string &routing_group);
    void no_route(); // gateway_requests_total{routing_group="unknown",status_code="404"}

    enum class Event : std::uint8_t {
        client_timeout,     // a client's request or its reading was too slow
        bad_request,        // refused by the header pass or the chunk scanner
        connection_refused, // over max_connections
        upstream_connect_failed,
        upstream_retried, // a request sent again: another backend, a fresh connection, or a result page
        empty_page,       // an empty 200 on a statement URI, see docs/gateway.md
        follow_up_asked,  // a query id whose coordinator had to be asked for
        record_dropped,
        count_
    };
    void count(Event event);

    // Prometheus text exposition 0.0.4. Not for I/O threads: costs milliseconds with thousands of series.
    std::shared_ptr<const std::string> text();

  private:
    friend class RouteMetrics;
    struct Impl;
    prometheus::Counter *status_counter(const std::string &group, int status);
    std::unique_ptr<Impl> impl_;
};

} // namespace xtn::gateway
