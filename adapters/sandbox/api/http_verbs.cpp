// The handlers of single verbs: options and body in, Machinery, answer out.
#include "adapters/sandbox/api/http_api.hpp"
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/options.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/patch.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/string.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

struct PatchFormat {
    std::string_view content_type;
    PatchType type;
};
constexpr PatchFormat patch_formats[] = {
    {"application/json-patch+json", PatchType::json},
    {"application/merge-patch+json", PatchType::merge},
    {"application/strategic-merge-patch+json", PatchType::strategic},
    {"application/apply-patch+yaml", PatchType::apply},
};

ApiFailure unsupported_patch(bool custom) {
    if (custom)
        return objects::failure(
            415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, "
            "application/merge-patch+json, application/apply-patch+yaml");
    auto failure = objects::failure(415, "UnsupportedMediaType", "415: Unsupported Media Type");
    failure.status["details"] = json::object();
    return failure;
}

// How long a watch lasts when the client does not say: half an hour to an hour, spread out.
std::chrono::seconds default_watch_time() {
    thread_local std::minstd_rand random{std::random_device()()};
    return std::chrono::seconds(1800 + random() % 1800);
}

} // namespace

netkit::Response HttpApi::get(const Request &request, const Target &target) {
    if (target.subresource == "log") {
        auto pod = machinery_.get(Target{.kind = target.kind, .ns = target.ns, .name = target.name, .subresource = ""});
        if (auto *failed = std::get_if<ApiFailure>(&pod)) return failure_answer(*failed, request.accepted);
        return text_answer(200, "(The pods of the XTrinode sandbox are simulated; this one writes no log.)\n");
    }
    auto include = include_object(request.query);
    if (auto *failed = std::get_if<ApiFailure>(&include)) return failure_answer(*failed, request.accepted);
    auto found = machinery_.get(target);
    if (auto *failed = std::get_if<ApiFailure>(&found)) return failure_answer(*failed, request.accepted);
    return json_answer(
        200, in_shape(*target.kind, std::get<json::object>(found), request.accepted.shape, std::get<TableObject>(include)),
        request.accepted);
}

netkit::Response HttpApi::list(const Request &request, const Target &target) {
    auto parsed = list_options(*target.kind, request.query);
    if (auto *failed = std::get_if<ApiFailure>(&parsed)) return failure_answer(*failed, request.accepted);
    auto &options = std::get<ListOptions>(parsed);
    if (options.resource_version && options.query.continue_token.empty() && *options.resource_version != "0") {
        const auto revision = parse_revision(*options.resource_version);
        if (std::holds_alternative<ApiFailure>(revision))
            return failure_answer(
                objects::invalid("meta.k8s.io", "ListOptions", "",
                                 {objects::invalid_value("resourceVersion", json::string(*options.resource_version),
                                                         fmt::format("strconv.ParseUint: parsing \"{}\": invalid syntax",
                                                                     *options.resource_version))}),
                request.accepted);
        // "Not older than" is what the head always is, once it has got there; "exact" is that state and no other.
        const auto wanted = std::get<std::uint64_t>(revision);
        if (options.resource_version_match == "Exact" || wanted > store_.head()) options.query.exact_revision = wanted;
    }
    auto page = machinery_.list(target, options.query);
    if (auto *failed = std::get_if<ApiFailure>(&page)) return failure_answer(*failed, request.accepted);
    return json_answer(200, list_in_shape(*target.kind, std::get<ListPage>(page), request.accepted.shape, options.include),
                       request.accepted);
}

void HttpApi::watch(const Request &request, const Target &target) {
    const auto &exchange = request.exchange;
    auto parsed = list_options(*target.kind, request.query);
    if (auto *failed = std::get_if<ApiFailure>(&parsed)) return exchange->respond(failure_answer(*failed, request.accepted));
    const auto options = std::get<ListOptions>(std::move(parsed));
    const auto kind = target.kind;
    const auto shape = request.accepted.shape;
    const auto revision_text = options.resource_version.value_or("");
    const auto revision =
        revision_text.empty() ? std::variant<std::uint64_t, ApiFailure>(std::uint64_t{0}) : parse_revision(revision_text);
    if (std::holds_alternative<ApiFailure>(revision))
        return exchange->respond(failure_answer(std::get<ApiFailure>(revision), request.accepted));
    if (options.send_initial_events && options.resource_version_match != "NotOlderThan")
        return exchange->respond(failure_answer(
            objects::invalid("meta.k8s.io", "ListOptions", "",
                             {objects::forbidden("resourceVersionMatch",
                                                 "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")}),
            request.accepted));
    const auto from = std::get<std::uint64_t>(revision);
    const auto bookmark = [kind, shape](std::uint64_t at) {
        if (shape == Shape::table) return write_json(table_of(*kind, {}, TableObject::none, at));
        json::object object{
            {"kind", kind->kind}, {"apiVersion", kind->api_version()}, {"metadata", {{"resourceVersion", std::to_string(at)}}}};
        if (shape == Shape::partial_metadata) object = partial_metadata(object);
        return write_json(object);
    };
    WatchRequest watch;
    watch.resource = storage_of(*kind);
    watch.ns = target.ns;
    watch.matches = [kind, query = options.query, name = target.name](const json::object &object) {
        if (!name.empty() && objects::name_of(object) != name) return false;
        return kind->group == "events.k8s.io" ? query.matches(Machinery::served(*kind, object)) : query.matches(object);
    };
    watch.render = [kind, shape, include = options.include](const json::object &object) {
        return write_json(in_shape(*kind, Machinery::served(*kind, object), shape, include));
    };
    if (options.bookmarks) watch.bookmark = bookmark;
    const auto seconds = options.timeout_seconds && *options.timeout_seconds > 0 ? std::chrono::seconds(*options.timeout_seconds)
                                                                                 : default_watch_time();
    watch.until = Deadline::after(seconds);

    netkit::Response head;
    head.headers.add("Content-Type", request.accepted.type);
    head.headers.add("Cache-Control", "no-cache, private");
    // Without a revision (or with "0") the stream starts with what is there.
    if (options.send_initial_events || revision_text.empty() || from == 0) {
        auto listed = store_.list(watch.resource, watch.ns);
        for (const auto &object : listed->objects)
            if (watch.matches(*object)) head.body += watch_line("ADDED", watch.render(*object));
        watch.from = listed->revision;
        if (options.send_initial_events && options.bookmarks) {
            json::object object{{"kind", kind->kind},
                                {"apiVersion", kind->api_version()},
                                {"metadata",
                                 {{"resourceVersion", std::to_string(listed->revision)},
                                  {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}};
            head.body += watch_line("BOOKMARK", write_json(shape == Shape::partial_metadata ? partial_metadata(object) : object));
        }
    } else {
        watch.from = from;
    }
    exchange->begin(std::move(head));
    const auto at = watch.from;
    if (const auto added = hub_.add(exchange, std::move(watch)); !added.ok()) {
        const auto expired =
            objects::failure(410, "Expired", fmt::format("too old resource version: {} ({})", at, added.error().message));
        exchange->write(watch_line("ERROR", write_json(expired.status)));
        exchange->finish();
    }
}

netkit::Response HttpApi::create(Request &request, const Target &target) {
    const auto &http = request.exchange->request();
    auto parsed = write_options(http, request.query, "CreateOptions");
    if (auto *failed = std::get_if<ApiFailure>(&parsed)) return failure_answer(*failed, request.accepted);
    auto &call = std::get<Call>(parsed);
    auto body = read_body(http, *target.kind, call);
    if (auto *failed = std::get_if<ApiFailure>(&body)) return failure_answer(*failed, request.accepted);
    auto done = machinery_.create(target, std::move(std::get<Body>(body)), call);
    if (auto *failed = std::get_if<ApiFailure>(&done)) return failure_answer(*failed, request.accepted, call.warnings);
    return json_answer(201, in_shape(*target.kind, std::get<Written>(done).object, request.accepted.shape, TableObject::metadata),
                       request.accepted, call.warnings);
}

netkit::Response HttpApi::update(Request &request, const Target &target) {
    const auto &http = request.exchange->request();
    auto parsed = write_options(http, request.query, "UpdateOptions");
    if (auto *failed = std::get_if<ApiFailure>(&parsed)) return failure_answer(*failed, request.accepted);
    auto &call = std::get<Call>(parsed);
    const auto &kind = target.subresource == "scale" ? objects::scale_kind() : *target.kind;
    auto body = read_body(http, kind, call);
    if (auto *failed = std::get_if<ApiFailure>(&body)) return failure_answer(*failed, request.accepted);
    auto done = machinery_.update(target, std::move(std::get<Body>(body)), call);
    if (auto *failed = std::get_if<ApiFailure>(&done)) return failure_answer(*failed, request.accepted, call.warnings);
    const auto &written = std::get<Written>(done);
    return json_answer(written.created ? 201 : 200,
                       in_shape(*target.kind, written.object, request.accepted.shape, TableObject::metadata), request.accepted,
                       call.warnings);
}

netkit::Response HttpApi::patch(Request &request, const Target &target) {
    const auto &http = request.exchange->request();
    const auto type_name = content_type(http.headers.get("Content-Type").value_or(std::string_view()));
    const auto format = std::find_if(std::begin(patch_formats), std::end(patch_formats),
                                     [&](const PatchFormat &f) { return f.content_type == type_name; });
    if (format == std::end(patch_formats) || (format->type == PatchType::strategic && target.kind->custom))
        return failure_answer(unsupported_patch(target.kind->custom), request.accepted);
    auto parsed = write_options(http, request.query, "PatchOptions", format->type == PatchType::apply);
    if (auto *failed = std::get_if<ApiFailure>(&parsed)) return failure_answer(*failed, request.accepted);
    auto &call = std::get<Call>(parsed);
    // A patch of nothing is "not found", whatever its body.
    if (format->type != PatchType::apply && !store_.get(key_of(*target.kind, target.ns, target.name)))
        return failure_answer(Machinery::not_found(target), request.accepted);
    Body body;
    if (format->type == PatchType::apply) {
        auto read = read_body(http, *target.kind, call);
        if (auto *failed = std::get_if<ApiFailure>(&read)) return failure_answer(*failed, request.accepted);
        body = std::move(std::get<Body>(read));
    } else {
        auto read = read_json(http.body);
        if (!read.ok())
            return failure_answer(objects::patch_not_json(http.body, format->type == PatchType::strategic), request.accepted);
        body.value = std::move(read->value);
        body.raw = http.body;
    }
    auto done = machinery_.patch(target, format->type, std::move(body), request.query.flag("force"), call);
    if (auto *failed = std::get_if<ApiFailure>(&done)) return failure_answer(*failed, request.accepted, call.warnings);
    const auto &written = std::get<Written>(done);
    return json_answer(written.created ? 201 : 200,
                       in_shape(*target.kind, written.object, request.accepted.shape, TableObject::metadata), request.accepted,
                       call.warnings);
}

netkit::Response HttpApi::remove(const Request &request, const Target &target) {
    auto parsed = delete_options(request.exchange->request(), request.query);
    if (auto *failed = std::get_if<ApiFailure>(&parsed)) return failure_answer(*failed, request.accepted);
    const auto &removal = std::get<Removal>(parsed);
    if (target.name.empty()) {
        auto options = list_options(*target.kind, request.query);
        if (auto *failed = std::get_if<ApiFailure>(&options)) return failure_answer(*failed, request.accepted);
        auto page = machinery_.remove_all(target, std::get<ListOptions>(options).query, removal);
        if (auto *failed = std::get_if<ApiFailure>(&page)) return failure_answer(*failed, request.accepted);
        return json_answer(200,
                           list_in_shape(*target.kind, std::get<ListPage>(page), request.accepted.shape, TableObject::metadata),
                           request.accepted);
    }
    auto done = machinery_.remove(target, removal);
    if (auto *failed = std::get_if<ApiFailure>(&done)) return failure_answer(*failed, request.accepted);
    const auto &removed = std::get<Removed>(done);
    if (removed.finished && !target.kind->answers_delete_with_object)
        return json_answer(200, deleted_status(target, removed.object), Accepted{.type = request.accepted.type});
    return json_answer(200, in_shape(*target.kind, removed.object, request.accepted.shape, TableObject::metadata),
                       request.accepted);
}

} // namespace xtn::sandbox
