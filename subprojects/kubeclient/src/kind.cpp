#include "kubeclient/kind.hpp"

#include "netkit/http_message.hpp"

namespace kube {

std::string Kind::api_version() const {
    return group.empty() ? version : group + "/" + version;
}

std::string Kind::path(std::string_view ns, std::string_view object, std::string_view subresource) const {
    std::string out = GroupVersion{group, version}.path();
    if (namespaced && !ns.empty()) out += "/namespaces/" + netkit::percent_encode(ns);
    out += "/" + plural;
    if (!object.empty()) out += "/" + netkit::percent_encode(object);
    if (!subresource.empty()) out.append("/").append(subresource);
    return out;
}

GroupVersion GroupVersion::parse(std::string_view api_version) {
    const auto slash = api_version.find('/');
    if (slash == std::string_view::npos) return {"", std::string(api_version)};
    return {std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1))};
}

std::string GroupVersion::path() const {
    return group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
}

} // namespace kube
