#include "cli/commands.hpp"
#include "cli/controller_settings.hpp"
#include "cli/sandbox.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace xtn::cli {
namespace {

constexpr std::chrono::seconds ready_within{30};

// xtn-audit as it can be called from here: it lies beside this program, which need not be on PATH.
std::string audit_program() {
    std::error_code ec;
    const auto beside = std::filesystem::read_symlink("/proc/self/exe", ec).parent_path() / "xtn-audit";
    if (ec || !std::filesystem::exists(beside, ec)) return "xtn-audit";
    const auto from_here = std::filesystem::relative(beside, ec);
    return ec || from_here.string().starts_with("..") ? beside.string() : from_here.string();
}

void greet_cluster(const std::map<std::string, std::string> &ports, const SandboxSettings &settings) {
    fmt::print("\nA cluster without a control plane runs at {}. Ctrl-C stops it; its state stays in {}\n\n",
               ports.at("kubernetes"), settings.data);
    fmt::print("  xtrinode controller --kubeconfig {} --data {}-control\n\n", ports.at("kubeconfig"), settings.data);
    std::fflush(stdout);
}

void greet(const std::map<std::string, std::string> &ports, const SandboxSettings &settings) {
    const auto &gateway = ports.at("gateway");
    fmt::print("\nXTrinode sandbox runs. Ctrl-C stops it; its state stays in {}\n\n", settings.data);
    fmt::print("  Kubernetes API   {}   (kubeconfig: {})\n", ports.at("kubernetes"), ports.at("kubeconfig"));
    fmt::print("  SQL gateway      {}\n", gateway);
    fmt::print("  Control plane    {}   (metrics: {})\n", ports.at("api"), ports.at("metrics"));
    fmt::print("  Trino            {}\n\n", settings.trino.empty()
                                                ? "built-in stand-in: it speaks the protocol and computes next to nothing"
                                                : "real processes from " + settings.trino);
    fmt::print("Try next, in a second terminal:\n\n");
    fmt::print("  export KUBECONFIG={}\n", ports.at("kubeconfig"));
    fmt::print(
        "  kubectl apply -f manifests/examples/runtime-minimal.yaml && kubectl wait --for=condition=Ready xtrinode/runtime-a\n");
    // A stock client, since it reads its query to the end: one whose answers nobody reads counts as running.
    fmt::print("  python3 -c \"import trino; print(trino.dbapi.connect(host='127.0.0.1', port={}, user='you', "
               "http_headers={{'X-Trino-XTrinode': 'default/runtime-a'}}).cursor().execute('SELECT 1').fetchall())\"   # pip "
               "install trino\n",
               gateway.substr(gateway.rfind(':') + 1));
    fmt::print("  {} --data {} timeline runtime/default/runtime-a\n\n", audit_program(), settings.data);
    std::fflush(stdout);
}

int run(const SandboxSettings &settings, const std::string &ports_file, Program &program) {
    auto sandbox = Sandbox::start(settings, program.stop);
    if (!sandbox.ok()) return fail(sandbox.error().message);
    if (auto ready = (*sandbox)->wait_ready(Deadline::after(ready_within)); !ready.ok()) return fail(ready.error().message);
    const auto ports = (*sandbox)->ports();
    if (!ports_file.empty())
        if (auto written = write_ports_file(ports_file, ports); !written.ok()) return fail(written.error().message);
    if (settings.cluster_only)
        greet_cluster(ports, settings);
    else
        greet(ports, settings);
    const auto reason = program.stop.wait();
    fmt::print("stopping ({})\n", reason);
    std::fflush(stdout);
    (*sandbox)->stop();
    return program.stop.failed() ? fail(reason) : 0;
}

} // namespace

void add_sandbox_command(CLI::App &app, Program &program) {
    struct Given {
        SandboxSettings settings;
        std::string ports_file;
    };
    auto given = std::make_shared<Given>();
    auto &settings = given->settings;
    settings.gateway.listen = "127.0.0.1:0";
    settings.control.drain_window = std::chrono::seconds(10); // nobody waits five minutes to try a deletion
    auto *command =
        app.add_subcommand("sandbox", "Everything in one process: Kubernetes-compatible API, control plane, gateway, Trino");
    command->add_option("--data", settings.data, "Folder that keeps the event log and the cluster's objects")->required();
    command->add_option("--ports-file", given->ports_file, "Written atomically, as JSON, when everything is ready");
    command
        ->add_option("--listen-kubernetes", settings.listen_kubernetes,
                     "Address and port of the Kubernetes API; port 0: a free one")
        ->capture_default_str();
    command->add_option("--listen-api", settings.listen_api, "Address and port of the control plane's API")
        ->capture_default_str();
    command->add_option("--api-token-file", settings.control.api_token_file,
                        "File with the bearer token that API requests must carry");
    add_gateway_flags(*command, settings.gateway, "gateway-");
    add_drain_flag(*command, settings.control);
    add_disk_flags(*command, settings.control.disk);
    command->add_option("--trino", settings.trino, "An unpacked Trino server: pods become real Trino processes");
    command->add_option("--java", settings.java, "The java program for --trino; default: JAVA_HOME, then PATH");
    command->add_option_function<std::string>(
        "--pod-start",
        [&settings](const std::string &text) {
            const auto parsed = parse_duration(text);
            if (!parsed.ok()) throw CLI::ValidationError("--pod-start", parsed.error().message);
            settings.pod_start = *parsed;
        },
        "How long a pod takes to start, like 150ms");
    command->add_option("--crash-pods", settings.crash_pods, "Pods whose names begin so crash over and over (repeatable)");
    command->add_flag("--nasty", settings.nasty,
                      "The Kubernetes API misbehaves within its rules: expired watches, 429, conflicts, cut and late events");
    command->add_flag("--cluster-only", settings.cluster_only,
                      "Only the Kubernetes API and its pods: run `xtrinode controller` and `xtrinode gateway` beside it");
    command->footer(
        "Examples:\n"
        "  xtrinode sandbox --data ./sandbox\n"
        "  xtrinode sandbox --data ./sandbox --listen-kubernetes 127.0.0.1:7443 --listen-gateway 127.0.0.1:7080\n"
        "  xtrinode sandbox --data ./sandbox --trino ./trino-server-476 --java /usr/lib/jvm/temurin-25-jdk-amd64/bin/java");
    command->callback(
        [given, &program] { program.chosen = [given, &program] { return run(given->settings, given->ports_file, program); }; });
}

} // namespace xtn::cli
