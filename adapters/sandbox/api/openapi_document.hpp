// OpenAPI documents as JSON values: what is served, for validation, explain, apply and diff in kubectl.
#pragma once

#include "adapters/sandbox/api/registry.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox {

struct GroupVersion {
    std::string group; // empty: core
    std::string version;
    // "api/v1", "apis/apps/v1": the document's name in the index and below /openapi/v3/.
    std::string path() const { return group.empty() ? "api/" + version : "apis/" + group + "/" + version; }
};
std::vector<GroupVersion> group_versions(const Registry &registry);

// The v3 document of one group version.
boost::json::object openapi_v3(const Registry &registry, const GroupVersion &of);
// The one v2 document: the same paths and schemas in the older form, without what that form cannot say (defaults, alternatives,
// nullable, unknown fields kept).
boost::json::object openapi_v2(const Registry &registry);

// The definitions that every document refers to (ObjectMeta, ListMeta, DeleteOptions, Status, Scale, ...), in v3 form.
boost::json::object common_schemas();
// "io.k8s.api.apps.v1.Deployment", "io.xtrinode.analytics.v1.XTrinode"
std::string schema_name(const objects::Kind &kind);

// A v2 document in protobuf (gnostic's openapi.v2.Document), as kubectl before 1.27 reads it.
std::string openapi_v2_protobuf(const boost::json::object &document);

} // namespace xtn::sandbox
