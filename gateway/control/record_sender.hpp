// Brings records to the control plane in batches, the same batch until it is taken, and reports activity when it changes.
#pragma once

#include "gateway/net/shared.hpp"
#include "netkit/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <string>
#include <utility>

namespace xtn::gateway {

class RecordSender {
  public:
    static constexpr std::chrono::milliseconds interval{500};
    static constexpr std::size_t batch_records = 500;
    // Besides the edges between idle and busy, counts are reported this often while they change.
    static constexpr std::chrono::seconds activity_interval{10};

    RecordSender(Shared &shared, boost::asio::io_context &context, netkit::Origin origin, std::string prefix);
    boost::asio::awaitable<void> run(); // for ever
    // The last batches of a stopping gateway.
    boost::asio::awaitable<void> flush(Deadline deadline);

  private:
    boost::asio::awaitable<Status> send(const std::string &batch, Deadline deadline);
    void report_activity(TimePoint now);
    void report_end();

    struct Activity {
        std::int64_t running = 0, queued = 0;
        TimePoint reported{};
    };

    Shared &shared_;
    netkit::Client client_;
    netkit::Origin origin_;
    std::string prefix_;
    std::map<std::string, Activity> activity_; // by runtime
    bool failing_ = false;
    std::uint64_t dropped_before_ = 0; // RecordQueue::dropped() when it began to fail
    std::uint64_t streams_seen_ = 0;
};

} // namespace xtn::gateway
