#include "adapters/sandbox/api/in_process.hpp"

#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <mutex>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

ApiFailure not_served(const ResourceName &resource) {
    return objects::failure(404, "NotFound",
                            "the sandbox serves no " + resource.plural + " of " +
                                (resource.group.empty() ? "" : resource.group + "/") + resource.version);
}

Call call_of(const WriteOptions &options) {
    return Call{
        .manager = options.field_manager, .dry_run = options.dry_run, .validation = FieldValidation::ignore, .warnings = {}};
}

Body body_of(json::object object) {
    Body body;
    body.value = std::move(object);
    return body;
}

ApiResult<json::object> object_of(ApiResult<Written> written) {
    if (auto *failed = std::get_if<ApiFailure>(&written)) return std::move(*failed);
    return std::move(std::get<Written>(written).object);
}

} // namespace

struct InProcess::Listening {
    Listener listener;
    std::uint64_t after = 0;      // changes up to here are none of its business
    std::recursive_mutex calling; // recursive: a listener may end itself
    bool ended = false;           // guarded by `calling`
};

InProcess::InProcess(Store &store, Registry &registry, Machinery &machinery)
    : store_(store), registry_(registry), machinery_(machinery),
      follower_(store, [this](const std::vector<StoredChange> &changes) { return deliver(changes); }) {}
void InProcess::start() {
    follower_.start();
}
InProcess::~InProcess() {
    stop();
}
void InProcess::stop() {
    follower_.stop();
}

Target InProcess::target(const ResourceName &resource, std::string_view ns, std::string_view name,
                         std::string_view subresource) const {
    return Target{.kind = registry_.find(resource.group, resource.version, resource.plural),
                  .ns = std::string(ns),
                  .name = std::string(name),
                  .subresource = std::string(subresource)};
}

ApiResult<json::object> InProcess::get(const ResourceName &resource, std::string_view ns, std::string_view name) {
    const auto at = target(resource, ns, name);
    if (!at.kind) return not_served(resource);
    return machinery_.get(at);
}

std::vector<json::object> InProcess::list(const ResourceName &resource, std::string_view ns) {
    std::vector<json::object> out;
    const auto at = target(resource, ns, "");
    if (!at.kind) return out;
    const auto listed = store_.list(storage_of(*at.kind), ns);
    for (const auto &object : listed->objects)
        out.push_back(Machinery::served(*at.kind, *object));
    return out;
}

ApiResult<json::object> InProcess::create(const ResourceName &resource, std::string_view ns, json::object object,
                                          const WriteOptions &options) {
    const auto at = target(resource, ns, "");
    if (!at.kind) return not_served(resource);
    auto call = call_of(options);
    return object_of(machinery_.create(at, body_of(std::move(object)), call));
}

ApiResult<json::object> InProcess::update(const ResourceName &resource, std::string_view ns, json::object object,
                                          const WriteOptions &options) {
    const auto at = target(resource, ns, objects::name_of(object), options.subresource);
    if (!at.kind) return not_served(resource);
    auto call = call_of(options);
    return object_of(machinery_.update(at, body_of(std::move(object)), call));
}

ApiResult<json::object> InProcess::merge_patch(const ResourceName &resource, std::string_view ns, std::string_view name,
                                               json::object patch, const WriteOptions &options) {
    const auto at = target(resource, ns, name, options.subresource);
    if (!at.kind) return not_served(resource);
    auto call = call_of(options);
    return object_of(machinery_.patch(at, PatchType::merge, body_of(std::move(patch)), false, call));
}

ApiResult<json::object> InProcess::remove(const ResourceName &resource, std::string_view ns, std::string_view name,
                                          const DeleteOptions &options) {
    const auto at = target(resource, ns, name);
    if (!at.kind) return not_served(resource);
    auto removed = machinery_.remove(at, Removal{.uid = options.uid,
                                                 .resource_version = options.resource_version,
                                                 .propagation = options.propagation_policy,
                                                 .grace_seconds = options.grace_period_seconds});
    if (auto *failed = std::get_if<ApiFailure>(&removed)) return std::move(*failed);
    return std::move(std::get<Removed>(removed).object);
}

std::shared_ptr<void> InProcess::listen(Listener listener) {
    auto listening = std::make_shared<Listening>();
    listening->listener = std::move(listener);
    listening->after = store_.head();
    {
        const MutexLock lock(mutex_);
        listeners_.push_back(listening);
    }
    return {listening.get(), [listening](void *) {
                const std::scoped_lock lock(listening->calling);
                listening->ended = true;
            }};
}

Deadline InProcess::deliver(const std::vector<StoredChange> &changes) {
    std::vector<std::shared_ptr<Listening>> now;
    {
        const MutexLock lock(mutex_);
        std::erase_if(listeners_, [](const std::shared_ptr<Listening> &listening) {
            const std::scoped_lock calling(listening->calling);
            return listening->ended;
        });
        now = listeners_;
    }
    for (const auto &stored : changes) {
        if (now.empty()) break;
        const auto kind = registry_.by_storage(stored.key.resource);
        if (!kind) continue; // of a definition that has gone
        const Change change{.type = stored.type,
                            .resource = {kind->group, kind->version, kind->plural},
                            .revision = stored.revision,
                            .object = Machinery::served(*kind, *stored.after)};
        for (const auto &listening : now) {
            const std::scoped_lock calling(listening->calling);
            if (!listening->ended && stored.revision > listening->after) listening->listener(change);
        }
    }
    return Deadline::never();
}

} // namespace xtn::sandbox
