// In-process access to the sandbox's Kubernetes API, for the parts that live inside it (simulator, garbage collector) and for
// tests. The same checks, defaults, managed fields and watches apply as over HTTP.
#pragma once

#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace xtn::sandbox {

// A kind of the API by "group/version/plural"; the core group is empty: {"", "v1", "pods"}, {"apps", "v1", "deployments"}.
struct ResourceName {
    std::string group;
    std::string version;
    std::string plural;
    friend auto operator<=>(const ResourceName &, const ResourceName &) = default;
};

enum class ChangeType { added, modified, deleted };

struct Change {
    ChangeType type;
    ResourceName resource;
    std::uint64_t revision;
    boost::json::object object; // as stored after the change (for deleted: the last state, with the deletion's resourceVersion)
};

// An API failure, as the Status object a client would get: code, reason and message in `status`.
struct ApiFailure {
    int code = 500;
    boost::json::object status;
};
template <class T> using ApiResult = std::variant<T, ApiFailure>;

struct WriteOptions {
    std::string field_manager; // recorded in managedFields; empty: the client's user-agent rule does not apply in process
    std::string subresource;   // "", "status", "scale"
    bool dry_run = false;
};

struct DeleteOptions {
    std::optional<std::string> uid;
    std::optional<std::string> resource_version;
    std::optional<std::string> propagation_policy; // Background, Foreground, Orphan
    std::optional<std::int64_t> grace_period_seconds;
};

class Cluster {
  public:
    virtual ~Cluster() = default;

    virtual ApiResult<boost::json::object> get(const ResourceName &resource, std::string_view ns, std::string_view name) = 0;
    // All objects of a kind, of one namespace or (ns empty) of all, sorted by namespace and name.
    virtual std::vector<boost::json::object> list(const ResourceName &resource, std::string_view ns) = 0;
    virtual ApiResult<boost::json::object> create(const ResourceName &resource, std::string_view ns, boost::json::object object,
                                                  const WriteOptions &options) = 0;
    // Replaces (PUT); a resourceVersion in the object must be current.
    virtual ApiResult<boost::json::object> update(const ResourceName &resource, std::string_view ns, boost::json::object object,
                                                  const WriteOptions &options) = 0;
    virtual ApiResult<boost::json::object> merge_patch(const ResourceName &resource, std::string_view ns, std::string_view name,
                                                       boost::json::object patch, const WriteOptions &options) = 0;
    virtual ApiResult<boost::json::object> remove(const ResourceName &resource, std::string_view ns, std::string_view name,
                                                  const DeleteOptions &options) = 0;

    // Every change from now on, in order, called after the change is stored, never under the store's lock. Dropping the handle
    // ends it, and waits for a call that is running (unless the listener drops it itself): hold no lock then that the listener
    // takes.
    using Listener = std::function<void(const Change &)>;
    virtual std::shared_ptr<void> listen(Listener listener) = 0;
};

} // namespace xtn::sandbox
