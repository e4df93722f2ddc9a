#include "cli/audit/remote_log.hpp"

#include "core/event/event_json.hpp"
#include "netkit/http_client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <charconv>
#include <thread>

namespace xtn::audit {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto answer_in = 15s;
constexpr auto verify_in = 30min; // the server reads its whole log for it
constexpr auto poll = 200ms;
constexpr std::size_t page = 1000;

Code code_of(int status) {
    switch (status) {
    case 400:
        return Code::invalid_argument;
    case 401:
    case 403:
        return Code::permission_denied;
    case 404:
        return Code::not_found;
    case 503:
        return Code::unavailable;
    case 504:
        return Code::deadline_exceeded;
    default:
        return Code::internal;
    }
}

// The server's own sentence and code, where it sent them.
Error error_of(const netkit::Response &response) {
    Error out{code_of(response.status), fmt::format("HTTP {}", response.status)};
    const auto body = parse_json(response.body);
    const auto *error = body && body->is_object() ? body->get_object().if_contains("error") : nullptr;
    if (error == nullptr || !error->is_object()) return out;
    const auto text = [&](std::string_view name) {
        const auto *value = error->get_object().if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    if (auto message = text("message"); !message.empty()) out.message = std::move(message);
    // Of the answers with status 500 two are worth telling apart: the log is not sound, or not for this binary.
    for (const Code code : {Code::data_corrupted, Code::unsupported})
        if (text("reason") == code_name(code)) out.code = code;
    return out;
}

Error odd(std::string_view what) {
    return make_error(Code::data_corrupted, fmt::format("the server's answer is not what the audit API promises: {}", what));
}

Result<std::uint64_t> number(const json::value *value) {
    json::error_code error;
    const auto out = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
    if (value == nullptr || error) return odd("a number is missing");
    return out;
}

Result<Head> head_of(const json::object &object) {
    Head head;
    const auto seq = number(object.if_contains("seq"));
    const auto epoch = number(object.if_contains("epoch"));
    const auto *time = object.if_contains("time");
    const auto *chain = object.if_contains("chain");
    if (!seq || !epoch || time == nullptr || !time->is_string() || chain == nullptr || !chain->is_string()) return odd("head");
    const auto at = Timestamp::parse(std::string_view(time->get_string()));
    if (!at) return at.error();
    return Head{Seq{*seq}, Epoch{*epoch}, *at, std::string(chain->get_string())};
}

class HttpLog final : public RemoteLog {
  public:
    HttpLog(netkit::Origin origin, std::string base, std::string token)
        : origin_(std::move(origin)), base_(std::move(base)), token_(std::move(token)) {}

    Status refresh() {
        auto answer = ask("/head");
        if (!answer) return std::move(answer).error();
        const auto *object = answer->if_object();
        const auto *id = object == nullptr ? nullptr : object->if_contains("logId");
        if (id == nullptr || !id->is_string()) return odd("head");
        log_id_ = std::string(id->get_string());
        for (const Stream stream : {Stream::control, Stream::queries}) {
            const auto *part = object->if_contains(stream_name(stream));
            if (part == nullptr || !part->is_object()) return odd("head");
            auto head = head_of(part->get_object());
            if (!head) return std::move(head).error();
            (stream == Stream::control ? control_ : queries_) = std::move(*head);
        }
        return ok();
    }

    const std::string &log_id() const override { return log_id_; }
    Head head(Stream stream) const override { return stream == Stream::control ? control_ : queries_; }
    Seq first(Stream /*stream*/) const override { return Seq{1}; }

    Result<Event> get(Stream stream, Seq seq) const override {
        auto answer = ask(fmt::format("/events/{}/{}", stream_name(stream), seq.value));
        if (!answer) return std::move(answer).error();
        auto event = event_from_json(*answer);
        if (!event) return std::move(event).error();
        return std::move(event->event);
    }

    Status scan(Stream stream, Seq from, const std::function<bool(const Event &)> &each) const override {
        const Seq end = head(stream).seq; // a moment, as with every reader
        while (from <= end) {
            const auto answer = ask(fmt::format("/events?stream={}&from={}&limit={}", stream_name(stream), from.value, page));
            if (!answer) return answer.error();
            const auto *events = answer->is_object() ? answer->get_object().if_contains("events") : nullptr;
            if (events == nullptr || !events->is_array()) return odd("events");
            if (events->get_array().empty()) return odd("an empty page before the head");
            for (const auto &item : events->get_array()) {
                auto event = event_from_json(item);
                if (!event) return std::move(event).error();
                if (event->event.seq > end || !each(event->event)) return ok();
                from = event->event.seq.next();
            }
        }
        return ok();
    }

    Result<std::vector<Seq>> by_subject(Stream stream, const Subject &subject, std::optional<std::size_t> limit) const override {
        auto path = fmt::format("/subjects/seqs?stream={}&subject={}", stream_name(stream), netkit::percent_encode(subject.text));
        if (limit) path += fmt::format("&limit={}", *limit);
        const auto answer = ask(path);
        if (!answer) return answer.error();
        const auto *list = answer->is_object() ? answer->get_object().if_contains("seqs") : nullptr;
        if (list == nullptr || !list->is_array()) return odd("seqs");
        std::vector<Seq> out;
        for (const auto &item : list->get_array()) {
            const auto seq = number(&item);
            if (!seq) return seq.error();
            if (Seq{*seq} <= head(stream).seq) out.push_back(Seq{*seq});
        }
        return out;
    }

    Result<std::vector<Subject>> subjects(Stream stream, std::string_view prefix) const override {
        const auto answer =
            ask(fmt::format("/subjects?stream={}&prefix={}", stream_name(stream), netkit::percent_encode(prefix)));
        if (!answer) return answer.error();
        const auto *list = answer->is_object() ? answer->get_object().if_contains("subjects") : nullptr;
        if (list == nullptr || !list->is_array()) return odd("subjects");
        std::vector<Subject> out;
        for (const auto &item : list->get_array()) {
            if (!item.is_string()) return odd("subjects");
            out.push_back(Subject{std::string(item.get_string())});
        }
        return out;
    }

    // The same search as on the disk, a request for each step.
    Result<Seq> seq_at(Stream stream, Timestamp time) const override {
        std::uint64_t low = 0;
        std::uint64_t high = head(stream).seq.value + 1;
        while (high - low > 1) {
            const std::uint64_t middle = low + (high - low) / 2;
            const auto event = get(stream, Seq{middle});
            if (!event) return event.error();
            (event->time <= time ? low : high) = middle;
        }
        return Seq{low};
    }

    Seq wait_after(Stream stream, Seq after, Deadline deadline) const override {
        while (true) {
            HttpLog fresh(origin_, base_, token_);
            const Seq newest = fresh.refresh() ? fresh.head(stream).seq : after;
            if (newest > after || deadline.passed()) return newest;
            std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(poll, deadline.left()));
        }
    }

    Result<std::string> blob(const Digest &digest) const override {
        auto response = send("/blobs/" + digest.hex, Deadline::after(answer_in));
        if (!response) return std::move(response).error();
        return std::move(response->body);
    }

    Result<VerifyReport> verify(Stream stream, const std::function<void(Seq)> & /*progress*/) const override {
        const auto answer = ask(fmt::format("/verify?stream={}", stream_name(stream)), Deadline::after(verify_in));
        if (!answer) return answer.error();
        const auto *object = answer->if_object();
        const auto *at = object == nullptr ? nullptr : object->if_contains("head");
        if (at == nullptr || !at->is_object()) return odd("verify");
        const auto events = number(object->if_contains("events"));
        if (!events) return events.error();
        auto head = head_of(at->get_object());
        if (!head) return std::move(head).error();
        return VerifyReport{*events, std::move(*head)};
    }

    Result<ContentReport> verify_content(const std::function<void(Seq)> & /*progress*/) const override {
        const auto answer = ask("/verify/content", Deadline::after(verify_in));
        if (!answer) return answer.error();
        const auto *object = answer->if_object();
        if (object == nullptr) return odd("verify");
        ContentReport report;
        for (const auto &[name, to] : {std::pair{"blobs", &report.blobs},
                                       {"unreferenced", &report.unreferenced},
                                       {"indexed", &report.indexed},
                                       {"skipped", &report.skipped}}) {
            const auto value = number(object->if_contains(name));
            if (!value) return value.error();
            *to = *value;
        }
        return report;
    }

    Result<RunningState> running_state() const override {
        auto response = send("/state", Deadline::after(answer_in));
        if (!response) return std::move(response).error();
        const auto header = response->headers.get("X-XTrinode-Seq");
        RunningState state{std::move(response->body), Seq{0}};
        if (!header || std::from_chars(header->data(), header->data() + header->size(), state.seq.value).ec != std::errc())
            return odd("the state carries no X-XTrinode-Seq");
        return state;
    }

  private:
    Result<netkit::Response> send(const std::string &path, Deadline deadline) const {
        netkit::Request request;
        request.target = base_ + "/api/v1/audit" + path;
        if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
        auto response = netkit::send_blocking(origin_, request, deadline);
        if (!response) return std::move(response).error().with("http://" + origin_.authority());
        if (response->status != 200) return error_of(*response);
        return response;
    }
    Result<json::value> ask(const std::string &path, Deadline deadline = Deadline::after(answer_in)) const {
        auto response = send(path, deadline);
        if (!response) return std::move(response).error();
        return parse_json(response->body);
    }

    netkit::Origin origin_;
    std::string base_;
    std::string token_;
    std::string log_id_;
    Head control_;
    Head queries_;
};

} // namespace

Result<std::unique_ptr<RemoteLog>> RemoteLog::connect(const std::string &url, const std::string &token) {
    std::string base;
    auto origin = netkit::Origin::parse(url, &base);
    if (!origin) return std::move(origin).error().with("--server");
    while (base.ends_with('/'))
        base.pop_back();
    auto log = std::make_unique<HttpLog>(std::move(*origin), std::move(base), token);
    if (auto reached = log->refresh(); !reached) return std::move(reached).error();
    return std::unique_ptr<RemoteLog>(std::move(log));
}

} // namespace xtn::audit
