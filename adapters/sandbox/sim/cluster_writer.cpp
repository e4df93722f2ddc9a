#include "adapters/sandbox/sim/cluster_writer.hpp"

#include "core/base/logging.hpp"

namespace xtn::sandbox::sim {

namespace json = boost::json;

bool ClusterWriter::taken(const ResourceName &resource, ApiResult<json::object> result, std::string_view what,
                          const std::string &name) {
    if (auto *object = std::get_if<json::object>(&result)) {
        if (!name_of(*object).empty()) view_.put(resource, *object);
        return true;
    }
    const auto &failure = std::get<ApiFailure>(result);
    if (failure.code != 409 && failure.code != 404)
        Logger("simulator").warn("{} {} {}: {}", what, resource.plural, name, text_at(failure.status, "message"));
    return false;
}

bool ClusterWriter::create(const ResourceName &resource, json::object object, std::string_view manager) {
    WriteOptions options;
    options.field_manager = manager;
    const auto ns = namespace_of(object);
    const auto name = name_of(object);
    return taken(resource, cluster_.create(resource, ns, std::move(object), options), "create", name);
}

bool ClusterWriter::update(const ResourceName &resource, json::object object, std::string_view manager,
                           std::string_view subresource) {
    WriteOptions options;
    options.field_manager = manager;
    options.subresource = subresource;
    const auto ns = namespace_of(object);
    const auto name = name_of(object);
    return taken(resource, cluster_.update(resource, ns, std::move(object), options), "update", name);
}

bool ClusterWriter::merge_patch(const ResourceName &resource, const Key &key, json::object patch, std::string_view manager,
                                std::string_view subresource) {
    WriteOptions options;
    options.field_manager = manager;
    options.subresource = subresource;
    return taken(resource, cluster_.merge_patch(resource, key.first, key.second, std::move(patch), options), "patch", key.second);
}

bool ClusterWriter::remove(const ResourceName &resource, const json::object &object, std::optional<std::int64_t> grace) {
    DeleteOptions options;
    options.uid = uid_of(object);
    options.grace_period_seconds = grace;
    auto result = cluster_.remove(resource, namespace_of(object), name_of(object), options);
    const auto *left = std::get_if<json::object>(&result);
    // What is left of it (a pod in its grace period) is seen at once; what is gone for good, too.
    if (left != nullptr && is_deleting(*left) && uid_of(*left) == uid_of(object) && grace != 0) {
        view_.put(resource, *left);
    } else if (left != nullptr) {
        view_.drop(resource, object);
    }
    return left != nullptr;
}

} // namespace xtn::sandbox::sim
