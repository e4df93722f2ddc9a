#include "adapters/sandbox/objects/go_decode.hpp"
#include "adapters/sandbox/objects/quantity.hpp"
#include "support.hpp"

#include <boost/json/serialize.hpp>

#include <doctest/doctest.h>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
const Kind &kind(std::string_view group, std::string_view plural) {
    const auto *k = builtin_kind(group, "v1", plural);
    DOCTEST_REQUIRE(k);
    return *k;
}
std::string decode_error(const Kind &k, std::string_view body) {
    const auto out = decode(k, js(body));
    const auto *e = std::get_if<DecodeError>(&out);
    return e ? e->message : "(decoded)";
}
json::object deployment(
    std::string_view spec =
        R"({"selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"x"}]}}})") {
    return read(kind("apps", "deployments"), json::object{{"metadata", {{"name", "a"}, {"namespace", "n"}}}, {"spec", js(spec)}});
}
} // namespace

DOCTEST_TEST_CASE("every kind is complete: a name, verbs, columns with as many cells, a schema that takes an empty object") {
    for (const auto &k : builtin_kinds()) {
        DOCTEST_CAPTURE(k.resource());
        DOCTEST_CHECK(!k.singular.empty());
        DOCTEST_CHECK(!k.verbs.empty());
        DOCTEST_CHECK(k.list_kind.ends_with("List"));
        auto object = read(k, obj(R"({"metadata":{"name":"a"}})"));
        set_system_fields(object, "u", time_at(0));
        prepare_create(k, object, {.cluster_ip = [] { return std::string("10.0.0.1"); }});
        DOCTEST_CHECK(cells_of(k, object, time_at(90)).size() == k.columns.size());
        // What the server writes it can read again, unchanged.
        const auto again = decode(k, object);
        DOCTEST_REQUIRE(std::holds_alternative<Decoded>(again));
        DOCTEST_CHECK(std::get<Decoded>(again).unknown.empty());
        DOCTEST_CHECK(compact_json(std::get<Decoded>(again).object, true) == compact_json(object, true));
    }
}

DOCTEST_TEST_CASE("types are checked in Go's words") {
    const auto &cm = kind("", "configmaps");
    DOCTEST_CHECK(decode_error(cm, R"({"data":{"k":5}})") ==
                  "json: cannot unmarshal number into Go struct field ConfigMap.data of type string");
    DOCTEST_CHECK(decode_error(cm, R"({"metadata":{"labels":"x"}})") ==
                  "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string");
    DOCTEST_CHECK(decode_error(recorded_kind(), R"({"metadata":{"labels":{"x":1}}})") ==
                  "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string");
    DOCTEST_CHECK(decode_error(kind("", "secrets"), R"({"data":{"bad":"not base64!"}})") ==
                  "illegal base64 data at input byte 3");
    DOCTEST_CHECK(decode_error(kind("coordination.k8s.io", "leases"), R"({"spec":{"renewTime":"yesterday"}})") ==
                  "parsing time \"yesterday\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"yesterday\" as \"2006\"");
    DOCTEST_CHECK(decode_error(kind("apps", "deployments"), R"({"spec":{"replicas":1.5}})") ==
                  "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32");
}

DOCTEST_TEST_CASE("unknown members are named in the order of the document") {
    const auto out =
        decode(kind("apps", "deployments"),
               js(R"({"spec":{"replica":0,"template":{"spec":{"containers":[{"name":"c","imagePullPolice":"x"}]}}},"odd":1})"));
    DOCTEST_CHECK(std::get<Decoded>(out).unknown ==
                  std::vector<std::string>{"unknown field \"spec.replica\"",
                                           "unknown field \"spec.template.spec.containers[0].imagePullPolice\"",
                                           "unknown field \"odd\""});
}

DOCTEST_TEST_CASE("quantities take their shortest form") {
    const std::pair<const char *, const char *> forms[] = {{"2048Mi", "2Gi"},   {"0.5", "500m"},
                                                           {"1", "1"},          {"1000m", "1"},
                                                           {"1.5Gi", "1536Mi"}, {"1023Ki", "1023Ki"},
                                                           {"0.1", "100m"},     {"1e3", "1e3"},
                                                           {"100k", "100k"},    {"1000k", "1M"},
                                                           {"0", "0"},          {"-5m", "-5m"},
                                                           {"1024", "1024"},    {"0.0000000001", "1n"},
                                                           {"512", "512"},      {"0.5Ki", "512"},
                                                           {"+3", "3"},         {"12E", "9223372036854775807"}};
    for (const auto &[given, wanted] : forms) {
        DOCTEST_CAPTURE(given);
        DOCTEST_CHECK(canonical_quantity(given).value_or("(none)") == wanted);
    }
    for (const auto *bad : {"", "x", "1..2", "1Qi", "1e", ".", "--1", "1 Gi"})
        DOCTEST_CHECK(!canonical_quantity(bad));
}

DOCTEST_TEST_CASE("a small Deployment gets its defaults, none twice") {
    auto d = deployment();
    DOCTEST_CHECK(at(d, "spec.replicas") == "1");
    DOCTEST_CHECK(at(d, "spec.strategy") ==
                  R"({"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"})");
    DOCTEST_CHECK(
        at(d, "spec.template.spec") ==
        R"({"containers":[{"image":"x","imagePullPolicy":"Always","name":"c","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30})");
    DOCTEST_CHECK(compact_json(read(kind("apps", "deployments"), d)) == compact_json(d));
}

DOCTEST_TEST_CASE("a Deployment moves its generation with its spec only, and status with status only") {
    const auto &k = kind("apps", "deployments");
    auto old = deployment();
    prepare_create(k, old, {});
    DOCTEST_CHECK(at(old, "metadata.generation") == "1");
    auto labelled = old;
    meta(labelled)["labels"] = obj(R"({"a":"b"})");
    labelled["status"] = obj(R"({"replicas":9})");
    prepare_update(k, labelled, old, "");
    DOCTEST_CHECK(at(labelled, "metadata.generation") == "1");
    DOCTEST_CHECK(at(labelled, "status") == "{}");
    auto scaled = old;
    scaled["spec"].as_object()["replicas"] = 3;
    auto status = scaled;
    prepare_update(k, scaled, old, "");
    DOCTEST_CHECK(at(scaled, "metadata.generation") == "2");
    status["status"] = obj(R"({"replicas":3})");
    prepare_update(k, status, old, "status");
    DOCTEST_CHECK(at(status, "spec.replicas") == "1");
    DOCTEST_CHECK(at(status, "status.replicas") == "3");
    DOCTEST_CHECK(at(status, "metadata.generation") == "1");
}

DOCTEST_TEST_CASE("Deployments, Services, Secrets and ConfigMaps are refused for what is wrong with them") {
    const auto &deployments = kind("apps", "deployments");
    DOCTEST_CHECK(validate_create(deployments, deployment()).empty());
    DOCTEST_CHECK(
        texts(validate_create(deployments,
                              deployment(R"({"template":{"metadata":{"labels":{"app":"b"}},"spec":{"containers":[]}}})"))) ==
        std::vector<std::string>{
            "spec.selector: Required value",
            "spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not match template `labels`",
            "spec.template.spec.containers: Required value"});
    auto moved = deployment();
    moved["spec"].as_object()["selector"] = js(R"({"matchLabels":{"app":"b"}})");
    DOCTEST_CHECK(texts(validate_update(deployments, moved, deployment(), "")).front() ==
                  "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"b\"}}: field is immutable");

    const auto &services = kind("", "services");
    const auto service = [&](std::string_view spec) {
        auto out = read(services, json::object{{"metadata", {{"name", "a"}, {"namespace", "n"}}}, {"spec", js(spec)}});
        prepare_create(services, out, {.cluster_ip = [] { return std::string("10.96.0.1"); }});
        return out;
    };
    const auto good = service(R"({"ports":[{"port":80}]})");
    DOCTEST_CHECK(validate_create(services, good).empty());
    DOCTEST_CHECK(texts(validate_create(services, service(R"({"ports":[{"port":80},{"name":"b","port":99999}]})"))) ==
                  std::vector<std::string>{"spec.ports[0].name: Required value",
                                           "spec.ports[1].port: Invalid value: 99999: must be between 1 and 65535, inclusive"});
    DOCTEST_CHECK(texts(validate_update(services, service(R"({"clusterIP":"10.96.7.7","ports":[{"port":80}]})"), good, "")) ==
                  std::vector<std::string>{"spec.clusterIPs[0]: Invalid value: [\"10.96.7.7\"]: may not change once set"});

    const auto &secrets = kind("", "secrets");
    const auto secret =
        read(secrets, js(R"({"metadata":{"name":"a","namespace":"n"},"stringData":{"user":"me"},"data":{"pass":"cGFzcw=="}})"));
    DOCTEST_CHECK(at(secret, "data") == R"({"pass":"cGFzcw==","user":"bWU="})");
    DOCTEST_CHECK(at(secret, "type") == "\"Opaque\"");

    const auto &config_maps = kind("", "configmaps");
    const auto map = [&](std::string_view body) { return read(config_maps, js(body)); };
    const auto frozen = map(R"({"metadata":{"name":"a","namespace":"n"},"immutable":true,"data":{"k":"v"}})");
    DOCTEST_CHECK(
        texts(validate_update(config_maps, map(R"({"metadata":{"name":"a","namespace":"n"},"data":{"k":"w"}})"), frozen, "")) ==
        std::vector<std::string>{"immutable: Forbidden: field is immutable when `immutable` is set",
                                 "data: Forbidden: field is immutable when `immutable` is set"});
}

DOCTEST_TEST_CASE("an Event is the same under both of its groups") {
    const auto core =
        read(kind("", "events"),
             js(R"({"metadata":{"name":"a.1","namespace":"n"},"involvedObject":{"kind":"XTrinode","name":"a","namespace":"n"},
        "reason":"Started","message":"it started","source":{"component":"me"},"firstTimestamp":"2024-05-01T10:00:00Z","type":"Normal","count":2})"));
    const auto other = event_to_v1(core);
    DOCTEST_CHECK(at(other, "note") == "\"it started\"");
    DOCTEST_CHECK(at(other, "regarding.name") == "\"a\"");
    DOCTEST_CHECK(at(other, "deprecatedCount") == "2");
    DOCTEST_CHECK(at(other, "eventTime") == "null");
    DOCTEST_CHECK(compact_json(event_from_v1(other)) == compact_json(core));
}

DOCTEST_TEST_CASE("rows read as kubectl shows them") {
    const auto row = [](const Kind &k, std::string_view object) {
        auto o = obj(object);
        meta(o)["creationTimestamp"] = "2024-05-01T10:00:00Z";
        return json::serialize(cells_of(k, o, time_at(125)));
    };
    DOCTEST_CHECK(row(kind("", "pods"), R"({"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c"}]},
        "status":{"phase":"Running","podIP":"10.1.0.1","containerStatuses":[{"ready":true,"restartCount":2}]}})") ==
                  R"(["p","1/1","Running","2","2m5s","10.1.0.1","n1","<none>","<none>"])");
    DOCTEST_CHECK(
        row(kind("", "pods"),
            R"({"metadata":{"name":"p","deletionTimestamp":"x"},"spec":{"containers":[{}]},"status":{"phase":"Running"}})")
            .find("\"Terminating\"") != std::string::npos);
    DOCTEST_CHECK(
        row(kind("", "services"),
            R"({"metadata":{"name":"s"},"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","ports":[{"port":80,"protocol":"TCP"}],"selector":{"b":"2","a":"1"}}})") ==
        R"(["s","ClusterIP","10.0.0.1","<none>","80/TCP","2m5s","a=1,b=2"])");
    DOCTEST_CHECK(
        row(kind("apps", "deployments"),
            R"({"metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}},"status":{"readyReplicas":1,"updatedReplicas":2}})") ==
        R"(["d","1/2",2,0,"2m5s","c","i","a=b"])");
    DOCTEST_CHECK(row(recorded_kind(), R"({"metadata":{"name":"x"},"spec":{"size":"s","catalogs":[{"name":"c1"},{"name":"c2"}]},
        "status":{"phase":"Ready","workers":3,"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]}})") ==
                  R"(["x","s","Ready",3,"True","c1,c2","2m5s"])");
}

DOCTEST_TEST_CASE("ages have the units that fit") {
    const auto age = [](std::int64_t seconds) { return age_text("2024-05-01T10:00:00Z", time_at(seconds)); };
    DOCTEST_CHECK(age(0) == "0s");
    DOCTEST_CHECK(age(119) == "119s");
    DOCTEST_CHECK(age(125) == "2m5s");
    DOCTEST_CHECK(age(3600) == "60m");
    DOCTEST_CHECK(age(4 * 3600 + 120) == "4h2m");
    DOCTEST_CHECK(age(3 * 86400) == "3d");
    DOCTEST_CHECK(age(400 * 86400) == "400d");
    DOCTEST_CHECK(age(-100) == "<invalid>");
    DOCTEST_CHECK(age_text("", time_at(0)) == "<unknown>");
}

DOCTEST_TEST_CASE("a definition becomes kinds; what is wrong in it is named") {
    const auto &k = recorded_kind();
    DOCTEST_CHECK(k.resource() == "xtrinodes.analytics.xtrinode.io");
    DOCTEST_CHECK(k.short_names == std::vector<std::string>{"tn", "xt"});
    DOCTEST_CHECK(k.has_status);
    DOCTEST_CHECK(k.scale->spec_replicas == ".spec.workers");
    const auto error = [](std::string_view crd) { return kinds_of_crd(obj(crd)).error().message; };
    DOCTEST_CHECK(error("{}") == "spec.names: Required value");
    DOCTEST_CHECK(error(R"({"spec":{"group":"g","names":{"kind":"K","plural":"ks"},"versions":[]}})") ==
                  "spec.versions: Required value");
    DOCTEST_CHECK(
        error(R"({"spec":{"group":"g","names":{"kind":"K","plural":"ks"},"versions":[{"name":"v1","served":true}]}})") ==
        "spec.versions[v1].schema.openAPIV3Schema: Required value");
    DOCTEST_CHECK(error(R"~({"spec":{"group":"g","names":{"kind":"K","plural":"ks"},"versions":[{"name":"v1","served":true,
        "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-validations":[{"rule":"self.x.format()"}]}}}]}})~")
                      .starts_with("spec.versions[v1].schema: x-kubernetes-validations: function format"));
}

DOCTEST_TEST_CASE("JSON paths find members, elements, filtered elements") {
    const auto o = obj(R"({"a":{"l":[{"t":"x","v":1},{"t":"y","v":2}],"x.y/z":3}})");
    const auto find_all = [&](std::string_view path) {
        json::array out;
        for (auto &v : json_path(o, path))
            out.push_back(v);
        return compact_json(out);
    };
    DOCTEST_CHECK(find_all(".a.l[*].v") == "[1,2]");
    DOCTEST_CHECK(find_all(".a.l[1].t") == R"(["y"])");
    DOCTEST_CHECK(find_all(R"(.a.l[?(@.t=="y")].v)") == "[2]");
    DOCTEST_CHECK(find_all(R"(.a['x.y/z'])") == "[3]");
    DOCTEST_CHECK(find_all(R"(.a.x\.y/z)") == "[3]");
    DOCTEST_CHECK(find_all(".a.nope.l") == "[]");
    DOCTEST_CHECK(find_all(".a.l[") == "[]");
    DOCTEST_CHECK(find_all(".a.l[99999999999]") == "[]");
}

DOCTEST_TEST_CASE("a Scale shows and sets the replicas") {
    const auto &k = recorded_kind();
    auto x = xtrinode(R"({"size":"s","workers":3})");
    x["status"] = obj(R"({"workers":2,"selector":"app=a"})");
    const auto scale = scale_of(k, x);
    DOCTEST_CHECK(at(scale, "spec") == R"({"replicas":3})");
    DOCTEST_CHECK(at(scale, "status") == R"({"replicas":2,"selector":"app=a"})");
    DOCTEST_CHECK(at(with_replicas(k, x, 7), "spec.workers") == "7");
    const auto d = scale_of(kind("apps", "deployments"), deployment());
    DOCTEST_CHECK(at(d, "status") == R"({"replicas":0,"selector":"app=a"})");
}
