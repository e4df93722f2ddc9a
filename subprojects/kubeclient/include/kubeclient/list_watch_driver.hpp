// Runs the list+watch machine against a server.
#pragma once

#include "kubeclient/list_watch.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace kube {

class ListWatchSink {
  public:
    virtual ~ListWatchSink() = default;
    // The notices of one step, in order. The machine waits until this returns: that is the back-pressure.
    virtual boost::asio::awaitable<void> take(std::vector<Notice> notices) = 0;
    // What existed at or before this version and the machine need not know of: what the consumer made itself since the last
    // list, say, which went before a watch could show it. Missing in the list of that version, it is gone.
    virtual Known learned(const std::string &list_version) const {
        (void)list_version;
        return {};
    }
};

struct ListWatchTarget {
    Kind kind;
    std::string ns; // empty: all namespaces
    std::string label_selector;
    std::string field_selector;
};

struct ListWatchOptions {
    int page_size = 500;
    std::chrono::milliseconds call_timeout{30000};  // one page; opening a watch
    std::chrono::seconds watch_timeout{290};        // asked of the server
    std::chrono::milliseconds idle_timeout{120000}; // then the connection is taken for dead and the watch opened again
    Backoff backoff;
    Random random; // empty: std::random_device seeds one
};

// Runs until cancelled (throws boost::system::system_error with operation_aborted then, as every coroutine does).
boost::asio::awaitable<void> run_list_watch(Client &client, ListWatchTarget target, Known known, ListWatchOptions options,
                                            ListWatchSink &sink);

} // namespace kube
