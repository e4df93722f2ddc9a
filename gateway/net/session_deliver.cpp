// The way back: the coordinator's answer, with the few things changed that spec 50 §12 names, and read for what the gateway must
// know.
#include "gateway/net/session.hpp"

#include "gateway/response/body_edit.hpp"
#include "gateway/response/links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace xtn::gateway {

namespace {

bool is_json(std::string_view content_type) {
    constexpr std::string_view json = "application/json";
    return content_type.starts_with(json) && (content_type.size() == json.size() || content_type[json.size()] == ';');
}

} // namespace

// Reads whatever comes next into answer_. False: nothing came; `status` says why (would_block: the wait was ended).
Task<bool> Session::read_upstream(Phase phase, std::chrono::milliseconds at_most, Io &status) {
    for (;;) {
        auto [into, room] = answer_.room();
        const auto read = upstream_->socket.read(into, room);
        status = read.status;
        if (read.status == Io::done) {
            answer_.received(read.bytes);
            co_return true;
        }
        if (read.status != Io::would_block) co_return false;
        answer_.release_if_empty(); // a long poll holds no buffer
        if (!co_await wait_for(upstream_->socket, Socket::Direction::read, phase, now() + at_most)) co_return false;
    }
}

Task<Session::Attempt> Session::receive() {
    const auto &limits = shared_.options.limits;
    answer_.clear();
    std::size_t scanned = 0;
    const auto &timeouts = shared_.options.timeouts;
    const auto patience =
        x_.elsewhere ? std::min(timeouts.statement_answer, timeouts.upstream_response) : timeouts.upstream_response;
    const auto first_byte = now() + patience;
    for (;;) {
        // The first look would nearly always find nothing: wait first.
        if (answer_.empty() && !co_await wait_for(upstream_->socket, Socket::Direction::read, Phase::waiting, first_byte)) {
            co_return expired_ ? Attempt::timed_out : Attempt::died;
        }
        Io status = Io::done;
        if (!co_await read_upstream(Phase::waiting, timeouts.upstream_response, status)) {
            co_return expired_ ? Attempt::timed_out : Attempt::died;
        }
        HeadStatus parsed = HeadStatus::incomplete;
        for (;;) {
            parsed = x_.answer.parse(answer_.view(), scanned, limits.max_header_bytes, limits.max_header_lines, x_.head.method);
            if (parsed != HeadStatus::complete || x_.answer.status >= 200) break;
            // Interim answers: 100 was given by us; others (103) go to clients that understand them. 101 was never asked for.
            if (x_.answer.status == 101) co_return Attempt::malformed;
            if (x_.answer.status != 100 && x_.head.minor == 1) {
                Gather interim;
                interim.add(answer_.view().substr(0, x_.answer.bytes));
                if (!co_await send_to_client(interim)) co_return Attempt::delivered;
                x_.answered = false;
            }
            answer_.consume(x_.answer.bytes);
            scanned = 0;
        }
        if (parsed == HeadStatus::complete) break;
        if (parsed != HeadStatus::incomplete) co_return Attempt::malformed;
        if (answer_.room().second == 0 && !answer_.grow(limits.max_header_bytes)) co_return Attempt::malformed;
    }
    const int status = x_.answer.status;
    if (x_.answer.body == BodyKind::chunked && x_.head.minor == 0) co_return Attempt::malformed;
    // A coordinator that got SIGTERM ends its polls with an empty 200: a fault, never an answer.
    if (x_.statement && status == 200 && x_.answer.body == BodyKind::none &&
        (x_.head.method == "GET" || x_.head.method == "POST")) {
        shared_.metrics.count(Metrics::Event::empty_page);
        co_return Attempt::empty_page;
    }
    if (x_.retry_errors && (status == 502 || status == 503 || status == 504) && repeatable()) co_return Attempt::worth_a_retry;
    co_return co_await deliver();
}

void Session::build_client_head(std::optional<std::int64_t> length_change) {
    const auto &head = x_.answer;
    auto &out = out_;
    out.clear();
    out.append("HTTP/1.1").append(head.after_version).append("\r\n");
    const char *run = nullptr;
    std::size_t run_bytes = 0;
    std::optional<std::string> location;
    for (const auto &line : head.lines) {
        bool keep = !hop_by_hop(line.field);
        switch (line.field) {
        case Field::retry_after:
            keep = head.status != 503;
            break;
        case Field::content_length:
            keep = !length_change;
            break;
        case Field::location:
            location = rewrite_location(line.value, x_.backend->ui_prefix);
            keep = !location;
            break;
        default:
            break;
        }
        if (keep && head.nominates && line.field != Field::content_length && head.nominated(line)) keep = false;
        if (keep && run != nullptr && run + run_bytes == line.whole.data()) {
            run_bytes += line.whole.size();
            continue;
        }
        if (run_bytes > 0) out.append(run, run_bytes);
        run = keep ? line.whole.data() : nullptr;
        run_bytes = keep ? line.whole.size() : 0;
    }
    if (run_bytes > 0) out.append(run, run_bytes);
    if (length_change && head.body == BodyKind::length) {
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n",
                       static_cast<std::int64_t>(head.content_length) + *length_change);
    }
    if (head.body == BodyKind::chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (location) out.append("Location: ").append(*location).append("\r\n");
    if (head.status == 503) out.append("Retry-After: 30\r\n"); // spec 50 §6
    if (!x_.keep) out.append("Connection: close\r\n");
    out.append("\r\n");
}

void Session::look(std::string_view payload) {
    if (!scanning_ || scan_.over()) return;
    if (unpack_ == nullptr) {
        scan_.feed(payload);
    } else if (!unpack_->over()) {
        unpack_->feed(payload, [this](std::string_view unpacked) {
            scan_.feed(unpacked);
            return !scan_.over();
        });
    }
}

// Reads on until it is known whether the infoUri has to change, at most one block. False: the coordinator broke off.
Task<bool> Session::settle_scan(BodyProgress &body, std::size_t &used) {
    for (;;) {
        const auto fresh = answer_.view().substr(x_.answer.bytes + used);
        used += body.feed(fresh, [this](std::string_view piece) { look(piece); });
        if (body.malformed()) co_return false;
        if (scan_.info_uri_settled() || body.done()) co_return true;
        if (answer_.room().second == 0) {
            scanning_ = false; // nothing in the first 64 KiB
            co_return true;
        }
        Io status = Io::done;
        if (!co_await read_upstream(Phase::relaying, shared_.options.timeouts.upstream_stall, status)) {
            if (status == Io::ended) body.ended();
            co_return body.done();
        }
    }
}

Task<Session::Attempt> Session::deliver() {
    const auto &head = x_.answer;
    x_.status = head.status;
    if (head.body == BodyKind::until_close || !x_.head.keep_alive() || worker_.draining() || !x_.body_sent) x_.keep = false;
    BodyProgress body;
    body.begin(head);
    const auto encoding = head.value(Field::content_encoding);
    const bool packed = x_.statement && equals_ignoring_case(encoding, "gzip");
    scanning_ = !body.done() && is_json(head.value(Field::content_type)) && (encoding.empty() || packed);
    scan_.reset();
    unpack_.reset();
    if (scanning_ && packed) unpack_ = std::make_unique<Gunzip>();

    std::size_t used = 0; // body bytes in answer_ behind the head
    std::optional<BodyEdit> edit;
    if (scanning_ && !packed) {
        if (!co_await settle_scan(body, used)) {
            co_return expired_ ? Attempt::timed_out : Attempt::died; // nothing went out yet: there is still a choice
        }
        if (scan_.has_info_uri()) {
            const auto raw = answer_.view().substr(head.bytes, used);
            if (const auto link = rewrite_info_uri(scan_.info_uri(), x_.backend->ui_prefix)) {
                edit = edit_body(head.body, raw, scan_.info_uri_begin(), scan_.info_uri().size(), *link);
            }
        }
    } else {
        used = body.feed(answer_.view().substr(head.bytes), [this](std::string_view piece) { look(piece); });
        if (body.malformed()) co_return Attempt::malformed;
    }
    std::optional<std::int64_t> change;
    if (edit && head.body == BodyKind::length) {
        change = static_cast<std::int64_t>(edit->text.size()) - static_cast<std::int64_t>(edit->end - edit->begin);
    }
    build_client_head(change);
    const bool garbage = x_.answer.bytes + used < answer_.size();
    const bool kept_whole = body.done();
    if (kept_whole) learn_from_answer(); // before the client can act on it, maybe through another thread of ours
    {
        const auto raw = answer_.view().substr(head.bytes, used);
        Gather pieces;
        pieces.add(out_);
        if (edit) {
            pieces.add(raw.substr(0, edit->begin));
            pieces.add(edit->text);
            pieces.add(raw.substr(edit->end));
        } else {
            pieces.add(raw);
        }
        if (!co_await send_to_client(pieces)) co_return Attempt::delivered;
    }
    const bool reusable = head.reusable() && x_.body_sent && !garbage;
    while (!body.done() && !body.malformed()) {
        answer_.consume(answer_.size());
        Io status = Io::done;
        if (!co_await read_upstream(Phase::relaying, shared_.options.timeouts.upstream_stall, status)) {
            if (status == Io::ended) body.ended();
            if (!body.done()) x_.note = "coordinator broke off";
            break;
        }
        const auto fresh = answer_.view();
        used = body.feed(fresh, [this](std::string_view piece) { look(piece); });
        if (body.malformed()) break;
        Gather pieces;
        pieces.add(fresh.substr(0, used));
        if (!co_await send_to_client(pieces)) co_return Attempt::delivered;
        if (used < fresh.size()) upstream_.reset(); // bytes nobody asked for
        if (upstream_ == nullptr) break;
    }
    if (!body.done()) {
        reset_client();
        co_return Attempt::delivered;
    }
    if (!kept_whole) learn_from_answer();
    answer_.clear();
    if (upstream_ != nullptr && reusable) {
        worker_.pool().give_back(std::move(upstream_), now());
    }
    upstream_.reset();
    unpack_.reset();
    co_return Attempt::delivered;
}

} // namespace xtn::gateway
