// The gateway's settings, shared by `xtrinode gateway` and the sandbox, and how they become Gateway::Options.
#pragma once

#include "core/base/result.hpp"
#include "gateway/gateway.hpp"

#include <map>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace xtn::cli {

struct GatewaySettings {
    std::string listen = "127.0.0.1:8080";
    std::string admin_listen;
    int threads = 0;
    std::string id;
    std::string forwarded_headers = "keep"; // or "replace"
    std::string access_log;                 // path, "-" for stdout, empty for none
    std::size_t max_buffered_records = Gateway::Limits().max_buffered_records;
    std::string control_plane_url;
    std::string control_plane_token_file;
    std::string routes_file;
    std::string state_dir;
    std::string hosts_file;
    std::string ports_file;
};

// Adds the flags that both commands have; `prefix` stands before each name ("gateway-" in the sandbox).
void add_gateway_flags(CLI::App &command, GatewaySettings &settings, const std::string &prefix);

// Errors: invalid_argument or not_found for a token file or access log that cannot be used.
Result<Gateway::Options> gateway_options(const GatewaySettings &settings);

// Writes a flat JSON object of strings, atomically: to a temporary name in the same folder, then renamed.
Status write_ports_file(const std::string &path, const std::map<std::string, std::string> &entries);

} // namespace xtn::cli
