#include "kubeclient/api_error.hpp"
#include "kubeclient/backoff.hpp"
#include "kubeclient/discovery.hpp"
#include "kubeclient/kind.hpp"
#include "kubeclient/merge_patch.hpp"
#include "kubeclient/object.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace kube;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

json::object obj(std::string_view text) {
    return json::parse(text).as_object();
}

std::string diff(std::string_view from, std::string_view to) {
    return json::serialize(merge_diff(obj(from), obj(to)));
}

} // namespace

DOCTEST_TEST_CASE("numbers that are not 64-bit integers keep their text there and back") {
    const std::string text = R"({"a":1.50,"b":-7,"c":[1e400,18446744073709551616,0.1],"d":18446744073709551615})";
    const auto value = parse_json_object(text);
    DOCTEST_REQUIRE(value.ok());
    DOCTEST_CHECK(json::serialize(value->at("a")) == R"({"$float":"1.50"})");
    DOCTEST_CHECK(value->at("b").as_int64() == -7);
    DOCTEST_CHECK(to_json_text(*value) == text);
}

DOCTEST_TEST_CASE("an object that only looks like a kept number is written as the object it is") {
    for (const std::string text : {R"({"$float":"1,\"admin\":true"})", R"({"$float":"01"})", R"({"$float":"1."})",
                                   R"({"$float":""})", R"({"$float":"1e"})", R"({"$float":1})", R"({"$float":"1.5","x":1})"}) {
        DOCTEST_CAPTURE(text);
        DOCTEST_CHECK(to_json_text(*parse_json(text)) == text);
    }
}

DOCTEST_TEST_CASE("what is not JSON is refused with the place") {
    for (const std::string text : {"", "{", "{\"a\":1} x", "{\"a\":nan}", "\"\\ud800\"", "[1,]"}) {
        DOCTEST_CAPTURE(text);
        const auto value = parse_json(text);
        DOCTEST_REQUIRE(!value.ok());
        DOCTEST_CHECK(value.error().code == netkit::Code::data_corrupted);
        DOCTEST_CHECK(value.error().message.find("at byte") != std::string::npos);
    }
    DOCTEST_CHECK(!parse_json_object("[]").ok());
    DOCTEST_CHECK(parse_json(std::string(60, '[') + std::string(60, ']')).ok());
    DOCTEST_CHECK(!parse_json(std::string(200, '[') + std::string(200, ']')).ok());
}

DOCTEST_TEST_CASE("look-ups forgive missing steps and other types") {
    const auto o = obj(R"({"a":{"b":"x","n":3,"l":[]},"s":"t"})");
    DOCTEST_CHECK(find_string(o, {"a", "b"}) == "x");
    DOCTEST_CHECK(find_string(o, {"a", "n"}).empty());
    DOCTEST_CHECK(find_string(o, {"s", "b"}).empty());
    DOCTEST_CHECK(find_string(o, {"x", "y"}).empty());
    DOCTEST_CHECK(find_int(o, {"a", "n"}) == 3);
    DOCTEST_CHECK(find_int(o, {"a", "b"}, -1) == -1);
    DOCTEST_CHECK(find_object(o, {"a"}) != nullptr);
    DOCTEST_CHECK(find_object(o, {"a", "l"}) == nullptr);
    DOCTEST_CHECK(find(o, {"a", "l"}) != nullptr);
}

DOCTEST_TEST_CASE("managedFields are kept beside the object, and say who owns and who wrote last") {
    const auto object = Object::from(obj(R"({"metadata":{"name":"x","namespace":"n","uid":"u","resourceVersion":"7",
      "labels":{"app":"y"},"managedFields":[
        {"manager":"us","operation":"Apply","time":"2026-01-01T00:00:02Z","fieldsV1":{"f:spec":{}}},
        {"manager":"kubelet","operation":"Update","subresource":"status","time":"2026-01-01T00:00:01Z","fieldsV1":{}},
        {"manager":"us","operation":"Update","subresource":"scale","time":"2026-01-01T00:00:00Z"},
        7, {"manager":"hand","operation":"Update","time":"2026-01-01T00:00:03Z"}]}})"));
    DOCTEST_CHECK(!object.body.at("metadata").as_object().contains("managedFields"));
    DOCTEST_CHECK(object.name() == "x");
    DOCTEST_CHECK(object.ns() == "n");
    DOCTEST_CHECK(object.uid() == "u");
    DOCTEST_CHECK(object.resource_version() == "7");
    DOCTEST_CHECK(object.label("app") == "y");
    DOCTEST_CHECK(object.label("none").empty());
    DOCTEST_REQUIRE(object.applied_by("us") != nullptr);
    DOCTEST_CHECK(object.applied_by("us")->contains("f:spec"));
    DOCTEST_CHECK(object.applied_by("hand") == nullptr);
    DOCTEST_CHECK(object.managers() == std::vector<std::string>{"kubelet", "us", "hand"});
}

DOCTEST_TEST_CASE("an object without metadata is bare, not a crash") {
    const auto object = Object::from(obj(R"({"metadata":[1]})"));
    DOCTEST_CHECK(object.uid().empty());
    DOCTEST_CHECK(object.managers().empty());
}

DOCTEST_TEST_CASE("the smallest merge patch between two objects") {
    DOCTEST_CHECK(diff(R"({"a":1})", R"({"a":1})") == "{}");
    DOCTEST_CHECK(diff(R"({"a":1,"b":{"c":1,"d":2}})", R"({"a":1,"b":{"c":1,"d":3}})") == R"({"b":{"d":3}})");
    DOCTEST_CHECK(diff(R"({"a":1,"b":2})", R"({"b":2})") == R"({"a":null})");
    DOCTEST_CHECK(diff(R"({"b":{"c":1}})", R"({"b":{}})") == R"({"b":{"c":null}})");
    DOCTEST_CHECK(diff(R"({"l":[1,2]})", R"({"l":[1,2,3]})") == R"({"l":[1,2,3]})");
    DOCTEST_CHECK(diff(R"({"a":1})", R"({"a":{"b":2}})") == R"({"a":{"b":2}})");
}

DOCTEST_TEST_CASE("applying the difference gives the target, whatever the two are") {
    const std::vector<std::string> shapes{"{}",
                                          R"({"a":1})",
                                          R"({"a":{"b":1,"c":[1]}})",
                                          R"({"a":{"c":[2]},"d":"x"})",
                                          R"({"a":"x","d":{"e":{}}})",
                                          R"({"d":{"e":{"f":true}}})"};
    for (const auto &from : shapes) {
        for (const auto &to : shapes) {
            auto target = obj(from);
            merge_apply(target, merge_diff(obj(from), obj(to)));
            DOCTEST_CHECK(target == obj(to));
        }
    }
}

DOCTEST_TEST_CASE("paths of kinds, namespaced and not, with every part encoded") {
    const Kind deployments{"apps", "v1", "deployments", "Deployment", true};
    DOCTEST_CHECK(deployments.api_version() == "apps/v1");
    DOCTEST_CHECK(deployments.path("a", "x", "scale") == "/apis/apps/v1/namespaces/a/deployments/x/scale");
    DOCTEST_CHECK(deployments.path("") == "/apis/apps/v1/deployments");
    DOCTEST_CHECK(deployments.path("../b", "x/y") == "/apis/apps/v1/namespaces/..%2Fb/deployments/x%2Fy");
    const Kind namespaces{"", "v1", "namespaces", "Namespace", false};
    DOCTEST_CHECK(namespaces.path("", "a") == "/api/v1/namespaces/a");
    DOCTEST_CHECK(GroupVersion::parse("v1").path() == "/api/v1");
    DOCTEST_CHECK(GroupVersion::parse("apps/v1").path() == "/apis/apps/v1");
}

DOCTEST_TEST_CASE("discovery reads kinds and leaves subresources out") {
    const auto kinds = Discovery::kinds_of(obj(R"({"resources":[{"name":"deployments","kind":"Deployment","namespaced":true},
      {"name":"deployments/scale","kind":"Scale","namespaced":true},{"name":"nodes","kind":"Node","namespaced":false},5]})"),
                                           "apps/v1");
    DOCTEST_REQUIRE(kinds.size() == 2);
    DOCTEST_CHECK(kinds[0] == Kind{"apps", "v1", "deployments", "Deployment", true});
    DOCTEST_CHECK_FALSE(kinds[1].namespaced);
    DOCTEST_CHECK(Discovery::kinds_of(obj("{}"), "v1").empty());
}

DOCTEST_TEST_CASE("backoff doubles up to the cap and between one half and all of it is waited") {
    const Backoff backoff{1000ms, 8000ms};
    DOCTEST_CHECK(backoff.delay(1, 0.0) == 500ms);
    DOCTEST_CHECK(backoff.delay(1, 0.999) < 1000ms);
    DOCTEST_CHECK(backoff.delay(3, 0.0) == 2000ms);
    DOCTEST_CHECK(backoff.delay(4, 0.5) == 6000ms);
    DOCTEST_CHECK(backoff.delay(1000, 0.0) == 4000ms);
    const auto random = system_random();
    for (int i = 0; i < 100; ++i) {
        const auto r = random();
        DOCTEST_CHECK(r >= 0.0);
        DOCTEST_CHECK(r < 1.0);
    }
}

DOCTEST_TEST_CASE("an error answer is read as a Status, or kept in its own words") {
    netkit::Response conflict;
    conflict.status = 409;
    conflict.body = R"({"kind":"Status","reason":"Conflict","message":"Apply failed","code":409,"details":{"causes":[
      {"reason":"FieldManagerConflict","message":"conflict with \"hand\" using apps/v1","field":".spec.replicas"},
      {"reason":"FieldManagerConflict","message":"conflict with \"hand\"","field":".spec.x"}]}})";
    const auto e = ApiError::from_response(conflict);
    DOCTEST_CHECK(e.conflict());
    DOCTEST_CHECK(e.retryable());
    DOCTEST_CHECK(e.code_text() == "409");
    DOCTEST_CHECK(e.causes.size() == 2);
    DOCTEST_CHECK(e.conflicting_managers() == std::vector<std::string>{"hand"});

    netkit::Response busy;
    busy.status = 429;
    busy.headers.add("Retry-After", "3");
    busy.body = "slow down";
    const auto b = ApiError::from_response(busy);
    DOCTEST_CHECK(b.retryable());
    DOCTEST_CHECK(b.retry_after == std::chrono::seconds(3));
    DOCTEST_CHECK(b.message == "slow down");

    netkit::Response exists;
    exists.status = 409;
    exists.body = R"({"kind":"Status","reason":"AlreadyExists","code":409})";
    DOCTEST_CHECK(ApiError::from_response(exists).kind == netkit::Code::already_exists);
    DOCTEST_CHECK(ApiError::from_status(obj(R"({"code":410,"reason":"Expired"})")).gone());
    DOCTEST_CHECK(ApiError::make(netkit::Code::unavailable, "x").code_text() == "unavailable");
}
