#include "kubeclient/discovery.hpp"

namespace kube {
namespace asio = boost::asio;
namespace json = boost::json;

std::vector<Kind> Discovery::kinds_of(const json::object &resource_list, const std::string &api_version) {
    const auto gv = GroupVersion::parse(api_version);
    std::vector<Kind> out;
    const auto *resources = kube::find(resource_list, {"resources"});
    if (!resources || !resources->is_array()) return out;
    for (const auto &item : resources->get_array()) {
        const auto *resource = item.if_object();
        if (!resource) continue;
        const auto name = find_string(*resource, {"name"});
        if (name.empty() || name.find('/') != std::string_view::npos) continue;
        Kind kind;
        kind.group = gv.group;
        kind.version = gv.version;
        kind.plural = std::string(name);
        kind.name = std::string(find_string(*resource, {"kind"}));
        const auto *namespaced = kube::find(*resource, {"namespaced"});
        kind.namespaced = namespaced && namespaced->is_bool() && namespaced->get_bool();
        out.push_back(std::move(kind));
    }
    return out;
}

asio::awaitable<ApiResult<std::optional<Kind>>> Discovery::find(std::string api_version, std::string kind, Deadline deadline) {
    for (int look = 0; look < 2; ++look) {
        const auto entry = known_.find(api_version);
        if (entry != known_.end()) {
            for (const auto &k : entry->second.kinds)
                if (k.name == kind) co_return std::optional<Kind>(k);
            if (look > 0 || !entry->second.again.passed()) co_return std::optional<Kind>();
        }
        auto list = co_await client_.get_json(GroupVersion::parse(api_version).path(), deadline);
        if (!list.ok() && !list.error().not_found()) co_return list.error();
        Entry fresh;
        if (list.ok()) fresh.kinds = kinds_of(*list, api_version);
        fresh.again = Deadline::after(recheck_);
        known_[api_version] = std::move(fresh);
    }
    co_return std::optional<Kind>();
}

} // namespace kube
