// JSON text as Go's encoder writes Kubernetes objects: members in the order of the Go struct, empty ones left out, "<", ">" and
// "&" escaped. Hashes that users see (runtime shape, rollout, revision) are taken over these bytes, so that a runtime can be
// taken over from the other implementation without a restart (spec 10 §14.6, spec 30 §10.6).
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace xtn {

// One string with quotes and Go's escapes.
std::string go_json_string(std::string_view text);
// Any value as a Go map or raw message: members sorted.
std::string go_json_sorted(const boost::json::value &value);
// A value of a Kubernetes type ("PodTemplateSpec", "Toleration", "[Toleration" for a list, "XTrinodeSpec"); members the type does
// not have are left out. Unknown type names are a broken invariant (std::logic_error).
std::string go_json_typed(std::string_view type, const boost::json::value &value);

} // namespace xtn
