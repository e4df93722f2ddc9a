#include "adapters/sandbox/api/json_text.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

using xtn::sandbox::read_json;
using xtn::sandbox::write_json;

namespace {

std::string again(std::string_view text) {
    const auto read = read_json(text);
    return read.ok() ? write_json(read->value) : "error: " + read.error().message;
}

} // namespace

DOCTEST_TEST_CASE("numbers come back as a real server writes them") {
    DOCTEST_CHECK(again("[1,-0,12345678901234567,3.0,1e3]") == "[1,0,12345678901234567,3,1000]");
    DOCTEST_CHECK(again("[0.1,1e-3,1.5e300,1e-7]") == "[0.1,0.001,1.5e+300,1e-7]");
    DOCTEST_CHECK(again("18446744073709551616") == "18446744073709552000");
    DOCTEST_CHECK(read_json("3.0")->value.is_double()); // the schema of an integer field has to refuse it
}

DOCTEST_TEST_CASE("members given twice are told by path, and the last one counts") {
    const auto read = read_json(R"({"spec":{"size":"s","size":"m"},"items":[{"a":1,"a":2}]})");
    DOCTEST_REQUIRE(read.ok());
    DOCTEST_CHECK(read->duplicates == std::vector<std::string>{"spec.size", "items[0].a"});
    DOCTEST_CHECK(write_json(read->value) == R"({"spec":{"size":"m"},"items":[{"a":2}]})");
}

DOCTEST_TEST_CASE("what is no JSON is refused in the words of Go's reader") {
    DOCTEST_CHECK(again("") == "error: unexpected end of JSON input");
    DOCTEST_CHECK(again("{\"a\": ") == "error: unexpected end of JSON input");
    DOCTEST_CHECK(again("nonsense") == "error: invalid character 'o' in literal null (expecting 'u')");
    DOCTEST_CHECK(again("{a}") == "error: invalid character 'a' looking for beginning of object key string");
    DOCTEST_CHECK(again("[1 2]") == "error: invalid character '2' after array element");
    DOCTEST_CHECK(again("{} x") == "error: invalid character 'x' after top-level value");
    DOCTEST_CHECK(again("\"a\nb\"") == "error: invalid character '\\n' in string literal");
    DOCTEST_CHECK(again("[01]") == "error: invalid character '1' after array element");
    DOCTEST_CHECK(again("1e999").starts_with("error: json: cannot unmarshal number 1e999"));
}

DOCTEST_TEST_CASE("strings keep every character; a lone surrogate becomes the replacement character") {
    DOCTEST_CHECK(again(R"("\u00fc\u2028<>&\ud83d\ude00")") == "\"ü\u2028<>&😀\"");
    DOCTEST_CHECK(again(R"("\ud800x")") == "\"\xef\xbf\xbdx\"");
}

DOCTEST_TEST_CASE("nesting is bounded") {
    DOCTEST_CHECK(again(std::string(100, '[') + std::string(100, ']')) == std::string(100, '[') + std::string(100, ']'));
    DOCTEST_CHECK(again(std::string(100000, '[')).starts_with("error: exceeded max depth"));
}
