// metadata.managedFields: who owns which field, kept up to date by every write
// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#managing-fields).
#pragma once

#include "adapters/sandbox/objects/kind.hpp"
#include "adapters/sandbox/objects/status.hpp"
#include "core/base/ids.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace xtn::sandbox::objects {

struct Manager {
    std::string name;        // fieldManager, or the user agent up to its first slash; empty: "unknown"
    std::string subresource; // "", "status", "scale"
};

// After a create or update (PUT, POST, patches that are no apply): `object` is the decoded and defaulted new object, `live` the
// stored one (null on create). Sets metadata.managedFields of `object`. A client's own managedFields are taken where they are
// well-formed; a single empty entry empties the list; on subresources they are ignored.
void update_managed_fields(const Kind &kind, boost::json::object &object, const boost::json::object *live, const Manager &manager,
                           Timestamp now);

// Server-side apply.
struct ApplyRequest {
    boost::json::object applied; // the decoded patch body, as the client sent it
    Manager manager;             // name required
    bool force = false;
};
// The merged object with its managed fields; still to be defaulted, prepared and validated like any update. `live` null: the
// object is created (metadata.name and namespace come from `applied`).
// Failures: 409 with one cause for each field and manager; 400 (managedFields in the body); 500 (does not fit the schema), as
// recorded.
std::variant<boost::json::object, ApiFailure> apply(const Kind &kind, const ApplyRequest &request,
                                                    const boost::json::object *live, Timestamp now);

} // namespace xtn::sandbox::objects
