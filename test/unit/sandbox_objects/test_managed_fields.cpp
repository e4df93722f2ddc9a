#include "adapters/sandbox/objects/managed_fields.hpp"
#include "adapters/sandbox/objects/managers.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
const Kind &kind() {
    return recorded_kind();
}
json::object applied_by(const std::string &who, std::string_view spec, const json::object *live, bool force = false, int time = 0,
                        const std::string &subresource = "") {
    auto body = obj(R"({"apiVersion":"analytics.xtrinode.io/v1","kind":"XTrinode","metadata":{"name":"a","namespace":"n"}})");
    if (subresource.empty() && !spec.empty()) body["spec"] = js(spec);
    if (!subresource.empty()) body["status"] = js(spec);
    auto out = apply(kind(), {.applied = body, .manager = {who, subresource}, .force = force}, live, time_at(time));
    if (auto *f = std::get_if<xtn::sandbox::ApiFailure>(&out))
        return {{"refused", f->code}, {"message", f->status.at("message")}};
    auto object = std::get<json::object>(std::move(out));
    apply_defaults(kind(), object);
    return object;
}
json::object updated_by(const std::string &who, json::object object, const json::object *live, int time = 0,
                        const std::string &subresource = "") {
    object = read(kind(), object);
    update_managed_fields(kind(), object, live, {who, subresource}, time_at(time));
    return object;
}
// "who operation fields" of each entry, in order.
std::vector<std::string> owners(const json::object &object) {
    std::vector<std::string> out;
    const auto *list = at_path(object, "metadata.managedFields");
    if (!list) return out;
    for (const auto &v : list->as_array()) {
        const auto &e = v.as_object();
        out.push_back(std::string(find_string(e, "manager")) + " " + std::string(find_string(e, "operation")) + " " +
                      compact_json(e.at("fieldsV1"), true));
    }
    return out;
}
using Lines = std::vector<std::string>;
} // namespace

DOCTEST_TEST_CASE("an applier owns what it applied, not what was defaulted") {
    const auto a = applied_by(
        "one",
        R"({"size":"s","tags":["t"],"catalogs":[{"name":"c"}],"args":["p"],"nodeLabels":{"k":"v"},"overlay":{"deep":[1]},"selector":{"matchLabels":{"m":"n"}}})",
        nullptr);
    DOCTEST_CHECK(at(a, "spec.workers") == "1");
    DOCTEST_CHECK(
        owners(a) ==
        Lines{
            R"(one Apply {"f:spec":{"f:args":{},"f:catalogs":{"k:{\"name\":\"c\"}":{".":{},"f:name":{}}},"f:nodeLabels":{"f:k":{}},"f:overlay":{"f:deep":{}},"f:selector":{},"f:size":{},"f:tags":{"v:\"t\"":{}}}})"});
}

DOCTEST_TEST_CASE("a creator owns everything it sent, defaults and containers too") {
    const auto a = updated_by("me", xtrinode(R"({"size":"s"})", R"({"name":"a","labels":{"l":"m"}})"), nullptr);
    DOCTEST_CHECK(
        owners(a) ==
        Lines{
            R"(me Update {"f:metadata":{"f:labels":{".":{},"f:l":{}}},"f:spec":{".":{},"f:autoSuspendAfter":{},"f:grace":{},"f:size":{},"f:suspended":{},"f:workers":{}}})"});
    DOCTEST_CHECK(at(a, "metadata.managedFields").find("2024-05-01T10:00:00Z") != std::string::npos);
}

DOCTEST_TEST_CASE("a field applied with another value is a conflict, forced it changes hands") {
    const auto a = applied_by("one", R"({"size":"s","workers":2})", nullptr);
    const auto refused = applied_by("two", R"({"size":"m","workers":9,"hostname":"mine"})", &a);
    DOCTEST_CHECK(find_string(refused, "message") ==
                  "Apply failed with 2 conflicts: conflicts with \"one\":\n- .spec.size\n- .spec.workers");
    const auto forced = applied_by("two", R"({"size":"m"})", &a, true);
    DOCTEST_CHECK(at(forced, "spec.size") == "\"m\"");
    DOCTEST_CHECK(owners(forced) == Lines{R"(one Apply {"f:spec":{"f:workers":{}}})", R"(two Apply {"f:spec":{"f:size":{}}})"});
}

DOCTEST_TEST_CASE("the same value is shared; it goes when the last owner lets go") {
    auto a = applied_by("one", R"({"size":"s","hostname":"shared"})", nullptr);
    a = applied_by("two", R"({"hostname":"shared"})", &a, false, 5);
    DOCTEST_CHECK(owners(a).size() == 2);
    DOCTEST_CHECK(at(a, "metadata.managedFields").find("10:00:05") == std::string::npos); // nothing changed: no time
    a = applied_by("one", R"({"size":"s"})", &a);
    DOCTEST_CHECK(at(a, "spec.hostname") == "\"shared\"");
    a = applied_by("two", "", &a);
    DOCTEST_CHECK(at(a, "spec.hostname") == "(none)");
    DOCTEST_CHECK(owners(a) == Lines{R"(one Apply {"f:spec":{"f:size":{}}})"});
}

DOCTEST_TEST_CASE("an update takes what it changes and nothing else") {
    const auto a = applied_by("one", R"({"size":"s","workers":2})", nullptr);
    auto next = a;
    next["spec"].as_object()["workers"] = 7;
    const auto b = updated_by("hand", next, &a);
    DOCTEST_CHECK(owners(b) == Lines{R"(one Apply {"f:spec":{"f:size":{}}})", R"(hand Update {"f:spec":{"f:workers":{}}})"});
    DOCTEST_CHECK(find_string(applied_by("one", R"({"size":"s","workers":2})", &b), "message") ==
                  "Apply failed with 1 conflict: conflict with \"hand\" using analytics.xtrinode.io/v1: .spec.workers");
    const auto same = updated_by("third", b, &b, 9);
    DOCTEST_CHECK(owners(same) == owners(b));
}

DOCTEST_TEST_CASE("what is gone belongs to nobody") {
    auto a = updated_by("me", xtrinode(R"({"size":"s","hostname":"abc"})"), nullptr);
    auto next = a;
    next["spec"].as_object().erase("hostname");
    const auto b = updated_by("other", next, &a);
    DOCTEST_CHECK(owners(b).size() == 1);
    DOCTEST_CHECK(owners(b)[0].find("hostname") == std::string::npos);
}

DOCTEST_TEST_CASE("lists merge by key: applied items in their order, others where they were") {
    auto a = applied_by("one", R"({"size":"s","catalogs":[{"name":"c1"},{"name":"c2","connector":"tpch"}]})", nullptr);
    a = applied_by("two", R"({"catalogs":[{"name":"c3"},{"name":"c1","properties":{"q":"2"}}]})", &a);
    DOCTEST_CHECK(
        at(a, "spec.catalogs") ==
        R"([{"connector":"memory","name":"c3"},{"connector":"memory","name":"c1","properties":{"q":"2"}},{"connector":"tpch","name":"c2"}])");
    a = applied_by("two", "", &a);
    DOCTEST_CHECK(at(a, "spec.catalogs") == R"([{"connector":"memory","name":"c1"},{"connector":"tpch","name":"c2"}])");
}

DOCTEST_TEST_CASE("the same manager has an entry for each way of writing") {
    auto a = updated_by("me", xtrinode(R"({"size":"s"})"), nullptr);
    auto with_status = a;
    with_status["status"] = obj(R"({"phase":"Ready"})");
    a = updated_by("me", with_status, &a, 1, "status");
    a = applied_by("me", R"({"size":"m"})", &a, true, 2);
    a = applied_by("me", R"({"phase":"Ready"})", &a, true, 3, "status");
    const auto lines = owners(a);
    DOCTEST_REQUIRE(lines.size() == 4);
    DOCTEST_CHECK(lines[0] == R"(me Apply {"f:status":{"f:phase":{}}})"); // no time, so it comes first
    DOCTEST_CHECK(lines[1] == R"(me Apply {"f:spec":{"f:size":{}}})");
    DOCTEST_CHECK(lines[3].starts_with(R"(me Update {"f:status":)"));
}

DOCTEST_TEST_CASE("writes to one subresource own nothing of the other") {
    auto body = xtrinode(R"({"size":"s"})");
    body["status"] = obj(R"({"phase":"Ready"})");
    const auto a = updated_by("me", body, nullptr);
    DOCTEST_CHECK(owners(a)[0].find("f:status") == std::string::npos);
}

DOCTEST_TEST_CASE("a client may rewrite the list, empty it, and is ignored when it writes nonsense") {
    const auto a = applied_by("one", R"({"size":"s"})", nullptr);
    auto next = a;
    meta(next)["managedFields"] = js(R"([{"manager":"renamed","operation":"Apply","apiVersion":"analytics.xtrinode.io/v1",
        "time":"2024-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:size":{}}}}])");
    DOCTEST_CHECK(owners(updated_by("x", next, &a)) == Lines{R"(renamed Apply {"f:spec":{"f:size":{}}})"});
    for (const auto *bad :
         {R"([{"manager":"m","operation":"Dance","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{}}])",
          R"([{"manager":"m","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV7","fieldsV1":{}}])",
          R"([{"manager":"m","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"q:x":{}}}])", "[]"}) {
        meta(next)["managedFields"] = js(bad);
        DOCTEST_CHECK(owners(updated_by("x", next, &a)) == owners(a));
    }
    meta(next)["managedFields"] = js("[{}]");
    const auto emptied = updated_by("x", next, &a);
    DOCTEST_CHECK(owners(emptied).empty());
    auto later = emptied;
    later["spec"].as_object()["workers"] = 9;
    DOCTEST_CHECK(owners(updated_by("x", later, &emptied)).empty()); // untracked until somebody applies
    const auto again = owners(applied_by("two", R"({"hostname":"mine"})", &emptied));
    DOCTEST_REQUIRE(again.size() == 2);
    DOCTEST_CHECK(again[0] == R"(two Apply {"f:spec":{"f:hostname":{}}})");
    DOCTEST_CHECK(again[1].starts_with("before-first-apply Update"));
}

DOCTEST_TEST_CASE("kubectl's server-side apply may take over what its client-side apply set, and keeps the annotation in step") {
    auto body = xtrinode(R"({"size":"s","hostname":"abc"})");
    meta(body)["annotations"] = json::object{
        {"kubectl.kubernetes.io/last-applied-configuration", compact_json(xtrinode(R"({"size":"s","hostname":"abc"})"), true)}};
    const auto a = updated_by("kubectl-client-side-apply", body, nullptr);
    DOCTEST_CHECK(applied_by("other", R"({"size":"m"})", &a).contains("refused"));
    const auto b = applied_by("kubectl", R"({"size":"m"})", &a);
    DOCTEST_CHECK(at(b, "spec.size") == "\"m\"");
    DOCTEST_CHECK(at(b, "metadata.annotations").find(R"(\"spec\":{\"size\":\"m\"}})") != std::string::npos);
}

DOCTEST_TEST_CASE("what does not fit the schema is not applied") {
    const auto message = [](std::string_view spec) {
        return std::string(find_string(applied_by("one", spec, nullptr), "message"));
    };
    const std::string start = "failed to create typed patch object (n/a; analytics.xtrinode.io/v1, Kind=XTrinode): ";
    DOCTEST_CHECK(message(R"({"nope":1})") == start + ".spec.nope: field not declared in schema");
    DOCTEST_CHECK(message(R"({"workers":"3"})") == start + ".spec.workers: expected numeric (int or float), got string");
    DOCTEST_CHECK(message(R"({"catalogs":{}})") == start + ".spec.catalogs: expected list, got &{map[]}");
    DOCTEST_CHECK(message(R"({"catalogs":[{"name":"c"},{"name":"c"}]})") ==
                  start + ".spec.catalogs: duplicate entries for key [name=\"c\"]");
    DOCTEST_CHECK(message(R"({"tags":["t","t"]})") == start + ".spec.tags: duplicate entries for key [=\"t\"]");
    DOCTEST_CHECK(
        message(R"({"catalogs":[{"connector":"hive"}]})") ==
        start + ".spec.catalogs: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and "
                "doesn't have default values for any key fields)");
}

DOCTEST_TEST_CASE("more than ten updaters share an entry for the oldest") {
    auto a = updated_by("m0", xtrinode(R"({"size":"s","nodeLabels":{"x":"0"}})"), nullptr);
    for (int i = 1; i < 15; ++i) {
        auto next = a;
        meta(next)["annotations"].emplace_object()["a" + std::to_string(i)] = "1";
        for (int k = 1; k < i; ++k)
            meta(next)["annotations"].as_object()["a" + std::to_string(k)] = "1";
        a = updated_by("m" + std::to_string(i), next, &a, i);
    }
    const auto lines = owners(a);
    DOCTEST_CHECK(lines.size() == 10);
    DOCTEST_CHECK(std::any_of(lines.begin(), lines.end(), [](const auto &l) { return l.starts_with("ancient-changes Update"); }));
}

DOCTEST_TEST_CASE("built-in kinds: ports by number and protocol, atomic selectors, addresses nobody owns") {
    const auto &services = *builtin_kind("", "v1", "services");
    auto service =
        read(services, js(R"({"metadata":{"name":"a","namespace":"n"},"spec":{"selector":{"app":"a"},"ports":[{"port":80}]}})"));
    update_managed_fields(services, service, nullptr, {"me", ""}, time_at(0));
    prepare_create(services, service, {.cluster_ip = [] { return std::string("10.96.0.9"); }});
    DOCTEST_CHECK(at(service, "spec.clusterIPs") == R"(["10.96.0.9"])");
    DOCTEST_CHECK(
        owners(service) ==
        Lines{
            R"(me Update {"f:spec":{"f:internalTrafficPolicy":{},"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{},"f:protocol":{},"f:targetPort":{}}},"f:selector":{},"f:sessionAffinity":{},"f:type":{}}})"});
}
