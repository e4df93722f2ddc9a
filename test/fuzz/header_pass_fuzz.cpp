// The gateway's header pass against Beast's parser: whatever ours accepts, Beast must accept and frame alike. A difference is how
// requests are smuggled, so it is a crash here. The other way round (we refuse more) is intended.
#include "gateway/http/header_pass.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace http = boost::beast::http;

namespace {

[[noreturn]] void differ(const char *what, std::string_view data) {
    std::fprintf(stderr, "header pass and Beast differ: %s\n%.*s\n", what, static_cast<int>(data.size()), data.data());
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
    const std::string_view data(reinterpret_cast<const char *>(bytes), size);
    xtn::gateway::RequestHead ours;
    std::size_t scanned = 0;
    if (ours.parse(data, scanned, 1 << 20, 1000) != xtn::gateway::HeadStatus::complete) return 0;

    http::request_parser<http::string_body> parser;
    parser.header_limit(1 << 21);
    parser.body_limit(boost::none);
    boost::beast::error_code ec;
    const auto used = parser.put(boost::asio::buffer(data.data(), ours.bytes), ec);
    if (ec && ec != http::error::need_more) differ(ec.message().c_str(), data);
    if (!parser.is_header_done()) differ("Beast wants more header", data);
    if (used != ours.bytes && !(parser.is_done() && used <= ours.bytes)) differ("length of the header block", data);
    const auto &message = parser.get();
    if (message.method_string() != ours.method) differ("method", data);
    if (parser.chunked() != (ours.body == xtn::gateway::BodyKind::chunked)) differ("chunked", data);
    const auto length = parser.content_length();
    if (length && !parser.chunked() && (!ours.has_content_length || *length != ours.content_length))
        differ("content length", data);
    if (!length && ours.has_content_length) differ("content length that Beast does not see", data);
    if (message.keep_alive() && !ours.keep_alive() && ours.minor == 1 && !ours.connection_close) differ("keep-alive", data);
    return 0;
}
