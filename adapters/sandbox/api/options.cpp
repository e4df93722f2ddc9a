#include "adapters/sandbox/api/options.hpp"

#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/protobuf_body.hpp"
#include "adapters/sandbox/objects/status.hpp"
#include "core/model/yaml.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <charconv>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;
constexpr std::size_t max_manager = 128;
constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";
constexpr std::string_view meta_group = "meta.k8s.io";

OrFailure<std::optional<std::int64_t>> number(const QueryParameters &query, std::string_view name) {
    const auto text = query.text(name);
    if (text.empty()) return std::optional<std::int64_t>();
    std::int64_t n = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc() || end != text.data() + text.size())
        return objects::bad_request(fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", text));
    return std::optional(n);
}

// Whether a dryRun parameter (a list of texts) asks for one; anything but "All" is refused.
std::optional<objects::Cause> bad_dry_run(const std::vector<std::string> &values) {
    for (const auto &value : values) {
        if (value == "All") continue;
        json::array given;
        for (const auto &v : values)
            given.emplace_back(v);
        return objects::not_supported("dryRun", given, {"All"});
    }
    return {};
}

std::string user_agent_prefix(const netkit::Request &request) {
    const auto agent = request.headers.get("User-Agent").value_or(std::string_view());
    return std::string(agent.substr(0, agent.find('/')).substr(0, max_manager));
}

bool is_yaml(std::string_view type) {
    return type == "application/yaml" || type == "application/apply-patch+yaml";
}

// What is wrong with a YAML body, in the words of the Go library that clients know: "line 5: key \"k\" already set in map".
std::string go_yaml_error(const Error &error) {
    std::string_view text = error.message; // "line 5, column 3: key \"k\" is given twice"
    const auto comma = text.find(", column ");
    const auto colon = text.find(": ", comma);
    if (!text.starts_with("line ") || colon == std::string_view::npos) return std::string(text);
    const auto line = text.substr(0, comma);
    auto what = text.substr(colon + 2);
    constexpr std::string_view twice = " is given twice";
    if (what.starts_with("key ") && what.ends_with(twice))
        return fmt::format("unmarshal errors:\n  {}: {} already set in map", line, what.substr(0, what.size() - twice.size()));
    if (what.starts_with("end of map flow") || what.starts_with("end of sequence flow"))
        what = "did not find expected node content";
    return fmt::format("{}: {}", line, what);
}

std::string string_member(const json::object &object, std::string_view name) {
    const auto *value = object.if_contains(name);
    return value && value->is_string() ? std::string(std::string_view(value->get_string())) : std::string();
}

// 415 for protobuf that is beyond the tables, 400 for broken bytes.
ApiFailure protobuf_failure(const Error &error) {
    if (error.code == Code::unsupported)
        return objects::failure(415, "UnsupportedMediaType", "the XTrinode sandbox does not read " + error.message);
    return objects::bad_request(error.message);
}

// The DeleteOptions in the body of a DELETE; empty without one.
OrFailure<json::object> delete_body(const netkit::Request &request) {
    if (request.body.empty()) return json::object();
    const auto type = content_type(request.headers.get("Content-Type").value_or(""));
    json::value value;
    if (type == protobuf_type) {
        auto read = read_protobuf(request.body);
        if (!read.ok()) return protobuf_failure(read.error());
        value = std::move(*read);
    } else if (is_yaml(type)) {
        auto read = yaml_to_json(request.body);
        if (!read.ok()) return objects::bad_request(read.error().message);
        value = std::move(*read);
    } else {
        auto read = read_json(request.body);
        if (!read.ok()) return objects::bad_request("couldn't get version/kind; json parse error: " + read.error().message);
        value = std::move(read->value);
    }
    if (!value.is_object()) return objects::bad_request("DeleteOptions must be an object");
    const auto kind = string_member(value.get_object(), "kind");
    const auto version = string_member(value.get_object(), "apiVersion");
    if (!kind.empty() && kind != "DeleteOptions")
        return objects::bad_request(
            fmt::format("no kind \"{}\" is registered for version \"{}\" in scheme \"pkg/runtime/scheme.go:111\"", kind,
                        version.empty() ? "v1" : version));
    return std::move(value.get_object());
}

} // namespace

OrFailure<Call> write_options(const netkit::Request &request, const QueryParameters &query, std::string_view options_kind,
                              bool apply) {
    objects::Causes causes;
    const bool patches = options_kind == "PatchOptions";
    const std::string manager(query.text("fieldManager"));
    if (patches && apply && manager.empty())
        causes.push_back(objects::required_value("fieldManager", "is required for apply patch"));
    if (patches && !apply && query.get("force"))
        causes.push_back(objects::forbidden("force", "may not be specified for non-apply patch"));
    if (manager.size() > max_manager) causes.push_back(objects::too_long("fieldManager", max_manager));
    const auto dry = query.all("dryRun");
    if (auto cause = bad_dry_run(dry)) causes.push_back(std::move(*cause));
    Call call;
    const auto validation = query.text("fieldValidation");
    if (validation == "Ignore")
        call.validation = FieldValidation::ignore;
    else if (validation == "Strict")
        call.validation = FieldValidation::strict;
    else if (!validation.empty() && validation != "Warn")
        causes.push_back(objects::not_supported("fieldValidation", json::string(validation), {"", "Ignore", "Strict", "Warn"}));
    if (!causes.empty()) return objects::invalid(meta_group, options_kind, "", causes);
    call.dry_run = !dry.empty();
    call.manager = manager.empty() ? user_agent_prefix(request) : manager;
    return call;
}

OrFailure<Removal> delete_options(const netkit::Request &request, const QueryParameters &query) {
    auto body = delete_body(request);
    if (auto *failed = std::get_if<ApiFailure>(&body)) return std::move(*failed);
    const auto &options = std::get<json::object>(body);
    Removal removal;
    auto grace = number(query, "gracePeriodSeconds");
    if (auto *failed = std::get_if<ApiFailure>(&grace)) return std::move(*failed);
    removal.grace_seconds = std::get<std::optional<std::int64_t>>(grace);
    if (const auto *given = options.if_contains("gracePeriodSeconds"); given && given->is_int64())
        removal.grace_seconds = given->get_int64();
    auto propagation = string_member(options, "propagationPolicy");
    if (propagation.empty()) propagation = query.text("propagationPolicy");
    objects::Causes causes;
    const auto *orphan = options.if_contains("orphanDependents");
    if (!propagation.empty() && propagation != "Background" && propagation != "Foreground" && propagation != "Orphan")
        causes.push_back(objects::not_supported("propagationPolicy", json::string(propagation),
                                                {"Foreground", "Background", "Orphan", "nil"}));
    if (!propagation.empty() && orphan)
        causes.push_back(objects::invalid_value("propagationPolicy", json::string(propagation),
                                                "orphanDependents and deletionPropagation cannot be both set"));
    auto dry = query.all("dryRun");
    if (const auto *given = options.if_contains("dryRun"); given && given->is_array())
        for (const auto &value : given->get_array())
            if (value.is_string()) dry.emplace_back(std::string_view(value.get_string()));
    if (auto cause = bad_dry_run(dry)) causes.push_back(std::move(*cause));
    if (!causes.empty()) return objects::invalid(meta_group, "DeleteOptions", "", causes);
    if (orphan && orphan->is_bool()) propagation = orphan->get_bool() ? "Orphan" : "Background";
    if (!propagation.empty()) removal.propagation = propagation;
    removal.dry_run = !dry.empty();
    if (const auto *preconditions = options.if_contains("preconditions"); preconditions && preconditions->is_object()) {
        const auto &p = preconditions->get_object();
        if (const auto uid = string_member(p, "uid"); !uid.empty()) removal.uid = uid;
        if (const auto revision = string_member(p, "resourceVersion"); !revision.empty()) removal.resource_version = revision;
    }
    return removal;
}

OrFailure<TableObject> include_object(const QueryParameters &query) {
    const auto text = query.text("includeObject");
    if (text == "None") return TableObject::none;
    if (text == "Object") return TableObject::object;
    if (text.empty() || text == "Metadata") return TableObject::metadata;
    return objects::bad_request(fmt::format("unrecognized includeObject value: {}", text));
}

OrFailure<ListOptions> list_options(const objects::Kind &kind, const QueryParameters &query) {
    ListOptions out;
    auto limit = number(query, "limit");
    if (auto *failed = std::get_if<ApiFailure>(&limit)) return std::move(*failed);
    out.query.limit = std::get<std::optional<std::int64_t>>(limit).value_or(0);
    auto timeout = number(query, "timeoutSeconds");
    if (auto *failed = std::get_if<ApiFailure>(&timeout)) return std::move(*failed);
    out.timeout_seconds = std::get<std::optional<std::int64_t>>(timeout);
    auto labels = objects::LabelSelector::parse(query.text("labelSelector"));
    if (!labels.ok()) return objects::bad_request(labels.error().message);
    out.query.labels = std::move(*labels);
    auto fields = objects::FieldSelector::parse(kind, query.text("fieldSelector"));
    if (!fields.ok()) return objects::bad_request(fields.error().message);
    out.query.fields = std::move(*fields);
    out.query.continue_token = query.text("continue");
    if (const auto revision = query.text("resourceVersion"); !revision.empty()) out.resource_version = revision;
    out.resource_version_match = query.text("resourceVersionMatch");
    out.bookmarks = query.flag("allowWatchBookmarks");
    out.send_initial_events = query.flag("sendInitialEvents");
    auto include = include_object(query);
    if (auto *failed = std::get_if<ApiFailure>(&include)) return std::move(*failed);
    out.include = std::get<TableObject>(include);
    return out;
}

OrFailure<Body> read_body(const netkit::Request &request, const objects::Kind &kind, const Call &call) {
    const auto type = content_type(request.headers.get("Content-Type").value_or(""));
    if (type == protobuf_type && !kind.custom) {
        auto read = read_protobuf(request.body);
        if (!read.ok()) return protobuf_failure(read.error());
        Body body;
        body.value = std::move(*read);
        return body;
    }
    if (!type.empty() && type != "application/json" && !is_yaml(type) && type != "application/merge-patch+json" &&
        type != "application/json-patch+json" && type != "application/strategic-merge-patch+json")
        return objects::failure(
            415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, "
            "application/yaml, application/vnd.kubernetes.protobuf");
    Body body;
    body.raw = request.body;
    if (is_yaml(type)) {
        auto read = yaml_to_json(request.body);
        if (!read.ok()) {
            if (type == "application/apply-patch+yaml")
                return objects::bad_request("error decoding YAML: error converting YAML to JSON: yaml: " +
                                            go_yaml_error(read.error()));
            return objects::bad_request(fmt::format(
                "{} in version \"{}\" cannot be handled as a {}: {}yaml: {}", kind.kind, kind.version, kind.kind,
                call.validation == FieldValidation::strict ? "strict decoding error: " : "", go_yaml_error(read.error())));
        }
        body.value = std::move(*read);
        normalise_numbers(body.value);
        return body;
    }
    auto read = read_json(request.body);
    if (!read.ok())
        return objects::bad_request(fmt::format(
            "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: {} ({})",
            kind.kind, read.error().message, request.body.empty() ? "<empty>" : std::string_view(request.body).substr(0, 30)));
    body.value = std::move(read->value);
    for (const auto &path : read->duplicates)
        body.duplicates.push_back(fmt::format("duplicate field \"{}\"", path));
    return body;
}

} // namespace xtn::sandbox
