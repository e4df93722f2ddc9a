// What the simulator knows of the cluster: objects by kind, kept by the changes it is told and by its own writes.
#pragma once

#include "adapters/sandbox/cluster.hpp"
#include "adapters/sandbox/sim/json_path.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace xtn::sandbox::sim {

inline const ResourceName deployments{"apps", "v1", "deployments"};
inline const ResourceName replica_sets{"apps", "v1", "replicasets"};
inline const ResourceName pods{"", "v1", "pods"};
inline const ResourceName services{"", "v1", "services"};
inline const ResourceName config_maps{"", "v1", "configmaps"};
inline const ResourceName secrets{"", "v1", "secrets"};
inline const ResourceName endpoint_slices{"discovery.k8s.io", "v1", "endpointslices"};
inline const ResourceName endpoints{"", "v1", "endpoints"};
inline const ResourceName events{"", "v1", "events"};

// (namespace, name)
using Key = std::pair<std::string, std::string>;
inline Key key_of(const boost::json::object &object) {
    return {namespace_of(object), name_of(object)};
}

class View {
  public:
    // The newer of what is known and what is given stays. True when it changed something.
    bool put(const ResourceName &resource, const boost::json::object &object) {
        auto &known = objects_[resource][key_of(object)];
        if (!known.empty() && revision_of(known) >= revision_of(object)) return false;
        known = object;
        return true;
    }
    void drop(const ResourceName &resource, const boost::json::object &object) {
        auto &kind = objects_[resource];
        const auto found = kind.find(key_of(object));
        // An object of the same name that was made since stays.
        if (found != kind.end() && uid_of(found->second) == uid_of(object)) kind.erase(found);
    }
    const boost::json::object *get(const ResourceName &resource, const Key &key) const {
        const auto kind = objects_.find(resource);
        if (kind == objects_.end()) return nullptr;
        const auto found = kind->second.find(key);
        return found == kind->second.end() ? nullptr : &found->second;
    }
    const std::map<Key, boost::json::object> &all(const ResourceName &resource) const {
        static const std::map<Key, boost::json::object> nothing;
        const auto kind = objects_.find(resource);
        return kind == objects_.end() ? nothing : kind->second;
    }
    // Copies of the objects of a namespace that this owner controls, by name.
    std::vector<boost::json::object> controlled(const ResourceName &resource, const boost::json::object &owner) const {
        std::vector<boost::json::object> out;
        for (const auto &[key, object] : all(resource))
            if (key.first == namespace_of(owner) && is_controlled_by(object, uid_of(owner))) out.push_back(object);
        return out;
    }

  private:
    std::map<ResourceName, std::map<Key, boost::json::object>> objects_;
};

} // namespace xtn::sandbox::sim
