// The options of each verb, out of the query string and (for deletes) the body, checked as a real server checks them.
#pragma once

#include "adapters/sandbox/api/answers.hpp"
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/api/request.hpp"

#include "netkit/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace xtn::sandbox {

template <class T> using OrFailure = std::variant<T, ApiFailure>;

// `options_kind`: "CreateOptions", "UpdateOptions", "PatchOptions". The manager is fieldManager or the user agent up to its
// slash.
OrFailure<Call> write_options(const netkit::Request &request, const QueryParameters &query, std::string_view options_kind,
                              bool apply = false);
// From a DELETE's query and body (DeleteOptions).
OrFailure<Removal> delete_options(const netkit::Request &request, const QueryParameters &query);

struct ListOptions {
    ListQuery query;
    std::optional<std::string> resource_version;
    std::string resource_version_match;
    std::optional<std::int64_t> timeout_seconds;
    bool bookmarks = false;
    bool send_initial_events = false;
    TableObject include = TableObject::metadata;
};
OrFailure<ListOptions> list_options(const objects::Kind &kind, const QueryParameters &query);
OrFailure<TableObject> include_object(const QueryParameters &query);

// The body of a write as JSON or YAML, by its Content-Type. `kind` names what it should be, for messages.
OrFailure<Body> read_body(const netkit::Request &request, const objects::Kind &kind, const Call &call);

} // namespace xtn::sandbox
