// Refusals in the words of a Kubernetes API server: the causes of an invalid object, and the Status objects for each kind of
// failure (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
#pragma once

#include "adapters/sandbox/cluster.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::objects {

// One reason why an object is refused. `message` is complete ("Invalid value: -1: must be greater than or equal to 0");
// `reason` is one of Kubernetes' cause types ("FieldValueInvalid"); `field` a path ("spec.ports[0].name", "<nil>" for none).
struct Cause {
    std::string reason;
    std::string message;
    std::string field;
    friend bool operator==(const Cause &, const Cause &) = default;
};
using Causes = std::vector<Cause>;

// A cause of each type. `value` is the offending value, shown as JSON.
Cause invalid_value(std::string field, const boost::json::value &value, std::string_view detail);
Cause type_invalid(std::string field, const boost::json::value &value, std::string_view detail);
Cause required_value(std::string field, std::string_view detail = {});
Cause forbidden(std::string field, std::string_view detail);
Cause not_supported(std::string field, const boost::json::value &value, const std::vector<std::string> &supported);
Cause duplicate_value(std::string field, const boost::json::value &value);
Cause too_long(std::string field, std::size_t max_bytes);
Cause too_many(std::string field, std::size_t actual, std::size_t max);

// Status objects. `group` may be empty (the core group); `plural` names the resource ("xtrinodes"), `kind` the kind ("XTrinode").
// 422 Invalid. The message lists the distinct causes, in brackets when there are several.
ApiFailure invalid(std::string_view group, std::string_view kind, std::string_view name, const Causes &causes);
// 404 NotFound: `xtrinodes.analytics.xtrinode.io "a" not found`.
ApiFailure not_found(std::string_view group, std::string_view plural, std::string_view name);
// 409 AlreadyExists; `prefix` stands in front of the message ("object is being deleted: ").
ApiFailure already_exists(std::string_view group, std::string_view plural, std::string_view name, std::string_view prefix = {});
// 409 Conflict: `Operation cannot be fulfilled on xtrinodes.analytics.xtrinode.io "a": <why>`.
ApiFailure conflict(std::string_view group, std::string_view plural, std::string_view name, std::string_view why);
// The sentence of a stale resourceVersion, for `why`.
inline constexpr std::string_view object_modified =
    "the object has been modified; please apply your changes to the latest version and try again";
// 403 Forbidden: `<plural> "name" is forbidden: <why>`.
ApiFailure forbidden_failure(std::string_view group, std::string_view plural, std::string_view name, std::string_view why,
                             const Causes &causes = {});
// 400 BadRequest, no details.
ApiFailure bad_request(std::string_view message);
// 500 without a reason, as a real server answers an error it has no class for.
ApiFailure internal_failure(std::string_view message);
// Any other: fields in the order of a real server; `reason` and `details` left out when empty.
ApiFailure failure(int code, std::string_view reason, std::string_view message, boost::json::object details = {});
// 409 Conflict of server-side apply with its causes (no name, no kind).
ApiFailure apply_conflict(std::string_view message, const Causes &causes);

// {"reason":..., "message":..., "field":...}
boost::json::array causes_json(const Causes &causes);

} // namespace xtn::sandbox::objects
