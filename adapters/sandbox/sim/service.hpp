// Services: the EndpointSlice and Endpoints of their pods, and the names that lead to them.
#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <vector>

namespace xtn::sandbox::sim {

// Pods (any of the namespace) that the Service selects and that have an address, by name.
std::vector<const boost::json::object *> selected_pods(const boost::json::object &service,
                                                       const std::vector<const boost::json::object *> &pods);

// The slice to create, or with the name and resourceVersion of `existing` (may be null) to write; the endpoints in order of
// names.
boost::json::object make_slice(const boost::json::object &service, const std::vector<const boost::json::object *> &pods,
                               const boost::json::object *existing);
boost::json::object make_endpoints(const boost::json::object &service, const std::vector<const boost::json::object *> &pods);

// Names to addresses: "trino-a.ns.svc.cluster.local" and its shorter forms with the namespace, and pods by
// name. The first ready pod stands for a Service.
using Hosts = std::map<std::string, std::string>;
// `ready_only` false: whether they are ready or not (what a pod is told at its start).
Hosts host_names(const std::vector<const boost::json::object *> &services, const std::vector<const boost::json::object *> &pods,
                 bool ready_only);
// The same as seen by a pod of `ns`: its own namespace's names also without the namespace.
Hosts local_names(const Hosts &all, const std::string &ns);
// A hosts file's text.
std::string hosts_text(const Hosts &hosts);

} // namespace xtn::sandbox::sim
