#include "adapters/sandbox/api/http_api.hpp"

#include "adapters/sandbox/api/discovery.hpp"
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/options.hpp"
#include "adapters/sandbox/api/reviews.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <boost/json/string.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace xtn::sandbox {
namespace {

namespace json = boost::json;

constexpr std::array<Shape, 1> plain{Shape::object};
constexpr std::array<Shape, 3> for_objects{Shape::object, Shape::table, Shape::partial_metadata};
constexpr std::array<Shape, 2> for_discovery{Shape::object, Shape::aggregated_discovery};

constexpr std::string_view media_types = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

ApiFailure method_not_allowed() {
    auto failure = objects::failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    failure.status["details"] = json::object();
    return failure;
}
ApiFailure no_such_resource() {
    auto failure = objects::failure(404, "NotFound", "the server could not find the requested resource");
    failure.status["details"] = json::object();
    return failure;
}
ApiFailure not_acceptable(bool builtin) {
    if (!builtin)
        return objects::failure(406, "NotAcceptable",
                                fmt::format("only the following media types are accepted: {}", media_types));
    auto failure =
        objects::failure(406, "NotAcceptable",
                         fmt::format("406: Not Acceptable\n\nAvailable representations: {}, application/json;stream=watch, "
                                     "application/vnd.kubernetes.protobuf;stream=watch",
                                     media_types));
    failure.status["details"] = json::object();
    return failure;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    while (text.ends_with('='))
        text.remove_suffix(1);
    for (const char c : text) {
        const auto value = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
        if (value == std::string_view::npos) return {};
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xff);
    }
    return out;
}

bool open_to_all(std::string_view path) {
    return path == "/version" || path == "/healthz" || path == "/livez" || path == "/readyz";
}

std::string_view without_slash(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

} // namespace

HttpApi::HttpApi(Options options, Store &store, Registry &registry, Machinery &machinery, WatchHub &hub)
    : options_(std::move(options)), store_(store), registry_(registry), machinery_(machinery), hub_(hub), openapi_(registry) {}

void HttpApi::set_faults(const KubeApi::Faults &faults) {
    too_many_every_ = faults.too_many_every;
    requests_ = 0;
}

// Bearer, as usual; Basic with the token as password, because kubectl sends no bearer token over plain http but does send what
// the server's URL carries.
HttpApi::Identity HttpApi::identify(const netkit::Request &request) const {
    const auto header = request.headers.get("Authorization");
    if (!header || header->empty()) return Identity::anonymous;
    std::string given;
    if (header->starts_with("Bearer ")) {
        given = header->substr(7);
    } else if (header->starts_with("Basic ")) {
        const auto decoded = base64_decode(header->substr(6));
        if (!decoded || decoded->find(':') == std::string::npos) return Identity::unknown;
        given = decoded->substr(decoded->find(':') + 1);
    }
    const bool same =
        given.size() == options_.token.size() && CRYPTO_memcmp(given.data(), options_.token.data(), given.size()) == 0;
    return same ? Identity::admin : Identity::unknown;
}

ApiFailure HttpApi::anonymous_is_forbidden(const Request &request) {
    const auto &path = request.path;
    if (!path.resource) {
        auto failure = objects::failure(
            403, "Forbidden",
            fmt::format("forbidden: User \"system:anonymous\" cannot get path \"{}\"", request.exchange->request().path()));
        failure.status["details"] = json::object();
        return failure;
    }
    const auto where = path.ns.empty() ? std::string("at the cluster scope") : fmt::format("in the namespace \"{}\"", path.ns);
    const auto resource = path.subresource.empty() ? path.plural : path.plural + "/" + path.subresource;
    return objects::forbidden_failure(path.group, path.plural, path.name,
                                      fmt::format("User \"system:anonymous\" cannot {} resource \"{}\" in API group \"{}\" {}",
                                                  request.verb, resource, path.group, where));
}

// A broken invariant must not take the sandbox down with it: the client that found it gets a 500, the log says what it was.
void HttpApi::handle(const std::shared_ptr<netkit::Exchange> &exchange) {
    try {
        dispatch(exchange);
    } catch (const std::exception &e) {
        const auto &http = exchange->request();
        log_.error("{} {}: {}", http.method, http.target, e.what());
        exchange->respond(
            failure_answer(objects::failure(500, "InternalError", fmt::format("Internal error occurred: {}", e.what()))));
    }
}

void HttpApi::dispatch(const std::shared_ptr<netkit::Exchange> &exchange) {
    const auto &http = exchange->request();
    Request request;
    request.exchange = exchange;
    request.path = ResourcePath::parse(http.path());
    request.query.values = netkit::parse_query(http.query());
    request.verb = verb_of(http.method, request.path, request.query);
    if (const int every = too_many_every_; every > 0 && ++requests_ % every == 0)
        return exchange->respond(failure_answer(
            objects::failure(429, "TooManyRequests", "Too many requests, please try again later.", {{"retryAfterSeconds", 1}})));
    switch (identify(http)) {
    case Identity::unknown: {
        auto answer = failure_answer(objects::failure(401, "Unauthorized", "Unauthorized"));
        answer.headers.add("WWW-Authenticate", "Bearer realm=\"kubernetes-master\"");
        return exchange->respond(std::move(answer));
    }
    case Identity::anonymous:
        if (!open_to_all(http.path())) return exchange->respond(failure_answer(anonymous_is_forbidden(request)));
        break;
    case Identity::admin:
        break;
    }
    if (request.path.resource) return resource(request);
    auto answer = other_path(request);
    exchange->respond(answer ? std::move(*answer) : page_not_found());
}

netkit::Response HttpApi::version() const {
    auto number = std::string_view(options_.version);
    if (number.starts_with('v')) number.remove_prefix(1);
    const auto dot = number.find('.');
    const auto minor = number.substr(dot + 1, number.find('.', dot + 1) - dot - 1);
    return json_answer(200, json::object{{"major", number.substr(0, dot)},
                                         {"minor", minor},
                                         {"gitVersion", options_.version},
                                         {"gitCommit", ""},
                                         {"gitTreeState", "clean"},
                                         {"buildDate", "1970-01-01T00:00:00Z"},
                                         {"goVersion", "none: this is the XTrinode sandbox"},
                                         {"compiler", "clang"},
                                         {"platform", "linux"}});
}

std::optional<netkit::Response> HttpApi::other_path(const Request &request) {
    const auto &http = request.exchange->request();
    const auto path = without_slash(http.path());
    const auto accept = http.headers.get("Accept").value_or(std::string_view());
    if (path == "/healthz" || path == "/livez" || path == "/readyz") return text_answer(200, "ok");
    if (path == "/version") return version();
    if (path.starts_with("/openapi/")) return openapi_.answer(path, accept, http);
    if (path == "/") {
        json::array paths;
        for (const auto *known : {"/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"})
            paths.emplace_back(known);
        return json_answer(200, json::object{{"paths", std::move(paths)}});
    }
    const bool core = path == "/api";
    if (core || path == "/apis") {
        const auto accepted = negotiate(accept, for_discovery);
        if (!accepted) return failure_answer(not_acceptable(false));
        if (accepted->shape == Shape::aggregated_discovery) {
            auto answer = json_answer(200, aggregated(registry_, core), *accepted);
            answer.headers.add("Vary", "Accept");
            return answer;
        }
        auto answer =
            json_answer(200, core ? core_versions(http.headers.get("Host").value_or("")) : group_list(registry_), *accepted);
        answer.headers.add("Vary", "Accept");
        return answer;
    }
    const auto accepted = negotiate(accept, plain);
    std::optional<json::object> document;
    if (path == "/api/v1") {
        document = resource_list(registry_, "", "v1");
    } else if (path.starts_with("/apis/")) {
        const auto rest = path.substr(6);
        const auto slash = rest.find('/');
        document = slash == std::string_view::npos ? group_document(registry_, rest)
                                                   : resource_list(registry_, rest.substr(0, slash), rest.substr(slash + 1));
    }
    if (!document) {
        if (path.starts_with("/api/")) return failure_answer(no_such_resource());
        return {};
    }
    if (!accepted) return failure_answer(not_acceptable(false));
    return json_answer(200, *document, *accepted);
}

netkit::Response HttpApi::review(const Request &request) {
    const auto &path = request.path;
    const auto &kinds = review_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const ReviewKind &k) { return k.group == path.group && k.plural == path.plural; });
    if (request.verb != "create" || !path.name.empty()) return failure_answer(method_not_allowed());
    objects::Kind named;
    named.kind = kind->kind;
    auto read = read_body(request.exchange->request(), named, Call());
    if (auto *failed = std::get_if<ApiFailure>(&read)) return failure_answer(*failed);
    auto &value = std::get<Body>(read).value;
    if (!value.is_object()) return failure_answer(objects::bad_request(fmt::format("the body is no {}", kind->kind)));
    return json_answer(201, answer_review(*kind, std::move(value.get_object()), options_.token));
}

void HttpApi::resource(Request &request) {
    const auto &exchange = request.exchange;
    const auto &path = request.path;
    const auto &kinds = review_kinds();
    if (path.version == "v1" && std::any_of(kinds.begin(), kinds.end(), [&](const ReviewKind &k) {
            return k.group == path.group && k.plural == path.plural;
        }))
        return exchange->respond(review(request));
    Target target{.kind = registry_.find(path.group, path.version, path.plural),
                  .ns = path.ns,
                  .name = path.name,
                  .subresource = path.subresource};
    if (!target.kind) {
        const auto all = registry_.all();
        const bool builtin_group =
            std::any_of(all.begin(), all.end(), [&](const KindPtr &k) { return !k->custom && k->group == path.group; });
        return exchange->respond(builtin_group ? failure_answer(no_such_resource()) : page_not_found());
    }
    const auto &kind = *target.kind;
    const auto accept = exchange->request().headers.get("Accept").value_or(std::string_view());
    const auto accepted = negotiate(accept, for_objects);
    if (!accepted) return exchange->respond(failure_answer(not_acceptable(!kind.custom)));
    request.accepted = *accepted;
    if (kind.namespaced && path.ns.empty() && (!path.name.empty() || request.verb == "create"))
        return exchange->respond(failure_answer(no_such_resource(), request.accepted));
    if (!path.subresource.empty()) {
        const auto subresources = subresources_of(kind);
        const auto sub = std::find_if(subresources.begin(), subresources.end(),
                                      [&](const Subresource &s) { return s.name == path.subresource; });
        if (sub == subresources.end()) {
            if (kind.custom) return exchange->respond(failure_answer(Machinery::not_found(target), request.accepted));
            if (kind.group.empty() && kind.plural == "pods")
                return exchange->respond(
                    failure_answer(objects::failure(501, "NotImplemented",
                                                    fmt::format("the XTrinode sandbox has no pods/{}: its pods are simulated",
                                                                path.subresource)),
                                   request.accepted));
            return exchange->respond(failure_answer(no_such_resource(), request.accepted));
        }
        if (std::find(sub->verbs.begin(), sub->verbs.end(), request.verb) == sub->verbs.end()) {
            if (!kind.custom) return exchange->respond(failure_answer(method_not_allowed(), request.accepted));
            json::object details;
            if (!kind.group.empty()) details["group"] = kind.group;
            details["kind"] = kind.plural;
            return exchange->respond(failure_answer(
                objects::failure(405, "MethodNotAllowed",
                                 fmt::format("{} is not supported on resources of kind \"{}\"", request.verb, kind.resource()),
                                 details),
                request.accepted));
        }
    } else if (std::find(kind.verbs.begin(), kind.verbs.end(), request.verb) == kind.verbs.end()) {
        return exchange->respond(failure_answer(method_not_allowed(), request.accepted));
    }
    serve(request, target);
}

void HttpApi::serve(Request &request, const Target &target) {
    const auto &exchange = request.exchange;
    const auto &verb = request.verb;
    const bool named = !target.name.empty();
    if (verb == "watch") return watch(request, target);
    if (verb == "get") return exchange->respond(get(request, target));
    if (verb == "list") return exchange->respond(list(request, target));
    if (verb == "create") {
        if (named && !target.kind->custom) return exchange->respond(failure_answer(method_not_allowed(), request.accepted));
        return exchange->respond(create(request, target));
    }
    if (verb == "update" || verb == "patch") {
        if (!named)
            return exchange->respond(failure_answer(
                target.kind->custom ? objects::bad_request("name must be provided") : method_not_allowed(), request.accepted));
        return exchange->respond(verb == "update" ? update(request, target) : patch(request, target));
    }
    exchange->respond(remove(request, target));
}

} // namespace xtn::sandbox
