#include "adapters/sandbox/trino/stand_in.hpp"

#include "adapters/sandbox/trino/answers.hpp"
#include "adapters/sandbox/trino/forwarded.hpp"
#include "adapters/sandbox/trino/query_server.hpp"
#include "adapters/sandbox/trino/scheduler.hpp"
#include "adapters/sandbox/trino/sql/json_text.hpp"

#include "netkit/http_server.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace xtn::sandbox {

using namespace trino; // everything of the stand-in but what stand_in.hpp and process_backend.hpp declare

namespace {

constexpr std::size_t max_header_bytes = std::size_t{256} * 1024; // Trino takes a header of 140,000 bytes
constexpr std::size_t max_body_bytes = std::size_t{4} * 1024 * 1024;

constexpr std::string_view ui_page =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"/><title>Trino stand-in</title></head>\n"
    "<body><p>This is XTrinode's stand-in for Trino. It has no web interface; queries are listed at "
    "/v1/query.</p></body></html>\n";

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        path.remove_prefix(1); // the slash
        const auto slash = path.find('/');
        parts.emplace_back(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    }
    if (!parts.empty() && parts.back().empty()) parts.pop_back(); // a slash at the end changes nothing
    return parts;
}

// Trino answers JSON to whoever takes it, 406 to all others.
bool accepts_json(const netkit::Request &request) {
    const auto accept = request.headers.get("Accept");
    if (!accept || accept->empty()) return true;
    for (const auto *type : {"*/*", "application/*", "application/json"})
        if (accept->find(type) != std::string_view::npos) return true;
    return false;
}

std::string uptime_text(double seconds) {
    struct Unit {
        double seconds;
        const char *name;
    };
    static constexpr std::array units = {Unit{86400, "d"}, Unit{3600, "h"}, Unit{60, "m"}};
    char text[32];
    for (const auto &unit : units) {
        if (seconds < unit.seconds) continue;
        std::snprintf(text, sizeof text, "%.2f%s", seconds / unit.seconds, unit.name);
        return text;
    }
    std::snprintf(text, sizeof text, "%.2fs", seconds);
    return text;
}

} // namespace

struct StandIn::Impl {
    explicit Impl(Options given) : options(std::move(given)), behaviour(options.behaviour) {}

    using Clock = std::chrono::steady_clock;
    Options options;
    Mutex mutex;
    StandInBehaviour behaviour XTN_GUARDED_BY(mutex);
    std::uint64_t requests XTN_GUARDED_BY(mutex) = 0;
    std::uint64_t statements XTN_GUARDED_BY(mutex) = 0;
    Clock::time_point started = Clock::now();
    std::shared_ptr<QueryServer> queries; // of a coordinator
    std::unique_ptr<netkit::Server> server;

    bool starting() XTN_EXCLUDES(mutex) {
        const MutexLock lock(mutex);
        return Clock::now() < started + behaviour.start_up;
    }
    double uptime() const { return std::chrono::duration<double>(Clock::now() - started).count(); }

    // The fault switches: what becomes of this request. True: it has been dealt with.
    bool fault(netkit::Exchange &exchange, bool statement) XTN_EXCLUDES(mutex) {
        bool drop = false;
        bool refuse = false;
        {
            const MutexLock lock(mutex);
            ++requests;
            if (statement) ++statements;
            drop = behaviour.drop_every > 0 && requests % static_cast<std::uint64_t>(behaviour.drop_every) == 0;
            refuse = statement && behaviour.fail_statement_every > 0 &&
                     statements % static_cast<std::uint64_t>(behaviour.fail_statement_every) == 0;
        }
        if (drop) exchange.abort();
        if (!drop && refuse) answer_error(exchange, 503);
        return drop || refuse;
    }

    std::string info() {
        std::string out = "{\"nodeId\":";
        append_json_string(out, options.node_id);
        out.append(",\"state\":\"ACTIVE\",\"nodeVersion\":{\"version\":\"")
            .append(stand_in_version)
            .append("\"},\"environment\":");
        append_json_string(out, options.environment);
        out.append(",\"coordinator\":").append(options.coordinator ? "true" : "false");
        if (queries) out.append(",\"coordinatorId\":\"").append(queries->coordinator_id()).append("\"");
        out.append(",\"starting\":").append(starting() ? "true" : "false");
        return out + ",\"uptime\":\"" + uptime_text(uptime()) + "\"}";
    }

    std::string status() {
        std::string out = "{\"nodeId\":";
        append_json_string(out, options.node_id);
        out.append(",\"nodeVersion\":{\"version\":\"").append(stand_in_version).append("\"},\"environment\":");
        append_json_string(out, options.environment);
        out.append(",\"coordinator\":").append(options.coordinator ? "true" : "false");
        out.append(",\"uptime\":\"").append(uptime_text(uptime())).append("\",\"externalAddress\":");
        const auto address = server->address();
        const auto host = address.substr(0, address.rfind(':'));
        append_json_string(out, host);
        out += ",\"internalAddress\":";
        append_json_string(out, host);
        // A stand-in uses no memory pool; the members are there for those who read them.
        return out +
               ",\"memoryInfo\":{\"availableProcessors\":1,\"systemCpuLoad\":0.0,\"pool\":{\"maxBytes\":0,\"reservedBytes\":0,"
               "\"reservedRevocableBytes\":0,\"queryMemoryReservations\":{},\"queryMemoryAllocations\":{},"
               "\"queryMemoryRevocableReservations\":{},\"freeBytes\":0}},\"processors\":1,\"processCpuLoad\":0.0,"
               "\"systemCpuLoad\":0.0,\"heapUsed\":0,\"heapAvailable\":0,\"nonHeapUsed\":0}";
    }

    void info_path(const std::shared_ptr<netkit::Exchange> &exchange, const std::vector<std::string> &parts) {
        const auto &request = exchange->request();
        const bool reads = request.method == "GET" || request.method == "HEAD";
        const std::string what = parts.size() > 2 ? parts[2] : "";
        if (parts.size() > 3 || (!what.empty() && what != "state" && what != "coordinator")) return answer_error(*exchange, 404);
        if (what == "state" && request.method == "PUT") {
            const auto user = request_user(request);
            if (const auto *refused = std::get_if<Refusal>(&user)) return answer_unauthorized(*exchange, refused->text);
            return answer_error(*exchange, 403, "Management only resource"); // as under Trino's default access control
        }
        if (!reads) return answer_empty(*exchange, 405, {{"Allow", what == "state" ? "GET,PUT,OPTIONS" : "GET,OPTIONS"}});
        if (what == "coordinator") {
            if (options.coordinator) return answer_empty(*exchange, 200);
            return answer_empty(*exchange, 404);
        }
        if (!accepts_json(request)) return answer_empty(*exchange, 406);
        answer_json(*exchange, what == "state" ? "\"ACTIVE\"" : info());
    }

    void statement_path(const std::shared_ptr<netkit::Exchange> &exchange, const std::vector<std::string> &parts) {
        const auto &request = exchange->request();
        if (parts.size() > 2) return queries->follow(exchange, {parts.begin() + 2, parts.end()});
        if (request.method == "HEAD") {
            const auto user = request_user(request);
            if (const auto *refused = std::get_if<Refusal>(&user)) return answer_unauthorized(*exchange, refused->text);
            return answer_empty(*exchange, 200, {{"Content-Type", "application/json"}});
        }
        if (request.method != "POST") return answer_empty(*exchange, 405, {{"Allow", "HEAD,POST,OPTIONS"}});
        if (!accepts_json(request)) return answer_empty(*exchange, 406);
        queries->set_starting(starting());
        queries->post(exchange);
    }

    void query_path(const std::shared_ptr<netkit::Exchange> &exchange, const std::vector<std::string> &parts) {
        const auto &request = exchange->request();
        const auto user = request_user(request);
        if (const auto *refused = std::get_if<Refusal>(&user)) return answer_unauthorized(*exchange, refused->text);
        if (parts.size() > 2) return queries->query_resource(*exchange, {parts.begin() + 2, parts.end()});
        if (request.method != "GET" && request.method != "HEAD")
            return answer_empty(*exchange, 405, {{"Allow", "HEAD,GET,OPTIONS"}});
        queries->list_queries(*exchange);
    }

    void ui_path(netkit::Exchange &exchange, const std::vector<std::string> &parts) {
        const auto path = exchange.request().path();
        if (path != "/ui/" && parts.size() < 2) {
            HeaderList location = {{"Location", base_uri(exchange.request()).value_or("") + "/ui/"}};
            return answer_empty(exchange, 303, location);
        }
        if (parts.size() > 1 && parts[1] == "api") return answer_empty(exchange, 401, {{"WWW-Authenticate", "Trino-Form-Login"}});
        if (path == "/ui/") return answer_text(exchange, "text/html;charset=utf-8", std::string(ui_page));
        answer_error(exchange, 404);
    }

    void handle(const std::shared_ptr<netkit::Exchange> &exchange) {
        const auto &request = exchange->request();
        const auto path = request.path();
        if (path.empty() || path[0] != '/' || path.find("//") != std::string_view::npos ||
            path.find('%') != std::string_view::npos)
            return answer_error(*exchange, 400, "Ambiguous URI");
        const auto parts = split_path(path);
        const std::string_view first = parts.empty() ? std::string_view() : std::string_view(parts[0]);
        const std::string_view second = parts.size() > 1 ? std::string_view(parts[1]) : std::string_view();
        const bool statement = first == "v1" && second == "statement";
        if (fault(*exchange, statement && parts.size() == 2 && request.method == "POST")) return;
        if (first == "v1" && second == "info") return info_path(exchange, parts);
        if (first == "v1" && second == "status" && parts.size() == 2) {
            if (request.method != "GET" && request.method != "HEAD")
                return answer_empty(*exchange, 405, {{"Allow", "HEAD,GET,OPTIONS"}});
            return answer_json(*exchange, status());
        }
        if (first == "v1" && (second == "task" || second == "memory"))
            return answer_error(*exchange, 403, "Internal only resource");
        if (queries && statement) return statement_path(exchange, parts);
        if (queries && first == "v1" && second == "query") return query_path(exchange, parts);
        if (queries && first == "metrics" && parts.size() == 1) {
            const auto user = request_user(request);
            if (const auto *refused = std::get_if<Refusal>(&user)) return answer_unauthorized(*exchange, refused->text);
            return queries->metrics(*exchange);
        }
        if (options.coordinator && (parts.empty() || first == "ui")) return ui_path(*exchange, parts);
        answer_error(*exchange, 404);
    }
};

Result<std::unique_ptr<StandIn>> StandIn::start(Options options) {
    auto impl = std::make_unique<Impl>(std::move(options));
    auto &o = impl->options;
    auto *raw = impl.get();
    if (o.coordinator) {
        QueryServer::Settings settings;
        settings.version = stand_in_version;
        settings.client_timeout = o.client_timeout;
        for (const auto &catalog : o.catalogs) {
            const auto equals = catalog.find('=');
            const auto name = catalog.substr(0, equals);
            settings.connectors[name] = equals == std::string::npos ? name : catalog.substr(equals + 1);
        }
        settings.nodes = o.nodes ? o.nodes : [raw] {
            StandInNode self;
            self.node_id = raw->options.node_id;
            self.uri = "http://" + raw->server->address();
            self.version = stand_in_version;
            self.coordinator = true;
            return std::vector<StandInNode>{self};
        };
        if (!o.scheduler) o.scheduler = std::make_shared<Scheduler>();
        impl->queries = std::make_shared<QueryServer>(std::move(settings), random_coordinator_id(), o.scheduler);
        impl->queries->set_pace({o.behaviour.queued, o.behaviour.per_page});
    }
    netkit::Server::Options http;
    http.max_header_bytes = max_header_bytes;
    http.max_body_bytes = max_body_bytes;
    http.max_stream_backlog = std::size_t{32} * 1024 * 1024; // a page and its compressed copy fit well
    auto server =
        netkit::Server::start(o.listen, http, [raw](std::shared_ptr<netkit::Exchange> exchange) { raw->handle(exchange); });
    if (!server) return std::move(server).error();
    impl->server = std::move(*server);
    return std::unique_ptr<StandIn>(new StandIn(std::move(impl)));
}

StandIn::StandIn(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

StandIn::~StandIn() {
    stop();
}

std::uint16_t StandIn::port() const {
    return impl_->server->port();
}

std::string StandIn::url() const {
    return "http://" + impl_->server->address();
}

std::string StandIn::coordinator_id() const {
    return impl_->queries ? impl_->queries->coordinator_id() : std::string();
}

void StandIn::set_behaviour(const StandInBehaviour &behaviour) {
    {
        const MutexLock lock(impl_->mutex);
        impl_->behaviour = behaviour;
    }
    if (impl_->queries) impl_->queries->set_pace({behaviour.queued, behaviour.per_page});
}

void StandIn::stop() {
    if (impl_->queries) impl_->queries->stop();
    impl_->server->stop();
}

} // namespace xtn::sandbox
