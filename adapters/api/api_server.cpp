#include "adapters/api/api_server.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <openssl/crypto.h>

namespace xtn {
namespace {

netkit::Response text(int status, std::string body) {
    netkit::Response r;
    r.status = status;
    r.headers.add("Content-Type", "text/plain; charset=utf-8");
    r.body = std::move(body);
    return r;
}

bool is_below(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// Constant time, so that the token cannot be guessed byte by byte.
bool authorized(const netkit::Request &request, const std::string &token) {
    if (token.empty()) return true;
    const auto header = request.headers.get("Authorization");
    if (!header || !header->starts_with("Bearer ")) return false;
    const auto given = header->substr(7);
    return given.size() == token.size() && CRYPTO_memcmp(given.data(), token.data(), token.size()) == 0;
}

} // namespace

netkit::Response json_error(int status, std::string_view message, std::string_view reason) {
    netkit::Response r;
    r.status = status;
    r.headers.add("Content-Type", "application/json");
    boost::json::object error{{"code", status}, {"message", message}};
    if (!reason.empty()) error["reason"] = reason;
    r.body = boost::json::serialize(boost::json::object{{"error", std::move(error)}}) + "\n";
    return r;
}

struct ApiServer::Impl {
    Options options;
    std::unique_ptr<netkit::Server> server;

    void handle(const std::shared_ptr<netkit::Exchange> &exchange) const {
        const auto &request = exchange->request();
        const std::string path(request.path());
        if (path == "/healthz" || path == "/livez") return exchange->respond(text(200, "ok"));
        if (path == "/readyz") {
            const std::string waiting = options.not_ready ? options.not_ready() : std::string();
            if (!waiting.empty()) return exchange->respond(text(503, "not ready: " + waiting + "\n"));
            const std::string caution = options.caution ? options.caution() : std::string();
            return exchange->respond(text(200, caution.empty() ? "ok" : "ok, but: " + caution + "\n"));
        }
        if (path == "/metrics" && options.metrics_text) {
            auto r = text(200, options.metrics_text());
            r.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            return exchange->respond(std::move(r));
        }
        const Mount *best = nullptr;
        for (const auto &mount : options.mounts)
            if (is_below(path, mount.prefix) && (!best || mount.prefix.size() > best->prefix.size())) best = &mount;
        if (!best) return exchange->respond(json_error(404, "nothing is served at " + path));
        if (!authorized(request, options.token)) {
            auto r = json_error(401, "a bearer token is needed (Authorization: Bearer ...)");
            r.headers.add("WWW-Authenticate", "Bearer");
            return exchange->respond(std::move(r));
        }
        const bool writes = request.method != "GET" && request.method != "HEAD";
        if (writes && !best->always_writable && options.refuse_writes)
            if (const auto why = options.refuse_writes(); !why.empty()) return exchange->respond(json_error(507, why));
        best->handler(exchange);
    }
};

Result<std::unique_ptr<ApiServer>> ApiServer::start(Options options) {
    auto impl = std::make_unique<Impl>();
    impl->options = std::move(options);
    netkit::Server::Options server_options;
    server_options.threads = impl->options.threads;
    auto server = netkit::Server::start(impl->options.listen, server_options,
                                        [raw = impl.get()](std::shared_ptr<netkit::Exchange> e) { raw->handle(e); });
    if (!server.ok()) return std::move(server).error().with("control-plane API");
    impl->server = std::move(*server);
    return std::unique_ptr<ApiServer>(new ApiServer(std::move(impl)));
}

ApiServer::ApiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiServer::~ApiServer() {
    stop();
}
std::string ApiServer::url() const {
    return "http://" + impl_->server->address();
}
void ApiServer::stop() {
    impl_->server->stop();
}

} // namespace xtn
