#include "gateway/http/header_pass.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace xtn::gateway;

namespace {

constexpr std::size_t max_bytes = 64 * 1024;
constexpr std::size_t max_lines = 100;

HeadStatus parse(RequestHead &head, std::string_view text) {
    std::size_t scanned = 0;
    return head.parse(text, scanned, max_bytes, max_lines);
}
HeadStatus status_of(std::string_view text) {
    RequestHead head;
    return parse(head, text);
}
HeadStatus parse(ResponseHead &head, std::string_view text, std::string_view method = "GET") {
    std::size_t scanned = 0;
    return head.parse(text, scanned, max_bytes, max_lines, method);
}

std::string request(std::string_view lines) {
    return "POST /v1/statement HTTP/1.1\r\nHost: gw\r\n" + std::string(lines) + "\r\n";
}

} // namespace

DOCTEST_TEST_CASE("a request head gives its parts without copying them") {
    const std::string text =
        "POST /v1/statement?x=1 HTTP/1.1\r\nhost: gw.example.com:8080\r\nX-Trino-User:  alice \r\nX-TRINO-XTRINODE: a/b\r\n"
        "Content-Length: 8\r\n\r\nSELECT 1";
    RequestHead head;
    DOCTEST_REQUIRE(parse(head, text) == HeadStatus::complete);
    DOCTEST_CHECK(head.method == "POST");
    DOCTEST_CHECK(head.target == "/v1/statement?x=1");
    DOCTEST_CHECK(head.path == "/v1/statement?x=1");
    DOCTEST_CHECK(head.host == "gw.example.com:8080");
    DOCTEST_CHECK(head.value(Field::trino_user) == "alice");
    DOCTEST_CHECK(head.value(Field::trino_selector) == "a/b");
    DOCTEST_CHECK(head.body == BodyKind::length);
    DOCTEST_CHECK(head.content_length == 8);
    DOCTEST_CHECK(head.bytes == text.size() - 8);
    DOCTEST_CHECK(head.keep_alive());
    DOCTEST_CHECK(head.lines.size() == 4);
    DOCTEST_CHECK(head.method.data() == text.data());
}

DOCTEST_TEST_CASE("a head that comes byte by byte is complete with its last byte and not before") {
    const std::string text = request("Content-Length: 3\r\nX-Trino-Source: dbt\r\n");
    RequestHead head;
    std::size_t scanned = 0;
    for (std::size_t n = 1; n < text.size(); ++n)
        DOCTEST_REQUIRE(head.parse(std::string_view(text).substr(0, n), scanned, max_bytes, max_lines) == HeadStatus::incomplete);
    DOCTEST_CHECK(head.parse(text, scanned, max_bytes, max_lines) == HeadStatus::complete);
    DOCTEST_CHECK(head.content_length == 3);
}

DOCTEST_TEST_CASE("what two readers could read differently is refused") {
    for (const auto *lines : {
             "Content-Length: 1\r\nContent-Length: 1\r\n",                   // two lengths, even equal ones
             "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",          // both framings
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", // twice
             "Content-Length: +1\r\n",
             "Content-Length: 0x1\r\n",
             "Content-Length: 1, 1\r\n",
             "Content-Length: \r\n",
             "Content-Length: 9999999999999999999\r\n", // more than 18 digits
             "X-A : b\r\n",                             // blank before the colon
             "X-A: b\r\n c\r\n",                        // folded
             "X-A: b\nX-B: c\r\n",                      // bare LF
             "X-A: b\rX-B: c\r\n",                      // bare CR
             "X-A: \x01\r\n",
             "X-A: \x7f\r\n", // control characters
             "X A: b\r\n",
             ": b\r\n",
             "X-A\r\n", // no name, no colon
             "Connection: keeng: x\r\n",
             "Host: other\r\n", // a second host
         }) {
        DOCTEST_CAPTURE(lines);
        DOCTEST_CHECK(status_of(request(lines)) == HeadStatus::malformed);
    }
    DOCTEST_CHECK(status_of(request(std::string_view("X-A: a\0b\r\n", 10))) == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == HeadStatus::malformed); // no host
    DOCTEST_CHECK(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET /\r\nHost: a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET nothing HTTP/1.1\r\nHost: a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("\x16\x03\x01\x02\n") == HeadStatus::malformed); // TLS to a plain port, at the first line feed
    DOCTEST_CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == HeadStatus::malformed);
}

DOCTEST_TEST_CASE("versions and transfer codings that are not spoken here have answers of their own") {
    DOCTEST_CHECK(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == HeadStatus::unsupported_version);
    DOCTEST_CHECK(status_of("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == HeadStatus::unsupported_version);
    DOCTEST_CHECK(status_of("GET / HTTP/0.9\r\nHost: a\r\n\r\n") == HeadStatus::unsupported_version);
    DOCTEST_CHECK(status_of("GET / HTTPS/1.1\r\nHost: a\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of(request("Transfer-Encoding: gzip, chunked\r\n")) == HeadStatus::unsupported_coding);
    DOCTEST_CHECK(status_of(request("Transfer-Encoding: identity\r\n")) == HeadStatus::unsupported_coding);
    RequestHead head;
    DOCTEST_CHECK(parse(head, request("Transfer-Encoding: Chunked\r\n")) == HeadStatus::complete);
    DOCTEST_CHECK(head.body == BodyKind::chunked);
}

DOCTEST_TEST_CASE("too many bytes or lines are too large, and neither has to be read to its end") {
    RequestHead head;
    std::size_t scanned = 0;
    const std::string endless = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1000, 'x');
    DOCTEST_CHECK(head.parse(endless, scanned, 1000, max_lines) == HeadStatus::too_large);
    scanned = 0;
    DOCTEST_CHECK(head.parse(endless + "\r\n\r\n", scanned, 1000, max_lines) == HeadStatus::too_large);
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "X: y\r\n";
    DOCTEST_CHECK(status_of(request(many)) == HeadStatus::too_large);
}

DOCTEST_TEST_CASE("Connection decides about keep-alive and names what is not forwarded") {
    RequestHead head;
    const std::string text =
        request("Connection: close, X-Secret\r\nConnection: x-other\r\nX-Secret: 1\r\nX-Other: 2\r\nX-Third: 3\r\n");
    DOCTEST_REQUIRE(parse(head, text) == HeadStatus::complete);
    DOCTEST_CHECK_FALSE(head.keep_alive());
    DOCTEST_CHECK(head.nominates);
    std::vector<std::string> named;
    for (const auto &line : head.lines)
        if (head.nominated(line)) named.emplace_back(line.name);
    DOCTEST_CHECK(named == std::vector<std::string>{"X-Secret", "X-Other"});
    DOCTEST_REQUIRE(parse(head, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == HeadStatus::complete);
    DOCTEST_CHECK_FALSE(head.keep_alive());
    DOCTEST_CHECK(head.connection_keep_alive);
}

DOCTEST_TEST_CASE("the authority of an absolute target wins over Host") {
    RequestHead head;
    DOCTEST_REQUIRE(parse(head, "GET http://a.example:81/v1/info?x HTTP/1.1\r\nHost: b\r\n\r\n") == HeadStatus::complete);
    DOCTEST_CHECK(head.host == "a.example:81");
    DOCTEST_CHECK(head.path == "/v1/info?x");
    DOCTEST_REQUIRE(parse(head, "GET http://a.example HTTP/1.1\r\nHost: b\r\n\r\n") == HeadStatus::complete);
    DOCTEST_CHECK(head.path == "/");
    DOCTEST_CHECK(status_of("GET http://u@a/ HTTP/1.1\r\nHost: b\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("GET http:///x HTTP/1.1\r\nHost: b\r\n\r\n") == HeadStatus::malformed);
    DOCTEST_CHECK(status_of("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n") == HeadStatus::complete);
}

DOCTEST_TEST_CASE("what body an answer has depends on its status, its lines and the request's method") {
    ResponseHead head;
    const auto kind = [&](std::string_view text, std::string_view method) {
        DOCTEST_REQUIRE(parse(head, text, method) == HeadStatus::complete);
        return head.body;
    };
    DOCTEST_CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET") == BodyKind::length);
    DOCTEST_CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD") == BodyKind::none);
    DOCTEST_CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET") == BodyKind::none);
    DOCTEST_CHECK(kind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET") == BodyKind::chunked);
    DOCTEST_CHECK(kind("HTTP/1.1 200\r\n\r\n", "GET") == BodyKind::until_close);
    DOCTEST_CHECK_FALSE(head.reusable());
    DOCTEST_CHECK(kind("HTTP/1.1 204 No Content\r\n\r\n", "DELETE") == BodyKind::none);
    DOCTEST_CHECK(head.reusable());
    DOCTEST_CHECK(kind("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET") == BodyKind::none);
    DOCTEST_CHECK(kind("HTTP/1.1 100 Continue\r\n\r\n", "POST") == BodyKind::none);
    DOCTEST_CHECK(head.after_version == " 100 Continue");
}

DOCTEST_TEST_CASE("an answer that is not clean HTTP is malformed") {
    ResponseHead head;
    for (const auto *text : {"HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
                             "HTTP/2.0 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
                             "HTTP/1.1 200 OK\nX: y\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(parse(head, text) == HeadStatus::malformed);
    }
}
