// Objects of others that bear a name of ours: neither written, nor scaled, nor taken over.
#include "test/unit/kube/act_scene.hpp"

using namespace fakes;
using namespace xtn;

namespace {

json::object theirs() {
    return {{"apiVersion", "v1"},
            {"kind", "Service"},
            {"metadata", {{"name", "trino-a"}, {"namespace", "team"}}},
            {"spec", {{"type", "ExternalName"}}}};
}

} // namespace

DOCTEST_TEST_CASE("somebody else's object of a planned name is left alone and named; when it goes, ours is made") {
    ActScene s;
    const auto before = s.kube.put(services_path + "trino-a", theirs());
    auto v = s.view();
    v.desired = {s.planned(service()), s.planned(deployment(1))};
    s.want_started(v);
    eventually("it is told", [&] { return s.engine.count("object.failed") == 1; });
    const auto failed = s.engine.events("object.failed")[0];
    DOCTEST_CHECK(kube::find_string(failed.payload, {"code"}) == "conflict");
    DOCTEST_CHECK(kube::find_string(failed.payload, {"message"}).starts_with("an object of that name is there already"));
    DOCTEST_CHECK(s.kube.calls("PATCH").empty());
    DOCTEST_CHECK(s.kube.find(services_path + "trino-a") == before);
    s.kube.erase(services_path + "trino-a");
    eventually("ours is made", [&] { return s.engine.count("object.applied") == 2; });
    DOCTEST_CHECK(
        kube::find_string(*s.kube.find(services_path + "trino-a"), {"metadata", "labels", "app.kubernetes.io/instance"}) == "a");
}

DOCTEST_TEST_CASE("an object that this XTrinode controls is applied to, whoever made it, and to no other of that name") {
    ActScene s;
    const auto made = s.kube.put(services_path + "trino-a", s.ours(theirs()));
    auto v = s.view();
    v.desired = {s.planned(service())};
    s.want_started(v);
    eventually("applied", [&] { return s.engine.count("object.applied") == 1; });
    const auto sent = s.kube.requests("PATCH", services_path + "trino-a");
    DOCTEST_REQUIRE(sent.size() == 1);
    const auto body = kube::parse_json_object(sent[0].body);
    DOCTEST_CHECK(kube::find_string(*body, {"metadata", "uid"}) == kube::find_string(made, {"metadata", "uid"}));
}

DOCTEST_TEST_CASE(
    "an object that was replaced unseen is not written: the log learns that ours is gone, and theirs is left alone") {
    ActScene s;
    const auto before = s.kube.put(services_path + "trino-a", theirs());
    auto v = s.view();
    v.desired = {s.planned(service())};
    AppliedObject known;
    known.ref = v.desired[0].ref;
    known.uid = "the-one-before";
    known.drifted = true;
    v.applied = {known};
    s.want_started(v);
    eventually("it is told", [&] { return s.engine.count("object.failed") >= 1; });
    DOCTEST_CHECK(kube::find_string(s.engine.events("object.gone").at(0).payload, {"uid"}) == "the-one-before");
    DOCTEST_CHECK(s.kube.find(services_path + "trino-a") == before);
    DOCTEST_CHECK(s.engine.count("object.applied") == 0);
}

DOCTEST_TEST_CASE("a Deployment with our labels that no XTrinode controls is not scaled") {
    ActScene s;
    s.kube.put(deployments_path + "trino-a-worker", deployment(2));
    s.kube.put(deployments_path + "trino-a-coordinator", s.ours(deployment(1, "coordinator")));
    auto v = s.view();
    v.apply_allowed = false;
    v.worker_replicas = 0;
    v.coordinator_replicas = 0;
    s.want_started(v);
    eventually("ours is scaled", [&] { return s.engine.count("object.scaled") == 1; });
    s.quiet("theirs is not");
    DOCTEST_CHECK(s.kube.calls("/scale").size() == 2); // a look and a write
    DOCTEST_CHECK(s.kube.calls("trino-a-worker").empty());
}
