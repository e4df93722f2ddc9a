// The real parts together, in process: embedded API and its simulated controllers, log, engine, world, clock and this adapter.
#include "adapters/clock/clock_adapter.hpp"
#include "adapters/kube/kube_adapter.hpp"
#include "adapters/sandbox/api/kube_api.hpp"
#include "adapters/sandbox/sim/simulator.hpp"
#include "core/event/catalogue.hpp"
#include "core/model/xtrinode.hpp"
#include "test/unit/core/scratch.hpp"
#include "test/unit/kube/fakes.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <iterator>

using namespace xtn;
using namespace std::chrono_literals;
using fakes::eventually;
namespace json = boost::json;

namespace {

const sandbox::ResourceName runtimes{"analytics.xtrinode.io", "v1", "xtrinodes"};
const sandbox::ResourceName deployments{"apps", "v1", "deployments"};
const sandbox::ResourceName services{"", "v1", "services"};
const sandbox::ResourceName config_maps{"", "v1", "configmaps"};
const sandbox::ResourceName namespaces{"", "v1", "namespaces"};
const sandbox::ResourceName kube_events{"", "v1", "events"};

std::string file(const std::string &name) {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    DOCTEST_REQUIRE(root != nullptr);
    std::ifstream in(std::string(root) + "/manifests/crds/" + name);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    DOCTEST_REQUIRE(!text.empty());
    return text;
}

// The control plane of one process, that can be stopped and started again on the same log.
struct ControlPlane {
    std::unique_ptr<Log> log;
    std::unique_ptr<World> world;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<ClockAdapter> clock;
    std::unique_ptr<KubeAdapter> adapter;

    ControlPlane(const std::filesystem::path &directory, RedactionKey &key, const sandbox::KubeApi &api) {
        Log::Options log_options;
        log_options.directory = directory;
        log_options.on_fatal = [](const Error &e) { DOCTEST_FAIL(e.message); };
        auto opened = Log::open(std::move(log_options));
        if (!opened.ok()) DOCTEST_FAIL(opened.error().message);
        log = std::move(*opened);
        world = World::create();
        Engine::Options engine_options;
        engine_options.log = log.get();
        engine_options.machine = world.get();
        engine_options.now = [] { return Timestamp::now(); };
        engine_options.on_fatal = [](const Error &e) { DOCTEST_FAIL(e.message); };
        auto started = Engine::start(std::move(engine_options));
        if (!started.ok()) DOCTEST_FAIL(started.error().message);
        engine = std::move(*started);
        announce();
        ClockAdapter::Options clock_options;
        clock_options.engine = engine.get();
        clock = ClockAdapter::start(std::move(clock_options));
        KubeAdapter::Options options;
        auto config = kube::Config::parse_kubeconfig(api.kubeconfig(), {});
        if (!config.ok()) DOCTEST_FAIL(config.error().message);
        options.config = std::move(*config);
        options.engine = engine.get();
        options.log = log.get();
        options.redaction = &key;
        auto adapting = KubeAdapter::start(std::move(options));
        if (!adapting.ok()) DOCTEST_FAIL(adapting.error().message);
        adapter = std::move(*adapting);
    }
    ~ControlPlane() {
        adapter->stop();
        clock->stop();
        engine->stop();
        log->close();
    }
    ControlPlane(const ControlPlane &) = delete;
    ControlPlane &operator=(const ControlPlane &) = delete;

    void announce() {
        EventDraft elected;
        elected.type = type_of("leader.elected");
        elected.subject = Subject::cluster();
        elected.source = "cli";
        elected.payload = {{"holder", "test"}, {"process_id", 1}, {"epoch", static_cast<std::int64_t>(engine->epoch().value)}};
        EventDraft effective = elected;
        effective.type = type_of("config.effective");
        effective.payload = {
            {"operator_version", "0.1.0"}, {"binary_version", "test"}, {"drain_window_ms", 1000}, {"flags", json::object()}};
        auto durable = engine->submit_and_wait("cli", {elected, effective}, Deadline::after(10s));
        if (!durable.ok()) DOCTEST_FAIL(durable.error().message);
    }
    bool synced(std::string_view kind) const {
        bool is = false;
        (void)engine->ask([&](const Machine &m, Seq) { is = dynamic_cast<const World &>(m).synced(kind); }, Deadline::after(5s));
        return is;
    }
    std::vector<Event> events(std::string_view name) const {
        std::vector<Event> out;
        (void)log->scan(Stream::control, Seq{1}, [&](const Event &e) {
            if (e.name() == name) out.push_back(e);
            return true;
        });
        return out;
    }
    std::uint64_t head() const { return log->head(Stream::control).seq.value; }
    // Waits until nothing was written for a while.
    void settle() const {
        for (auto before = head();;) {
            std::this_thread::sleep_for(300ms);
            if (head() == before) return;
            before = head();
        }
    }
    std::string story() const {
        std::string out;
        (void)log->scan(Stream::control, Seq{1}, [&](const Event &e) {
            out += std::to_string(e.seq.value) + " " + e.type + " " + e.subject.text + " " +
                   json::serialize(e.payload).substr(0, 160) + "\n";
            return true;
        });
        return out;
    }
};

// Pods that are ready as soon as they run.
class ReadyPods : public sandbox::PodBackend {
    class Pod : public sandbox::RunningPod {
        bool ready() override { return true; }
        std::optional<std::string> exited() override { return std::nullopt; }
        void stop(std::chrono::milliseconds) override {}
    };

  public:
    Result<std::unique_ptr<sandbox::RunningPod>> start(const sandbox::PodPlan &) override {
        return std::unique_ptr<sandbox::RunningPod>(std::make_unique<Pod>());
    }
};

struct House {
    Scratch folder;
    RedactionKey key = *RedactionKey::from_bytes(std::string(32, 'k'));
    ReadyPods pods;
    std::unique_ptr<sandbox::KubeApi> api;
    std::unique_ptr<sandbox::Simulator> simulator;
    std::unique_ptr<ControlPlane> plane;

    House() {
        sandbox::KubeApi::Options options;
        options.crd_manifests = {file("analytics.xtrinode.io_xtrinodes.yaml"),
                                 file("analytics.xtrinode.io_xtrinodecatalogs.yaml")};
        auto started = sandbox::KubeApi::start(std::move(options));
        if (!started.ok()) DOCTEST_FAIL(started.error().message);
        api = std::move(*started);
        sandbox::Simulator::Options simulated;
        simulated.cluster = &api->cluster();
        simulated.backend = &pods;
        simulated.behaviour.pod_start = 10ms;
        simulated.behaviour.pod_stop = 10ms;
        auto running = sandbox::Simulator::start(std::move(simulated));
        if (!running.ok()) DOCTEST_FAIL(running.error().message);
        simulator = std::move(*running);
        create(namespaces, "", {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "team"}}}});
    }
    ~House() {
        plane.reset();
        simulator->stop();
        api->stop();
    }
    void start() { plane = std::make_unique<ControlPlane>(folder.path() / "log", key, *api); }
    sandbox::Cluster &cluster() const { return api->cluster(); }
    json::object create(const sandbox::ResourceName &kind, const std::string &ns, json::object object) const {
        auto made = cluster().create(kind, ns, std::move(object), {.field_manager = "kubectl"});
        if (auto *failure = std::get_if<sandbox::ApiFailure>(&made)) DOCTEST_FAIL(json::serialize(failure->status));
        return std::get<json::object>(std::move(made));
    }
    std::optional<json::object> get(const sandbox::ResourceName &kind, const std::string &ns, const std::string &name) const {
        auto got = cluster().get(kind, ns, name);
        if (auto *object = std::get_if<json::object>(&got)) return std::move(*object);
        return std::nullopt;
    }
    void patch(const sandbox::ResourceName &kind, const std::string &name, json::object body,
               const std::string &subresource = {}) const {
        auto done =
            cluster().merge_patch(kind, "team", name, std::move(body), {.field_manager = "hand", .subresource = subresource});
        if (auto *failure = std::get_if<sandbox::ApiFailure>(&done)) DOCTEST_FAIL(json::serialize(failure->status));
    }
    std::string phase() const {
        const auto cr = get(runtimes, "team", "a");
        return cr ? std::string(kube::find_string(*cr, {"status", "phase"})) : "gone";
    }
    void wait_phase(const std::string &wanted) const {
        const auto deadline = Deadline::after(20s);
        while (phase() != wanted) {
            if (deadline.passed()) DOCTEST_FAIL("phase " << phase() << " is not " << wanted << "\n" << plane->story());
            std::this_thread::sleep_for(10ms);
        }
    }
    void create_runtime() const {
        create(runtimes, "team",
               {{"apiVersion", "analytics.xtrinode.io/v1"},
                {"kind", "XTrinode"},
                {"metadata", {{"name", "a"}}},
                {"spec", {{"size", "xs"}, {"maxWorkers", 1}, {"routing", {{"header", "team/a"}}}}}});
    }
};

} // namespace

DOCTEST_TEST_CASE("from an XTrinode to its objects, its status and its route; asleep and awake; all gone after deletion") {
    House w;
    w.start();
    w.create_runtime();
    w.wait_phase("Ready");

    const auto cr = w.get(runtimes, "team", "a");
    const auto uid = kube::find_string(*cr, {"metadata", "uid"});
    DOCTEST_CHECK(json::serialize(*kube::find(*cr, {"metadata", "finalizers"})).find(std::string(finalizer_name)) !=
                  std::string::npos);
    DOCTEST_CHECK(kube::find(*cr, {"status", "conditions"}) != nullptr);
    for (const auto &[kind, name] :
         {std::pair{deployments, "trino-a-coordinator"}, {deployments, "trino-a-worker"}, {services, "trino-a"}}) {
        const auto object = w.get(kind, "team", name);
        DOCTEST_REQUIRE(object);
        const auto *owners = kube::find(*object, {"metadata", "ownerReferences"});
        DOCTEST_REQUIRE(owners);
        DOCTEST_CHECK(kube::find_string(owners->get_array()[0].get_object(), {"uid"}) == uid);
    }
    eventually("the route runs", [&] {
        const auto routes = w.get(config_maps, "xtrinode-gateway", "trino-gateway-routes");
        return routes && kube::find_string(*routes, {"data", "routes.yaml"}).find("state: RUNNING") != std::string_view::npos;
    });
    eventually("it is told", [&] { return !w.cluster().list(kube_events, "team").empty(); });
    w.plane->settle();
    for (const auto &failed : w.plane->events("object.failed"))
        DOCTEST_CHECK(kube::find_string(failed.payload, {"kind"}) == "ServiceMonitor"); // no such operator here: left out
    for (const auto &event : w.plane->events("object.applied"))
        if (event.subject.text != "cluster") DOCTEST_CHECK(event.cause);

    // Somebody deletes a Service and edits a Deployment: both are put right.
    w.cluster().remove(services, "team", "trino-a", {});
    eventually("the Service is back", [&] { return w.get(services, "team", "trino-a").has_value(); });
    w.patch(config_maps,
            [&] {
                for (const auto &object : w.cluster().list(config_maps, "team"))
                    if (kube::find_string(object, {"metadata", "name"}).starts_with("trino-a-coordinator"))
                        return std::string(kube::find_string(object, {"metadata", "name"}));
                return std::string("none");
            }(),
            {{"data", {{"config.properties", "nonsense"}}}});
    eventually("the configuration is back", [&] {
        for (const auto &object : w.cluster().list(config_maps, "team"))
            if (kube::find_string(object, {"data", "config.properties"}) == "nonsense") return false;
        return true;
    });

    // Asleep by spec, awake by annotation.
    w.patch(runtimes, "a", {{"spec", {{"suspended", true}}}});
    eventually("no pods are wanted", [&] {
        return kube::find_int(*w.get(deployments, "team", "trino-a-coordinator"), {"spec", "replicas"}, -1) == 0 &&
               kube::find_int(*w.get(deployments, "team", "trino-a-worker"), {"spec", "replicas"}, -1) == 0;
    });
    w.wait_phase("Suspended");
    w.patch(runtimes, "a", {{"metadata", {{"annotations", {{std::string(annotation_prefix) + "resume-requested", "true"}}}}}});
    eventually("the wish is granted", [&] {
        const auto now = w.get(runtimes, "team", "a");
        const auto *suspended = kube::find(*now, {"spec", "suspended"});
        return suspended && !suspended->get_bool() &&
               !kube::find(*now, {"metadata", "annotations", std::string(annotation_prefix) + "resume-requested"});
    });
    eventually("pods are wanted",
               [&] { return kube::find_int(*w.get(deployments, "team", "trino-a-worker"), {"spec", "replicas"}, -1) == 1; });
    w.wait_phase("Ready");

    w.cluster().remove(runtimes, "team", "a", {});
    eventually("the XTrinode is gone", [&] { return !w.get(runtimes, "team", "a"); });
    eventually("its objects are gone",
               [&] { return w.cluster().list(deployments, "team").empty() && w.cluster().list(services, "team").empty(); });
    eventually("its route is gone", [&] {
        return kube::find_string(*w.get(config_maps, "xtrinode-gateway", "trino-gateway-routes"), {"data", "routes.yaml"}) ==
               "routes: []\n";
    });
    eventually("its end is recorded", [&] { return !w.plane->events("runtime.spec.deleted").empty(); });
}

DOCTEST_TEST_CASE("a restart over a quiet cluster writes its brackets and its term beside the routes, and touches nothing else") {
    House w;
    w.start();
    w.create_runtime();
    w.wait_phase("Ready");
    w.plane->settle();
    const auto versions = [&] {
        std::string out;
        for (const auto &kind : {runtimes, deployments, services, config_maps})
            for (const auto &object : w.cluster().list(kind, ""))
                if (kube::find_string(object, {"metadata", "name"}) != "trino-gateway-routes")
                    out += std::string(kube::find_string(object, {"metadata", "name"})) + "@" +
                           std::string(kube::find_string(object, {"metadata", "resourceVersion"})) + "\n";
        return out;
    };
    const auto before = versions();
    const auto head = w.plane->head();
    w.plane.reset();
    w.start();
    eventually("synced again",
               [&] { return w.plane->synced("XTrinode") && w.plane->synced("Pod") && w.plane->synced("ServiceAccount"); });
    w.plane->settle();
    DOCTEST_CHECK(versions() == before);
    std::string unexpected;
    int terms = 0;
    (void)w.plane->log->scan(Stream::control, Seq{head + 1}, [&](const Event &e) {
        const auto name = e.name();
        if (name == "object.applied" && e.payload.at("name") == "trino-gateway-routes")
            ++terms; // gateways must know the newest term even when the log is lost
        else if (!name.starts_with("watch.") && name != "leader.elected" && name != "config.effective" && name != "log.genesis")
            unexpected += e.type + " " + json::serialize(e.payload) + "\n";
        return true;
    });
    DOCTEST_CHECK(unexpected == "");
    DOCTEST_CHECK(terms <= 1);
}

DOCTEST_TEST_CASE("what was deleted while the control plane was down is noticed and put right") {
    House w;
    w.start();
    w.create_runtime();
    w.wait_phase("Ready");
    w.plane->settle();
    w.plane.reset();
    w.cluster().remove(services, "team", "trino-a", {});
    w.start();
    eventually("the Service is back", [&] { return w.get(services, "team", "trino-a").has_value(); });
    DOCTEST_CHECK(w.plane->events("object.gone").size() == 1);
}

DOCTEST_TEST_CASE("an API that forgets revisions, cuts watches, conflicts and is busy: the runtime gets there all the same") {
    House w;
    sandbox::KubeApi::Faults faults;
    faults.compact_every = 7;
    faults.drop_watch_every = 3;
    faults.conflict_every = 5;
    faults.no_bookmarks = true;
    w.api->set_faults(faults);
    w.start();
    w.create_runtime();
    w.wait_phase("Ready");
}
