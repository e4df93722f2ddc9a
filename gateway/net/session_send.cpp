// The way to the coordinator: the header block of spec 50 §10.1, then the body as it comes.
#include "gateway/net/session.hpp"

#include <utility>

namespace xtn::gateway {

namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

// Lines that never go on as they came. X-Forwarded-For is joined anew; the markers are the gateway's own.
bool replaced(Field field) {
    switch (field) {
    case Field::host:
    case Field::x_forwarded_for:
    case Field::trino_route_name:
    case Field::trino_routing_group:
    case Field::trino_xtrinode_name:
    case Field::trino_xtrinode_namespace:
    case Field::trino_backend_url:
        return true;
    default:
        return hop_by_hop(field);
    }
}

// Does an Accept-Encoding value allow gzip?
bool takes_gzip(std::string_view value) {
    bool takes = false;
    for_each_token(value, [&](std::string_view token) {
        const auto semicolon = token.find(';');
        auto name = token.substr(0, semicolon);
        while (name.ends_with(' ') || name.ends_with('\t'))
            name.remove_suffix(1);
        if (!equals_ignoring_case(name, "gzip") && !equals_ignoring_case(name, "x-gzip") && name != "*") return;
        auto weight = semicolon == std::string_view::npos ? std::string_view() : token.substr(semicolon + 1);
        while (weight.starts_with(' ') || weight.starts_with('\t'))
            weight.remove_prefix(1);
        const bool none = (weight.starts_with("q=0") || weight.starts_with("Q=0")) &&
                          weight.find_first_not_of("0.", 2) == std::string_view::npos;
        takes = takes || !none;
    });
    return takes;
}

// What proxies say about the client, besides the fields that are known by name.
bool forwarded_field(const HeadLine &line) {
    constexpr std::string_view prefix = "x-forwarded-";
    return equals_ignoring_case(line.name.substr(0, prefix.size()), prefix) || equals_ignoring_case(line.name, "forwarded");
}

} // namespace

void Session::build_upstream_head() {
    const auto &head = x_.head;
    const auto &endpoint = x_.backend->coordinator->endpoint;
    auto &out = out_;
    out.clear();
    out.append(head.method).append(" ").append(endpoint.prefix);
    out.append(x_.upstream_path.empty() ? head.path : std::string_view(x_.upstream_path));
    // An HTTP/1.0 client cannot take chunks; asked in its own version, the coordinator sends none.
    out.append(head.minor == 0 ? " HTTP/1.0\r\nHost: " : " HTTP/1.1\r\nHost: ").append(endpoint.authority).append("\r\n");

    const bool believe = shared_.options.forwarded == Gateway::Forwarded::keep;
    bool forwarded_host = false, forwarded_proto = false, forwarded_for = false, trailers = false, gzip = false;
    const char *run = nullptr; // neighbouring lines that stay go in one piece
    std::size_t run_bytes = 0;
    for (const auto &line : head.lines) {
        bool keep = !replaced(line.field);
        switch (line.field) {
        case Field::x_forwarded_for:
            forwarded_for = believe;
            break;
        case Field::x_forwarded_host:
            forwarded_host = believe;
            break;
        case Field::x_forwarded_proto:
            forwarded_proto = believe;
            break;
        case Field::te:
            for_each_token(line.value, [&](std::string_view t) { trailers = trailers || equals_ignoring_case(t, "trailers"); });
            break;
        case Field::expect:
            keep = !head.expect_continue;
            break; // answered here
        case Field::accept_encoding:
            // Pages are read here, so they come as they are or in the one coding that is understood (spec 50 §26.5).
            keep = !x_.statement;
            gzip = gzip || (!x_.plain_answer && takes_gzip(line.value));
            break;
        default:
            break;
        }
        if (!believe && keep && forwarded_field(line)) keep = false;
        // The length of the body is not the client's to hide.
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

    out.append("X-Forwarded-For: ");
    if (forwarded_for) {
        for (const auto &line : head.lines) {
            if (line.field == Field::x_forwarded_for && !line.value.empty()) out.append(line.value).append(", ");
        }
    }
    out.append(peer_).append("\r\n");
    if (!forwarded_host && !head.host.empty()) out.append("X-Forwarded-Host: ").append(head.host).append("\r\n");
    if (!forwarded_proto) out.append("X-Forwarded-Proto: http\r\n");
    out.append(x_.backend->marker_lines);
    if (x_.statement && gzip) out.append("Accept-Encoding: gzip\r\n");
    if (trailers) out.append("Te: trailers\r\n");
    if (head.body == BodyKind::chunked) out.append("Transfer-Encoding: chunked\r\n");
    out.append("\r\n");
}

Task<bool> Session::send_upstream(Gather &pieces) {
    for (;;) {
        const Io status = pieces.write_now(upstream_->socket);
        if (status == Io::done) co_return true;
        if (status != Io::would_block) co_return false;
        const auto deadline = now() + shared_.options.timeouts.upstream_stall;
        if (!co_await wait_for(upstream_->socket, Socket::Direction::write, Phase::sending, deadline)) co_return false;
    }
}

Task<Session::Sent> Session::send_request() {
    Gather pieces;
    pieces.add(out_);
    pieces.add(x_.body_start);
    pieces.add(relay_.view().substr(0, x_.body_kept)); // of an attempt before this one
    if (!co_await send_upstream(pieces)) co_return Sent::upstream_failed;
    if (x_.body.done()) {
        x_.body_sent = true;
        co_return Sent::done;
    }
    if (x_.head.expect_continue && x_.body_start.empty() && !x_.continued) {
        x_.continued = true;
        Gather interim;
        interim.add(continue_line);
        if (!co_await send_to_client(interim)) co_return Sent::client_fault;
        x_.answered = false; // an interim answer is none
        x_.bytes_out = 0;
    }
    co_return co_await relay_request_body();
}

// A new statement's body is kept as far as one block holds it, so that another coordinator can have it when this one dies.
Task<Session::Sent> Session::relay_request_body() {
    while (!x_.body.done()) {
        const bool keep = x_.new_statement && !x_.body_touched && relay_.room().second > 0;
        if (!keep) {
            x_.body_touched = true;
            relay_.consume(std::exchange(x_.body_kept, 0));
        }
        auto [into, room] = relay_.room();
        const auto read = client_.read(into, room);
        if (read.status == Io::would_block) {
            relay_.release_if_empty();
            if (co_await wait_client(Socket::Direction::read, Phase::reading_body, shared_.options.timeouts.body_stall)) continue;
            x_.note = "request body stalled";
            co_return Sent::client_fault;
        }
        if (read.status != Io::done) { // left in the middle of its body
            client_gone_ = true;
            x_.note = "client left while sending";
            co_return Sent::client_fault;
        }
        relay_.received(read.bytes);
        const auto fresh = relay_.view().substr(x_.body_kept);
        const auto used = x_.body.feed(fresh);
        if (x_.body.malformed()) {
            x_.note = "malformed chunk";
            co_return Sent::client_fault;
        }
        Gather pieces;
        pieces.add(fresh.substr(0, used));
        if (keep) x_.body_kept += used;
        if (!co_await send_upstream(pieces)) co_return Sent::upstream_failed; // what is left of the body stays unread
        if (!keep) relay_.consume(used);
    }
    x_.body_sent = true;
    if (relay_.empty()) relay_.clear();
    co_return Sent::done;
}

} // namespace xtn::gateway
