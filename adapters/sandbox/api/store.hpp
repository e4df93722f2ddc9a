// The sandbox's objects: the current state of each, one revision that grows with every write (resourceVersion), and the recent
// changes, from which watches start and older states are read.
//
// Writes are compare-and-swap: read an object, compute its next state without any lock held, and put() it; when somebody was
// faster the put fails with `conflict` and the caller starts again from what is there now.
//
// Thread-safe. Objects handed out are immutable and may be kept.
#pragma once

#include "adapters/sandbox/api/disk.hpp"
#include "adapters/sandbox/cluster.hpp"
#include "core/base/mutex.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

using ObjectPtr = std::shared_ptr<const boost::json::object>;

struct ObjectKey {
    std::string resource; // "<group>/<plural>": "apps/deployments", "/pods"
    std::string ns;       // empty for a cluster-scoped kind
    std::string name;
    friend auto operator<=>(const ObjectKey &, const ObjectKey &) = default;
    std::string path() const { return resource + "/" + ns + "/" + name; }
};

struct StoredChange {
    ChangeType type = ChangeType::added;
    std::uint64_t revision = 0;
    ObjectKey key;
    ObjectPtr before; // null when added
    ObjectPtr after;  // when deleted: the last state, with the deletion's resourceVersion
};

class Store {
  public:
    struct Options {
        std::filesystem::path directory; // empty: memory only
        std::size_t history = 4096;      // changes kept
    };
    // Errors: those of Disk::open(), data_corrupted.
    static Result<std::unique_ptr<Store>> open(const Options &options);

    ObjectPtr get(const ObjectKey &key) const; // null when absent

    struct Listed {
        std::uint64_t revision = 0;
        std::vector<ObjectPtr> objects; // by namespace and name
    };
    // Objects of a kind, of one namespace or (ns empty) of all, at the head or as they were at `revision`.
    // Errors: gone (the revision is forgotten), invalid_argument (it lies in the future).
    Result<Listed> list(std::string_view resource, std::string_view ns, std::optional<std::uint64_t> revision = {}) const;

    // Stores `next` with metadata.resourceVersion set, if the object still is `expected` (null: does not exist). A dry check of
    // the kind's rules is the caller's business. Errors: conflict; unavailable (disk).
    Result<ObjectPtr> put(const ObjectKey &key, const ObjectPtr &expected, boost::json::object next);
    // Removes it; the result is `last` (what watchers see) with the deletion's resourceVersion. Errors: as put().
    Result<ObjectPtr> remove(const ObjectKey &key, const ObjectPtr &expected, boost::json::object last);

    std::uint64_t head() const;
    // Changes after `revision`, oldest first, at most `limit`. Errors: gone.
    Result<std::vector<StoredChange>> changes_after(std::uint64_t revision, std::size_t limit) const;
    // Forgets every change up to now, except for followers that have not seen it yet.
    void compact();
    // From now on after every n-th write (0: only when the history is full).
    void compact_every(int writes);

    // What has `uid` among its owners, and whether an object of that uid is there.
    std::vector<ObjectKey> dependents(std::string_view uid) const;
    std::optional<ObjectKey> by_uid(std::string_view uid) const;

    // A reader of the change stream that must miss nothing, whatever is compacted. Starts after the current head.
    class Position {
      public:
        explicit Position(std::uint64_t at) : at_(at) {}

      private:
        friend class Store;
        std::uint64_t at_;
        std::uint64_t wakes_ = 0; // wake() calls that next() has answered
    };
    std::shared_ptr<Position> follow();
    // Waits until there are changes after the position, the deadline has passed or wake() was called; returns them (at most
    // `limit`) and moves on.
    std::vector<StoredChange> next(Position &position, std::size_t limit, Deadline deadline);
    std::uint64_t seen(const Position &position) const;
    void wake();

  private:
    explicit Store(std::size_t history) : history_limit_(history) {}
    Status load(std::string_view path, std::string_view text) XTN_EXCLUDES(mutex_);
    Result<ObjectPtr> commit(const ObjectKey &key, const ObjectPtr &expected, boost::json::object object, bool removed)
        XTN_EXCLUDES(mutex_);
    void index(const ObjectKey &key, const boost::json::object *before, const boost::json::object *after) XTN_REQUIRES(mutex_);
    void trim() XTN_REQUIRES(mutex_);

    const std::size_t history_limit_;
    std::unique_ptr<Disk> disk_;
    mutable Mutex mutex_;
    CondVar changed_;
    std::uint64_t wakes_ XTN_GUARDED_BY(mutex_) = 0;
    std::uint64_t head_ XTN_GUARDED_BY(mutex_) = 0;
    std::uint64_t floor_ XTN_GUARDED_BY(mutex_) = 0; // the oldest revision that readers may still start from
    int compact_every_ XTN_GUARDED_BY(mutex_) = 0;
    int writes_ XTN_GUARDED_BY(mutex_) = 0;
    std::map<ObjectKey, ObjectPtr> objects_ XTN_GUARDED_BY(mutex_);
    std::map<std::string, ObjectKey, std::less<>> uids_ XTN_GUARDED_BY(mutex_);
    std::multimap<std::string, ObjectKey, std::less<>> owned_ XTN_GUARDED_BY(mutex_); // owner's uid -> dependent
    std::deque<StoredChange> history_ XTN_GUARDED_BY(mutex_);
    std::list<std::weak_ptr<Position>> positions_ XTN_GUARDED_BY(mutex_);
};

} // namespace xtn::sandbox
