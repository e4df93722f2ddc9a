#include "adapters/sandbox/objects/patch.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
std::string text(const Patched &p) {
    if (const auto *o = std::get_if<json::object>(&p)) return compact_json(*o);
    const auto &f = std::get<xtn::sandbox::ApiFailure>(p);
    return std::to_string(f.code) + " " + std::string(find_string(f.status, "message"));
}
const std::string rejected = "422 the server rejected our request due to an error in our request";

std::string json_patched(std::string_view object, std::string_view patch) {
    return text(json_patch(obj(object), js(patch)));
}
std::string merged(std::string_view object, std::string_view patch) {
    return text(merge_patch(obj(object), js(patch)));
}
} // namespace

DOCTEST_TEST_CASE("a JSON patch does its operations in order, or nothing") {
    DOCTEST_CHECK(json_patched(R"({"a":{"b/c":1},"l":[1,2]})",
                               R"([{"op":"test","path":"/a/b~1c","value":1},{"op":"add","path":"/l/1","value":9},
                                   {"op":"add","path":"/l/-","value":3},{"op":"move","from":"/a/b~1c","path":"/m"},
                                   {"op":"copy","from":"/l","path":"/c"},{"op":"remove","path":"/l/0"}])") ==
                  R"({"a":{},"l":[9,2,3],"m":1,"c":[1,9,2,3]})");
    for (const auto *bad :
         {R"([{"op":"test","path":"/a","value":2}])", R"([{"op":"remove","path":"/nope"}])",
          R"([{"op":"add","path":"/no/where","value":1}])", R"([{"op":"add","path":"/l/9","value":1}])",
          R"([{"op":"jump","path":"/a"}])", R"([{"op":"add","path":"a","value":1}])",
          R"([{"op":"move","from":"/nope","path":"/a"}])", R"([{"op":"replace","path":"/l/2","value":1}])",
          R"([{"op":"add","path":"/a"}])", R"([{"op":"replace","path":"/l/99999999999999999999999","value":1}])"})
        DOCTEST_CHECK(json_patched(R"({"a":1,"l":[1,2]})", bad) == rejected);
}

DOCTEST_TEST_CASE("what a real server lets pass in a JSON patch passes") {
    DOCTEST_CHECK(json_patched("{}", R"([{"op":"test","path":"/x","value":null},{"op":"replace","path":"/x","value":1}])") ==
                  R"({"x":1})");
    DOCTEST_CHECK(json_patched("{}", R"([{"op":"copy","from":"/nope","path":"/x"}])") == R"({"x":null})");
    DOCTEST_CHECK(json_patched("{}", R"({"op":"remove"})") ==
                  "400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp");
}

DOCTEST_TEST_CASE("a merge patch merges maps, replaces the rest, and removes by null at any depth") {
    DOCTEST_CHECK(
        merged(R"({"a":{"b":1,"c":2},"l":[1]})", R"({"a":{"b":null,"d":{"e":null,"f":1}},"l":[2,{"x":null}],"gone":null})") ==
        R"({"a":{"c":2,"d":{"f":1}},"l":[2,{}]})");
    DOCTEST_CHECK(merged("{}", "[]") ==
                  "400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}");
    DOCTEST_CHECK(merged("{}", "null") == "400 Invalid JSON Patch");
}

DOCTEST_TEST_CASE("bodies that are no JSON are refused in Go's words") {
    const auto says = [](std::string_view body) { return go_json_error(body); };
    DOCTEST_CHECK(says("{") == "unexpected end of JSON input");
    DOCTEST_CHECK(says("") == "unexpected end of JSON input");
    DOCTEST_CHECK(says("nonsense") == "invalid character 'o' in literal null (expecting 'u')");
    DOCTEST_CHECK(says("{a:1}") == "invalid character 'a' looking for beginning of object key string");
    DOCTEST_CHECK(says(R"({"a" 1})") == "invalid character '1' after object key");
    DOCTEST_CHECK(says(R"({"a":1]})") == "invalid character ']' after object key:value pair");
    DOCTEST_CHECK(says("[1 2]") == "invalid character '2' after array element");
    DOCTEST_CHECK(says("{} x") == "invalid character 'x' after top-level value");
    DOCTEST_CHECK(says("\"a\nb\"") == "invalid character '\\n' in string literal");
    DOCTEST_CHECK(says("[01]") == "invalid character '1' after array element");
    DOCTEST_CHECK(says("@") == "invalid character '@' looking for beginning of value");
    DOCTEST_CHECK(says(std::string(100'000, '[')) == "exceeded max depth");
}

namespace {
const Schema &deployment() {
    return *builtin_kind("apps", "v1", "deployments")->schema;
}
// A strategic patch of a pod spec's part.
std::string pod_patched(std::string_view spec, std::string_view patch) {
    const auto in_place = [](std::string_view s) { return json::object{{"spec", {{"template", {{"spec", js(s)}}}}}}; };
    const auto out = strategic_patch(deployment(), in_place(spec), in_place(patch));
    const auto *o = std::get_if<json::object>(&out);
    return o ? at(*o, "spec.template.spec") : text(out);
}
} // namespace

DOCTEST_TEST_CASE("strategic patches merge lists by key; named elements come in their order, the others keep theirs") {
    DOCTEST_CHECK(pod_patched(R"({"containers":[{"name":"one","image":"x"},{"name":"two"}]})",
                              R"({"containers":[{"name":"one","image":"y"},{"name":"three"}]})") ==
                  R"({"containers":[{"image":"y","name":"one"},{"name":"three"},{"name":"two"}]})");
    DOCTEST_CHECK(
        pod_patched(
            R"({"containers":[{"name":"one"},{"name":"two"}]})",
            R"({"$setElementOrder/containers":[{"name":"two"},{"name":"zero"},{"name":"one"}],"containers":[{"name":"zero"}]})") ==
        R"({"containers":[{"name":"two"},{"name":"zero"},{"name":"one"}]})");
    DOCTEST_CHECK(pod_patched(R"({"containers":[{"name":"one"},{"name":"two"}]})",
                              R"({"$setElementOrder/containers":[{"name":"two"},{"name":"one"}]})") ==
                  R"({"containers":[{"name":"two"},{"name":"one"}]})");
    DOCTEST_CHECK(pod_patched(R"({"tolerations":[{"key":"a"}]})", R"({"tolerations":[{"key":"b"}]})") ==
                  R"({"tolerations":[{"key":"b"}]})");
}

DOCTEST_TEST_CASE("directives delete, replace and retain") {
    DOCTEST_CHECK(pod_patched(R"({"containers":[{"name":"one","ports":[{"containerPort":1}]},{"name":"two"}]})",
                              R"({"containers":[{"name":"two","$patch":"delete"},{"name":"one","ports":null}]})") ==
                  R"({"containers":[{"name":"one"}]})");
    DOCTEST_CHECK(pod_patched(R"({"containers":[{"name":"one"}]})", R"({"containers":[{"name":"new"},{"$patch":"replace"}]})") ==
                  R"({"containers":[{"name":"new"}]})");
    DOCTEST_CHECK(pod_patched(R"({"volumes":[{"name":"v","emptyDir":{}}]})",
                              R"({"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]})") ==
                  R"({"volumes":[{"configMap":{"name":"c"},"name":"v"}]})");
    DOCTEST_CHECK(
        pod_patched(R"({"securityContext":{"runAsUser":1}})", R"({"securityContext":{"$patch":"replace","runAsGroup":2}})") ==
        R"({"securityContext":{"runAsGroup":2}})");
    const auto out = strategic_patch(deployment(), obj(R"({"metadata":{"finalizers":["x/a","x/b"]}})"),
                                     js(R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["x/a"],"finalizers":["x/c"]}})"));
    DOCTEST_CHECK(text(out) == R"({"metadata":{"finalizers":["x/c","x/b"]}})");
}

DOCTEST_TEST_CASE("strategic patches that cannot be done say why") {
    const auto &service = *builtin_kind("", "v1", "services")->schema;
    DOCTEST_CHECK(text(strategic_patch(service, {}, js(R"({"spec":{"ports":[{"name":"x"}]}})"))) ==
                  "500 map: map[name:x] does not contain declared merge key: port");
    const auto &config_map = *builtin_kind("", "v1", "configmaps")->schema;
    DOCTEST_CHECK(text(strategic_patch(config_map, {}, js(R"({"data":{"k":5}})"))) ==
                  "422  \"\" is invalid: patch: Invalid value: \"map[data:map[k:5]]\": cannot convert int64 to string");
    DOCTEST_CHECK(text(strategic_patch(config_map, {}, js(R"({"data":{"$patch":"jump"}})"))) ==
                  "500 Unexpected value for $patch: jump");
    DOCTEST_CHECK(text(strategic_patch(config_map, {}, js("[]"))) ==
                  "400 json: cannot unmarshal array into Go value of type map[string]interface {}");
}
