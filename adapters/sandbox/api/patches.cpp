// PATCH: the three formats that describe a change, and server-side apply.
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/objects/managed_fields.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/patch.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/string.hpp>

#include <fmt/format.h>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

objects::Patched patched(const objects::Kind &kind, PatchType type, const json::object &live, const json::value &patch) {
    switch (type) {
    case PatchType::json:
        return objects::json_patch(live, patch);
    case PatchType::merge:
        return objects::merge_patch(live, patch);
    default:
        return objects::strategic_patch(*kind.schema, live, patch);
    }
}

std::string text_member(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
}

// Decoding lets a null that a schema does not allow disappear. Not in a server-side apply: there a real server refuses it. Puts
// back the nulls of `before` that are gone from `now`, for
// validation to find.
void restore_nulls(const json::value &before, json::value &now) {
    if (const auto *list = before.if_array(); list && now.is_array() && now.get_array().size() == list->size()) {
        for (std::size_t i = 0; i < list->size(); ++i)
            restore_nulls((*list)[i], now.get_array()[i]);
    }
    const auto *object = before.if_object();
    if (!object || !now.is_object()) return;
    for (const auto &[key, value] : *object) {
        auto *member = now.get_object().if_contains(key);
        if (member)
            restore_nulls(value, *member);
        else if (value.is_null())
            now.get_object()[key] = nullptr;
    }
}

} // namespace

ApiResult<Written> Machinery::patch(const Target &target, PatchType type, Body body, bool force, Call &call) {
    if (type == PatchType::apply) return apply(target, std::move(body), force, call);
    const auto &kind = *target.kind;
    if (target.subresource == "scale")
        return scale(
            target,
            [&](const json::object &live) -> ApiResult<json::object> {
                auto next = patched(objects::scale_kind(), type, live, body.value);
                if (auto *failed = std::get_if<ApiFailure>(&next)) return std::move(*failed);
                return decode_patched(target, live, std::move(std::get<json::object>(next)), type, body.value, call);
            },
            call);
    while (true) {
        const auto stored = store_.get(key_of(kind, target.ns, target.name));
        if (!stored) return not_found(target);
        const auto live = served(kind, *stored);
        auto next = patched(kind, type, live, body.value);
        if (auto *failed = std::get_if<ApiFailure>(&next)) return std::move(*failed);
        call.warnings.clear();
        auto decoded = decode_patched(target, live, std::move(std::get<json::object>(next)), type, body.value, call);
        if (auto *failed = std::get_if<ApiFailure>(&decoded)) return std::move(*failed);
        auto &object = std::get<json::object>(decoded);
        const auto revision = objects::meta_string(object, "resourceVersion");
        if (!revision.empty() && revision != objects::meta_string(live, "resourceVersion"))
            return objects::conflict(kind.group, kind.plural, target.name, objects::object_modified);
        if (auto done = store_update(target, stored, std::move(object), call, false)) return std::move(*done);
    }
}

ApiResult<Written> Machinery::apply(const Target &target, Body body, bool force, Call &call) {
    const bool scales = target.subresource == "scale";
    const auto &kind = scales ? objects::scale_kind() : *target.kind;
    if (!body.value.is_object()) return objects::bad_request("error decoding YAML: the body is not an object");
    auto &applied = body.value.get_object();
    if (text_member(applied, "apiVersion") != kind.api_version() || text_member(applied, "kind") != kind.kind) {
        const auto version = text_member(applied, "apiVersion");
        return objects::bad_request(
            fmt::format("invalid object type: {}, Kind={}", version.empty() ? "/" : version, text_member(applied, "kind")));
    }
    if (const auto name = objects::name_of(applied); name != target.name)
        return objects::bad_request(
            fmt::format("the name of the object ({}) does not match the name on the URL ({})", name, target.name));
    if (const auto ns = objects::namespace_of(applied); !ns.empty() && ns != target.ns)
        return objects::bad_request("the namespace of the provided object does not match the namespace sent on the request");
    const objects::ApplyRequest request{
        .applied = applied, .manager = {.name = call.manager, .subresource = target.subresource}, .force = force};
    while (true) {
        const auto stored = store_.get(key_of(*target.kind, target.ns, target.name));
        if (!stored && !target.subresource.empty()) return not_found(target);
        std::optional<json::object> live;
        if (stored) live = served(*target.kind, *stored);
        // A uid says which object is meant. That of another is refused as any change of it is (metadata.cpp).
        if (const auto uid = objects::meta_string(applied, "uid"); !uid.empty() && !scales && !stored)
            return objects::conflict(
                kind.group, kind.plural, target.name,
                fmt::format("uid mismatch: the provided object specified uid {}, and no existing object was found", uid));
        if (scales) {
            const auto scale_now = objects::scale_of(*target.kind, *live);
            auto merged = objects::apply(kind, request, &scale_now, Timestamp::now());
            if (auto *failed = std::get_if<ApiFailure>(&merged)) return std::move(*failed);
            return scale(
                target, [&](const json::object &) -> ApiResult<json::object> { return std::get<json::object>(merged); }, call);
        }
        auto merged = objects::apply(kind, request, live ? &*live : nullptr, Timestamp::now());
        if (auto *failed = std::get_if<ApiFailure>(&merged)) return std::move(*failed);
        auto decoded = objects::decode(kind, std::get<json::object>(merged));
        if (const auto *failed = std::get_if<objects::DecodeError>(&decoded))
            return objects::bad_request(fmt::format("{} in version \"{}\" cannot be handled as a {}: {}", kind.kind, kind.version,
                                                    kind.kind, failed->message));
        json::value whole = std::move(std::get<objects::Decoded>(decoded).object);
        if (kind.custom) restore_nulls(std::get<json::object>(merged), whole);
        auto &object = whole.get_object();
        if (!stored) {
            auto created = create_decoded(target, std::move(object), call, true);
            // Created by somebody else in between: it is an update now.
            if (const auto *failed = std::get_if<ApiFailure>(&created);
                failed && failed->code == 409 && store_.get(key_of(kind, target.ns, target.name)) && !call.dry_run)
                continue;
            return created;
        }
        objects::meta(object)["name"] = target.name; // nobody owns it, and it stays
        const auto revision = objects::meta_string(applied, "resourceVersion");
        if (!revision.empty() && revision != objects::meta_string(*live, "resourceVersion"))
            return objects::conflict(kind.group, kind.plural, target.name, objects::object_modified);
        if (auto done = store_update(target, stored, std::move(object), call, true)) return std::move(*done);
    }
}

} // namespace xtn::sandbox
