// The three patch formats that change an object by description (server-side apply is in managed_fields.hpp).
#pragma once

#include "adapters/sandbox/objects/schema.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace xtn::sandbox::objects {

// The patched object, or the failure to answer with.
using Patched = std::variant<boost::json::object, ApiFailure>;

// RFC 6902. `patch` is the parsed body. A real server lets some impossible steps pass without effect (replace and copy of what is
// absent end up adding a field that is pruned or null): so does this. Others are 422 without details.
Patched json_patch(const boost::json::object &object, const boost::json::value &patch);
// RFC 7386.
Patched merge_patch(const boost::json::object &object, const boost::json::value &patch);
// Strategic merge by the schema of a built-in kind: merge keys, $patch, $setElementOrder, $retainKeys, $deleteFromPrimitiveList.
Patched strategic_patch(const Schema &schema, const boost::json::object &object, const boost::json::value &patch);

// The failure of a body that is no JSON: "error decoding patch: <why>" (json, merge) or "<why>" (strategic), 400.
ApiFailure patch_not_json(std::string_view body, bool strategic);
// How Go's JSON decoder complains about `body` ("unexpected end of JSON input", "invalid character 'o' in literal null (expecting
// 'u')"); for bodies that boost::json refused.
std::string go_json_error(std::string_view body);
// The 422 of a patch whose result cannot be decoded: ` "" is invalid: patch: Invalid value: "<shown>": <why>`.
ApiFailure patch_result_invalid(std::string_view shown, std::string_view why);
// A value as Go prints a map ("map[data:map[k:5]]"): what strategic patches show in that place.
std::string go_value_text(const boost::json::value &value);

} // namespace xtn::sandbox::objects
