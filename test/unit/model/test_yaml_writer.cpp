#include "core/model/yaml.hpp"
#include "core/model/yaml_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace xtn;

DOCTEST_TEST_CASE("objects are written as kubectl prints them") {
    const auto value = boost::json::parse(
        R"({"kind":"X","metadata":{"labels":{},"name":"a"},"spec":{"list":[{"a":1,"b":[]},"x",[1,2]],"on":true,"none":null,"pi":{"$float":"3.14"}},"text":"one\ntwo\n"})");
    DOCTEST_CHECK(yaml_text(value) == R"(kind: X
metadata:
  labels: {}
  name: a
spec:
  list:
  - a: 1
    b: []
  - x
  - - 1
    - 2
  "on": true
  none: null
  pi: 3.14
text: |
  one
  two
)");
}

DOCTEST_TEST_CASE("every string reads back as itself") {
    const char *texts[] = {"",           "yes",
                           "12",         "0x1",
                           "1.5",        "a: b",
                           "a #b",       "#a",
                           "- a",        "-",
                           "?",          "a:",
                           " a",         "a ",
                           "'q'",        "\"q\"",
                           "a\tb",       "a\nb",
                           "a\nb\n",     "a\n\n",
                           "\n",         "  x\ny",
                           "~",          "null",
                           "<<",         "=",
                           "1:30",       "*a",
                           "&a",         "!t",
                           "%d",         "@x",
                           "`x`",        "{",
                           "}",          "[x]",
                           "a, b",       "---",
                           "...",        "--- x",
                           ".inf",       "y",
                           "2026-11-22", "2026-11-22T10:54:16Z",
                           "a\rb",       "a\x01",
                           "\x7f",       "|",
                           ">",          "\\",
                           "a\n b\n  c", "a \nb",
                           "08",         "1e3",
                           "+1",         "-1",
                           "_1",         "1_0",
                           ".5",         "-.5",
                           "a'b",        "x\n\n\ny\n\n",
                           "\xC3\xA9",   "\xE2\x80\xA8",
                           "0o7",        "k: |"};
    for (const char *text : texts) {
        DOCTEST_CAPTURE(text);
        boost::json::object object;
        object["k"] = text;
        boost::json::array list{text, text};
        object["l"] = list;
        boost::json::object inner;
        inner[text] = text;
        object["o"] = inner;
        const auto written = yaml_text(object);
        DOCTEST_CAPTURE(written);
        const auto back = yaml_to_json(written);
        DOCTEST_REQUIRE_MESSAGE(back.ok(), back.error().message);
        DOCTEST_CHECK(boost::json::serialize(*back) == boost::json::serialize(object));
        const auto alone = yaml_to_json(yaml_text(boost::json::value(text)));
        DOCTEST_REQUIRE(alone.ok());
        DOCTEST_CHECK(*alone == boost::json::value(text));
    }
}
