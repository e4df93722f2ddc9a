// List and watch as one pure state machine: no network, no clock, no randomness of its own.
//
// Flow: list all pages -> watch from the list's version -> after a break watch again from the last version seen -> when that
// version is no longer to be had (410), list again. step() takes the state and what happened, and returns the new state, what
// the consumer learns, and the one thing to do next; the driver (list_watch_driver.hpp) does it and comes back.
//
// Guarantees: each list is bracketed by ListStarted and Synced, once each however often its pages had to be asked for; whatever
// was known before and is not in the list is reported Gone before Synced, keyed by uid, so that deletions nobody saw are not
// lost; an object recreated under the same name is Gone (old uid) before it is Present (new uid). Caveats: versions between two
// looks are missed (that is Kubernetes' promise); Present may repeat what is known already.
#pragma once

#include "kubeclient/backoff.hpp"
#include "kubeclient/client.hpp"

#include <chrono>
#include <compare>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kube {

struct ObjectKey {
    std::string ns;
    std::string name;
    friend auto operator<=>(const ObjectKey &, const ObjectKey &) = default;
};
// What is believed to exist: uid -> key. Give the last run's knowledge to the first list, and it finds what went meanwhile.
using Known = std::map<std::string, ObjectKey>;

// Known, with the way back from the key: at most one uid holds a name. (Of two that claim one name, the first found goes.)
class KnownObjects {
  public:
    KnownObjects() = default;
    explicit KnownObjects(Known known);

    bool contains(const std::string &uid) const { return by_uid_.contains(uid); }
    // The uid that holds this name; empty when nobody does.
    std::string holder(const ObjectKey &key) const;
    void add(const std::string &uid, const ObjectKey &key);
    void erase(const std::string &uid);
    // Takes out every object whose uid is not in `seen`, and returns them.
    Known take_unseen(const std::set<std::string> &seen);
    std::size_t size() const { return by_uid_.size(); }

  private:
    Known by_uid_;
    std::map<ObjectKey, std::string> by_key_;
};

// ---- what happened (inputs) ----
struct Begin {};
struct PageArrived {
    Page page;
    Known learned = {}; // with the last page: what existed before the list by other accounts than this machine's
};
struct WatchOpened {};
struct WatchDelivered {
    WatchEvent event;
};
struct WatchEnded {}; // by the server, in good order
struct WatchIdle {};  // nothing came for the idle timeout
struct CallFailed {
    ApiError error;
};
struct WaitOver {};
using Input = std::variant<Begin, PageArrived, WatchOpened, WatchDelivered, WatchEnded, WatchIdle, CallFailed, WaitOver>;

// ---- what to do next (commands) ----
struct DoList {
    std::string continue_token;
};
struct DoOpenWatch {
    std::string resource_version;
};
struct DoRead {}; // the next event of the open watch
struct DoWait {
    std::chrono::milliseconds duration{0};
};
using Command = std::variant<DoList, DoOpenWatch, DoRead, DoWait>;

// ---- what the consumer learns (notices) ----
struct ListStarted {};
struct Present {
    Object object;
};
struct Gone {
    std::string uid;
    ObjectKey key;
    std::string resource_version; // of the deletion; empty when only a list showed it
};
struct Synced {
    std::string resource_version;
    int count = 0;
    int gone = 0;
};
// On the edge from working to failing, and once more after every list or watch that worked in between.
struct Failing {
    ApiError error;
    int attempt = 1;
};
using Notice = std::variant<ListStarted, Present, Gone, Synced, Failing>;

// ---- the states ----
struct Idle {};
struct Listing {
    std::string continue_token;
    std::set<std::string> seen; // uids in the pages so far
    int gone = 0;
};
struct Watching {
    std::string resource_version;
    bool open = false;
    bool delivered = false; // anything since it was opened
};
struct Waiting {
    std::variant<Listing, Watching> then;
};
struct ListWatchState {
    std::variant<Idle, Listing, Watching, Waiting> phase;
    KnownObjects known;
    int failures = 0;       // in a row, since a list or an event last came through
    int expired = 0;        // watches refused as too old, since an event last came through
    bool reported = false;  // Failing was said since something last worked
    bool announced = false; // ListStarted was said, Synced not yet
};

struct Step {
    ListWatchState state;
    std::vector<Notice> notices;
    Command command;
};

// An input that cannot follow the last command is a broken invariant (std::logic_error).
Step step(ListWatchState state, Input input, const Backoff &backoff, const Random &random);

} // namespace kube
