// What is read from and changed in a coordinator's answer.
#include "gateway/http/chunk_scanner.hpp"
#include "gateway/response/body_edit.hpp"
#include "gateway/response/links.hpp"
#include "gateway/response/page_scan.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace xtn::gateway;

namespace {

const std::string running_page =
    R"({"id":"20251124_140205_00042_k3x9p","infoUri":"http://gw/ui/query.html?20251124_140205_00042_k3x9p","partialCancelUri":"http://gw/p","nextUri":"http://gw/v1/statement/executing/x/y/1","columns":[{"name":"a\"}","type":"varchar"}],"data":[["{\"state\":1}",[1,{"id":"no"}]]],"stats":{"state":"RUNNING","rootStage":{"state":"FINISHED","subStages":[]}},"warnings":[]})";
const std::string failed_page =
    R"({"id":"20251124_140205_00043_k3x9p","infoUri":"http://gw/ui/query.html?x","stats":{"state":"FAILED","nodes":0},"error":{"message":"line 1:8","errorCode":47,"errorName":"COLUMN_NOT_FOUND","errorType":"USER_ERROR","failureInfo":{"type":"x","errorName":"deeper"}},"warnings":[]})";

PageScan scan(std::string_view text, std::size_t step) {
    PageScan page;
    while (!text.empty()) {
        page.feed(text.substr(0, step));
        text.remove_prefix(std::min(step, text.size()));
    }
    return page;
}

} // namespace

DOCTEST_TEST_CASE("a page is read alike in any pieces") {
    for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, running_page.size()}) {
        const auto page = scan(running_page, step);
        DOCTEST_CHECK(page.id() == "20251124_140205_00042_k3x9p");
        DOCTEST_CHECK(page.info_uri() == "http://gw/ui/query.html?20251124_140205_00042_k3x9p");
        DOCTEST_CHECK(running_page.substr(page.info_uri_begin(), page.info_uri().size()) == page.info_uri());
        DOCTEST_CHECK(page.has_next_uri());
        DOCTEST_CHECK(page.query_state() == "RUNNING");
        const auto last = scan(failed_page, step);
        DOCTEST_CHECK(last.complete());
        DOCTEST_CHECK_FALSE(last.has_next_uri());
        DOCTEST_CHECK(last.query_state() == "FAILED");
        DOCTEST_CHECK(last.error_name() == "COLUMN_NOT_FOUND");
        DOCTEST_CHECK(last.error_type() == "USER_ERROR");
    }
}

DOCTEST_TEST_CASE("the scan of a page with rows stops once it knows that the query goes on") {
    std::string page = running_page.substr(0, running_page.find("\"data\"")) + "\"data\":[";
    while (page.size() < 50000)
        page += "[\"row\"],";
    PageScan seen;
    seen.feed(page);
    DOCTEST_CHECK(seen.over());
    DOCTEST_CHECK(seen.seen() < 5000);
    seen = scan(page, 100);
    DOCTEST_CHECK(seen.has_next_uri());
    DOCTEST_CHECK_FALSE(seen.complete());
}

DOCTEST_TEST_CASE("what is no page ends the scan without harm") {
    for (const auto *text : {"", "[1,2]", "null", "{", "{\"id\"", "{\"id\":1,", "{\"id\":\"x\"]", "{\"id\":tru\"e", "{]",
                             "{\"stats\":{\"state\":[]", "\x1f\x8b"}) {
        DOCTEST_CAPTURE(text);
        const auto page = scan(text, 1);
        DOCTEST_CHECK_FALSE(page.complete());
        DOCTEST_CHECK_FALSE(page.has_next_uri());
    }
    DOCTEST_CHECK(scan("{\"id\":7,\"stats\":\"x\",\"state\":\"QUEUED\"}", 3).query_state() == "QUEUED");
    DOCTEST_CHECK(scan("{\"id\":\"" + std::string(5000, 'x') + "\"}", 64).id().empty());
    PageScan far;
    far.feed("{\"a\":\"" + std::string(PageScan::scan_limit, 'x') + "\",\"id\":\"y\"}");
    DOCTEST_CHECK(far.over());
    DOCTEST_CHECK(far.id().empty());
}

DOCTEST_TEST_CASE("Location leads into the UI of the runtime that sent it") {
    const auto prefix = ui_prefix("team-a", "runtime-a");
    DOCTEST_CHECK(prefix == "/ui/team-a/runtime-a");
    DOCTEST_CHECK(ui_prefix("a b", "c/d") == "/ui/a%20b/c%2Fd");
    DOCTEST_CHECK(rewrite_location("http://any-host:1/ui/login.html?next=%2Fui%2F", prefix) ==
                  "/ui/team-a/runtime-a/login.html?next=%2Fui%2F");
    DOCTEST_CHECK(rewrite_location("/ui", prefix) == "/ui/team-a/runtime-a");
    DOCTEST_CHECK(rewrite_location("/ui/#x", prefix) == "/ui/team-a/runtime-a/#x");
    for (const auto *other : {"/uix", "http://any-host/v1/info", "//host/ui/", "ui/", "", "/v1?x=/ui/"}) {
        DOCTEST_CAPTURE(other);
        DOCTEST_CHECK_FALSE(rewrite_location(other, prefix).has_value());
    }
}

DOCTEST_TEST_CASE("infoUri leads into the UI of the runtime that runs the query") {
    const auto prefix = ui_prefix("team-a", "runtime-a");
    DOCTEST_CHECK(rewrite_info_uri("http://gw/ui/query.html?2025", prefix) == "http://gw/ui/team-a/runtime-a/query.html?2025");
    DOCTEST_CHECK(rewrite_info_uri("http://gw/ui#/queries/2025", prefix) == "http://gw/ui/team-a/runtime-a/#/queries/2025");
    DOCTEST_CHECK(rewrite_info_uri("http:\\/\\/gw\\/ui\\/query.html?a\\u0026b", prefix) ==
                  "http://gw/ui/team-a/runtime-a/query.html?a&b");
    for (const auto *other : {"http://gw/ui/team-a/runtime-a/query.html?x", "http://gw/v1/query/x", "http://gw/ui/other/x", "",
                              "http://gw", "http://gw/ui/query.html?\\u0022", "http://gw/uix"}) {
        DOCTEST_CAPTURE(other);
        DOCTEST_CHECK_FALSE(rewrite_info_uri(other, prefix).has_value());
    }
}

namespace {

std::string edited(BodyKind kind, const std::string &raw, std::size_t at, std::size_t length, std::string_view replacement) {
    const auto edit = edit_body(kind, raw, at, length, replacement);
    if (!edit) return "(none)";
    return raw.substr(0, edit->begin) + edit->text + raw.substr(edit->end);
}

std::string chunked(std::string_view payload, std::size_t size) {
    std::string out;
    char head[20];
    while (!payload.empty()) {
        const auto piece = payload.substr(0, size);
        std::snprintf(head, sizeof head, "%zx\r\n", piece.size());
        out += head;
        out += piece;
        out += "\r\n";
        payload.remove_prefix(piece.size());
    }
    return out + "0\r\n\r\n";
}

std::string payload_of(std::string_view raw) {
    ChunkScanner scanner;
    std::string out;
    std::size_t used = 0;
    if (scanner.feed(raw, used, [&](std::string_view piece) { out += piece; }) != ChunkScanner::Progress::done)
        return "(malformed)";
    return used == raw.size() ? out : "(too long)";
}

} // namespace

DOCTEST_TEST_CASE("an edit changes the payload and leaves the framing sound, wherever chunks begin") {
    const std::string payload = "{\"id\":\"x\",\"infoUri\":\"http://gw/ui/q\",\"more\":1}";
    const auto at = payload.find("http");
    const std::size_t length = 14;
    const std::string wanted = payload.substr(0, at) + "REPLACED AND LONGER THAN BEFORE" + payload.substr(at + length);
    DOCTEST_CHECK(edited(BodyKind::length, payload, at, length, "REPLACED AND LONGER THAN BEFORE") == wanted);
    for (std::size_t size = 1; size <= payload.size(); ++size) {
        DOCTEST_CAPTURE(size);
        const auto raw = chunked(payload, size);
        DOCTEST_CHECK(payload_of(edited(BodyKind::chunked, raw, at, length, "REPLACED AND LONGER THAN BEFORE")) == wanted);
        DOCTEST_CHECK(payload_of(edited(BodyKind::chunked, raw, at, length, "")) ==
                      payload.substr(0, at) + payload.substr(at + length));
    }
    DOCTEST_CHECK_FALSE(edit_body(BodyKind::length, payload, payload.size() - 3, 5, "x").has_value());
    DOCTEST_CHECK_FALSE(edit_body(BodyKind::chunked, chunked(payload, 5).substr(0, 20), at, length, "x").has_value());
}
