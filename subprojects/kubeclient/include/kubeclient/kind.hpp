// A kind of the API and the paths under which its objects are served.
#pragma once

#include <string>
#include <string_view>

namespace kube {

struct Kind {
    std::string group; // "" for the core group
    std::string version;
    std::string plural; // "deployments"
    std::string name;   // "Deployment"
    bool namespaced = true;
    friend bool operator==(const Kind &, const Kind &) = default;

    // "apps/v1", "v1"
    std::string api_version() const;
    // "/apis/apps/v1/namespaces/a/deployments/x/scale". An empty `ns` means all namespaces (or a cluster-scoped kind), an empty
    // `object` the collection. Every part is percent-encoded.
    std::string path(std::string_view ns, std::string_view object = {}, std::string_view subresource = {}) const;
};

// "apps/v1" -> {"apps", "v1"}; "v1" -> {"", "v1"}.
struct GroupVersion {
    std::string group;
    std::string version;
    static GroupVersion parse(std::string_view api_version);
    // "/apis/apps/v1", "/api/v1"
    std::string path() const;
};

} // namespace kube
