// The gateway's one thread beside the workers: everything that is not a client's request runs here.
#pragma once

#include "gateway/control/coordinator_watch.hpp"
#include "gateway/control/record_sender.hpp"
#include "gateway/control/route_stream.hpp"
#include "gateway/control/routes_file.hpp"
#include "gateway/control/table_store.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>

namespace xtn::gateway {

class ControlThread {
  public:
    // `installed` as TableStore's.
    ControlThread(Shared &shared, std::function<void(std::shared_ptr<const RoutingTable>)> installed);
    ~ControlThread(); // stop()

    // Loads what the options name (last good table, routes file). Errors: invalid_argument (URL, or a routes file that cannot be
    // used while there is no other table).
    Status prepare();
    // After a good prepare().
    void start();
    // Sends the last records, then ends.
    void stop();

    TableStore &tables() { return tables_; }

  private:
    boost::asio::awaitable<void> housekeeping();

    Shared &shared_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    TableStore tables_;
    CoordinatorWatch watch_;
    std::unique_ptr<RoutesFile> file_;
    std::unique_ptr<RouteStream> stream_;
    std::unique_ptr<RecordSender> sender_;
    std::thread thread_;
};

} // namespace xtn::gateway
