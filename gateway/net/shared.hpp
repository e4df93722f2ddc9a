// What the threads of one gateway share. Everything in it is thread-safe.
#pragma once

#include "core/base/logging.hpp"
#include "gateway/gateway.hpp"
#include "gateway/net/buffers.hpp"
#include "gateway/net/hosts_file.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/observe/access_log.hpp"
#include "gateway/observe/metrics.hpp"
#include "gateway/observe/query_tracker.hpp"
#include "gateway/observe/records.hpp"
#include "gateway/observe/refusal_budget.hpp"
#include "gateway/routing/coordinator.hpp"
#include "gateway/routing/directory.hpp"
#include "gateway/routing/routing_table.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace xtn::gateway {

// The question "which coordinator has this query?", for ids whose suffix nobody knows.
struct FollowUpQuestion {
    std::string suffix;      // of the query id; empty: has none of five characters
    std::string target;      // as the client sent it
    std::string credentials; // header lines (user, authorization) that Trino may want to see
    std::shared_ptr<const RoutingTable> table;
};
struct FollowUpAnswer {
    std::string identity; // "<ns>/<name>"; empty: nobody has it
    bool complete = true; // every coordinator that might have it was heard
};

struct Shared {
    explicit Shared(Gateway::Options o);

    const Gateway::Options options;
    Logger log{"gateway"};
    QueryTracker tracker;
    Metrics metrics;
    CoordinatorRegistry registry;
    CoordinatorDirectory directory;
    HostsFile hosts;
    LargeHeaderBudget large_headers;
    RecordQueue records;
    RefusalBudget refusals;
    AccessLog access_log;

    std::atomic<std::size_t> sessions{0}, exchanges{0}, upstream{0}, upstream_idle{0}, buffers{0};
    std::atomic<bool> table_loaded{false};
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> streams_opened{0}; // connections to a control plane's route stream that delivered
    bool ready() const { return table_loaded.load() && !stopping.load(); }
    Gateway::Usage usage() const;
    // RecordQueue::add and set, with what is lost counted.
    void record(std::string_view type, std::string_view subject, boost::json::object payload);
    void record_level(std::string_view type, std::string_view subject, boost::json::object payload, std::string_view keep = {});

    // Work for the control thread, set before the workers start. During a stop a callback may never be called: whoever asks waits
    // with a deadline.
    std::function<void(FollowUpQuestion, std::function<void(FollowUpAnswer)>)> ask_for_follow_up;
    std::function<void(std::function<void()>)> run_on_control;
    // The addresses of a name, by DNS; none when there are none. Called back on the control thread.
    std::function<void(std::string host, std::uint16_t port, std::function<void(std::vector<Endpoint4or6>)>)> look_up;

    std::shared_ptr<const RoutingTable> table() const;
    void set_table(std::shared_ptr<const RoutingTable> table);

  private:
    mutable std::mutex table_mutex_;
    std::shared_ptr<const RoutingTable> table_;
};

} // namespace xtn::gateway
