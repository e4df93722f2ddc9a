// The acting half against a server: what views ask for, and nothing else.
#include "test/unit/kube/act_scene.hpp"

using namespace fakes;
using namespace xtn;

DOCTEST_TEST_CASE("planned objects are applied in order, under the finalizer, and then nothing more is done") {
    ActScene s;
    auto v = s.view();
    v.want_finalizer = true;
    v.desired = {s.planned(service()), s.planned(deployment(2), false)};
    s.want_started(v);
    eventually("both are applied", [&] { return s.engine.count("object.applied") == 2; });
    const auto patches = s.kube.calls("PATCH");
    DOCTEST_REQUIRE(patches.size() == 3);
    DOCTEST_CHECK(patches[0] == "PATCH " + runtimes_path + "a");
    DOCTEST_CHECK(patches[1] == "PATCH " + services_path + "trino-a");
    DOCTEST_CHECK(patches[2] == "PATCH " + deployments_path + "trino-a-worker");
    DOCTEST_CHECK(s.kube.requests("PATCH", services_path + "trino-a")[0].query() == "fieldManager=xtrinode-operator&force=true");
    DOCTEST_CHECK(s.kube.requests("PATCH", deployments_path + "trino-a-worker")[0].query() == "fieldManager=xtrinode-operator");
    const auto applied = s.engine.events("object.applied")[0];
    DOCTEST_CHECK(applied.payload.at("created") == true);
    DOCTEST_CHECK(applied.cause == Seq{42});
    DOCTEST_CHECK(s.engine.count("finalizer.added") == 1);
    DOCTEST_CHECK(s.engine.count("object.observed") == 0); // our own creations are no news
    s.quiet("a satisfied view costs nothing");
}

DOCTEST_TEST_CASE("however many runtimes with nothing to do wait behind busy ones, they are passed over one by one") {
    constexpr int busy = 20; // more than are passed over at once, so that the others have to wait
    ActScene s;
    std::map<RuntimeId, RuntimeView> views;
    for (int i = 0; i < busy; ++i) {
        auto v = s.view();
        v.id.name = "a" + std::to_string(i);
        v.uid = kube::find_string(s.kube.put(runtimes_path + v.id.name, runtime_body(v.id.name, "team", {{"size", "s"}})),
                                  {"metadata", "uid"});
        v.want_finalizer = true;
        views[v.id] = v;
    }
    for (int i = 0; i < 20'000; ++i) {
        RuntimeView idle;
        idle.id = {"team", "z" + std::to_string(i)};
        idle.uid = "uid-of-" + idle.id.name;
        views[idle.id] = std::move(idle);
    }
    s.start();
    s.wait_synced();
    for (int turn = 0; turn < 2; ++turn)
        s.engine.change([&](FakeWorld &w) { w.views = views; });
    eventually("all busy ones are done", [&] { return s.engine.count("finalizer.added") == busy; });
    auto v = s.view();
    v.want_finalizer = true;
    s.want(v);
    eventually("and whoever comes then", [&] { return s.engine.count("finalizer.added") == busy + 1; });
}

DOCTEST_TEST_CASE("foreign finalizers stay, and a finalizer is only written on top of what was seen") {
    ActScene s;
    s.cr["metadata"].as_object()["finalizers"] = json::array{"other/one"};
    s.cr = s.kube.put(runtimes_path + "a", s.cr);
    s.kube.fail("PATCH", runtimes_path + "a", {409});
    auto v = s.view();
    v.want_finalizer = true;
    s.want_started(v);
    eventually("it is there", [&] { return s.engine.count("finalizer.added") == 1; });
    const auto now = s.kube.find(runtimes_path + "a");
    DOCTEST_CHECK(*kube::find(*now, {"metadata", "finalizers"}) == json::array{"other/one", std::string(finalizer_name)});
    DOCTEST_CHECK(s.kube.requests("PATCH", runtimes_path + "a")[0].body.find("\"resourceVersion\"") != std::string::npos);
}

DOCTEST_TEST_CASE("a failing object is retried, told once per code, and does not keep another runtime waiting") {
    ActScene s;
    s.kube.fail("PATCH", services_path + "trino-a", {500, 500, 422});
    auto v = s.view();
    v.desired = {s.planned(service())};
    s.want_started(v);
    auto other = s.view();
    other.id = {"team", "b"};
    s.kube.put(runtimes_path + "b", runtime_body("b", "team", {{"size", "s"}}));
    other.uid = std::string(kube::find_string(*s.kube.find(runtimes_path + "b"), {"metadata", "uid"}));
    auto manifest = owned_body("v1", "Service", "trino-b", "team", "b");
    other.desired = {s.planned(manifest)};
    s.engine.change([&](FakeWorld &w) { w.views[other.id] = other; });
    eventually("the other is applied", [&] { return s.kube.find(services_path + "trino-b").has_value(); });
    DOCTEST_CHECK(!s.kube.find(services_path + "trino-a"));
    eventually("the first follows", [&] { return s.kube.find(services_path + "trino-a").has_value(); });
    eventually("both are recorded", [&] { return s.engine.count("object.applied") == 2; });
    const auto failures = s.engine.events("object.failed");
    DOCTEST_REQUIRE(failures.size() == 2);
    DOCTEST_CHECK(failures[0].payload.at("code") == "500");
    DOCTEST_CHECK(failures[1].payload.at("code") == "422");
    DOCTEST_CHECK(failures[1].payload.at("attempt") == 3);
}

DOCTEST_TEST_CASE("Retry-After is honoured") {
    ActScene s;
    s.kube.fail("PATCH", services_path + "trino-a", {429});
    auto v = s.view();
    v.desired = {s.planned(service())};
    const auto begin = std::chrono::steady_clock::now();
    s.want_started(v);
    eventually("applied", [&] { return s.engine.count("object.applied") == 1; });
    DOCTEST_CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(1));
}

DOCTEST_TEST_CASE("surplus is deleted with its uid; an object of that name that is not ours is left alone") {
    ActScene s;
    const auto mine = s.kube.put(services_path + "trino-a", service());
    const auto theirs = s.kube.put(services_path + "trino-a-old", service());
    auto v = s.view();
    AppliedObject one;
    one.ref = {"v1", "Service", "team", "trino-a"};
    one.uid = std::string(kube::find_string(mine, {"metadata", "uid"}));
    AppliedObject two;
    two.ref = {"v1", "Service", "team", "trino-a-old"};
    two.uid = "long-gone";
    AppliedObject three;
    three.ref = {"v1", "ConfigMap", "team", "never-there"};
    three.uid = "u";
    v.surplus = {one, two, three};
    s.want_started(v);
    eventually("all three are settled", [&] { return s.engine.count("object.deleted") == 3; });
    DOCTEST_CHECK(!s.kube.find(services_path + "trino-a"));
    DOCTEST_CHECK(s.kube.find(services_path + "trino-a-old"));
    s.quiet("deleted once");
}

DOCTEST_TEST_CASE("what is perhaps there is looked for: ours is deleted with the uid found, anything else is left alone") {
    ActScene s;
    const auto owned_by = [](json::object body, std::string_view uid) {
        auto &metadata = body["metadata"].as_object();
        metadata["ownerReferences"] = json::array{json::object{
            {"apiVersion", "analytics.xtrinode.io/v1"}, {"kind", "XTrinode"}, {"name", "a"}, {"uid", uid}, {"controller", true}}};
        metadata["managedFields"] =
            json::array{json::object{{"manager", "xtrinode-operator"}, {"operation", "Apply"}, {"time", "2026-01-01T00:00:00Z"}}};
        return body;
    };
    auto v = s.view();
    const auto ours = s.kube.put(services_path + "ours", owned_by(owned_body("v1", "Service", "ours", "team", "a"), v.uid));
    s.kube.put(services_path + "of-the-one-before", owned_by(owned_body("v1", "Service", "x", "team", "a"), "another"));
    for (const auto *name : {"ours", "of-the-one-before", "nothing"}) {
        AppliedObject object;
        object.ref = {"v1", "Service", "team", name};
        v.surplus.push_back(object);
    }
    v.surplus.push_back({{"no.such/v1", "Kind", "team", "none"}, {}, {}, {}, false});
    v.deleting = true;
    s.want_started(v);
    eventually("all four are settled", [&] { return s.engine.count("object.deleted") == 4; });
    DOCTEST_CHECK(s.kube.calls("DELETE") == std::vector<std::string>{"DELETE " + services_path + "ours"});
    const auto uid = std::string(kube::find_string(ours, {"metadata", "uid"}));
    DOCTEST_CHECK(s.kube.requests("DELETE", services_path + "ours")[0].body.find(uid) != std::string::npos);
    DOCTEST_CHECK(kube::find_string(s.engine.events("object.deleted")[0].payload, {"uid"}) == uid);
    DOCTEST_CHECK(s.engine.events("object.deleted")[1].payload.at("why") == "another object bears its name");
    DOCTEST_CHECK(s.engine.events("object.deleted")[2].payload.at("why") == "nothing was there");
    DOCTEST_CHECK(s.kube.find(services_path + "of-the-one-before"));
    s.quiet("settled once");
}

DOCTEST_TEST_CASE("that we deleted an object is told behind what the watches showed of it, so that it is not there again") {
    ActScene s;
    const auto mine = s.kube.put(services_path + "trino-a", service());
    auto v = s.view();
    AppliedObject one;
    one.ref = {"v1", "Service", "team", "trino-a"};
    one.uid = std::string(kube::find_string(mine, {"metadata", "uid"}));
    v.surplus = {one};
    v.desired = {s.planned(deployment(1))};
    s.want_started(v);
    eventually("deleted", [&] { return s.engine.count("object.deleted") == 1; });
    DOCTEST_REQUIRE(s.engine.count("object.observed") > 0);
    DOCTEST_CHECK(s.engine.lanes("object.deleted")[0] == s.engine.lanes("object.observed")[0]);
    DOCTEST_CHECK(s.engine.lanes("object.applied")[0] != s.engine.lanes("object.deleted")[0]);
}

DOCTEST_TEST_CASE("Deployments are scaled through the scale subresource, before anything is applied") {
    ActScene s;
    s.kube.put(deployments_path + "trino-a-worker", s.ours(deployment(2)));
    auto v = s.view();
    v.apply_allowed = false;
    v.worker_replicas = 0;
    v.coordinator_replicas = 0; // not there: nothing to scale
    v.desired = {s.planned(service())};
    s.want_started(v);
    eventually("scaled", [&] { return s.engine.count("object.scaled") == 1; });
    const auto scaled = s.engine.events("object.scaled")[0];
    DOCTEST_CHECK(scaled.payload.at("from") == 2);
    DOCTEST_CHECK(scaled.payload.at("to") == 0);
    DOCTEST_CHECK(!s.kube.find(services_path + "trino-a")); // asleep: no apply
    DOCTEST_CHECK(s.kube.calls("PATCH") == std::vector<std::string>{"PATCH " + deployments_path + "trino-a-worker/scale"});
    s.quiet("scaled once");
    // Somebody scales it up by hand: the watch shows it, and it is put right.
    s.kube.put(deployments_path + "trino-a-worker", s.ours(deployment(3)));
    eventually("scaled again", [&] { return s.engine.count("object.scaled") == 2; });
}

DOCTEST_TEST_CASE("status is written as the smallest patch, only on change, and repaired when somebody else changes it") {
    ActScene s;
    s.cr["status"] = json::object{{"phase", "Reconciling"}, {"workers", 1}};
    s.cr = s.kube.put(runtimes_path + "a", s.cr);
    auto v = s.view();
    v.status = json::object{{"phase", "Ready"}, {"coordinatorURL", "http://x"}};
    s.want_started(v);
    eventually("written", [&] { return s.engine.count("status.written") == 1; });
    const auto sent = kube::parse_json_object(s.kube.requests("PATCH", runtimes_path + "a/status")[0].body);
    DOCTEST_CHECK(sent->at("status") == json::object{{"phase", "Ready"}, {"coordinatorURL", "http://x"}, {"workers", nullptr}});
    s.quiet("written once");
    auto meddled = *s.kube.find(runtimes_path + "a");
    meddled["status"].as_object()["phase"] = "Nonsense";
    s.kube.put(runtimes_path + "a", meddled);
    eventually("repaired", [&] { return kube::find_string(*s.kube.find(runtimes_path + "a"), {"status", "phase"}) == "Ready"; });
}

DOCTEST_TEST_CASE("a status is written on what was seen only, and an overtaken one is no failure") {
    ActScene s;
    s.kube.fail("PATCH", runtimes_path + "a/status", {409, 409, 409}); // any other failure is told then, for it may last
    auto v = s.view();
    v.status = json::object{{"phase", "Ready"}};
    s.want_started(v);
    eventually("written", [&] { return s.engine.count("status.written") == 1; });
    DOCTEST_CHECK(s.engine.count("object.failed") == 0);
    const auto sent = s.kube.requests("PATCH", runtimes_path + "a/status");
    DOCTEST_REQUIRE(sent.size() == 4);
    for (const auto &request : sent) {
        const auto body = kube::parse_json_object(request.body);
        DOCTEST_REQUIRE(body.ok());
        DOCTEST_CHECK(kube::find_string(*body, {"metadata", "resourceVersion"}) ==
                      kube::find_string(s.cr, {"metadata", "resourceVersion"}));
    }
}

DOCTEST_TEST_CASE("a command sets spec.suspended and takes its annotations off in one write") {
    ActScene s;
    const std::string asked = std::string(annotation_prefix) + "suspend-requested";
    s.cr["metadata"].as_object()["annotations"] = json::object{{asked, "true"}, {"mine", "x"}};
    s.cr = s.kube.put(runtimes_path + "a", s.cr);
    auto v = s.view();
    v.suspended = true;
    v.annotations = {{asked, std::nullopt}};
    v.absent_from = {{asked, "true"}};
    s.want_started(v);
    eventually("written", [&] { return kube::find(*s.kube.find(runtimes_path + "a"), {"spec", "suspended"}) != nullptr; });
    const auto now = s.kube.find(runtimes_path + "a");
    DOCTEST_CHECK(*kube::find(*now, {"metadata", "annotations"}) == json::object{{"mine", "x"}});
    DOCTEST_CHECK(s.kube.calls("PATCH").size() == 1);
    s.quiet("once");
}

DOCTEST_TEST_CASE("a command whose XTrinode was changed since is not carried out again: the newer wish stands") {
    // As after a kill between the write of the command and its recording: the view still asks for it.
    const std::string flag = std::string(annotation_prefix) + "suspend-requested";
    const std::string at = flag + "-at";
    ActScene s;
    auto v = s.view();
    v.suspended = true;
    v.annotations = {{flag, std::nullopt}, {at, std::nullopt}};
    v.absent_from = {{flag, "true"}, {at, "2026-01-01T00:00:00Z"}};
    DOCTEST_SUBCASE("somebody woke it by hand") {
        s.cr["metadata"].as_object()["generation"] = 3;
    }
    DOCTEST_SUBCASE("somebody commands it again") {
        s.cr["metadata"].as_object()["annotations"] = json::object{{flag, "true"}, {at, "2026-01-01T00:00:09Z"}};
    }
    s.cr = s.kube.put(runtimes_path + "a", s.cr);
    s.want_started(v);
    s.quiet("nothing is written");
    DOCTEST_CHECK(s.writes().empty());
    // Decided upon what is there now, it is carried out.
    v.generation = kube::find_int(s.cr, {"metadata", "generation"});
    v.absent_from[at] = "2026-01-01T00:00:09Z";
    s.engine.change([&](FakeWorld &w) { w.views[a] = v; });
    eventually("written", [&] { return kube::find(*s.kube.find(runtimes_path + "a"), {"spec", "suspended"}) != nullptr; });
}

DOCTEST_TEST_CASE("deletion: objects first, the finalizer last") {
    ActScene s;
    const auto mine = s.kube.put(services_path + "trino-a", service());
    s.cr["metadata"].as_object()["finalizers"] = json::array{std::string(finalizer_name)};
    s.cr["metadata"].as_object()["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    s.cr = s.kube.put(runtimes_path + "a", s.cr);
    auto v = s.view();
    v.apply_allowed = false;
    v.deleting = true;
    v.want_finalizer = true;
    v.has_finalizer = true;
    AppliedObject one;
    one.ref = {"v1", "Service", "team", "trino-a"};
    one.uid = std::string(kube::find_string(mine, {"metadata", "uid"}));
    v.surplus = {one};
    const auto fold = s.engine.on_event;
    s.engine.on_event = [fold](FakeWorld &w, const Event &event) {
        fold(w, event);
        if (event.name() == "object.deleted") w.views[a].want_finalizer = false; // clean-up is complete
    };
    s.want_started(v);
    eventually("the finalizer is off", [&] { return s.engine.count("finalizer.removed") == 1; });
    DOCTEST_CHECK(!s.kube.find(services_path + "trino-a"));
    DOCTEST_CHECK(s.engine.events("object.deleted")[0].payload.at("why") == "the runtime is being deleted");
    DOCTEST_CHECK(kube::find(*s.kube.find(runtimes_path + "a"), {"metadata", "finalizers"})->as_array().empty());
}

DOCTEST_TEST_CASE("a view of an XTrinode that was recreated meanwhile touches nothing of the new one") {
    ActScene s;
    auto v = s.view();
    v.uid = "an-older-one";
    v.want_finalizer = true;
    v.status = json::object{{"phase", "Ready"}};
    v.desired = {s.planned(service())};
    s.want_started(v);
    // Its own passes write nothing, not even a mark: those over another, which come after them, do.
    auto other = s.view();
    other.id = b;
    other.uid =
        kube::find_string(s.kube.put(runtimes_path + "b", runtime_body("b", "team", {{"size", "s"}})), {"metadata", "uid"});
    s.engine.change([&](FakeWorld &w) { w.views[b] = other; });
    s.quiet("nothing is written", b);
    DOCTEST_CHECK(s.writes().empty());
}

DOCTEST_TEST_CASE("the routes ConfigMap: namespace and content are made, unchanged content is not written, drift is repaired") {
    AdapterScene s;
    const std::string path = "/api/v1/namespaces/xtrinode-gateway/configmaps/trino-gateway-routes";
    s.start();
    s.wait_synced();
    Route route;
    route.name = route.routing_group = "team--a";
    route.header = "team/a";
    s.engine.change([&](FakeWorld &w) {
        w.table.epoch = 1;
        w.table.version = 2;
        w.table.routes = {route};
    });
    DOCTEST_CHECK(!s.kube.find(path)); // not every XTrinode is known: an empty table would mean nothing
    s.engine.change([&](FakeWorld &w) { w.synced_kinds.insert("XTrinode"); });
    eventually("written", [&] { return s.engine.count("object.applied") == 1; });
    DOCTEST_CHECK(s.kube.find("/api/v1/namespaces/xtrinode-gateway"));
    const auto text = s.world.table.to_yaml();
    DOCTEST_CHECK(kube::find_string(*s.kube.find(path), {"data", "routes.yaml"}) == text);
    // Which table it is and whose term this is stand beside it: a control plane that lost its log goes on from there.
    const auto mark = [&](std::string_view name) {
        const auto map = s.kube.find(path);
        return map ? std::string(kube::find_string(
                         *map, {"metadata", "annotations", "xtrinode.analytics.xtrinode.io/" + std::string(name)}))
                   : std::string();
    };
    DOCTEST_CHECK(mark("routes-version") == "1.2");
    DOCTEST_CHECK(mark("leader-term") == "1");
    s.engine.change([&](FakeWorld &w) { w.table.version = 3; });
    eventually("the newer version is named", [&] { return mark("routes-version") == "1.3"; });
    eventually("and recorded", [&] { return s.engine.count("object.applied") == 2; });
    const auto before = s.kube.calls("PATCH").size();
    auto foreign = *s.kube.find(path);
    foreign["data"].as_object()["routes.yaml"] = "routes: []\n";
    s.kube.put(path, foreign);
    eventually("repaired", [&] { return kube::find_string(*s.kube.find(path), {"data", "routes.yaml"}) == text; });
    DOCTEST_CHECK(s.kube.calls("PATCH").size() == before + 1);
    s.kube.erase(path);
    eventually("made again", [&] { return s.kube.find(path).has_value(); });
}

DOCTEST_TEST_CASE("what was decided is told as a Kubernetes Event on the XTrinode") {
    ActScene s;
    s.want_started(s.view());
    EventDraft draft;
    draft.type = "runtime.ready/1";
    draft.subject = Subject::runtime(a);
    draft.source = "policy/lifecycle/1";
    draft.payload = {
        {"from", "Reconciling"}, {"reason", "AllComponentsReady"}, {"message", "serves queries"}, {"policy", "lifecycle/1"}};
    s.engine.submit("test", {draft}, {}, Engine::Priority::decision);
    const std::string events = "/api/v1/namespaces/team/events";
    const auto told = [&] {
        std::vector<std::string> reasons;
        for (const auto &sent : s.kube.requests("POST", events)) {
            const auto body = kube::parse_json_object(sent.body);
            DOCTEST_CHECK(kube::find_string(*body, {"involvedObject", "uid"}) == kube::find_string(s.cr, {"metadata", "uid"}));
            reasons.emplace_back(kube::find_string(*body, {"reason"}));
        }
        return reasons;
    };
    eventually("told", [&] { return told() == std::vector<std::string>{"Created", "PhaseChanged"}; });
}

DOCTEST_TEST_CASE("stopping in the middle of a backoff or a call ends within two seconds") {
    ActScene s;
    s.kube.fail("PATCH", services_path + "trino-a", std::vector<int>(1000, 500));
    auto v = s.view();
    v.desired = {s.planned(service())};
    s.want_started(v);
    eventually("it fails", [&] { return s.engine.count("object.failed") == 1; });
    const auto begin = std::chrono::steady_clock::now();
    s.adapter->stop();
    s.adapter->stop();
    DOCTEST_CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
    s.engine.change([](FakeWorld &) {}); // the engine may still publish: nobody listens
}
