#include "cli/sandbox.hpp"

#include "adapters/sandbox/api/kube_api.hpp"
#include "adapters/sandbox/pod_backend.hpp"
#include "adapters/sandbox/sim/simulator.hpp"
#include "adapters/sandbox/trino/process_backend.hpp"
#include "adapters/sandbox/trino/stand_in.hpp"
#include "cli/crd_manifests.hpp"
#include "gateway/gateway.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>
#include <thread>

namespace xtn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds gateway_drain{1500}; // of the 5 s that stopping may take

sandbox::KubeApi::Faults nasty_faults() {
    sandbox::KubeApi::Faults f;
    f.compact_every = 40;
    f.drop_watch_every = 25;
    f.conflict_every = 11;
    f.too_many_every = 17;
    f.no_bookmarks = true;
    f.watch_delay = std::chrono::milliseconds(20);
    return f;
}

// The kubeconfig holds the admin's token: for its owner's eyes only.
Status write_private(const fs::path &file, const std::string &text) {
    const auto temporary = file.string() + ".new";
    {
        std::ofstream out(temporary, std::ios::trunc);
        ::chmod(temporary.c_str(), S_IRUSR | S_IWUSR);
        out << text;
        out.flush();
        if (!out) return make_error(Code::unavailable, "cannot write " + temporary);
    }
    std::error_code ec;
    fs::rename(temporary, file, ec);
    return ec ? Status(make_error(Code::unavailable, "cannot rename " + temporary + ": " + ec.message())) : ok();
}

} // namespace

struct Sandbox::Impl {
    // In order of dependence: what stands lower uses what stands higher, and goes first.
    std::unique_ptr<sandbox::KubeApi> kubernetes;
    std::unique_ptr<sandbox::PodBackend> pods;
    std::unique_ptr<sandbox::Simulator> simulator;
    std::unique_ptr<ControlPlane> control;
    std::unique_ptr<Gateway> gateway;
    std::string kubeconfig;

    Status start(const SandboxSettings &settings, StopSignal &stop_signal) {
        const fs::path data(settings.data);
        std::error_code ec;
        fs::create_directories(data, ec);
        if (ec) return make_error(Code::unavailable, "data folder " + settings.data + " cannot be made: " + ec.message());

        sandbox::KubeApi::Options kube;
        kube.listen = settings.listen_kubernetes;
        kube.directory = data / "kubernetes";
        kube.crd_manifests = crd_manifests();
        if (settings.nasty) kube.faults = nasty_faults();
        auto api = sandbox::KubeApi::start(std::move(kube));
        if (!api.ok()) return std::move(api).error().with("embedded Kubernetes API");
        kubernetes = std::move(*api);
        kubeconfig = fs::absolute(data / "kubeconfig").string();
        if (auto written = write_private(kubeconfig, kubernetes->kubeconfig()); !written.ok()) return written;

        if (settings.trino.empty()) {
            pods = sandbox::make_stand_in_backend();
        } else {
            sandbox::TrinoInstallation installation;
            installation.home = settings.trino;
            installation.java = settings.java;
            installation.run_directory = data / "pods";
            auto backend = sandbox::make_process_backend(std::move(installation));
            if (!backend.ok()) return std::move(backend).error().with("--trino");
            pods = std::move(*backend);
        }
        sandbox::Simulator::Options sim;
        sim.cluster = &kubernetes->cluster();
        sim.backend = pods.get();
        sim.hosts_file = data / "hosts";
        sim.behaviour.pod_start = settings.pod_start;
        sim.behaviour.crash_loop.insert(settings.crash_pods.begin(), settings.crash_pods.end());
        auto simulated = sandbox::Simulator::start(std::move(sim));
        if (!simulated.ok()) return std::move(simulated).error().with("pod simulator");
        simulator = std::move(*simulated);
        if (settings.cluster_only) return ok();

        auto control_settings = settings.control;
        control_settings.data = settings.data;
        control_settings.kubeconfig = kubeconfig;
        control_settings.listen_api = settings.listen_api;
        auto plane = ControlPlane::start(control_settings, stop_signal);
        if (!plane.ok()) return std::move(plane).error();
        control = std::move(*plane);

        auto options = gateway_options(settings.gateway);
        if (!options.ok()) return std::move(options).error();
        options->hosts_file = data / "hosts";
        options->state_dir = data / "gateway";
        options->record_sink = control->record_sink();
        options->timeouts.drain = gateway_drain;
        if (options->gateway_id.empty()) options->gateway_id = "sandbox";
        auto proxy = Gateway::start(std::move(*options));
        if (!proxy.ok()) return std::move(proxy).error().with("gateway");
        gateway = std::move(*proxy);
        control->on_routes([g = gateway.get()](const RouteTable &table) { g->set_routes(table); });
        return ok();
    }

    void stop() {
        if (gateway) gateway->stop();
        if (control) control->stop();
        if (simulator) simulator->stop();
        if (kubernetes) kubernetes->stop();
    }
};

Result<std::unique_ptr<Sandbox>> Sandbox::start(const SandboxSettings &settings, StopSignal &stop) {
    auto impl = std::make_unique<Impl>();
    if (auto started = impl->start(settings, stop); !started.ok()) {
        impl->stop();
        return std::move(started).error();
    }
    return std::unique_ptr<Sandbox>(new Sandbox(std::move(impl)));
}

Sandbox::Sandbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sandbox::~Sandbox() {
    stop();
}

Status Sandbox::wait_ready(Deadline deadline) const {
    if (!impl_->control) return ok();
    for (;;) {
        const auto waiting = impl_->control->not_ready();
        if (waiting.empty()) return ok();
        if (deadline.passed()) return make_error(Code::deadline_exceeded, "the control plane still waits for " + waiting);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

std::map<std::string, std::string> Sandbox::ports() const {
    std::map<std::string, std::string> out{{"kubernetes", impl_->kubernetes->url()}, {"kubeconfig", impl_->kubeconfig}};
    if (impl_->control) {
        out["api"] = impl_->control->api_url();
        out["metrics"] = out["api"] + "/metrics";
    }
    if (impl_->gateway) out["gateway"] = fmt::format("http://127.0.0.1:{}", impl_->gateway->port());
    return out;
}

void Sandbox::stop() {
    impl_->stop();
}

} // namespace xtn::cli
