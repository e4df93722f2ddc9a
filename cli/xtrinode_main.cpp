// xtrinode: one program for the sandbox, the control plane and the gateway. See cli/README.md.
#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "cli/yaml_config.hpp"

#include "core/base/logging.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <sys/resource.h>

namespace xtn::cli {

int fail(const std::string &message) {
    std::fprintf(stderr, "xtrinode: %s\n", message.c_str());
    return 1;
}

} // namespace xtn::cli

namespace {

// Design rule 10 holds in a crash as well: a core file would hold the API tokens and whatever statements are in flight.
void forbid_core_files() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

} // namespace

int main(int argc, char **argv) {
    using namespace xtn::cli;
    StopSignal stop; // first: every later thread inherits its signal mask
    Program program{stop};

    CLI::App app("Trino runtimes on Kubernetes, as custom resources, through one gateway", "xtrinode");
    app.set_version_flag("--version", version_text("xtrinode"), "Print version, revision and compiler");
    app.add_flag(
        "--core-files", program.core_files,
        "Leave core files as the system has them; without it a crash writes none, for memory holds tokens and statements");
    app.add_option("--log-level", program.log_level, "debug, info, warn, error or off")->capture_default_str();
    add_yaml_config(app);
    app.require_subcommand(1);
    app.fallthrough(); // --config and --log-level may stand behind the command, too
    add_sandbox_command(app, program);
    add_controller_command(app, program);
    add_gateway_command(app, program);
    add_render_commands(app, program);
    app.footer(
        "Try it without a cluster:\n  xtrinode sandbox --data ./sandbox\nHelp for one command:\n  xtrinode gateway --help");
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &e) {
        return app.exit(e); // --help, --version
    } catch (const CLI::RequiredError &e) {
        // CLI11 says only that a command is missing; a mistyped one deserves to be named.
        if (const auto extra = app.remaining(); app.get_subcommands().empty() && !extra.empty())
            fail("there is no command \"" + extra.front() + "\"; see xtrinode --help");
        else
            app.exit(e);
        return 2;
    } catch (const CLI::ParseError &e) {
        app.exit(e);
        return 2;
    }
    const auto level = xtn::parse_log_level(program.log_level);
    if (!level.ok()) {
        fail(level.error().message);
        return 2;
    }
    xtn::set_log_level(*level);
    if (!program.core_files) forbid_core_files();
    return program.chosen();
}
