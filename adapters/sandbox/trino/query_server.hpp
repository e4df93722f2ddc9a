// The statement protocol of one coordinator: its queries, their waiting polls, and the paths that show them.
//
// Bounds: live queries, ended queries kept for a look, bytes of result pages held; what goes beyond gets Trino's own error. A
// query whose client stays away is ended, as query.client.timeout does.
#pragma once

#include "adapters/sandbox/trino/query.hpp"
#include "adapters/sandbox/trino/scheduler.hpp"
#include "adapters/sandbox/trino/stand_in.hpp"

#include "core/base/mutex.hpp"
#include "netkit/http_server.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace xtn::sandbox::trino {

class QueryServer : public std::enable_shared_from_this<QueryServer> {
  public:
    using Clock = std::chrono::steady_clock;
    struct Settings {
        std::map<std::string, std::string> connectors; // catalog -> connector.name
        std::function<std::vector<StandInNode>()> nodes;
        std::string version;
        std::chrono::milliseconds client_timeout{300000};
        std::size_t max_live = 5000;
        std::size_t max_ended = 200;
        std::size_t max_page_bytes = std::size_t{256} * 1024 * 1024; // of all held pages together
    };

    QueryServer(Settings settings, std::string coordinator_id, std::shared_ptr<Scheduler> scheduler);

    const std::string &coordinator_id() const { return coordinator_id_; }
    void set_pace(Query::Pace pace) XTN_EXCLUDES(mutex_);
    void set_starting(bool starting) XTN_EXCLUDES(mutex_);

    // The paths, each with the exchange that asked; they answer at once or later.
    void post(const std::shared_ptr<netkit::Exchange> &exchange) XTN_EXCLUDES(mutex_);
    // rest: the path after "/v1/statement/", in parts.
    void follow(const std::shared_ptr<netkit::Exchange> &exchange, const std::vector<std::string> &rest) XTN_EXCLUDES(mutex_);
    void list_queries(netkit::Exchange &exchange) XTN_EXCLUDES(mutex_);
    // rest: after "/v1/query/".
    void query_resource(netkit::Exchange &exchange, const std::vector<std::string> &rest) XTN_EXCLUDES(mutex_);
    void metrics(netkit::Exchange &exchange) XTN_EXCLUDES(mutex_);
    // Waiting polls end with an empty 200, as those of a real server do when it stops.
    void stop() XTN_EXCLUDES(mutex_);

  private:
    struct Waiter {
        std::shared_ptr<netkit::Exchange> exchange;
        std::string base;
        Clock::time_point until;
    };
    struct Held {
        std::shared_ptr<Query> query;
        std::vector<Waiter> waiters; // all of the same, next page
        bool queued_phase = false;   // what the waiters asked for
        std::int64_t token = 0;
        std::uint64_t timer = 0; // the newest timer of it; older ones do nothing
    };
    struct Link {
        Query::Phase phase = Query::Phase::queued;
        bool partial = false;
        std::string id, slug;
        std::int64_t token = 0;
    };
    enum class LinkForm { ours, not_a_path, not_a_number };

    static LinkForm read_link(const std::vector<std::string> &rest, Link &into);
    QueryEnvironment environment() XTN_REQUIRES(mutex_);
    std::string next_id() XTN_REQUIRES(mutex_);
    void get(const std::shared_ptr<netkit::Exchange> &exchange, Held &held, const Link &link, std::string base)
        XTN_REQUIRES(mutex_);
    void serve(const std::string &id, bool timer) XTN_REQUIRES(mutex_);
    void answer(netkit::Exchange &exchange, const Query &query, const Page &page, const std::string &base) XTN_REQUIRES(mutex_);
    void arm(const std::string &id, Held &held) XTN_REQUIRES(mutex_);
    void cancel(Held &held, sql::SqlError error) XTN_REQUIRES(mutex_);
    void remove(netkit::Exchange &exchange, const Link &link, Held &held) XTN_REQUIRES(mutex_);
    void sweep() XTN_EXCLUDES(mutex_);
    void arm_sweep();
    bool full() const XTN_REQUIRES(mutex_);

    const Settings settings_;
    const std::string coordinator_id_;
    const std::string slug_key_;
    const std::shared_ptr<Scheduler> scheduler_;

    Mutex mutex_;
    Catalogs catalogs_ XTN_GUARDED_BY(mutex_);
    Transactions transactions_ XTN_GUARDED_BY(mutex_);
    Query::Pace pace_ XTN_GUARDED_BY(mutex_);
    bool starting_ XTN_GUARDED_BY(mutex_) = false;
    bool stopped_ XTN_GUARDED_BY(mutex_) = false;
    std::map<std::string, Held> queries_ XTN_GUARDED_BY(mutex_); // by id, so in the order of creation
    int counter_ XTN_GUARDED_BY(mutex_) = 0;
    std::uint64_t timers_ XTN_GUARDED_BY(mutex_) = 0;
};

// Five characters of Trino's alphabet for coordinator ids; random.
std::string random_coordinator_id();

} // namespace xtn::sandbox::trino
