#include "gateway/http/body_progress.hpp"
#include "gateway/http/chunk_scanner.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace xtn::gateway;
using Progress = ChunkScanner::Progress;

namespace {

// Feeds the text in pieces of `step` bytes; what was payload, how it ended, how many bytes belonged to the body.
struct Walk {
    Progress end = Progress::more;
    std::string payload;
    std::size_t used = 0;
};
Walk walk(std::string_view text, std::size_t step) {
    ChunkScanner scanner;
    Walk out;
    while (!text.empty() && out.end == Progress::more) {
        std::size_t used = 0;
        out.end = scanner.feed(text.substr(0, step), used, [&](std::string_view piece) { out.payload += piece; });
        out.used += used;
        text.remove_prefix(std::min(step, text.size()));
    }
    return out;
}

} // namespace

DOCTEST_TEST_CASE("a chunked body ends where it ends, however it is cut into pieces") {
    const std::string body = "4\r\nWiki\r\n6;name=v;flag\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-Sum: 1\r\n\r\n";
    const std::string text = body + "GET /next";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        const auto seen = walk(text, step);
        DOCTEST_REQUIRE(seen.end == Progress::done);
        DOCTEST_REQUIRE(seen.payload == "Wikipedia in \r\n\r\nchunks.");
        DOCTEST_REQUIRE(seen.used == body.size());
    }
}

DOCTEST_TEST_CASE("chunk framing that others read differently is malformed") {
    for (const auto *text : {"\r\n",
                             "x\r\n",
                             "-1\r\n",
                             " 1\r\na\r\n",
                             "1 \r\na\r\n",
                             "0x1\r\na\r\n",
                             "1\na\r\n",
                             "1\r\nab\r\n",
                             "1\r\na\n0\r\n\r\n",
                             "1000000000000000\r\n", // 16 digits
                             "1;a\x01\r\n",
                             "1;\r\na\r\n",
                             "1;?=b\r\n",
                             "1;a=\r\n",
                             "1;a=\"b\"\r\n",
                             "1; a\r\n",
                             "1;a=b=c\r\n",
                             "0\r\n folded: 1\r\n\r\n",
                             "0\r\nX: \x01\r\n\r\n",
                             "0\r\n\rx",
                             "0\r\nno colon\r\n\r\n",
                             "0\r\n: x\r\n\r\n"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(walk(text, 1).end == Progress::malformed);
        DOCTEST_CHECK(walk(text, 1000).end == Progress::malformed);
    }
}

DOCTEST_TEST_CASE("extensions and trailers are bounded") {
    DOCTEST_CHECK(walk("1;" + std::string(5000, 'x'), 100).end == Progress::malformed);
    DOCTEST_CHECK(walk("0\r\nX: " + std::string(20000, 'x'), 100).end == Progress::malformed);
}

DOCTEST_TEST_CASE("a size of fifteen digits is taken, and the payload counted against it") {
    ChunkScanner scanner;
    std::size_t used = 0;
    DOCTEST_CHECK(scanner.feed("fffffffffffffff\r\nabc", used) == Progress::more);
    DOCTEST_CHECK(scanner.left_in_chunk() == 0xfffffffffffffffULL - 3);
}

DOCTEST_TEST_CASE("the end of a body follows its framing") {
    RequestHead head;
    head.body = BodyKind::length;
    head.content_length = 5;
    BodyProgress body;
    body.begin(head);
    DOCTEST_CHECK(body.feed("abc") == 3);
    DOCTEST_CHECK_FALSE(body.done());
    DOCTEST_CHECK(body.feed("deGET") == 2);
    DOCTEST_CHECK(body.done());
    DOCTEST_CHECK(body.feed("more") == 0);

    body.begin(head);
    body.feed("abc");
    body.ended(); // the sender left early
    DOCTEST_CHECK(body.malformed());
    DOCTEST_CHECK_FALSE(body.done());

    head.body = BodyKind::until_close;
    body.begin(head);
    DOCTEST_CHECK(body.feed("anything") == 8);
    DOCTEST_CHECK_FALSE(body.done());
    body.ended();
    DOCTEST_CHECK(body.done());

    head.body = BodyKind::none;
    body.begin(head);
    DOCTEST_CHECK(body.done());
}
