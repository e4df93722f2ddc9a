#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <limits>

using namespace xtn;
namespace json = boost::json;

DOCTEST_TEST_CASE("equal values have equal canonical text, whatever their order was") {
    const auto a = json::parse(R"({"b":[1,{"y":true,"x":null}],"a":"t"})");
    const auto b = json::parse(R"({ "a" : "t", "b" : [ 1, { "x": null, "y": true } ] })");
    DOCTEST_CHECK(*canonical_json(a) == R"({"a":"t","b":[1,{"x":null,"y":true}]})");
    DOCTEST_CHECK(*canonical_json(a) == *canonical_json(b));
}

DOCTEST_TEST_CASE("canonical text uses the shortest escapes and raw UTF-8") {
    json::object o;
    o["k"] = json::string("\"\\\b\f\n\r\t\x01\x1f/\x7f\xc3\xbc");
    DOCTEST_CHECK(*canonical_json(o) == "{\"k\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\x7f\xc3\xbc\"}");
    // Reading it back and writing it again changes nothing.
    DOCTEST_CHECK(*canonical_json(json::parse(*canonical_json(o))) == *canonical_json(o));
}

DOCTEST_TEST_CASE("every byte is escaped or kept alike at every place of a text") {
    for (std::size_t length = 1; length <= 20; ++length)
        for (std::size_t at = 0; at < length; ++at)
            for (int byte = 0; byte < 0x80; ++byte) {
                json::object o;
                std::string text(length, 'a');
                text[at] = static_cast<char>(byte);
                o["k"] = text;
                // Boost.JSON escapes ASCII the same way.
                if (const auto written = *canonical_json(o); written != json::serialize(o))
                    DOCTEST_CHECK(written == json::serialize(o));
                text[at] = static_cast<char>(byte | 0x80);
                o["k"] = text;
                if (canonical_json(o).ok()) DOCTEST_FAIL("a lone byte above 0x7f was let through");
            }
}

DOCTEST_TEST_CASE("integers keep all their digits") {
    json::object o;
    o["max"] = std::numeric_limits<std::uint64_t>::max();
    o["min"] = std::numeric_limits<std::int64_t>::min();
    DOCTEST_CHECK(*canonical_json(o) == R"({"max":18446744073709551615,"min":-9223372036854775808})");
}

DOCTEST_TEST_CASE("what has no canonical form is refused by its JSON pointer") {
    const auto refused = canonical_json(json::parse(R"({"a":{"x/y":[1,2.5]}})"));
    DOCTEST_REQUIRE_FALSE(refused.ok());
    DOCTEST_CHECK(refused.error().message == "a floating-point number at /a/x~1y/1");
    json::object bad;
    bad["k"] = json::string("\xff");
    DOCTEST_CHECK(canonical_json(bad).error().message == "text that is not UTF-8 at /k");
    json::value deep = json::array();
    for (int i = 0; i < 100; ++i)
        deep = json::array({std::move(deep)});
    DOCTEST_CHECK_FALSE(canonical_json(deep).ok());
    DOCTEST_CHECK_THROWS(canonical_json_or_throw(json::value(1.5)));
}

DOCTEST_TEST_CASE("a normalised object is byte for byte what a replay reads") {
    json::object o;
    o["z"] = std::uint64_t{5};
    o["a"] = json::array({json::object({{"n", 1}, {"b", std::uint64_t{7}}})});
    normalise(o);
    const auto replayed = *parse_json(*canonical_json(o));
    DOCTEST_CHECK(json::serialize(o) == json::serialize(replayed));
    DOCTEST_CHECK(o.at("z").is_int64());
    DOCTEST_CHECK(json::value(o) == replayed);
}
