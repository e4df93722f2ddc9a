#include "support.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
// What a real server answered to creates of the recorded kind: [(case, body, answer)].
struct Recorded {
    std::string name;
    json::object body;
    std::int64_t status;
    json::object answer;
};
std::vector<Recorded> recorded_creates() {
    std::vector<Recorded> out;
    std::istringstream lines(fixture("schemas.jsonl"));
    std::string line;
    while (std::getline(lines, line)) {
        const auto c = obj(line);
        for (const auto &value : c.at("steps").as_array()) {
            const auto &step = value.as_object();
            const auto send = std::string(find_string(step, "send"));
            const auto *body = find_object(step, "body");
            const auto *answer = find_object(step, "answer");
            const auto *content = answer ? find_object(*answer, "body") : nullptr;
            if (!send.starts_with("POST ") || !send.ends_with("/xtrinodes") || !body || !content) continue;
            out.push_back({std::string(find_string(c, "name")), *body, answer->at("status").to_number<std::int64_t>(), *content});
        }
    }
    return out;
}
} // namespace

DOCTEST_TEST_CASE("creates are taken and refused as a real server did, word for word") {
    const auto &kind = recorded_kind();
    const auto recorded = recorded_creates();
    DOCTEST_REQUIRE(recorded.size() > 40);
    for (const auto &r : recorded) {
        if (r.name == "several-errors") continue; // a real server names members in random order
        DOCTEST_CAPTURE(r.name);
        DOCTEST_CAPTURE(compact_json(r.body));
        auto object = read(kind, r.body);
        meta(object)["namespace"] = "n";
        prepare_create(kind, object, {});
        const auto causes = validate_create(kind, object);
        if (r.status != 201) {
            DOCTEST_REQUIRE(!causes.empty());
            const auto got = invalid(kind.group, kind.kind, name_of(object), causes);
            DOCTEST_CHECK(compact_json(got.status, true) == compact_json(r.answer, true));
            continue;
        }
        DOCTEST_CHECK(texts(causes) == std::vector<std::string>{});
        const auto *spec = r.answer.if_contains("/spec");
        if (!spec) spec = r.answer.if_contains("spec");
        if (spec) DOCTEST_CHECK(at(object, "spec") == compact_json(*spec, true));
    }
}

DOCTEST_TEST_CASE("many errors are all named, whatever their order") {
    auto object =
        read(recorded_kind(), xtrinode(R"({"size":"huge","workers":-1,"hostname":"ab","nodeLabels":{"a":"muchtoolong"}})"));
    auto found = texts(validate_create(recorded_kind(), object));
    std::sort(found.begin(), found.end());
    DOCTEST_CHECK(found ==
                  std::vector<std::string>{
                      ".spec.workers: Invalid value: -1: should be a non-negative integer",
                      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; "
                      "correct the existing errors to complete validation",
                      "spec.hostname: Invalid value: \"ab\": spec.hostname in body should be at least 3 chars long",
                      "spec.nodeLabels.a: Too long: may not be more than 8 bytes",
                      "spec.size: Unsupported value: \"huge\": supported values: \"xs\", \"s\", \"m\", \"l\", \"xl\"",
                      "spec.workers: Invalid value: -1: spec.workers in body should be greater than or equal to 0"});
}

DOCTEST_TEST_CASE("unknown members go, named by path in alphabetical order; below preserve-unknown-fields nothing is unknown") {
    auto body =
        xtrinode(R"({"size":"s","nope":1,"catalogs":[{"name":"c","extra":1}],"overlay":{"kept":1},"extra":{"kept":1,"level":1}})",
                 R"({"name":"a","odd":1})");
    body["top"] = 1;
    const auto decoded = decode(recorded_kind(), body);
    const auto &good = std::get<Decoded>(decoded);
    DOCTEST_CHECK(good.unknown == std::vector<std::string>{"unknown field \"metadata.odd\"",
                                                           "unknown field \"spec.catalogs[0].extra\"",
                                                           "unknown field \"spec.nope\"", "unknown field \"top\""});
    DOCTEST_CHECK(at(good.object, "spec") ==
                  R"({"catalogs":[{"name":"c"}],"extra":{"kept":1,"level":1},"overlay":{"kept":1},"size":"s"})");
    DOCTEST_CHECK(!good.object.contains("top"));
}

DOCTEST_TEST_CASE("a default does not replace a null that is allowed") {
    const auto object = read(recorded_kind(), xtrinode(R"({"size":"s","workers":null,"grace":null})"));
    DOCTEST_CHECK(at(object, "spec.workers") == "1");
    DOCTEST_CHECK(at(object, "spec.grace") == "null");
}

DOCTEST_TEST_CASE("any, all and not are checked") {
    const auto schema = schema_from_openapi(js(R"({"properties":{"x":{"type":"integer",
        "anyOf":[{"minimum":10},{"maximum":0}],"allOf":[{"maximum":100}],"not":{"enum":[13]}}}})"));
    DOCTEST_REQUIRE(schema.ok());
    const auto check = [&](int x) { return texts(validate_schema(**schema, json::object{{"x", x}}, "")); };
    DOCTEST_CHECK(check(20).empty());
    DOCTEST_CHECK(check(5) ==
                  std::vector<std::string>{"<nil>: Invalid value: \"\": \"x\" must validate at least one schema (anyOf)",
                                           "x: Invalid value: 5: x in body should be greater than or equal to 10"});
    DOCTEST_CHECK(check(101).size() == 2);
    DOCTEST_CHECK(check(13) == std::vector<std::string>{"<nil>: Invalid value: \"\": \"x\" must not validate the schema (not)"});
}

DOCTEST_TEST_CASE("a schema that is none is refused with the path") {
    const auto error = [](std::string_view text) { return schema_from_openapi(js(text)).error().message; };
    DOCTEST_CHECK(error(R"({"properties":{"a":{"type":"text"}}})") == "properties.a.type: unknown type text");
    DOCTEST_CHECK(error(R"({"properties":{"a":5}})") == "properties.a: must be an object");
    DOCTEST_CHECK(error(R"({"items":{"pattern":"("}})") == "items.pattern: is no regular expression: (");
    DOCTEST_CHECK(error(R"({"x-kubernetes-list-type":"map"})") == "x-kubernetes-list-map-keys: required for lists of type map");
    DOCTEST_CHECK(
        error(R"({"x-kubernetes-validations":[{"rule":"self.a ="}]})").starts_with("x-kubernetes-validations: unexpected '='"));
}

DOCTEST_TEST_CASE("a long text does not exhaust the stack of its pattern") {
    auto object = read(recorded_kind(), xtrinode(R"({"size":"s"})"));
    object["spec"].as_object()["autoSuspendAfter"] = std::string(300'000, '1') + "s";
    DOCTEST_CHECK(validate_create(recorded_kind(), object).empty());
}
