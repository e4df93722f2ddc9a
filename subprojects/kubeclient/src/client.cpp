#include "kubeclient/client.hpp"

#include "netkit/http_client.hpp"
#include "token.hpp"
#include "watch_stream.hpp"

#include <string_view>

namespace kube {
namespace asio = boost::asio;
namespace json = boost::json;
using netkit::Code;
using netkit::Request;
using netkit::Response;

namespace {

// Query parameters in the order added; empty values are left out.
class Query {
  public:
    Query &add(std::string_view name, std::string_view value) {
        if (value.empty()) return *this;
        text_ += text_.empty() ? '?' : '&';
        text_.append(name).append("=").append(netkit::percent_encode(value));
        return *this;
    }
    const std::string &text() const { return text_; }

  private:
    std::string text_;
};

std::string_view content_type(PatchType type) {
    switch (type) {
    case PatchType::json:
        return "application/json-patch+json";
    case PatchType::strategic:
        return "application/strategic-merge-patch+json";
    case PatchType::merge:
        break;
    }
    return "application/merge-patch+json";
}

ApiResult<json::object> object_in(const Response &response) {
    auto body = parse_json_object(response.body);
    if (!body.ok()) {
        auto e = ApiError::make(Code::data_corrupted, "answer of the API server: " + body.error().message);
        e.status = response.status;
        return e;
    }
    return std::move(*body);
}

Page page_of(json::object list) {
    Page page;
    page.resource_version = std::string(find_string(list, {"metadata", "resourceVersion"}));
    page.continue_token = std::string(find_string(list, {"metadata", "continue"}));
    const auto api_version = std::string(find_string(list, {"apiVersion"}));
    // "DeploymentList" -> "Deployment": items of built-in kinds come without their own.
    auto kind = std::string(find_string(list, {"kind"}));
    if (kind.ends_with("List")) kind.resize(kind.size() - 4);
    auto *items = list.if_contains("items");
    if (!items || !items->is_array()) return page;
    page.items.reserve(items->get_array().size());
    for (auto &item : items->get_array()) {
        if (!item.is_object()) continue;
        auto object = Object::from(std::move(item.get_object()));
        if (!object.body.contains("apiVersion")) object.body["apiVersion"] = api_version;
        if (!object.body.contains("kind")) object.body["kind"] = kind;
        page.items.push_back(std::move(object));
    }
    return page;
}

} // namespace

struct Client::Impl {
    Config config;
    WriteGuard may_write;
    Token token;
    std::unique_ptr<Transport> transport;

    Impl(std::unique_ptr<Transport> way, Config c, WriteGuard guard)
        : config(std::move(c)), may_write(std::move(guard)), token(config.token, config.token_file), transport(std::move(way)) {}

    Request request(std::string_view method, const std::string &path, const Query &query = {}) const {
        Request r;
        r.method = method;
        r.target = config.path_prefix + path + query.text();
        r.headers.add("Accept", "application/json");
        r.headers.add("User-Agent", config.user_agent);
        return r;
    }
    static void set_body(Request &r, std::string_view type, std::string body) {
        r.headers.set("Content-Type", std::string(type));
        r.body = std::move(body);
    }
    void authorise(Request &r) {
        const auto &current = token.current();
        if (!current.empty()) r.headers.set("Authorization", "Bearer " + current);
    }

    // One call; 2xx or an error. A refused token that the file has replaced meanwhile is tried once more.
    asio::awaitable<ApiResult<Response>> call(Request r, Deadline deadline) {
        if (r.method != "GET" && may_write) {
            const auto allowed = may_write();
            if (!allowed.ok()) co_return ApiError::from_transport(allowed.error());
        }
        for (bool again = false;; again = true) {
            authorise(r);
            netkit::Origin origin = config.server;
            Request copy = r;
            auto answer = co_await transport->send(std::move(origin), std::move(copy), deadline);
            if (!answer.ok()) co_return ApiError::from_transport(answer.error());
            if (answer->status == 401 && !again && token.refresh()) continue;
            if (answer->status < 200 || answer->status > 299) co_return ApiError::from_response(*answer);
            co_return std::move(*answer);
        }
    }

    asio::awaitable<ApiResult<Written>> write(Request r, Deadline deadline) {
        auto answer = co_await call(std::move(r), deadline);
        if (!answer.ok()) co_return answer.error();
        auto body = object_in(*answer);
        if (!body.ok()) co_return body.error();
        Written written;
        written.object = Object::from(std::move(*body));
        written.created = answer->status == 201;
        co_return written;
    }
};

Client::Client(asio::any_io_executor executor, Config config, WriteGuard may_write)
    : Client(http_transport(std::move(executor), http_options(config)), config, std::move(may_write)) {}
Client::Client(std::unique_ptr<Transport> transport, Config config, WriteGuard may_write)
    : impl_(std::make_shared<Impl>(std::move(transport), std::move(config), std::move(may_write))) {}
Client::~Client() = default;

netkit::Client::Options Client::http_options(const Config &config) {
    netkit::Client::Options o;
    o.tls = config.tls;
    return o;
}

asio::awaitable<ApiResult<json::object>> Client::get_json(std::string path, Deadline deadline) {
    const auto impl = impl_;
    auto answer = co_await impl->call(impl->request("GET", path), deadline);
    if (!answer.ok()) co_return answer.error();
    co_return object_in(*answer);
}

asio::awaitable<ApiResult<Object>> Client::get(Kind kind, std::string ns, std::string name, Deadline deadline,
                                               std::string subresource) {
    auto body = co_await get_json(kind.path(ns, name, subresource), deadline);
    if (!body.ok()) co_return body.error();
    co_return Object::from(std::move(*body));
}

asio::awaitable<ApiResult<Page>> Client::list(Kind kind, std::string ns, ListOptions options, Deadline deadline) {
    const auto impl = impl_;
    Query query;
    query.add("labelSelector", options.label_selector).add("fieldSelector", options.field_selector);
    if (options.limit > 0) query.add("limit", std::to_string(options.limit));
    query.add("continue", options.continue_token);
    auto answer = co_await impl->call(impl->request("GET", kind.path(ns), query), deadline);
    if (!answer.ok()) co_return answer.error();
    auto body = object_in(*answer);
    if (!body.ok()) co_return body.error();
    co_return page_of(std::move(*body));
}

asio::awaitable<ApiResult<std::unique_ptr<WatchStream>>> Client::watch(Kind kind, std::string ns, WatchOptions options,
                                                                       Deadline deadline) {
    const auto impl = impl_;
    Query query;
    query.add("watch", "true").add("allowWatchBookmarks", "true");
    query.add("resourceVersion", options.resource_version);
    query.add("labelSelector", options.label_selector).add("fieldSelector", options.field_selector);
    query.add("timeoutSeconds", std::to_string(options.timeout.count()));
    Request r = impl->request("GET", kind.path(ns), query);
    for (bool again = false;; again = true) {
        impl->authorise(r);
        netkit::Origin origin = impl->config.server;
        Request copy = r;
        auto opened = co_await impl->transport->open(std::move(origin), std::move(copy), deadline);
        if (!opened.ok()) co_return ApiError::from_transport(opened.error());
        if (opened->head.status == 200) co_return make_watch_stream(std::move(opened->body));
        if (opened->head.status == 401 && !again && impl->token.refresh()) continue;
        Response refused = std::move(opened->head);
        constexpr std::size_t enough = 64 * 1024;
        while (refused.body.size() < enough) {
            auto piece = co_await opened->body->read(deadline);
            if (!piece.ok() || piece->empty()) break;
            refused.body += *piece;
        }
        co_return ApiError::from_response(refused);
    }
}

asio::awaitable<ApiResult<Written>> Client::create(Kind kind, std::string ns, json::object object, WriteOptions options,
                                                   Deadline deadline) {
    const auto impl = impl_;
    Query query;
    query.add("fieldManager", options.field_manager).add("dryRun", options.dry_run ? "All" : "");
    Request r = impl->request("POST", kind.path(ns), query);
    Impl::set_body(r, "application/json", to_json_text(object));
    co_return co_await impl->write(std::move(r), deadline);
}

asio::awaitable<ApiResult<Written>> Client::replace(Kind kind, std::string ns, std::string name, json::object object,
                                                    WriteOptions options, Deadline deadline, std::string subresource) {
    const auto impl = impl_;
    Query query;
    query.add("fieldManager", options.field_manager).add("dryRun", options.dry_run ? "All" : "");
    Request r = impl->request("PUT", kind.path(ns, name, subresource), query);
    Impl::set_body(r, "application/json", to_json_text(object));
    co_return co_await impl->write(std::move(r), deadline);
}

asio::awaitable<ApiResult<Written>> Client::patch(Kind kind, std::string ns, std::string name, PatchType type, json::value body,
                                                  WriteOptions options, Deadline deadline, std::string subresource) {
    const auto impl = impl_;
    Query query;
    query.add("fieldManager", options.field_manager).add("dryRun", options.dry_run ? "All" : "");
    Request r = impl->request("PATCH", kind.path(ns, name, subresource), query);
    Impl::set_body(r, content_type(type), to_json_text(body));
    co_return co_await impl->write(std::move(r), deadline);
}

asio::awaitable<ApiResult<Written>> Client::apply(Kind kind, std::string ns, std::string name, std::string manifest,
                                                  ApplyOptions options, Deadline deadline, std::string subresource) {
    const auto impl = impl_;
    Query query;
    query.add("fieldManager", options.field_manager).add("force", options.force ? "true" : "");
    query.add("dryRun", options.dry_run ? "All" : "");
    Request r = impl->request("PATCH", kind.path(ns, name, subresource), query);
    // JSON is YAML: one content type serves every server version.
    Impl::set_body(r, "application/apply-patch+yaml", std::move(manifest));
    co_return co_await impl->write(std::move(r), deadline);
}

asio::awaitable<ApiResult<Object>> Client::scale(Kind kind, std::string ns, std::string name, int replicas, WriteOptions options,
                                                 Deadline deadline) {
    json::object spec;
    spec["replicas"] = replicas;
    json::object body;
    body["spec"] = std::move(spec);
    auto written = co_await patch(std::move(kind), std::move(ns), std::move(name), PatchType::merge, json::value(std::move(body)),
                                  std::move(options), deadline, "scale");
    if (!written.ok()) co_return written.error();
    co_return std::move(written->object);
}

asio::awaitable<ApiResult<netkit::Unit>> Client::remove(Kind kind, std::string ns, std::string name, DeleteOptions options,
                                                        Deadline deadline) {
    const auto impl = impl_;
    json::object preconditions;
    if (options.uid) preconditions["uid"] = *options.uid;
    if (options.resource_version) preconditions["resourceVersion"] = *options.resource_version;
    json::object body;
    body["apiVersion"] = "v1";
    body["kind"] = "DeleteOptions";
    body["propagationPolicy"] = options.propagation_policy;
    if (!preconditions.empty()) body["preconditions"] = std::move(preconditions);
    if (options.grace_period_seconds) body["gracePeriodSeconds"] = *options.grace_period_seconds;
    Request r = impl->request("DELETE", kind.path(ns, name));
    Impl::set_body(r, "application/json", to_json_text(body));
    auto answer = co_await impl->call(std::move(r), deadline);
    if (!answer.ok()) co_return answer.error();
    co_return netkit::Unit{};
}

} // namespace kube
