// All open watches: one thread follows the store and writes each change to the watches that it concerns.
//
// Flow: the request handler computes the events that bring the client up to a revision (none, or the current objects), and add()s
// the watch from there; add() writes what came in between, then the hub's thread goes on.
// Guarantees: events in revision order, each once; an object that leaves the selector is DELETED, one that enters it ADDED.
// Caveat: a client that reads too slowly is cut off by netkit's backlog bound and has to list again, as with a real server.
#pragma once

#include "adapters/sandbox/api/follower.hpp"
#include "adapters/sandbox/api/kube_api.hpp"
#include "core/base/mutex.hpp"

#include "netkit/http_server.hpp"

#include <boost/json/object.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

struct WatchRequest {
    std::string resource; // "<group>/<plural>"
    std::string ns;       // empty: all
    std::function<bool(const boost::json::object &)> matches;
    // An object in the form the client asked for (itself, a Table, PartialObjectMetadata), as JSON text.
    std::function<std::string(const boost::json::object &)> render;
    std::function<std::string(std::uint64_t revision)> bookmark; // the object of a bookmark event; empty: none wanted
    std::uint64_t from = 0;                                      // the client has seen everything up to here
    Deadline until;                                              // when the server ends the watch in good order
};

// One line of a watch stream.
std::string watch_line(std::string_view type, std::string_view object_text);

class WatchHub {
  public:
    explicit WatchHub(Store &store);
    ~WatchHub(); // stop()
    void start();

    // The exchange's answer has been begun. Errors (nothing written): gone.
    Status add(std::shared_ptr<netkit::Exchange> exchange, WatchRequest request);
    void set_faults(const KubeApi::Faults &faults);
    void stop(); // ends all watches

    std::size_t open() const;

  private:
    struct Watch;
    Deadline deliver(const std::vector<StoredChange> &changes);
    void send(Watch &watch, const StoredChange &change);

    Store &store_;
    mutable Mutex mutex_;
    KubeApi::Faults faults_ XTN_GUARDED_BY(mutex_);
    std::vector<std::shared_ptr<Watch>> watches_ XTN_GUARDED_BY(mutex_);
    std::uint64_t position_ XTN_GUARDED_BY(mutex_) = 0; // what the thread has delivered
    Follower follower_;
};

} // namespace xtn::sandbox
