#include "adapters/kube/act/outcomes.hpp"
#include "adapters/kube/ingest/drift.hpp"
#include "adapters/kube/ingest/ledger.hpp"
#include "adapters/kube/ingest/resource_reader.hpp"
#include "adapters/kube/ingest/workload_reader.hpp"
#include "adapters/kube/ingest/writers.hpp"
#include "core/event/catalogue.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace xtn;
using namespace xtn::ingest;
namespace json = boost::json;

namespace {

kube::Object object(const std::string &text) {
    auto body = kube::parse_json_object(text);
    if (!body.ok()) DOCTEST_FAIL(body.error().message);
    return kube::Object::from(std::move(*body));
}

const RedactionKey &key() {
    static const RedactionKey k = *RedactionKey::from_bytes(std::string(32, 'k'));
    return k;
}

std::string runtime_text(const std::string &spec, const std::string &more = {}) {
    return R"({"apiVersion":"analytics.xtrinode.io/v1","kind":"XTrinode","metadata":{"name":"a","namespace":"team","uid":"u1",
      "resourceVersion":"7","generation":2,"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"x":"y"},
      "annotations":{"xtrinode.analytics.xtrinode.io/resume-requested":"true","kubectl.kubernetes.io/last-applied-configuration":"{}"},
      "managedFields":[{"manager":"kubectl","operation":"Update","time":"2026-01-01T00:00:01Z"},
        {"manager":"xtrinode-operator","operation":"Update","subresource":"status","time":"2026-01-01T00:00:09Z"}])" +
           more + R"(},"spec":)" + spec + "}";
}

EventDraft read(const std::string &text, const Ledger &ledger = {}) {
    return resource_present(xtrinode_kind(), object(text), Redactor(key()), ledger);
}

EventDraft applied_now(std::string_view uid, std::string_view version) {
    EventDraft d;
    d.type = type_of("object.applied");
    d.subject = Subject::runtime({"team", "a"});
    d.source = "kube";
    d.payload = {{"kind", "Service"},
                 {"api_version", "v1"},
                 {"ns", "team"},
                 {"name", "trino-a"},
                 {"manifest", std::string(64, 'a')},
                 {"uid", uid},
                 {"resource_version", version},
                 {"created", true},
                 {"changed", true}};
    return d;
}

EventDraft list_started(std::string_view kind) {
    EventDraft d;
    d.type = type_of("watch.list.started");
    d.subject = Subject::cluster();
    d.source = "kube";
    d.payload = {{"kind", kind}};
    return d;
}

} // namespace

DOCTEST_TEST_CASE("a valid XTrinode becomes runtime.spec.applied with defaults, actor and only our annotations") {
    const auto draft = read(runtime_text(R"({"size":"s"})"));
    DOCTEST_CHECK(draft.type == "runtime.spec.applied/1");
    DOCTEST_CHECK(draft.subject.text == "runtime/team/a");
    DOCTEST_CHECK(draft.actor == "kubectl"); // the status writer did not write the object
    DOCTEST_CHECK(check_draft(draft).ok());
    const auto &p = draft.payload;
    DOCTEST_CHECK(p.at("spec").as_object().at("autoSuspendAfter") == "5m");
    DOCTEST_CHECK(p.at("annotations").as_object().size() == 1);
    DOCTEST_CHECK(p.at("created") == true);
    DOCTEST_CHECK(p.at("generation") == 2);
    DOCTEST_CHECK(!p.contains("deletion_timestamp"));
    DOCTEST_CHECK(!p.contains("status"));
}

DOCTEST_TEST_CASE("the status found at the first sight is recorded, later ones are not") {
    const auto text = runtime_text(R"({"size":"s"})").insert(1, R"("status":{"phase":"Ready"},)");
    Ledger ledger;
    const auto first = read(text, ledger);
    DOCTEST_CHECK(first.payload.at("status").as_object().at("phase") == "Ready");
    ledger.fold(first);
    const auto second = read(text, ledger);
    DOCTEST_CHECK(second.payload.at("created") == false);
    DOCTEST_CHECK(!second.payload.contains("status"));
    DOCTEST_CHECK(!ledger.news(second));
}

DOCTEST_TEST_CASE("an XTrinode that breaks rules becomes runtime.spec.rejected with each rule and place") {
    const auto draft = read(runtime_text(R"({"size":"gigantic"})"));
    DOCTEST_CHECK(draft.type == "runtime.spec.rejected/1");
    DOCTEST_CHECK(check_draft(draft).ok());
    const auto &errors = draft.payload.at("errors").as_array();
    DOCTEST_REQUIRE(!errors.empty());
    DOCTEST_CHECK(errors[0].as_object().at("field") == "spec.size");
}

DOCTEST_TEST_CASE(
    "an invalid XTrinode that a new log sees for the first time brings what an earlier one decided, and is no news for that") {
    const auto text = runtime_text(R"({"size":"xs","minWorkers":50,"maxWorkers":1})");
    const auto with_status = text.substr(0, text.size() - 1) + R"(,"status":{"phase":"Ready","workers":1}})";
    Ledger ledger;
    const auto first = read(with_status, ledger);
    DOCTEST_REQUIRE(first.type == type_of("runtime.spec.rejected"));
    DOCTEST_CHECK(check_draft(first).ok());
    DOCTEST_CHECK(kube::find_string(first.payload, {"status", "phase"}) == "Ready");
    DOCTEST_CHECK(first.payload.at("annotations").as_object().size() == 1);
    ledger.fold(first);
    const auto again = read(with_status, ledger);
    DOCTEST_CHECK_FALSE(again.payload.contains("status"));
    DOCTEST_CHECK_FALSE(ledger.news(again));
}

DOCTEST_TEST_CASE("a status that cannot be recorded does not condemn the spec") {
    const auto text = runtime_text(R"({"size":"xs"})");
    const auto draft = read(text.substr(0, text.size() - 1) + R"(,"status":{"phase":"Ready","odd":1.5}})");
    DOCTEST_CHECK(draft.type == type_of("runtime.spec.applied"));
    DOCTEST_CHECK(check_draft(draft).ok());
}

DOCTEST_TEST_CASE("an object is ours by its own testimony: our apply made it and an XTrinode controls it") {
    const auto owner_of = [](const std::string &manager, const std::string &operation, const std::string &group, bool controls) {
        const auto text =
            R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"d","namespace":"n","uid":"u","resourceVersion":"9","managedFields":[
          {"manager":")" +
            manager + R"(","operation":")" + operation + R"(","time":"2026-01-01T00:00:01Z"}],"ownerReferences":[
          {"apiVersion":")" +
            group + R"(/v1","kind":"XTrinode","name":"a","uid":"owner-1","controller":)" + (controls ? "true" : "false") + "}]}}";
        const auto draft = object_present(Subject::runtime({"n", "a"}), object(text), false, "xtrinode-operator");
        DOCTEST_CHECK(check_draft(draft).ok());
        return std::string(kube::find_string(draft.payload, {"owner"}));
    };
    DOCTEST_CHECK(owner_of("xtrinode-operator", "Apply", "analytics.xtrinode.io", true) == "owner-1");
    DOCTEST_CHECK(owner_of("kubectl", "Apply", "analytics.xtrinode.io", true).empty());
    DOCTEST_CHECK(owner_of("xtrinode-operator", "Update", "analytics.xtrinode.io", true).empty());
    DOCTEST_CHECK(owner_of("xtrinode-operator", "Apply", "example.org", true).empty());
    DOCTEST_CHECK(owner_of("xtrinode-operator", "Apply", "analytics.xtrinode.io", false).empty());
}

DOCTEST_TEST_CASE("floating-point numbers keep their text, credentials do not survive") {
    const auto draft = read(runtime_text(R"({"size":"s","valuesOverlay":{"ratio":1.50,"x":{"password":"s3cret"}}})"));
    const auto text = json::serialize(draft.payload);
    DOCTEST_CHECK(text.find(R"({"$float":"1.50"})") != std::string::npos);
    DOCTEST_CHECK(text.find("s3cret") == std::string::npos);
    DOCTEST_CHECK(check_draft(draft).ok());
}

DOCTEST_TEST_CASE("whatever is in a custom resource, it can be recorded") {
    const std::string deep = std::string(40, '[') + std::string(40, ']');
    for (const std::string &spec : {std::string("{}"), std::string("[]"), std::string("null"), std::string("3"),
                                    std::string(R"({"size":{"a":1},"keda":7,"routing":[],"nodePool":"x","valuesOverlay":[1.5]})"),
                                    R"({"size":"s","valuesOverlay":{"a":)" + deep + "}}",
                                    R"({"size":"s","valuesOverlay":{"a":")" + std::string(300 * 1024, 'x') + "\"}}"}) {
        DOCTEST_CAPTURE(spec.substr(0, 80));
        const auto draft = read(runtime_text(spec));
        DOCTEST_CHECK(check_draft(draft).ok());
    }
    const auto bare = object(
        R"({"metadata":{"name":"a","namespace":"team","uid":"u","finalizers":[1,"f"],"labels":{"a":1},"creationTimestamp":"x"}})");
    DOCTEST_CHECK(check_draft(resource_present(xtrinode_kind(), bare, Redactor(key()), {})).ok());
    DOCTEST_CHECK(check_draft(resource_present(catalog_kind(), bare, Redactor(key()), {})).ok());
}

DOCTEST_TEST_CASE("changes of status, resourceVersion and managers are no news; finalizers, annotations, spec and deletion are") {
    Ledger ledger;
    ledger.fold(read(runtime_text(R"({"size":"s"})")));
    auto text = runtime_text(R"({"size":"s"})");
    text.replace(text.find("\"7\""), 3, "\"8\"");
    text.replace(text.find("\"kubectl\""), 9, "\"somebody\"");
    DOCTEST_CHECK_FALSE(ledger.news(read(text.insert(1, R"("status":{"phase":"Ready"},)"), ledger)));
    DOCTEST_CHECK(ledger.news(read(runtime_text(R"({"size":"m"})"), ledger)));
    DOCTEST_CHECK(ledger.news(read(runtime_text(R"({"size":"s"})", R"(,"finalizers":["f"])"), ledger)));
    DOCTEST_CHECK(ledger.news(read(runtime_text(R"({"size":"s"})", R"(,"deletionTimestamp":"2026-01-02T00:00:00Z")"), ledger)));
}

DOCTEST_TEST_CASE("the ledger knows what exists after a replay, and forgets what went") {
    Ledger ledger;
    ledger.fold(read(runtime_text(R"({"size":"s"})")));
    ledger.fold(applied_now("svc", "12"));
    DOCTEST_CHECK(ledger.known("XTrinode") == kube::Known{{"u1", {"team", "a"}}});
    DOCTEST_CHECK(ledger.known("Service") == kube::Known{{"svc", {"team", "trino-a"}}});
    DOCTEST_CHECK(ledger.find("Service", "svc")->applied_version == 12);
    ledger.fold(object_gone(Subject::runtime({"team", "a"}), "Service", "v1", "trino-a", "svc"));
    ledger.fold(resource_gone(xtrinode_kind(), "u1", {"team", "a"}, ""));
    DOCTEST_CHECK(ledger.known("Service").empty());
    DOCTEST_CHECK(ledger.known("XTrinode").empty());
}

DOCTEST_TEST_CASE(
    "what we deleted stays deleted, however late a watch still shows it, until the watch or a new list is past it") {
    const auto look = [](std::string_view uid) {
        return object_present(
            Subject::runtime({"team", "a"}),
            object(R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"trino-a","namespace":"team","uid":")" +
                   std::string(uid) + R"(","resourceVersion":"9"}})"),
            false, {});
    };
    const AppliedObject ours{{"v1", "Service", "team", "trino-a"}, Digest::of("x"), "svc", "12", false};
    Ledger ledger;
    ledger.fold(applied_now("svc", "12"));
    ledger.fold(act::object_deleted({Subject::runtime({"team", "a"}), {}}, ours, "the runtime is being deleted"));
    DOCTEST_CHECK(ledger.deleted("Service", "svc"));
    DOCTEST_CHECK_FALSE(ledger.news(look("svc")));
    DOCTEST_CHECK(ledger.news(look("svc-2"))); // another one of the same name
    DOCTEST_CHECK(ledger.known("Service").empty());

    auto another_kind = ledger, its_own = ledger;
    another_kind.fold(list_started("Deployment"));
    DOCTEST_CHECK(another_kind.deleted("Service", "svc"));
    its_own.fold(list_started("Service"));
    DOCTEST_CHECK_FALSE(its_own.deleted("Service", "svc"));
    ledger.forget_deleted("Service", "svc");
    DOCTEST_CHECK_FALSE(ledger.deleted("Service", "svc"));
}

DOCTEST_TEST_CASE("a stale look does not make the fresh one old news, though it says the same") {
    Ledger ledger;
    auto look = deployment_present(
        object(R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"trino-a-worker","namespace":"team","uid":"d",
        "resourceVersion":"20","labels":{"app.kubernetes.io/instance":"a","app.kubernetes.io/component":"worker"}},"spec":{"replicas":2},"status":{"readyReplicas":2}})"),
        OwnWrites{});
    DOCTEST_REQUIRE(look);
    look->payload["stale"] = true;
    ledger.fold(*look);
    DOCTEST_CHECK_FALSE(ledger.news(*look));
    look->payload["stale"] = false;
    DOCTEST_CHECK(ledger.news(*look));
}

DOCTEST_TEST_CASE("a list is held against what we wrote until its version, and against nothing newer") {
    Ledger ledger;
    ledger.fold(applied_now("svc", "12"));
    DOCTEST_CHECK(ledger.applied_until("Service", 11).empty());
    DOCTEST_CHECK(ledger.applied_until("Service", 12) == kube::Known{{"svc", {"team", "trino-a"}}});
    DOCTEST_CHECK(ledger.applied_until("ConfigMap", 99).empty());
}

DOCTEST_TEST_CASE("what is left out is news once per manifest, and again after it failed or was applied meanwhile") {
    const act::Owner owner{Subject::runtime({"team", "a"}), {}};
    const PlannedObject planned{{"monitoring.coreos.com/v1", "ServiceMonitor", "team", "trino-a"}, Digest{std::string(64, 'a')}};
    const auto skipped = act::object_skipped(owner, planned, kube::ApiError::make(Code::unsupported, "not served"));
    Ledger ledger;
    DOCTEST_CHECK(ledger.news(skipped));
    ledger.fold(skipped);
    DOCTEST_CHECK_FALSE(ledger.news(skipped));
    // The API server was out of order for a while: what the log says of the object now is that it failed.
    ledger.fold(act::object_failed(owner, planned.ref, planned.manifest, kube::ApiError::make(Code::unavailable, "503"), 3));
    DOCTEST_CHECK(ledger.news(skipped));
}

DOCTEST_TEST_CASE("a Deployment becomes deployment.observed; a look older than our own write is stale") {
    const auto text =
        R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"trino-a-worker","namespace":"team","uid":"d","resourceVersion":"20","generation":3,
      "labels":{"app.kubernetes.io/instance":"a","app.kubernetes.io/component":"worker"}},"spec":{"replicas":2},
      "status":{"observedGeneration":3,"replicas":2,"readyReplicas":1,"updatedReplicas":2,"conditions":[{"type":"Progressing","status":"True"},
      {"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"exceeded quota"}]}})";
    OwnWrites own;
    const auto draft = deployment_present(object(text), own);
    DOCTEST_REQUIRE(draft);
    DOCTEST_CHECK(check_draft(*draft).ok());
    DOCTEST_CHECK(draft->payload.at("ready_replicas") == 1);
    DOCTEST_CHECK(draft->payload.at("progressing") == "True");
    DOCTEST_CHECK(draft->payload.at("replica_failure") == "FailedCreate: exceeded quota");
    DOCTEST_CHECK(draft->payload.at("stale") == false);
    own.wrote("d", "21");
    DOCTEST_CHECK(deployment_present(object(text), own)->payload.at("stale") == true);
    DOCTEST_CHECK_FALSE(deployment_present(object(R"({"metadata":{"name":"x","namespace":"team","uid":"d"}})"), own));
}

DOCTEST_TEST_CASE("a pod says why it is not ready: the container first, then the scheduler") {
    const std::string head = R"({"metadata":{"name":"p","namespace":"team","uid":"p1","labels":{"app.kubernetes.io/instance":"a",
      "app.kubernetes.io/component":"worker"}},"spec":{"nodeName":"n1"},"status":{"phase":"Pending",)";
    const auto waiting = pod_present(object(
        head + R"("containerStatuses":[{"restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off"}}}],
      "conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}})"));
    DOCTEST_REQUIRE(waiting);
    DOCTEST_CHECK(check_draft(*waiting).ok());
    DOCTEST_CHECK(waiting->payload.at("reason") == "CrashLoopBackOff");
    DOCTEST_CHECK(waiting->payload.at("restarts") == 3);
    const auto unschedulable = pod_present(
        object(head + R"("conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":")" +
               std::string(2000, 'x') + R"("}]}})"));
    DOCTEST_CHECK(unschedulable->payload.at("reason") == "Unschedulable");
    DOCTEST_CHECK(unschedulable->payload.at("message").as_string().size() == 512);
    const auto ready = pod_present(object(head + R"("conditions":[{"type":"Ready","status":"True"}]}})"));
    DOCTEST_CHECK(ready->payload.at("ready") == true);
    DOCTEST_CHECK(!ready->payload.contains("reason"));
    const auto odd =
        pod_present(object(R"({"metadata":{"name":"p","namespace":"team","uid":"p1","labels":{"app.kubernetes.io/instance":"a"}},
      "status":{"conditions":7,"containerStatuses":[1,{"restartCount":"x","state":[]}]}})"));
    DOCTEST_CHECK(check_draft(*odd).ok());
    DOCTEST_CHECK(odd->payload.at("phase") == "Unknown");
}

DOCTEST_TEST_CASE("texts are cut at characters") {
    DOCTEST_CHECK(cut("abc", 2) == "ab");
    DOCTEST_CHECK(cut("a\xC3\xA4", 2) == "a");
    DOCTEST_CHECK(cut("\xff").empty());
}

DOCTEST_TEST_CASE("ready endpoints: a missing condition counts, a false one does not") {
    DOCTEST_CHECK(
        ready_in_slice(object(R"({"endpoints":[{"conditions":{"ready":true}},{"conditions":{"ready":false}},{},7]})")) == 2);
    DOCTEST_CHECK(ready_in_slice(object(R"({"endpoints":{}})")) == 0);
}

namespace {

kube::Object applied_object(const std::string &fields, const std::string &time, const std::string &version,
                            const std::string &others = {}) {
    return object(R"({"metadata":{"name":"s","namespace":"n","uid":"u","resourceVersion":")" + version + R"(","managedFields":[
      {"manager":"xtrinode-operator","operation":"Apply","time":")" +
                  time + R"(","fieldsV1":)" + fields + "}" + others + "]}}");
}

} // namespace

DOCTEST_TEST_CASE("drift: somebody took a field from us; our own writes and foreign fields are none") {
    using Seen = DriftWatch::Seen;
    DriftWatch drift("xtrinode-operator");
    const std::string t1 = "2026-01-01T00:00:01Z", t2 = "2026-01-01T00:00:02Z";
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{},"f:b":{}})", t1, "10"), 10) == Seen::first);
    // Another manager adds fields of its own, a controller writes status.
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{},"f:b":{}})", t1, "11",
                                            R"(,{"manager":"hand","operation":"Update","time":"2026-01-01T00:00:05Z"})"),
                             10) == Seen::same);
    // It takes one of ours.
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{}})", t1, "12"), 10) == Seen::drifted);
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{}})", t1, "13"), 10) == Seen::same); // said once
    // We apply again. (Of an echo that overtakes its answer the feed makes nothing: a write is under way.)
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{},"f:b":{}})", t2, "14"), 14) == Seen::same);
    // A write of ours whose sender gave it up: it may carry a plan of before.
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{},"f:b":{}})", t1, "15"), 14) == Seen::drifted);
    DOCTEST_CHECK(drift.look(applied_object(R"({"f:a":{},"f:b":{}})", t1, "16"), 14) == Seen::same); // said once
    // Our ownership is gone altogether.
    DOCTEST_CHECK(drift.look(object(R"({"metadata":{"name":"s","namespace":"n","uid":"u","resourceVersion":"17"}})"), 16) ==
                  Seen::drifted);
}

DOCTEST_TEST_CASE("drift while nobody looked shows by another writer, and not in the version that we wrote") {
    using Seen = DriftWatch::Seen;
    const std::string later = R"(,{"manager":"hand","operation":"Update","time":"2026-01-01T00:00:05Z"})";
    const std::string status = R"(,{"manager":"kcm","operation":"Update","subresource":"status","time":"2026-01-01T00:00:05Z"})";
    const std::string t1 = "2026-01-01T00:00:01Z";
    const std::string note =
        R"(,{"manager":"kcm","operation":"Update","time":"2026-01-01T00:00:05Z","fieldsV1":{"f:metadata":{"f:annotations":{"f:x":{}}}}})";
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "20", note), 10) == Seen::first);
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "20", later), 10) == Seen::drifted);
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "10", later), 10) == Seen::first);
    // Within the second of our own write nobody can tell who was later: applying again settles it.
    const std::string at_once = R"(,{"manager":"hand","operation":"Update","time":"2026-01-01T00:00:01Z"})";
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "20", at_once), 10) == Seen::drifted);
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "10", at_once), 10) == Seen::first);
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "20", status), 10) == Seen::first);
    // Nor can anybody when the server's clock was set back.
    const std::string before = R"(,{"manager":"hand","operation":"Update","time":"2025-12-31T23:59:59Z"})";
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "20", before), 10) == Seen::drifted);
    DOCTEST_CHECK(DriftWatch("xtrinode-operator").look(applied_object(R"({"f:a":{}})", t1, "10", before), 10) == Seen::first);
}

DOCTEST_TEST_CASE("of a drift the culprit is named, not ourselves; who only wrote the status did not write the object") {
    const auto text =
        R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d","namespace":"n","uid":"u","resourceVersion":"9","managedFields":[
      {"manager":"xtrinode-operator","operation":"Apply","time":"2026-01-01T00:00:01Z"},
      {"manager":"kubectl","operation":"Update","subresource":"scale","time":"2026-01-01T00:00:05Z"},
      {"manager":"xtrinode","operation":"Update","subresource":"scale","time":"2026-01-01T00:00:06Z"},
      {"manager":"kube-controller-manager","operation":"Update","subresource":"status","time":"2026-01-01T00:00:07Z"}]}})";
    const auto subject = Subject::runtime({"n", "a"});
    DOCTEST_CHECK(object_present(subject, object(text), true, "xtrinode-operator").actor == "kubectl");
    DOCTEST_CHECK(object_present(subject, object(text), false, "xtrinode-operator").actor == "xtrinode");
    DOCTEST_CHECK(last_writer(object(R"({"metadata":{"managedFields":[{"manager":"a\u0007b","operation":"Update"}]}})")).empty());
}
