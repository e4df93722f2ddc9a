// The Deployment, ReplicaSet and Service controllers: one look at a namespace, and the writes that follow from it.
#pragma once

#include "adapters/sandbox/sim/cluster_writer.hpp"
#include "adapters/sandbox/sim/event_recorder.hpp"
#include "adapters/sandbox/sim/service.hpp"

#include <set>
#include <string>

namespace xtn::sandbox::sim {

class Controllers {
  public:
    Controllers(ClusterWriter &writer, EventRecorder &recorder) : writer_(writer), recorder_(recorder) {}

    // Pods whose name begins so get no node.
    std::set<std::string> unschedulable;

    // Brings the namespace one step further. Its own writes make further changes, and so further calls.
    void reconcile(const std::string &ns, const std::string &now);
    // Names of all Services and pods.
    Hosts hosts(bool ready_only) const;

  private:
    void deployment(const boost::json::object &deployment, const std::string &now);
    void replica_set(const boost::json::object &set, const std::string &now);
    void make_pods(const boost::json::object &set, std::int64_t count, const std::string &now);
    void service(const boost::json::object &service);
    void scale(const boost::json::object &deployment, const boost::json::object &set, std::int64_t replicas,
               const std::string &now);

    ClusterWriter &writer_;
    EventRecorder &recorder_;
    bool slices_served_ = true;
    bool endpoints_served_ = true;
};

} // namespace xtn::sandbox::sim
