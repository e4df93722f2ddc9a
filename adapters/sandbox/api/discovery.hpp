// What clients ask before anything else: groups, versions and resources, one by one and all at once (apidiscovery.k8s.io/v2).
#pragma once

#include "adapters/sandbox/api/registry.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

struct Subresource {
    std::string name;
    std::string group; // of the response's kind; empty with an empty version: the parent's
    std::string version;
    std::string kind;
    std::vector<std::string> verbs;
};
// In discovery's order.
std::vector<Subresource> subresources_of(const objects::Kind &kind);

// A create-only resource that stores nothing (access and token reviews).
struct ReviewKind {
    std::string_view group;
    std::string_view plural;
    std::string_view singular;
    std::string_view kind;
    bool namespaced;
};
const std::vector<ReviewKind> &review_kinds();

boost::json::object core_versions(std::string_view server_address);                                  // GET /api
boost::json::object group_list(const Registry &registry);                                            // GET /apis
std::optional<boost::json::object> group_document(const Registry &registry, std::string_view group); // GET /apis/<group>
std::optional<boost::json::object> resource_list(const Registry &registry, std::string_view group, std::string_view version);
// GET /api and /apis as APIGroupDiscoveryList: the core group, or all others.
boost::json::object aggregated(const Registry &registry, bool core);

} // namespace xtn::sandbox
