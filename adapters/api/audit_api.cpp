#include "adapters/api/audit_api.hpp"

#include "adapters/api/api_server.hpp"
#include "adapters/api/background_threads.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

namespace xtn {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view prefix = "/api/v1/audit";
constexpr std::uint64_t max_page = 1000;
constexpr std::size_t max_background = 16;
constexpr auto heartbeat = 5s; // a follower that hears nothing for longer may call the connection dead
constexpr auto closed_check = 500ms;
constexpr auto engine_answers_in = 10s;

using Exchange = std::shared_ptr<netkit::Exchange>;

int status_of(Code code) {
    switch (code) {
    case Code::invalid_argument:
        return 400;
    case Code::not_found:
        return 404;
    case Code::unavailable:
    case Code::cancelled:
    case Code::resource_exhausted:
        return 503;
    case Code::deadline_exceeded:
        return 504;
    default:
        return 500;
    }
}

void refuse(const Exchange &exchange, const Error &error) {
    exchange->respond(json_error(status_of(error.code), error.message, code_name(error.code)));
}

netkit::Response json_answer(std::string body) {
    netkit::Response response;
    response.headers.add("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

void answer(const Exchange &exchange, const json::object &body) {
    exchange->respond(json_answer(json::serialize(body) + "\n"));
}

json::object head_json(const Head &head) {
    return {{"seq", head.seq.value}, {"epoch", head.epoch.value}, {"time", head.time.rfc3339()}, {"chain", head.chain}};
}

// The query string, each parameter looked at once by name.
class Parameters {
  public:
    explicit Parameters(std::string_view query) {
        for (auto &[name, value] : netkit::parse_query(query))
            values_[name] = value;
    }
    std::string text(const std::string &name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? std::string() : found->second;
    }
    Result<Stream> stream() const {
        const auto name = text("stream");
        return name.empty() ? Result<Stream>(Stream::control) : parse_stream(name);
    }
    Result<std::uint64_t> number(const std::string &name, std::uint64_t fallback) const {
        const auto value = text(name);
        if (value.empty()) return fallback;
        return parse_number(name, value);
    }
    static Result<std::uint64_t> parse_number(std::string_view name, std::string_view value) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc() || end != value.data() + value.size())
            return make_error(Code::invalid_argument, fmt::format("{} must be a whole number", name));
        return number;
    }

  private:
    std::map<std::string, std::string> values_;
};

class AuditApi {
  public:
    AuditApi(Engine &engine, const LogReader &log) : engine_(engine), log_(log), threads_(max_background) {}

    void handle(const Exchange &exchange) {
        const auto &request = exchange->request();
        if (request.method != "GET" && request.method != "HEAD")
            return exchange->respond(json_error(405, "the audit API only reads: GET"));
        std::string_view path = request.path();
        path.remove_prefix(std::min(prefix.size(), path.size()));
        const Parameters parameters(request.query());
        if (path == "/head") return head(exchange);
        if (path == "/state") return state(exchange);
        if (path == "/events") return events(exchange, parameters);
        if (path.starts_with("/events/")) return event(exchange, path.substr(8));
        if (path == "/follow") return follow(exchange, parameters);
        if (path == "/subjects") return subjects(exchange, parameters);
        if (path == "/subjects/seqs") return subject_seqs(exchange, parameters);
        if (path == "/verify") return verify(exchange, parameters);
        if (path == "/verify/content") return verify_content(exchange);
        if (path.starts_with("/blobs/")) return blob(exchange, path.substr(7));
        exchange->respond(json_error(404, fmt::format("the audit API serves nothing at {}", request.path())));
    }

  private:
    void head(const Exchange &exchange) const {
        answer(exchange,
               {{"logId", log_.log_id()},
                {"control", head_json(log_.head(Stream::control))},
                {"queries", head_json(log_.head(Stream::queries))},
                {"first", {{"control", log_.first(Stream::control).value}, {"queries", log_.first(Stream::queries).value}}}});
    }

    void state(const Exchange &exchange) const {
        json::value state;
        Seq durable;
        const auto asked = engine_.ask(
            [&](const Machine &machine, Seq at) {
                state = machine.serialize();
                durable = at;
            },
            Deadline::after(engine_answers_in));
        if (!asked) return refuse(exchange, asked.error());
        auto response = json_answer(canonical_json_or_throw(state));
        response.headers.add("X-XTrinode-Seq", std::to_string(durable.value));
        exchange->respond(std::move(response));
    }

    void events(const Exchange &exchange, const Parameters &parameters) const {
        const auto stream = parameters.stream();
        if (!stream) return refuse(exchange, stream.error());
        const auto from = parameters.number("from", 1);
        if (!from) return refuse(exchange, from.error());
        const auto limit = parameters.number("limit", max_page);
        if (!limit) return refuse(exchange, limit.error());
        json::array page;
        std::uint64_t next = std::max<std::uint64_t>(*from, 1);
        const auto scanned = log_.scan(*stream, Seq{next}, [&](const Event &event) {
            if (page.size() >= std::min(*limit, max_page)) return false;
            page.push_back(event_to_json(*stream, event));
            next = event.seq.value + 1;
            return true;
        });
        if (!scanned) return refuse(exchange, scanned.error());
        answer(exchange, {{"events", std::move(page)}, {"next", next}});
    }

    void event(const Exchange &exchange, std::string_view rest) const {
        const auto slash = rest.find('/');
        const auto stream = parse_stream(rest.substr(0, slash));
        if (!stream) return refuse(exchange, stream.error());
        const auto seq =
            Parameters::parse_number("the event's number", slash == std::string_view::npos ? "" : rest.substr(slash + 1));
        if (!seq) return refuse(exchange, seq.error());
        const auto found = log_.get(*stream, Seq{*seq});
        if (!found) return refuse(exchange, found.error());
        answer(exchange, event_to_json(*stream, *found));
    }

    void subjects(const Exchange &exchange, const Parameters &parameters) const {
        const auto stream = parameters.stream();
        if (!stream) return refuse(exchange, stream.error());
        const auto found = log_.subjects(*stream, parameters.text("prefix"));
        if (!found) return refuse(exchange, found.error());
        json::array list;
        for (const auto &subject : *found)
            list.emplace_back(subject.text);
        answer(exchange, {{"subjects", std::move(list)}});
    }

    void subject_seqs(const Exchange &exchange, const Parameters &parameters) const {
        const auto stream = parameters.stream();
        if (!stream) return refuse(exchange, stream.error());
        const auto subject = Subject::parse(parameters.text("subject"));
        if (!subject) return refuse(exchange, subject.error());
        const auto limit = parameters.number("limit", 0);
        if (!limit) return refuse(exchange, limit.error());
        const auto found =
            log_.by_subject(*stream, *subject, *limit == 0 ? std::optional<std::size_t>() : std::optional<std::size_t>(*limit));
        if (!found) return refuse(exchange, found.error());
        json::array list;
        for (const auto seq : *found)
            list.emplace_back(seq.value);
        answer(exchange, {{"seqs", std::move(list)}});
    }

    void blob(const Exchange &exchange, std::string_view digest) const {
        auto content = log_.blob(Digest{std::string(digest)});
        if (!content) return refuse(exchange, content.error());
        exchange->respond(json_answer(std::move(*content)));
    }

    // Reads the whole stream: not on an I/O thread.
    void verify(const Exchange &exchange, const Parameters &parameters) {
        const auto stream = parameters.stream();
        if (!stream) return refuse(exchange, stream.error());
        in_background(exchange, [this, exchange, stream = *stream](const std::atomic<bool> &) {
            const auto report = log_.verify(stream);
            if (!report) return refuse(exchange, report.error());
            answer(exchange, {{"events", report->events}, {"head", head_json(report->head)}});
        });
    }

    void verify_content(const Exchange &exchange) {
        in_background(exchange, [this, exchange](const std::atomic<bool> &) {
            const auto report = log_.verify_content();
            if (!report) return refuse(exchange, report.error());
            answer(exchange, {{"blobs", report->blobs},
                              {"unreferenced", report->unreferenced},
                              {"indexed", report->indexed},
                              {"skipped", report->skipped}});
        });
    }

    void follow(const Exchange &exchange, const Parameters &parameters) {
        const auto stream = parameters.stream();
        if (!stream) return refuse(exchange, stream.error());
        const auto after = parameters.number("after", log_.head(*stream).seq.value);
        if (!after) return refuse(exchange, after.error());
        in_background(exchange, [this, exchange, stream = *stream, after = Seq{*after}](const std::atomic<bool> &stopping) {
            follow_until_gone(exchange, stream, after, stopping);
        });
    }

    void follow_until_gone(const Exchange &exchange, Stream stream, Seq after, const std::atomic<bool> &stopping) const {
        auto gone = std::make_shared<std::atomic<bool>>(false);
        exchange->on_close([gone] { *gone = true; });
        netkit::Response begin;
        begin.headers.add("Content-Type", "application/x-ndjson");
        begin.body = "\n"; // tells the client that it is connected
        exchange->begin(std::move(begin));
        auto next_beat = Deadline::after(heartbeat);
        while (!*gone && !stopping) {
            if (log_.wait_after(stream, after, Deadline::after(closed_check).sooner(next_beat)) > after) {
                const auto scanned = log_.scan(stream, after.next(), [&](const Event &event) {
                    if (*gone || stopping || !exchange->write(json::serialize(event_to_json(stream, event)) + "\n")) return false;
                    after = event.seq;
                    return true;
                });
                if (!scanned) break; // the log was closed
                next_beat = Deadline::after(heartbeat);
            } else if (next_beat.passed()) {
                if (!exchange->write("\n")) break;
                next_beat = Deadline::after(heartbeat);
            }
        }
        exchange->finish();
    }

    void in_background(const Exchange &exchange, std::function<void(const std::atomic<bool> &)> work) {
        if (!threads_.run(std::move(work)))
            exchange->respond(json_error(503, fmt::format("{} clients follow the log already", max_background)));
    }

    Engine &engine_;
    const LogReader &log_;
    BackgroundThreads threads_; // last: ends first
};

} // namespace

netkit::Server::Handler audit_api(Engine &engine, const LogReader &log) {
    auto api = std::make_shared<AuditApi>(engine, log);
    return [api](Exchange exchange) { api->handle(exchange); };
}

} // namespace xtn
