#include "adapters/sandbox/objects/field_set.hpp"
#include "adapters/sandbox/objects/typed.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
FieldSet set_of(std::string_view text) {
    return FieldSet::from_json(js(text)).value();
}
std::string text(const FieldSet &s) {
    return compact_json(s.to_json());
}
// A set of a few paths out of a small alphabet, so that sets overlap.
FieldSet random_set(std::mt19937 &random) {
    const PathElement steps[] = {PathElement::field("a"), PathElement::field("b"), PathElement::keys(obj(R"({"name":"c"})")),
                                 PathElement::value(json::string("v"))};
    FieldSet out;
    for (unsigned n = random() % 6; n > 0; --n) {
        std::vector<PathElement> path;
        for (unsigned d = 1 + random() % 3; d > 0; --d)
            path.push_back(steps[random() % 4]);
        out.insert(path);
    }
    return out;
}
} // namespace

DOCTEST_TEST_CASE("FieldsV1 is read and written without change") {
    const std::string fields =
        R"({"f:metadata":{"f:labels":{".":{},"f:example.com/x":{}}},"f:spec":{"f:l":{"k:{\"name\":\"c\",\"port\":80}":{".":{},"f:name":{}},"k:{\"name\":\"c\",\"port\":443}":{}},"f:s":{"v:\"t\"":{},"v:5":{},"i:3":{}}}})";
    DOCTEST_CHECK(text(set_of(fields)) == fields);
    for (const auto *bad :
         {R"({"x":{}})", R"({"q:x":{}})", R"({"k:{":{}})", R"({"k:[]":{}})", R"({"i:x":{}})", R"({"f:a":5})", "[]"})
        DOCTEST_CHECK(!FieldSet::from_json(js(bad)).ok());
}

DOCTEST_TEST_CASE("paths are shown as error texts show them") {
    std::vector<std::string> shown;
    set_of(R"({"f:spec":{"f:c":{"k:{\"name\":\"x\",\"port\":1}":{"f:v":{}}},"f:t":{"v:\"q\"":{}},"f:i":{"i:2":{}}}})")
        .for_each([&](const auto &path) { shown.push_back(path_text(path)); });
    DOCTEST_CHECK(shown == std::vector<std::string>{".spec.c[name=\"x\",port=1].v", ".spec.i[2]", ".spec.t[=\"q\"]"});
}

DOCTEST_TEST_CASE("sets obey the laws of sets") {
    std::mt19937 random(7);
    for (int i = 0; i < 500; ++i) {
        const auto a = random_set(random), b = random_set(random);
        const auto both = set_intersection(a, b), all = set_union(a, b), left = set_difference(a, b);
        DOCTEST_CHECK(set_union(left, both) == a);
        DOCTEST_CHECK(set_intersection(left, b).empty());
        DOCTEST_CHECK(set_union(a, b) == set_union(b, a));
        DOCTEST_CHECK(set_difference(all, b) == left);
        DOCTEST_CHECK(FieldSet::from_json(all.to_json()).value() == all);
        all.for_each([&](const auto &path) { DOCTEST_CHECK((a.has(path) || b.has(path))); });
        both.for_each([&](const auto &path) { DOCTEST_CHECK((a.has(path) && b.has(path))); });
    }
}

DOCTEST_TEST_CASE("applying one's own fields again changes nothing; comparing finds exactly what differs") {
    const auto &schema = *recorded_kind().schema;
    const auto live = xtrinode(
        R"({"size":"s","catalogs":[{"name":"a"},{"name":"b","connector":"hive"}],"tags":["x","y"],"nodeLabels":{"k":"v"}})");
    DOCTEST_CHECK(same_value(merge_typed(&schema, live, live), live));
    DOCTEST_CHECK(compare(&schema, live, live).same());
    auto next = live;
    next["spec"] = js(R"({"size":"m","catalogs":[{"name":"b","connector":"tpch"},{"name":"c"}],"tags":["y","z"]})");
    const auto change = compare(&schema, live, next);
    DOCTEST_CHECK(text(change.modified) == R"({"f:spec":{"f:catalogs":{"k:{\"name\":\"b\"}":{"f:connector":{}}},"f:size":{}}})");
    DOCTEST_CHECK(text(change.added) ==
                  R"({"f:spec":{"f:catalogs":{"k:{\"name\":\"c\"}":{".":{},"f:name":{}}},"f:tags":{"v:\"z\"":{}}}})");
    DOCTEST_CHECK(
        text(change.removed) ==
        R"({"f:spec":{"f:catalogs":{"k:{\"name\":\"a\"}":{".":{},"f:name":{}}},"f:nodeLabels":{".":{},"f:k":{}},"f:tags":{"v:\"x\"":{}}}})");
}
