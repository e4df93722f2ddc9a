#include "adapters/sandbox/api/request.hpp"

#include <algorithm>

namespace xtn::sandbox {
namespace {

std::vector<std::string> steps_of(std::string_view path) {
    std::vector<std::string> out;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto step = path.substr(0, slash);
        if (!step.empty()) out.push_back(netkit::percent_decode(step));
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return out;
}

} // namespace

std::optional<std::string_view> QueryParameters::get(std::string_view name) const {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto &entry) { return entry.first == name; });
    if (found == values.end()) return {};
    return std::string_view(found->second);
}
std::vector<std::string> QueryParameters::all(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto &[key, value] : values)
        if (key == name) out.push_back(value);
    return out;
}
bool QueryParameters::flag(std::string_view name) const {
    const auto value = get(name);
    return value && *value != "false" && *value != "0";
}

ResourcePath ResourcePath::parse(std::string_view path) {
    const auto steps = steps_of(path);
    ResourcePath out;
    std::size_t at = 0;
    if (steps.size() >= 3 && steps[0] == "api") {
        out.version = steps[1];
        at = 2;
    } else if (steps.size() >= 4 && steps[0] == "apis") {
        out.group = steps[1];
        out.version = steps[2];
        at = 3;
    } else {
        return out;
    }
    out.resource = true;
    // "namespaces/a" and "namespaces/a/status|finalize" name the namespace itself; "namespaces/a/x..." what is in it.
    if (steps[at] == "namespaces" && steps.size() > at + 2 && steps[at + 2] != "status" && steps[at + 2] != "finalize") {
        out.ns = steps[at + 1];
        at += 2;
    }
    out.plural = steps[at];
    if (steps.size() > at + 1) out.name = steps[at + 1];
    for (std::size_t i = at + 2; i < steps.size(); ++i)
        out.subresource.append(out.subresource.empty() ? "" : "/").append(steps[i]);
    return out;
}

std::string_view verb_of(std::string_view method, const ResourcePath &path, const QueryParameters &query) {
    if (method == "GET" || method == "HEAD") {
        if (query.flag("watch")) return "watch";
        return path.name.empty() ? "list" : "get";
    }
    if (method == "POST") return "create";
    if (method == "PUT") return "update";
    if (method == "PATCH") return "patch";
    if (method == "DELETE") return path.name.empty() ? "deletecollection" : "delete";
    return {};
}

} // namespace xtn::sandbox
