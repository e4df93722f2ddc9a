// Configuration files for every command: one YAML document whose keys are the long flag names; a command's own settings may stand
// under its name. A flag on the command line wins over the file.
//
//   log-level: debug
//   sandbox:
//     data: /var/lib/xtrinode
//     listen-gateway: 127.0.0.1:8080
#pragma once

#include <memory>

namespace CLI {
class App;
class Config;
} // namespace CLI

namespace xtn::cli {

// Adds `--config FILE` to `app` and reads it as YAML. An unknown key, a key given twice or a value of the wrong kind ends the
// program with exit status 2 and names file, line and key.
void add_yaml_config(CLI::App &app);

} // namespace xtn::cli
