// sandbox_api_server [--crd FILE]... [--data DIR] [--listen ADDRESS] --kubeconfig FILE: the embedded Kubernetes API with the
// simulator's controllers over pods that are ready at once and do nothing; for conformance cases and kubectl. Serves until
// SIGTERM; SIGUSR1 forgets all old revisions (a compaction).
#include "adapters/sandbox/api/kube_api.hpp"
#include "adapters/sandbox/pod_backend.hpp"
#include "adapters/sandbox/sim/simulator.hpp"

#include <fmt/core.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

class IdlePod final : public xtn::sandbox::RunningPod {
  public:
    bool ready() override { return true; }
    std::optional<std::string> exited() override { return {}; }
    void stop(std::chrono::milliseconds) override {}
};
class IdlePods final : public xtn::sandbox::PodBackend {
  public:
    xtn::Result<std::unique_ptr<xtn::sandbox::RunningPod>> start(const xtn::sandbox::PodPlan &) override {
        return std::unique_ptr<xtn::sandbox::RunningPod>(std::make_unique<IdlePod>());
    }
};

int refuse(std::string_view why) {
    fmt::print(stderr, "sandbox_api_server: {}\n", why);
    return 2;
}

} // namespace

int main(int argc, char **argv) {
    xtn::sandbox::KubeApi::Options options;
    std::string kubeconfig;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view name = argv[i];
        if (i + 1 >= argc) return refuse(fmt::format("{} needs a value", name));
        const std::string value = argv[i + 1];
        if (name == "--crd") {
            std::ifstream in(value);
            if (!in) return refuse(value + " cannot be read");
            options.crd_manifests.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        } else if (name == "--data") {
            options.directory = value;
        } else if (name == "--listen") {
            options.listen = value;
        } else if (name == "--kubeconfig") {
            kubeconfig = value;
        } else {
            return refuse(fmt::format("unknown option {}", name));
        }
    }
    if (kubeconfig.empty()) return refuse("--kubeconfig FILE is needed");

    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1})
        sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr); // before any thread, so that only sigwait() gets them

    auto api = xtn::sandbox::KubeApi::start(std::move(options));
    if (!api.ok()) return refuse(api.error().message);
    IdlePods pods;
    xtn::sandbox::Simulator::Options simulation;
    simulation.cluster = &(*api)->cluster();
    simulation.backend = &pods;
    auto simulator = xtn::sandbox::Simulator::start(simulation);
    if (!simulator.ok()) return refuse(simulator.error().message);
    {
        std::ofstream out(kubeconfig + ".new");
        out << (*api)->kubeconfig();
    }
    if (std::rename((kubeconfig + ".new").c_str(), kubeconfig.c_str()) != 0) return refuse(kubeconfig + " cannot be written");
    fmt::print("{}\n", kubeconfig);
    std::fflush(stdout);
    int signal = 0;
    while (sigwait(&signals, &signal) == 0 && signal == SIGUSR1)
        (*api)->compact();
    (*simulator)->stop();
    (*api)->stop();
    return 0;
}
