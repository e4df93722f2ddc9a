// Reading an object out of a request body: kind and version looked at, types checked, unknown and duplicate fields reported.
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/objects/builtin.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/patch.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
using objects::Kind;

std::string text_member(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
}

// The beginning of a body, as messages quote it.
std::string quoted_start(std::string_view raw) {
    constexpr std::size_t shown = 30;
    if (raw.empty()) return "<empty>";
    if (raw.front() != '{') {
        std::string hex;
        for (const char c : raw.substr(0, shown))
            hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
        return hex + (raw.size() > shown ? " ..." : "");
    }
    return raw.size() > shown ? std::string(raw.substr(0, shown)) + " ..." : std::string(raw);
}

ApiFailure unrecognized(const Kind &kind, std::string_view raw, std::string_view why) {
    return objects::bad_request(
        fmt::format("the object provided is unrecognized (must be of type {}): {} ({})", kind.kind, why, quoted_start(raw)));
}

ApiFailure cannot_be_handled(std::string_view given_kind, std::string_view given_version, const Kind &kind,
                             std::string_view why) {
    return objects::bad_request(
        fmt::format("{} in version \"{}\" cannot be handled as a {}: {}", given_kind, given_version, kind.kind, why));
}

bool known_builtin(std::string_view api_version, std::string_view name) {
    const auto &kinds = objects::builtin_kinds();
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](const Kind &k) { return k.api_version() == api_version && k.kind == name; });
}

std::string join(const std::vector<std::string> &parts) {
    std::string out;
    for (const auto &part : parts)
        out.append(out.empty() ? "" : ", ").append(part);
    return out;
}

// What the kind and version of a body say against the URL's, in a real server's words.
std::optional<ApiFailure> wrong_kind(const Kind &kind, const json::object &object, const Body &body, Call &call) {
    const auto given_kind = text_member(object, "kind");
    const auto given_version = text_member(object, "apiVersion");
    if (kind.custom) {
        if (given_kind.empty()) return unrecognized(kind, body.raw, fmt::format("Object 'Kind' is missing in '{}'", body.raw));
        if (given_version != kind.api_version()) {
            if (call.validation == FieldValidation::warn && given_version.starts_with(kind.group + "/"))
                for (const auto &[name, value] : object)
                    if (name != "apiVersion" && name != "kind" && name != "metadata")
                        call.warnings.push_back(fmt::format("unknown field \"{}\"", std::string_view(name)));
            return objects::bad_request(
                fmt::format("the API version in the data ({}) does not match the expected API version ({})", given_version,
                            kind.api_version()));
        }
        if (given_kind != kind.kind)
            return objects::invalid(kind.group, given_kind, objects::name_of(object),
                                    {objects::invalid_value("kind", json::string(given_kind), "must be " + kind.kind)});
        return {};
    }
    const auto version = given_version.substr(given_version.find('/') == std::string::npos ? 0 : given_version.find('/') + 1);
    if ((given_kind.empty() || given_kind == kind.kind) && (given_version.empty() || given_version == kind.api_version()))
        return {};
    const auto shown_kind = given_kind.empty() ? kind.kind : given_kind;
    const auto shown_version = given_version.empty() ? kind.version : version;
    const auto shown_api = given_version.empty() ? kind.api_version() : given_version;
    if (known_builtin(shown_api, shown_kind))
        return cannot_be_handled(shown_kind, shown_version, kind,
                                 fmt::format("converting ({}.{}) to ({}.{}): unknown conversion", shown_version, shown_kind,
                                             kind.group.empty() ? "core" : kind.group.substr(0, kind.group.find('.')),
                                             kind.kind));
    return cannot_be_handled(
        shown_kind, shown_version, kind,
        fmt::format("no kind \"{}\" is registered for version \"{}\" in scheme \"pkg/runtime/scheme.go:111\"", shown_kind,
                    shown_api));
}

// Keys in order, as custom objects are written by a real server.
json::value sorted(const json::value &value) {
    if (const auto *array = value.if_array()) {
        json::array out;
        for (const auto &element : *array)
            out.push_back(sorted(element));
        return out;
    }
    const auto *object = value.if_object();
    if (!object) return value;
    std::vector<std::pair<std::string, const json::value *>> members;
    for (const auto &[key, member] : *object)
        members.emplace_back(key, &member);
    std::sort(members.begin(), members.end());
    json::object out;
    for (const auto &[key, member] : members)
        out[key] = sorted(*member);
    return out;
}

// A patched built-in object as the patch left it: what it touched has its keys in order, the rest keeps that of the Go types.
json::value as_patched(const json::value &patched, const json::value *live) {
    const auto *object = patched.if_object();
    if (!object || (live && *live == patched)) return patched;
    const auto *before = live ? live->if_object() : nullptr;
    std::vector<std::string_view> keys;
    keys.reserve(object->size());
    for (const auto &member : *object)
        keys.push_back(member.key());
    std::sort(keys.begin(), keys.end());
    json::object out;
    for (const auto key : keys)
        out[key] = as_patched(object->at(key), before ? before->if_contains(key) : nullptr);
    return out;
}

} // namespace

ApiResult<json::object> Machinery::decode(const Kind &kind, const Body &body, Call &call) const {
    if (!body.value.is_object()) {
        constexpr std::string_view go_struct = R"(struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string )"
                                               R"("json:\"kind,omitempty\"" })";
        if (body.value.is_array())
            return unrecognized(
                kind, body.raw,
                fmt::format("couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type {}",
                            go_struct));
        return unrecognized(kind, body.raw,
                            body.value.is_null()
                                ? fmt::format("Object 'Kind' is missing in '{}'", body.raw)
                                : fmt::format("couldn't get version/kind; json parse error: json: cannot unmarshal {} into "
                                              "Go value of type {}",
                                              body.value.is_string() ? "string"
                                              : body.value.is_bool() ? "bool"
                                                                     : "number",
                                              go_struct));
    }
    if (auto wrong = wrong_kind(kind, body.value.get_object(), body, call)) return std::move(*wrong);
    auto decoded = objects::decode(kind, body.value);
    if (const auto *failed = std::get_if<objects::DecodeError>(&decoded))
        return cannot_be_handled(kind.kind, kind.version, kind, failed->message);
    auto &good = std::get<objects::Decoded>(decoded);
    auto odd = body.duplicates;
    odd.insert(odd.end(), good.unknown.begin(), good.unknown.end());
    if (call.validation == FieldValidation::strict && !odd.empty())
        return cannot_be_handled(kind.kind, kind.version, kind, "strict decoding error: " + join(odd));
    if (call.validation == FieldValidation::warn) call.warnings.insert(call.warnings.end(), odd.begin(), odd.end());
    return std::move(good.object);
}

ApiResult<json::object> Machinery::decode_patched(const Target &target, const json::object &live, json::object patched,
                                                  PatchType type, const json::value &patch, Call &call) const {
    const auto &kind = target.subresource == "scale" ? objects::scale_kind() : *target.kind;
    if (kind.custom) {
        const auto given_kind = text_member(patched, "kind");
        const auto given_version = text_member(patched, "apiVersion");
        if (given_version != kind.api_version()) {
            if (call.validation == FieldValidation::warn)
                for (const auto &[name, value] : patched)
                    if (name != "apiVersion" && name != "kind" && name != "metadata")
                        call.warnings.push_back(fmt::format("unknown field \"{}\"", std::string_view(name)));
            return objects::invalid(
                kind.group, given_kind, target.name,
                {objects::invalid_value("apiVersion", json::string(given_version), "must be " + kind.api_version())});
        }
        if (given_kind != kind.kind)
            return objects::invalid(kind.group, given_kind, target.name,
                                    {objects::invalid_value("kind", json::string(given_kind), "must be " + kind.kind)});
    }
    const auto shown = [&] {
        if (type == PatchType::strategic) return objects::go_value_text(patch);
        if (kind.custom) return write_json(sorted(patched));
        const json::value before = live;
        return write_json(as_patched(patched, &before));
    };
    auto decoded = objects::decode(kind, patched);
    if (const auto *failed = std::get_if<objects::DecodeError>(&decoded))
        return objects::patch_result_invalid(shown(), failed->message);
    auto &good = std::get<objects::Decoded>(decoded);
    if (call.validation == FieldValidation::strict && !good.unknown.empty())
        return objects::patch_result_invalid(shown(), "strict decoding error: " + join(good.unknown));
    if (call.validation == FieldValidation::warn)
        call.warnings.insert(call.warnings.end(), good.unknown.begin(), good.unknown.end());
    const auto name = objects::name_of(good.object);
    if (name != objects::name_of(live))
        return objects::bad_request(
            fmt::format("the name of the object ({}) does not match the name on the URL ({})", name, target.name));
    if (objects::namespace_of(good.object) != objects::namespace_of(live))
        return objects::bad_request("the namespace of the provided object does not match the namespace sent on the request");
    return std::move(good.object);
}

} // namespace xtn::sandbox
