// Asks coordinators who and how they are: the health check of spec 50 §15, the suffix of their query ids, and, for ids nobody
// knows, which of them has the query. Runs on the control thread; at most 20 requests at a time.
#pragma once

#include "gateway/net/shared.hpp"
#include "netkit/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace xtn::gateway {

class CoordinatorWatch {
  public:
    CoordinatorWatch(Shared &shared, boost::asio::io_context &context);

    void start();
    // The table changed: look at the new coordinators now.
    void hurry();
    void ask(FollowUpQuestion question, std::function<void(FollowUpAnswer)> reply);

  private:
    using Task = boost::asio::awaitable<void>;
    struct Target {
        std::shared_ptr<Coordinator> coordinator;
        std::vector<std::string> identities; // runtimes with this coordinator URL
        bool judged = false;                 // its health counts (active and RUNNING)
        bool answers = false;                // filled in: it was heard
        bool identified = false;             // filled in: it said what its query ids end in
        bool asleep = false;                 // PAUSED, RESUMING: being unreachable is an answer, it has no queries
    };
    using Targets = std::vector<Target>;

    Task run();
    Task answer(FollowUpQuestion question, std::function<void(FollowUpAnswer)> reply);
    Task look_at(Target &target);
    boost::asio::awaitable<bool> has_query(const Target &target, const FollowUpQuestion &question, bool &heard);
    // Calls each(target) for all of them, 20 at a time.
    Task in_parallel(Targets &targets, std::function<Task(Target &)> each);
    // Everybody who may have queries, identified within the last second; one round at a time for all who ask.
    Task identify_all(std::shared_ptr<const RoutingTable> table, Targets &out);
    static Targets targets_of(const RoutingTable &table, bool sleeping_too);
    void learn(Target &target, std::string_view body);
    netkit::Origin origin_of(const Coordinator &coordinator);

    Shared &shared_;
    boost::asio::io_context &context_;
    netkit::Client client_;
    boost::asio::steady_timer wake_;
    std::size_t asking_ = 0;
    struct Round {
        bool running = false;
        std::shared_ptr<boost::asio::steady_timer> done;
        Targets result;
        std::shared_ptr<const RoutingTable> table;
        TimePoint finished{};
    };
    Round round_;
    std::map<std::string, TimePoint> nobody_; // ids asked for in vain lately
};

} // namespace xtn::gateway
