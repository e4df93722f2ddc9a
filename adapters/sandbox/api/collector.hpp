// What a real cluster's controller manager does to objects by themselves: garbage collection by owner references (background,
// foreground, orphan), the end of namespaces and of definitions with all they hold, the default service account of a new
// namespace, and the forgetting of old Events. Level-based: a restart looks at everything once.
#pragma once

#include "adapters/sandbox/api/follower.hpp"
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/api/registry.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

class Collector {
  public:
    // All must outlive it.
    Collector(Store &store, Registry &registry, Machinery &machinery);
    ~Collector(); // stop()
    void start(); // looks at every change from now on, on a thread of its own
    // One look, for who has a loop of his own instead: at these changes. Returns when to look again without any.
    Deadline take(const std::vector<StoredChange> &changes);

    void stop();

  private:
    void look_at_everything();
    void look_at(const ObjectKey &key);
    void look_at_owners_of(const boost::json::object &object);
    void collect_if_orphaned(const ObjectKey &key, const boost::json::object &object);
    void finish_foreground(const ObjectKey &key, std::string_view uid);
    void finish_orphaning(const ObjectKey &key, std::string_view uid);
    void finish_namespace(std::string_view name);
    void provide_service_account(std::string_view ns);
    void drop_objects_of(const boost::json::object &crd);
    void forget_old_events();
    void remove(const ObjectKey &key, std::string_view uid, std::string_view propagation);
    // Changes the object if `change` says so (true), and lets it go when nothing holds it any more.
    void edit(const ObjectKey &key, const std::function<bool(boost::json::object &)> &change);

    Store &store_;
    Registry &registry_;
    Machinery &machinery_;
    Deadline next_event_sweep_;
    bool started_ = false;
    Follower follower_;
};

} // namespace xtn::sandbox
