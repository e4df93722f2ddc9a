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
    // An object that is being written right now: its echo may arrive before the answer, and so may its end.
    void begin(std::string_view kind, const kube::ObjectKey &key) { in_flight_[{std::string(kind), key}] = Flight(); }
    void end(std::string_view kind, const kube::ObjectKey &key) { in_flight_.erase({std::string(kind), key}); }
    // What watches and lists show meanwhile. shown(): whether the object is being written.
    bool shown(std::string_view kind, const kube::ObjectKey &key, std::string_view uid);
    void went(std::string_view kind, const kube::ObjectKey &key, std::string_view uid);
    void listed(std::string_view kind, std::string_view ns, std::uint64_t version); // completely; no ns: every namespace
    // Whether the object that the answer shows went before the answer came. Ask before end(). `known`: it is in the ledger, so
    // that a list which lacks it says that it is gone.
    bool went_meanwhile(std::string_view kind, const kube::ObjectKey &key, const kube::Object &answered, bool known) const;
    // The object as the answer to our write showed it.
    void wrote(std::string_view uid, std::string_view resource_version);
    void forget(std::string_view uid);
    // Number of the version after our last write of it; 0 when we wrote nothing.
    std::uint64_t last(std::string_view uid) const;

  private:
    struct Flight {
        std::set<std::string, std::less<>> shown; // uids
        std::set<std::string, std::less<>> gone;  // uids
        std::uint64_t listed = 0;                 // number of the newest version that a list showed completely
    };
    std::map<std::pair<std::string, kube::ObjectKey>, Flight> in_flight_; // bounded by the concurrency of the actor
    std::map<std::string, std::uint64_t, std::less<>> written_;           // by uid, forgotten with the object
};

} // namespace xtn
