// Writes to the cluster that are seen in the view at once: the next decision must not be made on what is stale already.
#pragma once

#include "adapters/sandbox/sim/view.hpp"

#include <optional>
#include <string>

namespace xtn::sandbox::sim {

class ClusterWriter {
  public:
    ClusterWriter(Cluster &cluster, View &view) : cluster_(cluster), view_(view) {}

    // Each returns false when the API refused; a conflict or a missing object is no matter, its change is on the way here.
    bool create(const ResourceName &resource, boost::json::object object, std::string_view manager);
    bool update(const ResourceName &resource, boost::json::object object, std::string_view manager,
                std::string_view subresource = {});
    bool merge_patch(const ResourceName &resource, const Key &key, boost::json::object patch, std::string_view manager,
                     std::string_view subresource = {});
    // With the uid as precondition. `grace`: of pods; 0 removes them for good.
    bool remove(const ResourceName &resource, const boost::json::object &object, std::optional<std::int64_t> grace = {});

    Cluster &cluster() { return cluster_; }
    View &view() { return view_; }

  private:
    bool taken(const ResourceName &resource, ApiResult<boost::json::object> result, std::string_view what,
               const std::string &name);

    Cluster &cluster_;
    View &view_;
};

} // namespace xtn::sandbox::sim
