#include "cli/control_plane.hpp"

#include "adapters/api/api_server.hpp"
#include "adapters/api/audit_api.hpp"
#include "adapters/api/metrics.hpp"
#include "adapters/clock/clock_adapter.hpp"
#include "adapters/gateway/gateway_adapter.hpp"
#include "adapters/kube/kube_adapter.hpp"
#include "adapters/kube/mirror.hpp"
#include "cli/version.hpp"
#include "core/base/logging.hpp"
#include "core/base/redaction_key.hpp"
#include "core/engine/engine.hpp"
#include "core/event/catalogue.hpp"
#include "core/log/log.hpp"
#include "kubeclient/config.hpp"
#include "projections/planned_manifests.hpp"
#include "projections/world.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace xtn::cli {
namespace {

constexpr std::chrono::seconds answer_in{5}; // for what start-up asks of the engine
// For the routes that an earlier leader left: without them a new log must not begin, while an old one knows its own term.
constexpr std::chrono::seconds look_for_mirror{20};
constexpr std::chrono::seconds glance_at_mirror{2};

// What the process must see before it calls itself ready.
constexpr std::string_view needed_kinds[] = {"XTrinode", "Deployment"};

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

Result<std::string> read_token(const std::string &file) {
    if (file.empty()) return std::string();
    std::ifstream in(file);
    std::string token;
    if (!std::getline(in, token) || token.empty())
        return make_error(Code::invalid_argument, "API token file " + file + " cannot be read or is empty");
    return token;
}

EventDraft draft(std::string_view type, boost::json::object payload) {
    EventDraft d;
    d.type = type_of(type);
    d.subject = Subject::cluster();
    d.source = "cli";
    d.payload = std::move(payload);
    return d;
}

// The version that wrote last, where the log knows one.
std::string last_binary_version(const LogReader &log) {
    const auto seqs = log.by_subject(Stream::control, Subject::cluster());
    if (!seqs.ok()) return {};
    for (auto seq = seqs->rbegin(); seq != seqs->rend(); ++seq) {
        const auto event = log.get(Stream::control, *seq);
        if (!event.ok() || event->name() != "config.effective") continue;
        const auto *version = event->payload.if_contains("binary_version");
        return version && version->is_string() ? std::string(version->get_string()) : std::string();
    }
    return {};
}

} // namespace

struct ControlPlane::Impl {
    // In order of dependence: what stands lower uses what stands higher, and goes first.
    std::unique_ptr<RedactionKey> redaction;
    std::unique_ptr<DiskSpace> space;
    std::unique_ptr<Log> log;
    std::unique_ptr<World> world;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<ControlPlaneMetrics> metrics;
    std::unique_ptr<GatewayAdapter> gateways;
    std::unique_ptr<ClockAdapter> clock;
    std::unique_ptr<KubeAdapter> kube;
    std::unique_ptr<ApiServer> api;

    ~Impl() { stop(); } // a start that failed half-way: threads before what they use

    // Leadership and settings as events: policies see nothing that is not in the log.
    Status announce(const ControlPlaneSettings &settings, std::vector<EventDraft> drafts) {
        drafts.push_back(draft("leader.elected", {{"holder", host_name()},
                                                  {"process_id", static_cast<std::int64_t>(::getpid())},
                                                  {"epoch", static_cast<std::int64_t>(engine->epoch().value)}}));
        const std::string binary = version_text("xtrinode");
        const std::string before = last_binary_version(*log);
        if (!before.empty() && before != binary)
            drafts.push_back(draft("controller.upgraded", {{"from", before}, {"to", binary}}));
        drafts.push_back(draft("config.effective", {{"operator_version", std::string(release())},
                                                    {"binary_version", binary},
                                                    {"drain_window_ms", static_cast<std::int64_t>(settings.drain_window.count())},
                                                    {"flags", boost::json::object()}}));
        auto durable = engine->submit_and_wait("cli", std::move(drafts), Deadline::after(answer_in));
        if (!durable.ok()) return std::move(durable).error().with("recording the start");
        return ok();
    }

    std::string not_ready() const {
        std::string waiting;
        const auto asked = engine->ask(
            [&waiting](const Machine &machine, Seq) {
                const auto &state = dynamic_cast<const World &>(machine);
                for (const auto kind : needed_kinds)
                    if (!state.synced(kind)) waiting.append(waiting.empty() ? "" : ", ").append("first list of ").append(kind);
            },
            Deadline::after(std::chrono::seconds(1)));
        return asked.ok() ? waiting : "the engine: " + asked.error().message;
    }

    void stop() {
        if (api) api->stop();
        if (kube) kube->stop();
        if (clock) clock->stop();
        if (gateways) gateways->stop();
        if (space) space->stop(); // tells the engine what was dropped
        if (engine) engine->stop();
        if (log) log->close();
    }
};

Result<std::unique_ptr<ControlPlane>> ControlPlane::start(const ControlPlaneSettings &settings, StopSignal &stop) {
    namespace fs = std::filesystem;
    const fs::path data(settings.data);
    std::error_code ec;
    fs::create_directories(data, ec);
    if (ec) return make_error(Code::unavailable, "data folder " + settings.data + " cannot be made: " + ec.message());

    auto config = settings.kubeconfig.empty() ? kube::Config::in_cluster() : kube::Config::from_kubeconfig(settings.kubeconfig);
    if (!config.ok()) return std::move(config).error().with("Kubernetes credentials");
    config->user_agent = "xtrinode/" + std::string(release());
    auto token = read_token(settings.api_token_file);
    if (!token.ok()) return std::move(token).error();

    auto impl = std::make_unique<Impl>();
    auto key = RedactionKey::load_or_create(data / "redaction.key");
    if (!key.ok()) return std::move(key).error();
    impl->redaction = std::make_unique<RedactionKey>(std::move(*key));

    // Before the log: on a full disk, opening it needs the room that the reserve gives back.
    DiskSpace::Options space_options;
    space_options.directory = data / "log";
    space_options.limits = settings.disk;
    auto space = DiskSpace::open(std::move(space_options));
    if (!space.ok()) return std::move(space).error();
    impl->space = std::move(*space);

    const auto fatal = [&stop](const Error &error) { stop.trigger(error.message, true); };
    Log::Options log_options;
    log_options.directory = data / "log";
    log_options.on_fatal = fatal;
    log_options.pause_points = settings.pause_points;
    auto log = Log::open(std::move(log_options));
    if (!log.ok()) return std::move(log).error();
    impl->log = std::move(*log);
    impl->world = World::create();

    // What gateways may hold already, and whence a new log goes on.
    // With log.genesis alone in it, a kill came between it and the routes.
    const bool is_new = impl->log->head(Stream::control).seq.value <= 1;
    auto mirror =
        read_routes_mirror(*config, settings.routes_namespace, Deadline::after(is_new ? look_for_mirror : glance_at_mirror));
    if (!mirror.ok() && is_new)
        return std::move(mirror).error().with("the log is new, and whether an earlier one was lost cannot be seen");
    if (!mirror.ok()) Logger("cli").warn("going on from the log's own term: {}", mirror.error().message);
    std::vector<EventDraft> carried;
    if (is_new && mirror.ok()) carried = carried_routes(mirror->table);
    if (is_new && mirror->epoch.value > 0)
        Logger("cli").warn(
            "the log is new, but the cluster was led before (term {}): {} routes are carried over, and what was decided is "
            "read back from the cluster",
            mirror->epoch.value, carried.size());

    Engine::Options engine_options;
    engine_options.log = impl->log.get();
    engine_options.machine = impl->world.get();
    engine_options.now = [] { return Timestamp::now(); };
    if (mirror.ok() && mirror->epoch.value > 0) engine_options.epoch_at_least = Epoch{mirror->epoch.value + 1};
    engine_options.on_fatal = fatal;
    engine_options.snapshots.version = World::state_version();
    engine_options.snapshots.fresh = [] { return World::create(); };
    engine_options.snapshots.beside.push_back(KubeAdapter::kept_beside());
    if (settings.snapshot_every > 0) engine_options.snapshots.every = settings.snapshot_every;
    engine_options.snapshots.allowed = [space = impl->space.get()] { return space->figures().level == DiskLevel::ok; };
    engine_options.pause_points = settings.pause_points;
    auto engine = Engine::start(std::move(engine_options));
    if (!engine.ok()) return std::move(engine).error().with("replaying the log");
    impl->engine = std::move(*engine);
    if (auto there = check_planned_manifests(*impl->world, *impl->log, data / "log"); !there.ok())
        return std::move(there).error();
    if (auto announced = impl->announce(settings, std::move(carried)); !announced.ok()) return std::move(announced).error();

    impl->space->start(
        [engine = impl->engine.get()](std::vector<EventDraft> drafts) {
            return engine->submit("log", std::move(drafts), {}, Engine::Priority::decision);
        },
        recorded_disk_level(*impl->log));

    impl->metrics = std::make_unique<ControlPlaneMetrics>(*impl->log, *impl->world, impl->space.get());
    impl->engine->subscribe("metrics",
                            [m = impl->metrics.get()](const Machine &, std::span<const Event> events) { m->observe(events); });
    GatewayAdapter::Options gateway_options;
    gateway_options.engine = impl->engine.get();
    gateway_options.log = impl->log.get();
    gateway_options.pause_points = settings.pause_points;
    gateway_options.shed = [space = impl->space.get()](std::vector<EventDraft> &drafts) { space->shed(drafts); };
    impl->gateways = GatewayAdapter::start(gateway_options);
    ClockAdapter::Options clock_options;
    clock_options.engine = impl->engine.get();
    impl->clock = ClockAdapter::start(clock_options);

    KubeAdapter::Options kube_options;
    kube_options.config = std::move(*config);
    kube_options.engine = impl->engine.get();
    kube_options.log = impl->log.get();
    kube_options.redaction = impl->redaction.get();
    kube_options.namespaces = settings.namespaces;
    kube_options.routes_namespace = settings.routes_namespace;
    kube_options.pause_points = settings.pause_points;
    auto kube = KubeAdapter::start(std::move(kube_options));
    if (!kube.ok()) return std::move(kube).error();
    impl->kube = std::move(*kube);

    ApiServer::Options api_options;
    api_options.listen = settings.listen_api;
    api_options.token = std::move(*token);
    api_options.not_ready = [raw = impl.get()] { return raw->not_ready(); };
    api_options.caution = [space = impl->space.get()] { return space->words(); };
    api_options.refuse_writes = [space = impl->space.get()] { return space->refusal(); };
    api_options.metrics_text = [m = impl->metrics.get()] { return m->text(); };
    api_options.mounts.push_back({"/api/v1/audit", audit_api(*impl->engine, *impl->log)});
    api_options.mounts.push_back({"/api/v1/routes", impl->gateways->handler()});
    api_options.mounts.push_back({"/api/v1/gateways", impl->gateways->handler(), true});
    auto api = ApiServer::start(std::move(api_options));
    if (!api.ok()) return std::move(api).error();
    impl->api = std::move(*api);
    return std::unique_ptr<ControlPlane>(new ControlPlane(std::move(impl)));
}

ControlPlane::ControlPlane(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlPlane::~ControlPlane() {
    stop();
}

std::string ControlPlane::api_url() const {
    return impl_->api->url();
}
std::string ControlPlane::not_ready() const {
    return impl_->not_ready();
}
void ControlPlane::on_routes(std::function<void(const RouteTable &)> listener) {
    impl_->gateways->on_routes(std::move(listener));
}
std::function<Status(std::string_view)> ControlPlane::record_sink() {
    return [gateways = impl_->gateways.get()](std::string_view batch) { return gateways->take_records(batch); };
}
void ControlPlane::stop() {
    impl_->stop();
}

} // namespace xtn::cli
