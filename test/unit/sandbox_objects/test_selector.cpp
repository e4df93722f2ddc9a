#include "adapters/sandbox/objects/selector.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace xtn::sandbox::objects;

namespace {
const auto labelled = obj(R"({"metadata":{"labels":{"app":"web","tier":"front","n":"5"}}})");
const auto bare = obj(R"({"metadata":{}})");

bool matches(std::string_view text, const boost::json::object &object = labelled) {
    return LabelSelector::parse(text).value().matches(object);
}
std::string error(std::string_view text) {
    return LabelSelector::parse(text).error().message;
}
} // namespace

DOCTEST_TEST_CASE("label selectors select by equality, sets, presence and size") {
    DOCTEST_CHECK(matches("app=web"));
    DOCTEST_CHECK(matches("app==web,tier!=back"));
    DOCTEST_CHECK(!matches("app=web,tier!=front"));
    DOCTEST_CHECK(matches("app in (db, web)"));
    DOCTEST_CHECK(!matches("app notin (db,web)"));
    DOCTEST_CHECK(matches("index,!app", obj(R"({"metadata":{"labels":{"index":"x"}}})")));
    DOCTEST_CHECK(matches("n>4,n<6"));
    DOCTEST_CHECK(!matches("n>5"));
    DOCTEST_CHECK(matches(""));
    DOCTEST_CHECK(matches("app!=web", bare));
    DOCTEST_CHECK(matches("app notin (web)", bare));
    DOCTEST_CHECK(!matches("app", bare));
    DOCTEST_CHECK(matches("in=x", obj(R"({"metadata":{"labels":{"in":"x"}}})")));
}

DOCTEST_TEST_CASE("label selectors that cannot be read are refused with a place") {
    DOCTEST_CHECK(error("a=b,") == "unable to parse requirement: found '', expected: identifier after ','");
    DOCTEST_CHECK(error("a in x").starts_with("unable to parse requirement: found 'x', expected: '('"));
    DOCTEST_CHECK(error("a b").starts_with("unable to parse requirement: found 'b', expected: in, notin"));
    DOCTEST_CHECK(error("a/b/c=d").find("a valid label key must consist of") != std::string::npos);
    DOCTEST_CHECK(error("a=b!").find("expected: ',' or 'end of string'") != std::string::npos);
    DOCTEST_CHECK(error("n>x").find("the value must be an integer") != std::string::npos);
    DOCTEST_CHECK(!LabelSelector::parse("a in (b").ok());
}

DOCTEST_TEST_CASE("a selector object selects like its text") {
    const auto selector = LabelSelector::from_object(obj(R"({"matchLabels":{"tier":"front"},
        "matchExpressions":[{"key":"app","operator":"In","values":["web","db"]},{"key":"gone","operator":"DoesNotExist"}]})"));
    DOCTEST_REQUIRE(selector.ok());
    DOCTEST_CHECK(selector->text() == "app in (db,web),!gone,tier=front");
    DOCTEST_CHECK(selector->matches(labelled));
    DOCTEST_CHECK(LabelSelector::parse(selector->text())->text() == selector->text());
    DOCTEST_CHECK(!LabelSelector::from_object(obj(R"({"matchExpressions":[{"key":"a","operator":"Like"}]})")).ok());
}

DOCTEST_TEST_CASE("field selectors know the fields of the kind") {
    const auto &pods = *builtin_kind("", "v1", "pods");
    const auto pod = obj(R"({"metadata":{"name":"p"},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}})");
    const auto selects = [&](std::string_view text) { return FieldSelector::parse(pods, text).value().matches(pod); };
    DOCTEST_CHECK(selects("metadata.name=p,spec.nodeName=n1"));
    DOCTEST_CHECK(selects("status.phase!=Failed"));
    DOCTEST_CHECK(!selects("status.phase!=Running"));
    DOCTEST_CHECK(selects("status.podIP="));
    DOCTEST_CHECK(FieldSelector::parse(pods, "metadata.name=p")->name() == "p");
    DOCTEST_CHECK(!FieldSelector::parse(pods, "metadata.name!=p")->name());
    DOCTEST_CHECK(!FieldSelector::parse(pods, "spec.foo=x").ok());
    DOCTEST_CHECK(FieldSelector::parse(recorded_kind(), "spec.workers=1").error().message ==
                  "field label not supported: spec.workers");
    DOCTEST_CHECK(FieldSelector::parse(recorded_kind(), "spec.size=s")->matches(xtrinode(R"({"size":"s"})")));
    DOCTEST_CHECK(!FieldSelector::parse(pods, "nonsense").ok());
}
