// What the gateway answers itself: its own endpoints, refusals, errors (spec 50 §6, §13.3).
#include "gateway/net/session.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iterator>

namespace xtn::gateway {

namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view json_type = "application/json";
constexpr std::string_view nosniff = "X-Content-Type-Options: nosniff\r\n";

std::string_view reason(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Error";
    }
}

// Seconds after which asking again makes sense.
constexpr int resuming_retry = 5;   // a runtime on its way up (spec 50 §13.3: at least 5)
constexpr int suspended_retry = 30; // one that something else has to wake

} // namespace

Task<> Session::handle() {
    const auto path = x_.head.path.substr(0, x_.head.path.find('?'));
    x_.body.begin(x_.head);
    const auto rest = in_.view().substr(x_.head.bytes);
    x_.body_start = rest.substr(0, x_.body.feed(rest));
    if (x_.body.malformed()) {
        x_.keep = false;
        shared_.metrics.count(Metrics::Event::bad_request);
        co_await answer_error(400, "Bad Request");
        co_return;
    }
    if (path == "/health" || path == "/healthz") {
        co_await answer(200, plain_text, "OK");
    } else if (path == "/readyz") {
        const bool ready = shared_.ready();
        co_await answer(ready ? 200 : 503, plain_text, ready ? "OK" : "no route table yet, or stopping\n");
    } else if (path == "/metrics") {
        co_await answer_metrics();
    } else if (surface_ == Surface::admin || x_.head.method == "CONNECT") {
        co_await answer_error(404, "404 page not found");
    } else if (auto cleaned = cleaned_path()) {
        co_await answer_redirect(std::move(*cleaned));
    } else {
        co_await proxy();
    }
}

Task<> Session::refuse_request() {
    x_.keep = false;
    const int status = x_.status;
    if (status != 408) shared_.metrics.count(Metrics::Event::bad_request);
    x_.head.bytes = in_.size();
    co_await answer_error(status, reason(status));
}

Task<> Session::answer(int status, std::string_view type, std::string_view body, std::string_view extra_lines) {
    x_.status = status;
    // What is left of the request's body would be taken for the next request.
    if (!x_.body.done() || !x_.head.keep_alive() || worker_.draining()) x_.keep = false;
    out_.clear();
    fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}{}\r\n", status,
                   reason(status), type, body.size(), extra_lines, x_.keep ? "" : "Connection: close\r\n");
    Gather pieces;
    pieces.add(out_);
    if (x_.head.method != "HEAD") pieces.add(body);
    co_await send_to_client(pieces);
}

Task<> Session::answer_error(int status, std::string_view text, std::string_view extra_lines) {
    const std::string body = std::string(text) + "\n";
    const std::string lines = std::string(nosniff) + std::string(extra_lines);
    co_await answer(status, plain_text, body, lines);
}

Task<> Session::answer_metrics() {
    // Made on the control thread: with thousands of series it takes longer than a socket should wait.
    struct Job {
        std::shared_ptr<const std::string> text;
        bool done = false;
    };
    auto job = std::make_shared<Job>();
    // The session waits for the alarm below, so it lives as long as `this` is used: the answer is posted to its own thread and
    // looks at the job first, which the session abandons when it stops waiting.
    auto waiting = std::make_shared<Session *>(this);
    shared_.run_on_control([this_shared = &shared_, job, waiting, &reactor = worker_.reactor()] {
        auto text = this_shared->metrics.text();
        reactor.post([job, waiting, text = std::move(text)] {
            job->text = text;
            job->done = true;
            if (*waiting != nullptr) (*waiting)->alarm_.cancel();
        });
    });
    co_await pause(now() + std::chrono::seconds(2));
    *waiting = nullptr;
    if (!job->done) {
        if (!over()) co_await answer_error(503, "metrics are not available");
        co_return;
    }
    co_await answer(200, "text/plain; version=0.0.4; charset=utf-8", *job->text);
}

// Spec 50 §6: a path with empty, "." or ".." segments is not proxied but corrected.
std::optional<std::string> Session::cleaned_path() const {
    const auto target = x_.head.path;
    const auto path = target.substr(0, target.find('?'));
    if (path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos) return std::nullopt;
    std::vector<std::string_view> kept;
    bool changed = false;
    std::size_t at = 0;
    while (at < path.size()) {
        const auto next = path.find('/', at + 1);
        const auto segment = path.substr(at + 1, next == std::string_view::npos ? next : next - at - 1);
        const bool last = next == std::string_view::npos;
        if (segment == "." || segment == ".." || (segment.empty() && !last)) {
            changed = true;
            if (segment == ".." && !kept.empty()) kept.pop_back();
            if (last) kept.emplace_back();
        } else {
            kept.push_back(segment);
        }
        at = last ? path.size() : next;
    }
    if (!changed) return std::nullopt;
    std::string out;
    for (const auto segment : kept)
        out.append("/").append(segment);
    if (out.empty()) out = "/";
    return out + std::string(target.substr(path.size()));
}

Task<> Session::answer_redirect(std::string location) {
    const std::string line = "Location: " + location + "\r\n";
    std::string body;
    if (x_.head.method == "GET") {
        std::string escaped;
        for (const char c : location) {
            switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&#34;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped.push_back(c);
            }
        }
        body = "<a href=\"" + escaped + "\">Temporary Redirect</a>.\n";
    }
    co_await answer(307, "text/html; charset=utf-8", body, line);
}

Task<> Session::answer_client_fault() {
    x_.keep = false;
    if (x_.body.malformed()) shared_.metrics.count(Metrics::Event::bad_request);
    const int status = x_.body.malformed() ? 400 : 408;
    co_await answer_error(status, reason(status));
}

Task<> Session::answer_no_backend() {
    if (const auto *candidate = resume_candidate(x_.choice, x_.started)) {
        x_.choice.route->metrics->auto_resume();
        co_await answer_resuming(*candidate);
        co_return;
    }
    record_refusal(503, "no backend takes new queries");
    co_await answer_error(503, "No backend available");
}

// This gateway does not wake runtimes itself: it says what state the runtime is in, and never claims to have triggered anything.
Task<> Session::answer_resuming(const BackendEntry &candidate) {
    const bool resuming = candidate.backend.state == BackendState::resuming;
    const int retry = resuming ? resuming_retry : suspended_retry;
    boost::json::object body;
    body["error"] =
        resuming ? "XTrinode runtime is resuming, please retry" : "XTrinode runtime is suspended or not reachable, please retry";
    body["gated"] = false;
    body["retryAfter"] = retry;
    body["triggered"] = false;
    record_refusal(503, resuming ? "the runtime is resuming" : "the runtime is suspended or not reachable");
    const std::string text = boost::json::serialize(body);
    const std::string line = fmt::format("Retry-After: {}\r\n", retry);
    co_await answer(503, json_type, text, line);
}

// A result page whose coordinator is gone: every stock client shows an error object on a page that is not the first, while
// several lose or endlessly retry an HTTP status (docs/gateway.md, "Errors that a statement client sees").
Task<> Session::answer_lost_query(std::string_view why) {
    const std::string message = fmt::format("Query {} was lost: coordinator {} {}", x_.query_id, x_.backend->identity, why);
    boost::json::object stats;
    stats["state"] = "FAILED";
    stats["queued"] = false;
    stats["scheduled"] = false;
    for (const auto *name : {"nodes",
                             "totalSplits",
                             "queuedSplits",
                             "runningSplits",
                             "completedSplits",
                             "planningTimeMillis",
                             "analysisTimeMillis",
                             "cpuTimeMillis",
                             "wallTimeMillis",
                             "queuedTimeMillis",
                             "elapsedTimeMillis",
                             "finishingTimeMillis",
                             "physicalInputTimeMillis",
                             "processedRows",
                             "processedBytes",
                             "physicalInputBytes",
                             "physicalWrittenBytes",
                             "internalNetworkInputBytes",
                             "peakMemoryBytes",
                             "spilledBytes"}) {
        stats[name] = 0;
    }
    boost::json::object failure;
    failure["type"] = "xtrinode.gateway.CoordinatorLost";
    failure["message"] = message;
    failure["suppressed"] = boost::json::array();
    failure["stack"] = boost::json::array();
    boost::json::object error;
    error["message"] = message;
    error["errorCode"] = 65536;
    error["errorName"] = "GENERIC_INTERNAL_ERROR";
    error["errorType"] = "INTERNAL_ERROR";
    error["failureInfo"] = std::move(failure);
    boost::json::object page;
    page["id"] = x_.query_id;
    page["infoUri"] = fmt::format("http://{}{}/query.html?{}", x_.head.host, x_.backend->ui_prefix, x_.query_id);
    page["stats"] = std::move(stats);
    page["error"] = std::move(error);
    page["warnings"] = boost::json::array();
    scan_.reset();
    observe_end(QueryState::failed, x_.query_id);
    const std::string text = boost::json::serialize(page);
    co_await answer(200, json_type, text);
}

void Session::record_refusal(int status, std::string_view why) {
    if (!x_.new_statement || !shared_.records.enabled() || !shared_.refusals.take(x_.started)) return;
    boost::json::object payload;
    auto selector = x_.head.value(Field::trino_selector);
    if (selector.empty()) selector = x_.head.host;
    payload["selector"] = std::string(selector.substr(0, 128));
    payload["status"] = status;
    payload["reason"] = why;
    std::string subject = "cluster";
    if (x_.choice.route != nullptr && x_.choice.route->backends.size() == 1) {
        subject = "runtime/" + x_.choice.route->backends.front().identity;
    }
    shared_.record("query.refused", subject, std::move(payload));
}

} // namespace xtn::gateway
