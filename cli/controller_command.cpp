#include "cli/commands.hpp"
#include "cli/control_plane.hpp"
#include "cli/controller_settings.hpp"
#include "cli/gateway_settings.hpp"
#include "core/model/quantity.hpp"

#include "core/base/crash_switch.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace xtn::cli {

void add_drain_flag(CLI::App &command, ControlPlaneSettings &settings) {
    command
        .add_option_function<std::string>(
            "--gateway-drain-duration",
            [&settings](const std::string &text) {
                const auto parsed = parse_duration(text);
                if (!parsed.ok()) throw CLI::ValidationError("--gateway-drain-duration", parsed.error().message);
                settings.drain_window = *parsed;
            },
            "How long a deleted runtime's route drains before its objects go, like 90s or 5m")
        ->default_str(fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(settings.drain_window).count()));
}

// Sizes as Kubernetes users write them ("512Mi", "2Gi").
void add_disk_flags(CLI::App &command, SpaceLimits &limits) {
    struct Flag {
        const char *name;
        std::uint64_t SpaceLimits::*limit;
        const char *meaning;
    };
    static constexpr Flag flags[] = {
        {"--disk-low", &SpaceLimits::low,
         "Free space on the log's disk below which it counts as low; default: 2Gi or 20 % of it"},
        {"--disk-scarce", &SpaceLimits::scarce, "... below which records of queries are dropped; default: 1Gi or 10 %"},
        {"--disk-critical", &SpaceLimits::critical,
         "... below which API writes are refused and the reserve is used up; default: 256Mi or 5 %"},
        {"--disk-reserve", &SpaceLimits::reserve, "Size of the file that is kept for the last decisions; default: 64Mi or 2 %"},
    };
    for (const auto &flag : flags)
        command.add_option_function<std::string>(
            flag.name,
            [&limits, flag](const std::string &text) {
                const auto size = Quantity::parse(text);
                if (!size.ok() || !size->positive())
                    throw CLI::ValidationError(flag.name, "\"" + text + "\" is no size, like 512Mi or 2Gi");
                limits.*flag.limit = static_cast<std::uint64_t>(size->whole());
            },
            flag.meaning);
}

void add_control_plane_flags(CLI::App &command, ControlPlaneSettings &settings) {
    command
        .add_option("--listen-api", settings.listen_api,
                    "Address and port of the control plane's API: health, metrics, audit, route stream")
        ->capture_default_str();
    command.add_option("--api-token-file", settings.api_token_file, "File with the bearer token that API requests must carry");
    command.add_option("--namespace", settings.namespaces, "Namespace to look after (repeatable); default: all");
    add_drain_flag(command, settings);
    add_disk_flags(command, settings.disk);
    command.add_option("--routes-namespace", settings.routes_namespace, "Namespace of the ConfigMap trino-gateway-routes")
        ->capture_default_str();
}

namespace {

// For tests only, and in no help text: docs/durability.md has them.
void add_test_flags(CLI::App &command, ControlPlaneSettings &settings) {
    command.add_option("--snapshot-every", settings.snapshot_every)->check(CLI::PositiveNumber)->group("");
    command
        .add_option_function<std::string>("--crash-at",
                                          [&settings](const std::string &text) {
                                              const auto parsed = CrashSwitch::parse(text);
                                              if (!parsed.ok()) throw CLI::ValidationError("--crash-at", parsed.error().message);
                                              settings.pause_points = parsed->points();
                                          })
        ->group("");
}

} // namespace

void add_controller_command(CLI::App &app, Program &program) {
    struct Settings {
        ControlPlaneSettings control_plane;
        std::string ports_file;
    };
    auto *command = app.add_subcommand("controller", "Run the control plane against a Kubernetes cluster");
    auto settings = std::make_shared<Settings>();
    command->add_option("--data", settings->control_plane.data, "Folder of the event log")->required();
    command->add_option("--kubeconfig", settings->control_plane.kubeconfig,
                        "Kubeconfig file; default: the pod's service account");
    command->add_option("--ports-file", settings->ports_file, "Written, as JSON, once everything listens");
    add_control_plane_flags(*command, settings->control_plane);
    add_test_flags(*command, settings->control_plane);
    command->footer("Example:\n  xtrinode controller --kubeconfig ~/.kube/config --data /var/lib/xtrinode");
    command->callback([settings, &program] {
        program.chosen = [settings, &program] {
            auto control_plane = ControlPlane::start(settings->control_plane, program.stop);
            if (!control_plane.ok()) return fail(control_plane.error().message);
            fmt::print("control plane runs; API at {}\n", (*control_plane)->api_url());
            std::fflush(stdout);
            if (!settings->ports_file.empty()) {
                const auto written =
                    write_ports_file(settings->ports_file, {{"api", (*control_plane)->api_url()},
                                                            {"metrics", (*control_plane)->api_url() + "/metrics"}});
                if (!written.ok()) return fail(written.error().message);
            }
            const auto reason = program.stop.wait();
            (*control_plane)->stop();
            return program.stop.failed() ? fail(reason) : 0;
        };
    });
}

} // namespace xtn::cli
