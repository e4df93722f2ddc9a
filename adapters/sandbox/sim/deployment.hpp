// What the Deployment controller decides, as pure functions: the ReplicaSet of a template, how far a rolling update may go now,
// and what the status says. After k8s.io/kubernetes pkg/controller/deployment.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace xtn::sandbox::sim {

// "5d6f7c8b9": the pod-template-hash of a template, in the alphabet of generated names.
std::string template_hash(const boost::json::object &pod_template);

// Index of the ReplicaSet that has the Deployment's template, or -1.
int find_new(const boost::json::object &deployment, const std::vector<boost::json::object> &replica_sets);

// The ReplicaSet to create for the Deployment's template, with no replicas yet.
boost::json::object make_replica_set(const boost::json::object &deployment, const std::vector<boost::json::object> &old);

// Replicas each ReplicaSet shall have now: (index, replicas) where it is not what its spec says. `current`: index of the new one.
std::vector<std::pair<std::size_t, std::int64_t>>
next_replicas(const boost::json::object &deployment, const std::vector<boost::json::object> &replica_sets, std::size_t current);

// ReplicaSets beyond revisionHistoryLimit: indexes, oldest first.
std::vector<std::size_t> surplus_history(const boost::json::object &deployment,
                                         const std::vector<boost::json::object> &replica_sets, std::size_t current);

// The status, built upon the old one (times of conditions that did not change stay). `now`: RFC 3339, seconds.
boost::json::object deployment_status(const boost::json::object &deployment, const std::vector<boost::json::object> &replica_sets,
                                      std::size_t current, const std::string &now);

// Annotations that a ReplicaSet of this Deployment carries now.
boost::json::object replica_set_annotations(const boost::json::object &deployment, const std::string &revision);

} // namespace xtn::sandbox::sim
