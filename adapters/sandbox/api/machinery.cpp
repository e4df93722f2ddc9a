#include "adapters/sandbox/api/machinery.hpp"

#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/objects/builtin.hpp"
#include "adapters/sandbox/objects/managed_fields.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using objects::Kind;
constexpr std::string_view crds = "apiextensions.k8s.io/customresourcedefinitions";

json::object stored_form(const Kind &kind, json::object object) {
    if (kind.group == "events.k8s.io") return objects::event_from_v1(object);
    return object;
}

// Events are validated as core objects, whatever group they came through.
std::string_view group_in_refusals(const Kind &kind) {
    return kind.group == "events.k8s.io" ? std::string_view() : std::string_view(kind.group);
}

objects::Manager manager_of(const Target &target, const Call &call) {
    return objects::Manager{.name = call.manager, .subresource = target.subresource == "finalize" ? "" : target.subresource};
}

} // namespace

bool nothing_holds(const objects::Kind &kind, const json::object &object) {
    if (!objects::being_deleted(object) || objects::has_finalizers(object)) return false;
    if (kind.graceful_delete) {
        const auto *grace = objects::meta_of(object)->if_contains("deletionGracePeriodSeconds");
        if (grace && grace->is_int64() && grace->get_int64() > 0) return false;
    }
    if (kind.group.empty() && kind.plural == "namespaces") {
        const auto *spec = object.if_contains("spec");
        const auto *held = spec && spec->is_object() ? spec->get_object().if_contains("finalizers") : nullptr;
        if (held && held->is_array() && !held->get_array().empty()) return false;
    }
    return true;
}

Machinery::Machinery(Store &store, Registry &registry, NameSource names)
    : store_(store), registry_(registry), names_(std::move(names)) {}

ApiFailure Machinery::not_found(const Target &target) {
    return objects::not_found(target.kind->group, target.kind->plural, target.name);
}

json::object Machinery::served(const Kind &kind, const json::object &stored) {
    if (kind.group == "events.k8s.io") return objects::event_to_v1(stored);
    json::object out = stored;
    if (kind.custom) out["apiVersion"] = kind.api_version();
    return out;
}

void Machinery::set_faults(const KubeApi::Faults &faults) {
    conflict_every_ = faults.conflict_every;
    custom_writes_ = 0;
}

std::optional<ApiFailure> Machinery::injected_conflict(const Target &target) {
    const int every = conflict_every_;
    if (every <= 0 || !target.kind->custom || ++custom_writes_ % every != 0) return {};
    return objects::conflict(target.kind->group, target.kind->plural, target.name, objects::object_modified);
}

ApiResult<json::object> Machinery::get(const Target &target) const {
    const auto found = store_.get(key_of(*target.kind, target.ns, target.name));
    if (!found) return not_found(target);
    auto object = served(*target.kind, *found);
    if (target.subresource == "scale") return objects::scale_of(*target.kind, object);
    return object;
}

// NamespaceLifecycle: nothing new in a namespace that does not exist or is on its way out.
std::optional<ApiFailure> Machinery::namespace_refuses(const Target &target, std::string_view name) const {
    if (!target.kind->namespaced) return {};
    const auto ns = store_.get(ObjectKey{"/namespaces", "", target.ns});
    if (!ns) return objects::not_found("", "namespaces", target.ns);
    if (!objects::being_deleted(*ns)) return {};
    objects::Causes causes{
        {"NamespaceTerminating", fmt::format("namespace {} is being terminated", target.ns), "metadata.namespace"}};
    return objects::forbidden_failure(
        target.kind->group, target.kind->plural, name,
        fmt::format("unable to create new content in namespace {} because it is being terminated", target.ns), causes);
}

objects::Allocators Machinery::allocators() {
    return objects::Allocators{.cluster_ip = [this] {
        const auto services = store_.list("/services", "");
        while (true) {
            const auto n = last_address_++ % 0xfffe + 1;
            auto address = fmt::format("10.96.{}.{}", n >> 8, n & 0xff);
            const bool used = std::any_of(services->objects.begin(), services->objects.end(), [&](const ObjectPtr &service) {
                return objects::field_text(*service, "spec.clusterIP") == address;
            });
            if (!used) return address;
        }
    }};
}

ApiResult<Written> Machinery::create(const Target &target, Body body, Call &call) {
    auto decoded = decode(*target.kind, body, call);
    if (auto *failed = std::get_if<ApiFailure>(&decoded)) return std::move(*failed);
    return create_decoded(target, std::move(std::get<json::object>(decoded)), call, false);
}

ApiResult<Written> Machinery::create_decoded(const Target &target, json::object object, Call &call, bool managed) {
    const auto &kind = *target.kind;
    if (const auto ns = objects::namespace_of(object); !ns.empty() && ns != target.ns)
        return objects::bad_request("the namespace of the provided object does not match the namespace sent on the request");
    if (kind.namespaced) objects::meta(object)["namespace"] = target.ns;
    const bool generated = objects::name_of(object).empty() && !objects::meta_string(object, "generateName").empty();
    const std::string given_revision(objects::meta_string(object, "resourceVersion"));
    const auto now = Timestamp::now();
    objects::apply_defaults(kind, object);
    objects::fill_generated_name(object, names_.suffix());
    objects::set_system_fields(object, names_.uid(), now);
    if (!managed) objects::update_managed_fields(kind, object, nullptr, manager_of(target, call), now);
    if (auto refused = namespace_refuses(target, objects::name_of(object))) return std::move(*refused);
    objects::prepare_create(kind, object, allocators());
    for (auto &warning : objects::metadata_warnings(object))
        call.warnings.push_back(std::move(warning));
    if (auto causes = objects::validate_create(kind, object); !causes.empty())
        return objects::invalid(group_in_refusals(kind), kind.kind, objects::name_of(object), causes);
    if (!given_revision.empty() && !managed)
        return objects::internal_failure("resourceVersion should not be set on objects to be created");
    objects::meta(object).erase("resourceVersion");
    if (storage_of(kind) == crds) {
        complete_crd(object, now);
        if (auto kinds = Registry().install(object); !kinds.ok())
            return objects::invalid(kind.group, kind.kind, objects::name_of(object),
                                    {objects::Cause{"FieldValueInvalid", kinds.error().message, "spec"}});
    }
    if (auto conflict = injected_conflict(target)) return std::move(*conflict);
    for (int attempt = 0;; ++attempt) {
        const auto key = key_of(kind, target.ns, objects::name_of(object));
        const auto existing = store_.get(key);
        if (existing && generated && attempt < 8) { // a generated name that is taken: draw again
            objects::meta(object).erase("name");
            objects::fill_generated_name(object, names_.suffix());
            continue;
        }
        if (existing)
            return objects::already_exists(kind.group, kind.plural, key.name,
                                           objects::being_deleted(*existing) ? "object is being deleted: " : "");
        if (call.dry_run) return Written{.object = std::move(object), .created = true};
        auto stored = store_.put(key, nullptr, stored_form(kind, object));
        if (!stored.ok()) {
            if (stored.error().code == Code::conflict) continue; // somebody was faster: now it exists
            return objects::internal_failure(stored.error().message);
        }
        if (auto done = after_write(kind, **stored, false); !done.ok()) return objects::internal_failure(done.error().message);
        return Written{.object = served(kind, **stored), .created = true};
    }
}

std::optional<ApiResult<Written>> Machinery::store_update(const Target &target, const ObjectPtr &live_stored, json::object next,
                                                          Call &call, bool managed) {
    const auto &kind = *target.kind;
    const auto live = served(kind, *live_stored);
    const auto now = Timestamp::now();
    if (target.subresource == "finalize") { // only spec.finalizers of a namespace
        json::value finalizers = json::array();
        if (const auto *spec = next.if_contains("spec"); spec && spec->is_object() && spec->get_object().contains("finalizers"))
            finalizers = spec->get_object().at("finalizers");
        next = live;
        next["spec"].as_object()["finalizers"] = std::move(finalizers);
    }
    objects::apply_defaults(kind, next);
    objects::keep_system_fields(next, live);
    if (!managed) objects::update_managed_fields(kind, next, &live, manager_of(target, call), now);
    objects::prepare_update(kind, next, live, target.subresource);
    objects::meta(next)["resourceVersion"] = objects::meta_string(live, "resourceVersion");
    for (auto &warning : objects::metadata_warnings(next))
        call.warnings.push_back(std::move(warning));
    if (auto causes = objects::validate_update(kind, next, live, target.subresource); !causes.empty())
        return objects::invalid(group_in_refusals(kind), kind.kind, target.name, causes);
    if (auto conflict = injected_conflict(target)) return std::move(*conflict);
    const bool crd = storage_of(kind) == crds && target.subresource.empty();
    if (crd) {
        complete_crd(next, now);
        if (auto kinds = Registry().install(next); !kinds.ok())
            return objects::invalid(kind.group, kind.kind, target.name,
                                    {objects::Cause{"FieldValueInvalid", kinds.error().message, "spec"}});
    }
    const bool goes = nothing_holds(kind, next);
    // A PUT of the replicas that a built-in object has already is a write all the same on a real server (the times of its managed
    // fields change).
    const bool always = target.subresource == "scale" && !kind.custom;
    if (!goes && !always && objects::same_but_for_times(next, live)) return Written{.object = live};
    if (call.dry_run) return Written{.object = std::move(next)};
    const auto key = key_of(kind, target.ns, target.name);
    auto stored =
        goes ? store_.remove(key, live_stored, stored_form(kind, next)) : store_.put(key, live_stored, stored_form(kind, next));
    if (!stored.ok()) {
        if (stored.error().code == Code::conflict) return {};
        return objects::internal_failure(stored.error().message);
    }
    if (auto done = after_write(kind, **stored, goes); !done.ok()) return objects::internal_failure(done.error().message);
    return Written{.object = goes ? std::move(next) : served(kind, **stored)};
}

// Definitions take effect at once.
Status Machinery::after_write(const Kind &kind, const json::object &object, bool removed) {
    if (storage_of(kind) != crds) return ok();
    if (removed) {
        registry_.uninstall(objects::name_of(object));
        return ok();
    }
    return registry_.install(object);
}

ApiResult<Written> Machinery::update(const Target &target, Body body, Call &call) {
    const auto &kind = *target.kind;
    if (target.subresource == "scale") {
        if (kind.custom && body.value.is_object() && body.value.get_object().contains("kind") &&
            body.value.get_object().at("kind") != json::value("Scale"))
            return objects::bad_request("no kind is registered for the type v1.Scale in scheme \"pkg/runtime/scheme.go:111\"");
        auto decoded = decode(objects::scale_kind(), body, call);
        if (auto *failed = std::get_if<ApiFailure>(&decoded)) return std::move(*failed);
        auto &given = std::get<json::object>(decoded);
        if (objects::name_of(given) != target.name)
            return objects::bad_request(fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                                    objects::name_of(given), target.name));
        return scale(target, [&](const json::object &) -> ApiResult<json::object> { return given; }, call);
    }
    auto decoded = decode(kind, body, call);
    if (auto *failed = std::get_if<ApiFailure>(&decoded)) return std::move(*failed);
    auto object = std::move(std::get<json::object>(decoded));
    if (objects::name_of(object).empty()) objects::meta(object)["name"] = target.name;
    if (objects::name_of(object) != target.name)
        return objects::bad_request(fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                                objects::name_of(object), target.name));
    if (const auto ns = objects::namespace_of(object); !ns.empty() && ns != target.ns)
        return objects::bad_request("the namespace of the provided object does not match the namespace sent on the request");
    const auto revision_text = objects::meta_string(object, "resourceVersion");
    const auto revision =
        revision_text.empty() ? std::variant<std::uint64_t, ApiFailure>(std::uint64_t{0}) : parse_revision(revision_text);
    while (true) {
        const auto live = store_.get(key_of(kind, target.ns, target.name));
        if (!live) {
            if (kind.update_creates && target.subresource.empty()) {
                objects::meta(object).erase("resourceVersion");
                return create_decoded(target, std::move(object), call, false);
            }
            return not_found(target);
        }
        if (const auto *failed = std::get_if<ApiFailure>(&revision)) return *failed;
        if (const auto uid = objects::meta_string(object, "uid"); !uid.empty() && uid != objects::meta_string(*live, "uid"))
            return objects::conflict(
                kind.group, kind.plural, target.name,
                fmt::format("StorageError: invalid object, Code: 4, Key: /registry{}{}/{}/{}, ResourceVersion: 0, "
                            "AdditionalErrorMsg: Precondition failed: UID in precondition: {}, UID in object meta: {}",
                            kind.group.empty() || !kind.custom ? "/" : "/" + kind.group + "/", kind.plural, target.ns,
                            target.name, uid, objects::meta_string(*live, "uid")));
        if (revision_text.empty() && kind.requires_resource_version)
            return objects::invalid(kind.group, kind.plural, target.name,
                                    {objects::invalid_value("metadata.resourceVersion", 0, "must be specified for an update")});
        if (!revision_text.empty() && std::get<std::uint64_t>(revision) != 0 &&
            revision_text != objects::meta_string(*live, "resourceVersion"))
            return objects::conflict(kind.group, kind.plural, target.name, objects::object_modified);
        if (auto done = store_update(target, live, object, call, false)) return std::move(*done);
    }
}

// `change` turns the current Scale into the wanted one.
ApiResult<Written> Machinery::scale(const Target &target,
                                    const std::function<ApiResult<json::object>(const json::object &)> &change, Call &call) {
    const auto &kind = *target.kind;
    while (true) {
        const auto live = store_.get(key_of(kind, target.ns, target.name));
        if (!live) return not_found(target);
        const auto current = served(kind, *live);
        auto wanted = change(objects::scale_of(kind, current));
        if (auto *failed = std::get_if<ApiFailure>(&wanted)) return std::move(*failed);
        const auto &scale = std::get<json::object>(wanted);
        if (const auto revision = objects::meta_string(scale, "resourceVersion");
            !revision.empty() && revision != objects::meta_string(current, "resourceVersion"))
            return objects::conflict(kind.group, kind.plural, target.name, objects::object_modified);
        json::value replicas = 0;
        if (const auto *spec = scale.if_contains("spec"); spec && spec->is_object() && spec->get_object().contains("replicas"))
            replicas = spec->get_object().at("replicas");
        if (!kind.custom && replicas.is_int64() && replicas.get_int64() < 0)
            return objects::invalid("autoscaling", "Scale", target.name,
                                    {objects::invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")});
        auto done = store_update(target, live, objects::with_replicas(kind, current, replicas), call, false);
        if (!done) continue;
        if (auto *failed = std::get_if<ApiFailure>(&*done)) return std::move(*failed);
        return Written{.object = objects::scale_of(kind, std::get<Written>(*done).object)};
    }
}

} // namespace xtn::sandbox
