// What one gateway process knows about one coordinator URL: health, breaker, load. Shared by all threads; lives as long as a
// route or a request refers to it.
#pragma once

#include "core/base/result.hpp"
#include "gateway/routing/circuit_breaker.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::gateway {

// A coordinatorURL taken apart. Only http: coordinators inside a cluster speak plain HTTP (spec 50 §1).
struct Endpoint {
    std::string host;
    std::uint16_t port = 80;
    std::string authority; // "host:port" as sent in Host; port left out when it was
    std::string prefix;    // path without a slash at the end; empty: none

    static Result<Endpoint> parse(std::string_view url);
};

// The active health check's verdict (spec 50 §15).
class Health {
  public:
    enum class State : std::uint8_t { unknown, healthy, unhealthy, sleeping };
    enum class Probe : std::uint8_t {
        good,        // 2xx
        unreachable, // refused, no such host, timeout while dialling
        bad,         // anything else
    };
    static constexpr int unhealthy_after = 3;
    static constexpr std::chrono::seconds stale_after{15};

    // Returns the state before; `detail` says what was wrong.
    State record(Probe probe, int status, std::string_view detail, TimePoint now);
    // A resumed runtime is tried at once: sleeping becomes unknown (spec 50 §5.1, step 7).
    void wake();
    // Stale verdicts fail open.
    bool good_for_routing(TimePoint now) const;
    bool sleeping_for_routing(TimePoint now) const;
    State state() const { return state_.load(std::memory_order_relaxed); }

    struct View {
        State state = State::unknown;
        int failures = 0;
        int last_status = 0;
        std::string last_error;
    };
    View view() const;

  private:
    bool fresh(TimePoint now) const;
    std::atomic<State> state_{State::unknown};
    std::atomic<TimePoint::rep> checked_{0};
    mutable std::mutex mutex_;
    int failures_ = 0;
    int last_status_ = 0;
    std::string last_error_;
};

std::string_view health_name(Health::State state); // "unknown", "healthy", "unhealthy", "sleeping"

struct Coordinator {
    std::string url;
    Endpoint endpoint;
    CircuitBreaker breaker;
    Health health;
    std::atomic<std::int64_t> running{0}; // in-flight queries seen by this process (spec 50 §9.3)
    std::atomic<std::int64_t> queued{0};
    std::atomic<std::int64_t> pending{0}; // statements sent and not answered yet: many, where a coordinator hangs
    std::int64_t load() const {
        return running.load(std::memory_order_relaxed) + queued.load(std::memory_order_relaxed) +
               pending.load(std::memory_order_relaxed);
    }
};

// Who runs a query; shared by all queries of a backend.
struct QueryHome {
    std::string ns, name, routing_group;
    std::shared_ptr<Coordinator> coordinator;
};

// One state for each distinct coordinator URL; forgets those that no table and no request uses any more.
class CoordinatorRegistry {
  public:
    // Errors: invalid_argument (not an http URL).
    Result<std::shared_ptr<Coordinator>> get(const std::string &url);
    std::vector<std::shared_ptr<Coordinator>> all();

  private:
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<Coordinator>> states_;
};

} // namespace xtn::gateway
