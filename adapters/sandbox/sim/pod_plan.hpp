// Resolves what a pod needs to run from its spec: the files its volumes would show below /etc/trino, its port, its environment.
#pragma once

#include "adapters/sandbox/pod_backend.hpp"
#include "core/base/result.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string_view>

namespace xtn::sandbox::sim {

// Reads a ConfigMap or Secret of the pod's namespace; nothing when there is none.
using ReadSource = std::function<std::optional<boost::json::object>(bool secret, std::string_view name)>;

// Everything but ip, hosts and hosts_file. Errors: not_found (a ConfigMap, Secret or key that is mounted and does not exist, in
// the kubelet's words).
Result<PodPlan> plan_pod(const boost::json::object &pod, const ReadSource &read);

// Whether there is something behind the pod to run; all others just count as running.
bool is_trino_pod(const boost::json::object &pod);

} // namespace xtn::sandbox::sim
