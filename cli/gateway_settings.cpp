#include "cli/gateway_settings.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace xtn::cli {

void add_gateway_flags(CLI::App &command, GatewaySettings &settings, const std::string &prefix) {
    const auto flag = [&](const char *name) { return "--" + prefix + name; };
    command.add_option(prefix.empty() ? "--listen" : "--listen-gateway", settings.listen, "Address and port for SQL clients")
        ->capture_default_str();
    command.add_option(flag("admin-listen"), settings.admin_listen, "Second listener for health and metrics only");
    command.add_option(flag("threads"), settings.threads, "I/O threads; 0: one per core")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option(flag("id"), settings.id, "Name of this replica in query records; default: the host name");
    command
        .add_option(flag("forwarded-headers"), settings.forwarded_headers,
                    "X-Forwarded-* of requests: keep (behind an ingress) or replace (clients connect here directly)")
        ->check(CLI::IsMember({"keep", "replace"}))
        ->capture_default_str();
    command
        .add_option(flag("max-buffered-records"), settings.max_buffered_records,
                    "Query records that wait while the control plane is away; what does not fit is counted and told as a gap")
        ->check(CLI::Range(std::size_t{2}, std::size_t{1000000}))
        ->capture_default_str();
    command.add_option(flag("access-log"), settings.access_log, "One JSON line per request, to this file; - for standard output");
}

Result<Gateway::Options> gateway_options(const GatewaySettings &settings) {
    Gateway::Options options;
    options.listen = settings.listen;
    options.admin_listen = settings.admin_listen;
    options.threads = settings.threads;
    options.gateway_id = settings.id;
    options.control_plane_url = settings.control_plane_url;
    options.routes_file = settings.routes_file;
    options.state_dir = settings.state_dir;
    options.hosts_file = settings.hosts_file;
    options.limits.max_buffered_records = settings.max_buffered_records;
    if (settings.forwarded_headers == "replace") options.forwarded = Gateway::Forwarded::replace;
    if (!settings.control_plane_token_file.empty()) {
        std::ifstream in(settings.control_plane_token_file);
        std::string token;
        if (!std::getline(in, token) || token.empty())
            return make_error(Code::invalid_argument,
                              "token file " + settings.control_plane_token_file + " cannot be read or is empty");
        options.control_plane_token = token;
    }
    if (settings.access_log == "-") {
        options.access_log_fd = STDOUT_FILENO;
    } else if (!settings.access_log.empty()) {
        options.access_log_fd = ::open(settings.access_log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (options.access_log_fd < 0)
            return make_error(Code::invalid_argument, "access log " + settings.access_log + " cannot be opened for writing");
    }
    return options;
}

Status write_ports_file(const std::string &path, const std::map<std::string, std::string> &entries) {
    boost::json::object object;
    for (const auto &[key, value] : entries)
        object[key] = value;
    const std::string temporary = path + ".new";
    {
        std::ofstream out(temporary, std::ios::trunc);
        out << boost::json::serialize(object) << "\n";
        out.flush();
        if (!out) return make_error(Code::unavailable, "cannot write " + temporary);
    }
    std::error_code ec;
    std::filesystem::rename(temporary, path, ec);
    if (ec) return make_error(Code::unavailable, "cannot rename " + temporary + " to " + path + ": " + ec.message());
    return ok();
}

} // namespace xtn::cli
