#include "adapters/kube/seen.hpp"

#include "adapters/kube/ingest/workload_reader.hpp"
#include "adapters/kube/own_writes.hpp"
#include "core/base/probe.hpp"

namespace xtn {
namespace json = boost::json;

namespace {

// Watches and answers overtake each other: the higher version wins, another uid is another object.
template <class T> bool older(const T &known, const kube::Object &object) {
    const auto version = version_number(object.resource_version());
    const bool is = known.uid == object.uid() && version != 0 && version < version_number(known.resource_version);
    if (is) reached(Probe::seen_knew_a_newer_one);
    return is;
}

kube::ObjectKey key_of(const kube::Object &object) {
    return {std::string(object.ns()), std::string(object.name())};
}

} // namespace

void Seen::resource(const kube::Object &object) {
    auto &known = resources_[RuntimeId{std::string(object.ns()), std::string(object.name())}];
    if (older(known, object)) return;
    known.uid = object.uid();
    known.resource_version = object.resource_version();
    const auto *metadata = kube::find_object(object.body, {"metadata"});
    known.metadata = metadata ? *metadata : json::object();
    const auto *status = kube::find_object(object.body, {"status"});
    known.status = status ? *status : json::object();
    const auto *suspended = kube::find(object.body, {"spec", "suspended"});
    known.suspended = suspended && suspended->is_bool() && suspended->get_bool();
}

void Seen::resource_answered(const kube::Object &object) {
    const auto *known = find_resource({std::string(object.ns()), std::string(object.name())});
    if (known && known->uid == object.uid()) return resource(object);
    reached(Probe::answer_came_after_its_object_went);
}

void Seen::resource_gone(const kube::ObjectKey &key, std::string_view uid) {
    const auto found = resources_.find(RuntimeId{key.ns, key.name});
    if (found != resources_.end() && found->second.uid == uid) resources_.erase(found);
}

const SeenResource *Seen::find_resource(const RuntimeId &id) const {
    const auto found = resources_.find(id);
    return found == resources_.end() ? nullptr : &found->second;
}

void Seen::deployment(const kube::Object &object) {
    auto &known = deployments_[key_of(object)];
    if (older(known, object)) return;
    known.uid = object.uid();
    known.resource_version = object.resource_version();
    known.replicas = kube::find_int(object.body, {"spec", "replicas"}, 1); // Kubernetes' default
    known.controller = ingest::controlling_runtime(object);
}

void Seen::deployment_answered(const kube::Object &object) {
    const auto *known = find_deployment(key_of(object));
    if (known && known->uid != object.uid() &&
        version_number(object.resource_version()) < version_number(known->resource_version))
        return reached(Probe::answer_came_after_its_object_went);
    deployment(object);
}

void Seen::deployment_scaled(const kube::ObjectKey &key, const kube::Object &scale) {
    const auto found = deployments_.find(key);
    if (found == deployments_.end() || older(found->second, scale)) return;
    found->second.resource_version = scale.resource_version();
    found->second.replicas = kube::find_int(scale.body, {"spec", "replicas"});
}

void Seen::deployment_gone(const kube::ObjectKey &key, std::string_view uid) {
    const auto found = deployments_.find(key);
    if (found != deployments_.end() && found->second.uid == uid) deployments_.erase(found);
}

const SeenDeployment *Seen::find_deployment(const kube::ObjectKey &key) const {
    const auto found = deployments_.find(key);
    return found == deployments_.end() ? nullptr : &found->second;
}

} // namespace xtn
