// Cluster over the machinery, for the parts that live in the same process.
#pragma once

#include "adapters/sandbox/api/follower.hpp"
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/cluster.hpp"
#include "core/base/mutex.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

class InProcess final : public Cluster {
  public:
    // All must outlive it.
    InProcess(Store &store, Registry &registry, Machinery &machinery);
    ~InProcess() override; // stop()
    void start();          // listeners are called from now on
    void stop();           // no listener is called any more

    ApiResult<boost::json::object> get(const ResourceName &resource, std::string_view ns, std::string_view name) override;
    std::vector<boost::json::object> list(const ResourceName &resource, std::string_view ns) override;
    ApiResult<boost::json::object> create(const ResourceName &resource, std::string_view ns, boost::json::object object,
                                          const WriteOptions &options) override;
    ApiResult<boost::json::object> update(const ResourceName &resource, std::string_view ns, boost::json::object object,
                                          const WriteOptions &options) override;
    ApiResult<boost::json::object> merge_patch(const ResourceName &resource, std::string_view ns, std::string_view name,
                                               boost::json::object patch, const WriteOptions &options) override;
    ApiResult<boost::json::object> remove(const ResourceName &resource, std::string_view ns, std::string_view name,
                                          const DeleteOptions &options) override;
    std::shared_ptr<void> listen(Listener listener) override;

  private:
    struct Listening;
    Deadline deliver(const std::vector<StoredChange> &changes);
    Target target(const ResourceName &resource, std::string_view ns, std::string_view name,
                  std::string_view subresource = {}) const;

    Store &store_;
    Registry &registry_;
    Machinery &machinery_;
    Mutex mutex_;
    std::vector<std::shared_ptr<Listening>> listeners_ XTN_GUARDED_BY(mutex_);
    Follower follower_;
};

} // namespace xtn::sandbox
