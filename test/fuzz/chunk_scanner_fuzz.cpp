// The gateway's chunk scanner: the same end and the same payload however the bytes are cut, and Beast's parser agrees.
#include "gateway/http/chunk_scanner.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace http = boost::beast::http;
using xtn::gateway::ChunkScanner;

namespace {

struct Outcome {
    ChunkScanner::Progress progress = ChunkScanner::Progress::more;
    std::size_t used = 0;
    std::string payload;
    bool operator==(const Outcome &) const = default;
};

Outcome scan(std::string_view data, std::size_t step) {
    ChunkScanner scanner;
    Outcome out;
    while (out.used < data.size() && out.progress == ChunkScanner::Progress::more) {
        std::size_t used = 0;
        out.progress = scanner.feed(data.substr(out.used, step), used, [&](std::string_view piece) { out.payload += piece; });
        out.used += used;
    }
    return out;
}

[[noreturn]] void differ(const char *what) {
    std::fprintf(stderr, "chunk scanner: %s\n", what);
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
    const std::string_view data(reinterpret_cast<const char *>(bytes), size);
    const Outcome whole = scan(data, data.size() + 1);
    if (scan(data, 1) != whole || scan(data, 7) != whole) differ("the outcome depends on how the bytes are cut");
    if (whole.progress != ChunkScanner::Progress::done) return 0;

    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.body_limit(boost::none);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    boost::beast::error_code ec;
    const std::string message = head + std::string(data.substr(0, whole.used));
    std::size_t at = 0;
    while (at < message.size() && !parser.is_done()) {
        const auto used = parser.put(boost::asio::buffer(message.data() + at, message.size() - at), ec);
        if (ec == http::error::need_more) ec = {};
        if (ec) differ(ec.message().c_str());
        if (used == 0) break;
        at += used;
    }
    if (!parser.is_done() || at != message.size()) differ("Beast sees another end");
    if (parser.get().body() != whole.payload) differ("Beast sees another payload");
    return 0;
}
