#include "test/unit/gateway/fake_coordinator.hpp"

#include "gateway/routing/query_id.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

namespace xtn::test {

namespace {

netkit::Response answer(int status, std::string type, std::string body) {
    netkit::Response response;
    response.status = status;
    response.headers.add("Content-Type", std::move(type));
    response.body = std::move(body);
    return response;
}

std::string gzip(const std::string &text) {
    z_stream stream{};
    DOCTEST_REQUIRE(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    DOCTEST_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

FakeCoordinator::FakeCoordinator(std::string suffix) : suffix_(std::move(suffix)) {
    netkit::Server::Options options;
    options.threads = 1;
    options.max_header_bytes = 1 << 21;
    auto started = netkit::Server::start("127.0.0.1:0", options, [this](std::shared_ptr<netkit::Exchange> e) { handle(e); });
    if (!started.ok()) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
}
FakeCoordinator::~FakeCoordinator() {
    stop();
}
void FakeCoordinator::stop() {
    server_->stop(std::chrono::milliseconds(0));
}

std::vector<netkit::Request> FakeCoordinator::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}
std::vector<netkit::Request> FakeCoordinator::seen(std::string_view method) const {
    auto all = seen();
    std::erase_if(all, [&](const auto &request) { return request.method != method; });
    return all;
}
std::size_t FakeCoordinator::queries() const {
    const std::lock_guard lock(mutex_);
    return queries_.size();
}

void FakeCoordinator::handle(const std::shared_ptr<netkit::Exchange> &exchange) {
    const auto &request = exchange->request();
    const std::string path(request.path());
    if (path == "/v1/info") {
        if (const int status = fail_info.load(); status != 0) return exchange->respond(answer(status, "text/plain", "no"));
        return exchange->respond(
            answer(200, "application/json",
                   fmt::format(R"({{"nodeVersion":{{"version":"483"}},"coordinator":true,{}"starting":false}})",
                               tells_id.load() ? "\"coordinatorId\":\"" + suffix_ + "\"," : "")));
    }
    {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
    }
    if (path == "/v1/statement" && request.method == "POST") return exchange->respond(statement(request));
    const auto id = gateway::query_id_in_path(path);
    if (!id) return exchange->respond(answer(200, "text/plain", request.method + " " + request.target + " at " + suffix_));
    {
        const std::lock_guard lock(mutex_);
        if (!queries_.contains(std::string(*id)))
            return exchange->respond(answer(404, "text/plain;charset=iso-8859-1", "Error 404 Not Found: Query not found"));
    }
    if (request.method == "DELETE") {
        netkit::Response gone;
        gone.status = 204;
        return exchange->respond(std::move(gone));
    }
    if (request.method == "HEAD") return exchange->respond(answer(200, "application/json", ""));
    if (fail_pages.load() > 0 && fail_pages.fetch_sub(1) > 0)
        return exchange->respond(answer(fail_status.load(), "text/plain", "not now"));
    const auto token = path.substr(path.rfind('/') + 1);
    exchange->respond(
        page(request, std::string(*id), path.find("/queued/") != std::string::npos ? "queued" : "executing", token));
}

netkit::Response FakeCoordinator::statement(const netkit::Request &request) {
    std::string id;
    {
        const std::lock_guard lock(mutex_);
        id = fmt::format("20261126_120000_{:05}_{}", next_++, suffix_);
        queries_.insert(id);
    }
    return page(request, id, "post", "0");
}

// post -> queued/1 -> executing/0 -> executing/1, the last one.
netkit::Response FakeCoordinator::page(const netkit::Request &request, const std::string &id, const std::string &phase,
                                       const std::string &token) {
    const std::string base =
        "http://" + std::string(request.headers.get("X-Forwarded-Host").value_or(request.headers.get("Host").value_or("?")));
    std::string next, rest, state = "QUEUED";
    if (phase == "post") next = base + "/v1/statement/queued/" + id + "/y1/1";
    if (phase == "queued") next = base + "/v1/statement/executing/" + id + "/y2/0";
    if (phase == "executing" && token == "0") {
        next = base + "/v1/statement/executing/" + id + "/y3/1";
        rest = R"("columns":[{"name":"x","type":"bigint"}],"data":[[1],[2]],)";
        state = "RUNNING";
    }
    if (phase == "executing" && token != "0") state = "FINISHED";
    auto body = fmt::format(R"({{"id":"{}","infoUri":"{}/ui/query.html?{}",{}{}"stats":{{"state":"{}"}},"warnings":[]}})", id,
                            base, id, next.empty() ? "" : "\"nextUri\":\"" + next + "\",", rest, state);
    auto response = answer(200, "application/json", std::move(body));
    if (gzip_pages.load() && request.headers.get("Accept-Encoding").value_or("").find("gzip") != std::string_view::npos) {
        response.body = gzip(response.body);
        response.headers.add("Content-Encoding", "gzip");
    }
    return response;
}

Backend backend_at(std::string ns, std::string name, std::string url, BackendState state) {
    Backend backend;
    backend.ns = std::move(ns);
    backend.name = std::move(name);
    backend.coordinator_url = std::move(url);
    backend.state = state;
    return backend;
}

Route route_to(std::vector<Backend> backends) {
    Route route;
    route.name = route.routing_group = backends.front().ns + "--" + backends.front().name;
    route.header = backends.front().ns + "/" + backends.front().name;
    route.backends = std::move(backends);
    return route;
}

RouteTable table_with(std::vector<Route> routes, std::uint64_t version) {
    RouteTable table;
    table.epoch = 1;
    table.version = version;
    table.routes = std::move(routes);
    return table;
}

Gateway::Options impatient() {
    Gateway::Options options;
    options.threads = 1;
    options.gateway_id = "gw-test";
    auto &t = options.timeouts;
    t.read_header = t.body_stall = t.write_stall = std::chrono::milliseconds(400);
    t.idle = std::chrono::milliseconds(2000);
    t.connect = std::chrono::milliseconds(1000);
    t.upstream_response = t.upstream_stall = std::chrono::milliseconds(1500);
    t.follow_up_retry = std::chrono::milliseconds(1500);
    t.health_interval = std::chrono::milliseconds(200);
    t.health_timeout = std::chrono::milliseconds(500);
    t.drain = std::chrono::milliseconds(3000);
    return options;
}

std::unique_ptr<Gateway> gateway_with(const RouteTable &table, Gateway::Options options) {
    if (options.gateway_id.empty()) options = impatient();
    auto gateway = Gateway::start(std::move(options));
    if (!gateway.ok()) throw std::runtime_error(gateway.error().message);
    DOCTEST_REQUIRE((*gateway)->set_routes(table));
    return std::move(*gateway);
}

std::string select(const std::string &identity) {
    return "X-Trino-User: test\r\nX-Trino-XTrinode: " + identity + "\r\n";
}

std::string member(const std::string &json, const std::string &name) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(json, ec);
    if (ec || !value.is_object()) return {};
    const auto *found = value.as_object().if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

std::string path_of(const std::string &url) {
    return url.substr(url.find('/', url.find("://") + 3));
}

bool quiet(const Gateway &gateway) {
    return eventually([&] {
        const auto usage = gateway.usage();
        return usage.sessions == 0 && usage.exchanges == 0 && usage.buffers == 0 && usage.upstream == 0 &&
               usage.large_header_bytes == 0;
    });
}

} // namespace xtn::test
