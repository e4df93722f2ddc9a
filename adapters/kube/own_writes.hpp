// What this process wrote itself: ingest tells its own echo from the writes of others by it. Shared by ingest and act; one
// thread.
#pragma once

#include "kubeclient/list_watch.hpp"
#include "kubeclient/object.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace xtn {

// A resourceVersion as a number: they are opaque by contract, but grow on every API server there is. 0 when it is none.
std::uint64_t version_number(std::string_view resource_version);

class OwnWrites {
  public:
    // An object that is being written right now: its echo may arrive before the answer.
    void begin(std::string_view kind, const kube::ObjectKey &key) { in_flight_.emplace(kind, key); }
    void end(std::string_view kind, const kube::ObjectKey &key) { in_flight_.erase({std::string(kind), key}); }
    bool in_flight(std::string_view kind, const kube::ObjectKey &key) const {
        return in_flight_.contains({std::string(kind), key});
    }
    // The object as the answer to our write showed it.
    void wrote(std::string_view uid, std::string_view resource_version);
    void forget(std::string_view uid);
    // Number of the version after our last write of it; 0 when we wrote nothing.
    std::uint64_t last(std::string_view uid) const;

  private:
    std::set<std::pair<std::string, kube::ObjectKey>> in_flight_; // bounded by the concurrency of the actor
    std::map<std::string, std::uint64_t, std::less<>> written_;   // by uid, forgotten with the object
};

} // namespace xtn
