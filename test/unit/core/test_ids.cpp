#include "core/base/ids.hpp"

#include <doctest/doctest.h>

using namespace xtn;

DOCTEST_TEST_CASE("a timestamp prints as RFC 3339 in UTC and leaves a zero fraction out") {
    DOCTEST_CHECK(Timestamp{0}.rfc3339() == "1970-01-01T00:00:00Z");
    DOCTEST_CHECK(Timestamp{1'500'000'000}.rfc3339() == "1970-01-01T00:00:01.5Z");
    DOCTEST_CHECK(Timestamp{-1}.rfc3339() == "1969-12-31T23:59:59.999999999Z");
    DOCTEST_CHECK(Timestamp{1'500'000'000}.rfc3339_seconds() == "1970-01-01T00:00:01Z");
}

DOCTEST_TEST_CASE("a timestamp reads any offset and up to nine fractional digits") {
    const auto utc = Timestamp::parse("2026-11-24T14:02:05.123456789Z");
    const auto east = Timestamp::parse("2026-11-24T15:32:05.123456789+01:30");
    DOCTEST_REQUIRE(utc.ok());
    DOCTEST_REQUIRE(east.ok());
    DOCTEST_CHECK(*utc == *east);
    DOCTEST_CHECK(utc->rfc3339() == "2026-11-24T14:02:05.123456789Z");
    DOCTEST_CHECK(Timestamp::parse("2024-02-29T00:00:00z").ok());
    DOCTEST_CHECK(Timestamp::parse("2016-12-31T23:59:60Z")->rfc3339() == "2017-01-01T00:00:00Z");
}

DOCTEST_TEST_CASE("a text that is not a time is refused") {
    for (const auto *text :
         {"", "2026-11-24", "2026-11-24T14:02:05", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T14:02:05.Z",
          "2026-11-24T14:02:05.1234567890Z", "2026-11-24T14:02:05Zx", "9999-01-01T00:00:00Z", "2026-11-24T14:02:05+1:00"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK_FALSE(Timestamp::parse(text).ok());
    }
}

DOCTEST_TEST_CASE("a runtime id is a namespace and a name") {
    const auto id = RuntimeId::parse("team-a/small");
    DOCTEST_REQUIRE(id.ok());
    DOCTEST_CHECK(id->ns == "team-a");
    DOCTEST_CHECK(id->name == "small");
    for (const auto *text : {"", "team-a", "team-a/", "/small", "a/b/c", "a/b c"})
        DOCTEST_CHECK_FALSE(RuntimeId::parse(text).ok());
}

DOCTEST_TEST_CASE("a subject holds only safe characters and no empty part") {
    DOCTEST_CHECK(Subject::parse("object/ConfigMap/team-a/trino-x").ok());
    for (const auto *text : {"", "/cluster", "cluster/", "a//b", "a b", "a\nb", "a\xc3\xa4"})
        DOCTEST_CHECK_FALSE(Subject::parse(text).ok());
    DOCTEST_CHECK_FALSE(Subject::parse(std::string(321, 'a')).ok());
    DOCTEST_CHECK(Subject{"runtime/a/b"}.as_runtime().ok());
    DOCTEST_CHECK_FALSE(Subject{"cluster"}.as_runtime().ok());
}
