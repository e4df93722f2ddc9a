// A request line of the Kubernetes API taken apart: which resource, which verb, which options.
#pragma once

#include "netkit/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn::sandbox {

struct QueryParameters {
    std::vector<std::pair<std::string, std::string>> values;
    // The first value of that name, or nothing.
    std::optional<std::string_view> get(std::string_view name) const;
    std::string_view text(std::string_view name) const { return get(name).value_or(std::string_view()); }
    std::vector<std::string> all(std::string_view name) const;
    // Go's reading of a boolean parameter: present and neither "false" nor "0".
    bool flag(std::string_view name) const;
};

// /api/v1/namespaces/a/pods/b/status and the like. `resource` is false for everything else (/version, /openapi/v3, discovery).
struct ResourcePath {
    bool resource = false;
    std::string group;
    std::string version;
    std::string ns;
    std::string plural;
    std::string name;
    std::string subresource; // "status", "scale", "proxy/rest"

    static ResourcePath parse(std::string_view path);
};

// The verb that authorisation and messages speak of: "get", "list", "watch", "create", "update", "patch", "delete",
// "deletecollection".
std::string_view verb_of(std::string_view method, const ResourcePath &path, const QueryParameters &query);

} // namespace xtn::sandbox
