#include "adapters/kube/ingest/kinds.hpp"

#include "adapters/kube/ingest/workload_reader.hpp"

namespace xtn::ingest {

const std::vector<WatchedKind> &watched_kinds() {
    static const std::string ours(managed_by_selector);
    // An EndpointSlice carries the labels of its Service, so one selector serves all.
    static const std::vector<WatchedKind> kinds{
        {{"analytics.xtrinode.io", "v1", "xtrinodes", "XTrinode", true}, "", Role::runtime},
        {{"analytics.xtrinode.io", "v1", "xtrinodecatalogs", "XTrinodeCatalog", true}, "", Role::catalog},
        {{"apps", "v1", "deployments", "Deployment", true}, ours, Role::deployment},
        {{"", "v1", "pods", "Pod", true}, ours, Role::pod},
        {{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true}, ours, Role::slice},
        {{"", "v1", "services", "Service", true}, ours, Role::owned},
        {{"", "v1", "configmaps", "ConfigMap", true}, ours, Role::owned},
        {{"", "v1", "serviceaccounts", "ServiceAccount", true}, ours, Role::owned},
    };
    return kinds;
}

std::string lane_of(std::string_view kind, std::string_view ns) {
    return "kube/" + std::string(kind) + "/" + std::string(ns);
}

} // namespace xtn::ingest
