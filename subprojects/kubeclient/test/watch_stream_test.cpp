#include "watch_stream.hpp"

#include <doctest/doctest.h>

using namespace kube;

DOCTEST_TEST_CASE("each type of watch event is read") {
    const auto added = parse_watch_event(R"({"type":"ADDED","object":{"metadata":{"uid":"u"}}})");
    DOCTEST_REQUIRE(added.ok());
    DOCTEST_CHECK(added->type == WatchType::added);
    DOCTEST_CHECK(added->object.uid() == "u");
    DOCTEST_CHECK(parse_watch_event(R"({"type":"MODIFIED","object":{}})")->type == WatchType::modified);
    DOCTEST_CHECK(parse_watch_event(R"({"type":"DELETED","object":{}})")->type == WatchType::deleted);
    DOCTEST_CHECK(
        parse_watch_event(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}})")->object.resource_version() ==
        "9");
    const auto error = parse_watch_event(R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})");
    DOCTEST_REQUIRE(error.ok());
    DOCTEST_CHECK(error->error.gone());
}

DOCTEST_TEST_CASE("what is no watch event is refused") {
    for (const std::string line :
         {"x", "[]", R"({"type":"ADDED"})", R"({"type":"ADDED","object":3})", R"({"type":"NEW","object":{}})"}) {
        DOCTEST_CAPTURE(line);
        const auto event = parse_watch_event(line);
        DOCTEST_REQUIRE(!event.ok());
        DOCTEST_CHECK(event.error().kind == netkit::Code::data_corrupted);
    }
}
