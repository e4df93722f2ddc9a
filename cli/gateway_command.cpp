#include "cli/commands.hpp"
#include "cli/gateway_settings.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace xtn::cli {
namespace {

int run(const GatewaySettings &settings, Program &program) {
    auto options = gateway_options(settings);
    if (!options.ok()) return fail(options.error().message);
    auto gateway = Gateway::start(std::move(*options));
    if (!gateway.ok()) return fail(gateway.error().message);
    fmt::print("gateway listens on {}\n",
               settings.listen.ends_with(":0") ? fmt::format("port {}", (*gateway)->port()) : settings.listen);
    if ((*gateway)->admin_port() != 0) fmt::print("health and metrics also on port {}\n", (*gateway)->admin_port());
    if (!settings.ports_file.empty()) {
        const auto written =
            write_ports_file(settings.ports_file, {{"gateway", fmt::format("http://127.0.0.1:{}", (*gateway)->port())}});
        if (!written.ok()) return fail(written.error().message);
    }
    std::fflush(stdout);
    program.stop.wait();
    (*gateway)->stop();
    return program.stop.failed() ? 1 : 0;
}

} // namespace

void add_gateway_command(CLI::App &app, Program &program) {
    auto *command = app.add_subcommand("gateway", "Route SQL clients to runtimes: a stateless proxy, run as many as you like");
    auto settings = std::make_shared<GatewaySettings>();
    add_gateway_flags(*command, *settings, "");
    auto *stream = command->add_option("--control-plane", settings->control_plane_url,
                                       "URL of the control plane's API: routes come as a stream, query records go back");
    command->add_option("--control-plane-token-file", settings->control_plane_token_file, "File with the bearer token for it");
    auto *file =
        command->add_option("--routes", settings->routes_file, "routes.yaml to serve from instead, re-read when it changes");
    stream->excludes(file);
    command->add_option("--state", settings->state_dir,
                        "Folder that keeps the last good route table, so that a restart serves on without the control plane");
    command->add_option("--hosts", settings->hosts_file,
                        "Hosts file (ADDRESS NAME...) asked before DNS, re-read when it changes");
    command->add_option("--ports-file", settings->ports_file, "Written, as JSON, once the gateway listens");
    command->footer("Examples:\n"
                    "  xtrinode gateway --listen 0.0.0.0:8080 --routes routes.yaml\n"
                    "  xtrinode gateway --listen 0.0.0.0:8080 --control-plane http://xtrinode.xtrinode-system:8081 --state "
                    "/var/lib/xtrinode-gateway");
    command->callback([settings, &program] {
        program.chosen = [settings, &program] {
            if (settings->control_plane_url.empty() && settings->routes_file.empty()) {
                fail("gateway needs --control-plane URL or --routes FILE to know where queries go");
                return 2;
            }
            return run(*settings, program);
        };
    });
}

} // namespace xtn::cli
