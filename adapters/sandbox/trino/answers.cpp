#include "adapters/sandbox/trino/answers.hpp"

#include <zlib.h>

#include <charconv>

namespace xtn::sandbox::trino {

namespace {

constexpr std::string_view stand_in_header = "X-XTrinode-Stand-In"; // every answer says what it comes from

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

bool reading(const netkit::Exchange &exchange) {
    return exchange.request().method == "GET" || exchange.request().method == "POST";
}

netkit::Response head(const netkit::Exchange &exchange, int status) {
    netkit::Response response;
    response.status = status;
    if (status == 500) response.reason = "Server Error";
    if (reading(exchange) && status != 204) response.headers.add("Vary", "Accept-Encoding");
    response.headers.add(std::string(stand_in_header), "true");
    return response;
}

// Chunked, as Trino sends every body.
void send(netkit::Exchange &exchange, netkit::Response response, std::string body) {
    if (exchange.request().method == "HEAD") {
        exchange.respond(std::move(response));
        return;
    }
    if (accepts_gzip(exchange.request().headers.get("Accept-Encoding").value_or(""))) {
        response.headers.add("Content-Encoding", "gzip");
        body = gzip(body);
    }
    response.body = std::move(body);
    exchange.begin(std::move(response));
    exchange.finish();
}

} // namespace

void answer_json(netkit::Exchange &exchange, std::string body, const HeaderList &extra) {
    auto response = head(exchange, 200);
    for (const auto &[name, value] : extra)
        response.headers.add(name, value);
    response.headers.add("Content-Type", "application/json");
    response.headers.add("X-Content-Type-Options", "nosniff");
    send(exchange, std::move(response), std::move(body));
}

void answer_text(netkit::Exchange &exchange, std::string_view content_type, std::string body) {
    auto response = head(exchange, 200);
    response.headers.add("Content-Type", std::string(content_type));
    send(exchange, std::move(response), std::move(body));
}

void answer_error(netkit::Exchange &exchange, int status, std::string_view text) {
    auto response = head(exchange, status);
    response.headers.add("Content-Type", "text/plain;charset=iso-8859-1");
    const std::string phrase = std::to_string(status) + " " + std::string(netkit::reason_phrase(status));
    send(exchange, std::move(response), "Error " + phrase + ": " + (text.empty() ? "HTTP " + phrase : std::string(text)));
}

void answer_empty(netkit::Exchange &exchange, int status, const HeaderList &headers) {
    auto response = head(exchange, status);
    for (const auto &[name, value] : headers)
        response.headers.add(name, value);
    exchange.respond(std::move(response));
}

void answer_unauthorized(netkit::Exchange &exchange, std::string text) {
    auto response = head(exchange, 401);
    response.headers.add("Content-Type", "text/plain;charset=utf-8");
    response.headers.add("WWW-Authenticate", "Basic realm=\"Trino\"");
    send(exchange, std::move(response), std::move(text));
}

bool accepts_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        const auto comma = accept_encoding.find(',');
        auto element = trim(accept_encoding.substr(0, comma));
        accept_encoding = comma == std::string_view::npos ? std::string_view() : accept_encoding.substr(comma + 1);
        bool refused = false;
        const auto semicolon = element.find(';');
        const auto name = trim(element.substr(0, semicolon));
        if (semicolon != std::string_view::npos) {
            auto weight = trim(element.substr(semicolon + 1));
            double q = 1;
            if (weight.starts_with("q=")) std::from_chars(weight.data() + 2, weight.data() + weight.size(), q);
            refused = q <= 0;
        }
        if (netkit::iequals(name, "gzip")) return !refused;
        if (name == "*" && !refused) any = true;
    }
    return any;
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16; // with a gzip header
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    // zlib takes the input as non-const but does not write to it.
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data())); // NOLINT
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data()); // NOLINT
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace xtn::sandbox::trino
