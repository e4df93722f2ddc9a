#include "core/model/yaml.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace {

using namespace xtn;

std::string json_of(std::string_view text) {
    auto value = yaml_to_json(text);
    DOCTEST_REQUIRE_MESSAGE(value.ok(), value.error().message);
    return boost::json::serialize(*value);
}
std::string error_of(std::string_view text) {
    auto value = yaml_documents(text);
    DOCTEST_REQUIRE_MESSAGE(!value.ok(), boost::json::serialize(value->front()));
    DOCTEST_CHECK(value.error().code == Code::invalid_argument);
    return value.error().message;
}

} // namespace

DOCTEST_TEST_CASE("plain scalars mean what kubectl takes them for") {
    struct Case {
        const char *text;
        const char *json;
    };
    const Case cases[] = {
        {"yes", "true"},
        {"Off", "false"},
        {"y", "true"},
        {"True", "true"},
        {"tRue", "\"tRue\""},
        {"~", "null"},
        {"null", "null"},
        {"nULL", "\"nULL\""},
        {"012", "10"},
        {"0o17", "15"},
        {"0x1F", "31"},
        {"0b101", "5"},
        {"-0x10", "-16"},
        {"1_000", "1000"},
        {"+7", "7"},
        {"-", "[null]"},
        {"08", "8"},
        {"1.0", "1"},
        {"1e3", "1000"},
        {"1.50", "{\"$float\":\"1.50\"}"},
        {".5", "{\"$float\":\"0.5\"}"},
        {"-1.5e-3", "{\"$float\":\"-1.5e-3\"}"},
        {"9223372036854775807", "9223372036854775807"},
        {"18446744073709551615", "18446744073709551615"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"18446744073709551616", "{\"$float\":\"18446744073709551616\"}"},
        {"2026-11-22T10:54:16Z", "\"2026-11-22T10:54:16Z\""},
        {"2026-11-22", "\"2026-11-22\""},
        {"1:30", "\"1:30\""},
        {"\"yes\"", "\"yes\""},
        {"'12'", "\"12\""},
        {"!!str 12", "\"12\""},
        {"1.2.3", "\"1.2.3\""},
        {"4Gi", "\"4Gi\""},
        {"500m", "\"500m\""},
        {".", "\".\""},
        {"-x", "\"-x\""},
        {"|\n  12\n", "\"12\\n\""},
    };
    for (const auto &c : cases) {
        DOCTEST_CAPTURE(c.text);
        DOCTEST_CHECK(json_of(c.text) == c.json);
    }
}

DOCTEST_TEST_CASE("maps keep their order, and keys that are numbers or booleans become text") {
    DOCTEST_CHECK(json_of("b: 1\na: [x, {c: d}]\n8080: p\non: q\n\"on\": r\n") ==
                  R"({"b":1,"a":["x",{"c":"d"}],"8080":"p","true":"q","on":"r"})");
    DOCTEST_CHECK(json_of("{\"a\": {\"b\": [1, true, null, \"\\u00e9\"]}}") == "{\"a\":{\"b\":[1,true,null,\"\xC3\xA9\"]}}");
}

DOCTEST_TEST_CASE("aliases and merge keys are filled in") {
    DOCTEST_CHECK(json_of("base: &b {x: 1, z: 2}\nother:\n  <<: *b\n  z: 3\n") ==
                  R"({"base":{"x":1,"z":2},"other":{"z":3,"x":1}})");
    DOCTEST_CHECK(json_of("a: &a 5\nb: *a\n") == R"({"a":5,"b":5})");
}

DOCTEST_TEST_CASE("a stream gives its documents without the empty ones") {
    auto documents = yaml_documents("# nothing\n---\na: 1\n---\n---\n# still nothing\n---\nb: 2\n");
    DOCTEST_REQUIRE(documents.ok());
    DOCTEST_CHECK(documents->size() == 2);
    DOCTEST_CHECK(json_of("") == "null");
    DOCTEST_CHECK(!yaml_to_json("a: 1\n---\nb: 2\n").ok());
}

DOCTEST_TEST_CASE("what is wrong is named with line and column") {
    DOCTEST_CHECK(error_of("a: 1\nb:\n  c: 1\n  c: 2\n") == "line 4, column 3: key \"c\" is given twice");
    DOCTEST_CHECK(error_of("1: a\n\"1\": b\n").find("line 2, column 1: key \"1\"") == 0);
    DOCTEST_CHECK(error_of("a: [1, 2\n").find("line ") == 0);
    DOCTEST_CHECK(error_of("a:\n\t- b\n").find("line 2") == 0);
    DOCTEST_CHECK(error_of("? [a, b]\n: c\n") == "line 1, column 3: a key must be text, a number or a boolean");
    DOCTEST_CHECK(error_of("~: c\n") == "line 1, column 1: a key must be text, a number or a boolean");
    DOCTEST_CHECK(error_of("a: .inf\n") == "line 1, column 4: JSON has no number .inf");
    DOCTEST_CHECK(error_of("a: *nobody\n").find("line 1") == 0);
    DOCTEST_CHECK(error_of("a: \xFF\n") == "not UTF-8 text");
}

DOCTEST_TEST_CASE("a value that contains itself, a bomb of aliases and endless nesting are refused") {
    DOCTEST_CHECK(error_of("a: &a [*a]\n").find("not complete") != std::string::npos);
    std::string bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        const auto before = "*l" + std::to_string(i - 1);
        bomb += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + before;
        for (int n = 1; n < 10; ++n)
            bomb += ", " + before;
        bomb += "]\n";
    }
    DOCTEST_CHECK(error_of(bomb).find("more than 100000 values") != std::string::npos);
    DOCTEST_CHECK(error_of(std::string(65, '[') + std::string(65, ']')).find("nested deeper than 64 levels") !=
                  std::string::npos);
    DOCTEST_CHECK(yaml_to_json(std::string(64, '[') + std::string(64, ']')).ok());
    DOCTEST_CHECK(!yaml_to_json(std::string(5000, '[')).ok());
    DOCTEST_CHECK(!yaml_to_json(std::string(5000, '{')).ok());
}

DOCTEST_TEST_CASE("text on which the parser would never come to an end is refused") {
    DOCTEST_CHECK(error_of(",::::::::66:::::::::1F, 02b:\n  <<: *x\n  t: |\n    two\x1F\n    lines : d}\n").find("line ") == 0);
    DOCTEST_CHECK(error_of("a: 1\n}\n").find("line ") == 0);
    DOCTEST_CHECK(error_of("]").find("line 1, column 1") == 0);
    DOCTEST_CHECK(yaml_documents("---\n---\n---\n")->empty());
}

DOCTEST_TEST_CASE("a number too large to be exact stays one when it is read again") {
    const auto first = json_of("0000014347467612885206813");
    DOCTEST_CHECK(first == "{\"$float\":\"1.4347467612885207e+19\"}");
    DOCTEST_CHECK(json_of("1.4347467612885207e+19") == first);
}
