// The newest state of the few things that acting re-checks right before it acts: what the watches delivered and what answers to
// our own writes showed, whichever is newer. Never a ground to act on by itself: that is the view.
#pragma once

#include "core/base/ids.hpp"
#include "kubeclient/list_watch.hpp"
#include "kubeclient/object.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace xtn {

struct SeenResource {
    std::string uid;
    std::string resource_version;
    boost::json::object metadata;
    boost::json::object status;
    bool suspended = false; // spec.suspended
};
struct SeenDeployment {
    std::string uid;
    std::string resource_version;
    std::int64_t replicas = 0; // spec.replicas
    std::string controller;    // uid of the XTrinode that controls it; empty: none does
};

class Seen {
  public:
    void resource(const kube::Object &object); // as a list or a watch shows it
    // As the answer to a write of ours shows it: an answer may come late, when its object is gone and another bears the name.
    void resource_answered(const kube::Object &object);
    void resource_gone(const kube::ObjectKey &key, std::string_view uid);
    const SeenResource *find_resource(const RuntimeId &id) const;

    void deployment(const kube::Object &object);
    void deployment_answered(const kube::Object &object); // of an apply, which may have made it
    void deployment_scaled(const kube::ObjectKey &key, const kube::Object &scale);
    void deployment_gone(const kube::ObjectKey &key, std::string_view uid);
    const SeenDeployment *find_deployment(const kube::ObjectKey &key) const;

  private:
    std::map<RuntimeId, SeenResource> resources_;
    std::map<kube::ObjectKey, SeenDeployment> deployments_;
};

} // namespace xtn
