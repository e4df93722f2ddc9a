// The commands of `xtrinode`. Each adds its flags to the program and, when chosen, runs and returns the exit status.
//
// Exit status: 0 clean end, 1 failure while starting or running (the reason is on stderr), 2 wrong flags or settings.
#pragma once

#include "cli/stop_signal.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace xtn::cli {

// What every command may use. Created in main before any thread exists.
struct Program {
    StopSignal &stop;
    std::string log_level = "info";
    bool core_files = false;     // a crash may write one
    std::function<int()> chosen; // set by the command that was given
};

void add_sandbox_command(CLI::App &app, Program &program);
void add_controller_command(CLI::App &app, Program &program);
void add_gateway_command(CLI::App &app, Program &program);
void add_render_commands(CLI::App &app, Program &program); // render, validate

// Prints "xtrinode: MESSAGE" to stderr and returns 1.
int fail(const std::string &message);

} // namespace xtn::cli
