// What a client says about itself and its session in the headers of a POST to /v1/statement.
#pragma once

#include "netkit/http_message.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

namespace xtn::sandbox::trino {

struct Session {
    std::string user;
    std::string original_user;
    std::string source;
    std::string catalog; // lower case; empty: none
    std::string schema;
    std::string path;
    std::string time_zone = "UTC";
    std::string language = "en_US";
    std::string client_info;
    std::string trace_token;
    std::string transaction;   // id, empty: none
    bool transactions = false; // the client sent X-Trino-Transaction-Id
    std::string user_agent;
    std::string peer; // address without port
    std::set<std::string> tags;
    std::set<std::string> capabilities;
    std::map<std::string, std::string> properties;
    std::map<std::string, std::string> prepared; // name -> SQL text
    std::map<std::string, std::string> roles;

    bool parametric_datetime() const { return capabilities.contains("PARAMETRIC_DATETIME"); }
};

// A refusal before there is a query: the HTTP answer.
struct Refusal {
    int status = 400;
    std::string text;
    bool challenge = false; // with WWW-Authenticate: Basic
};

// The user a request claims: X-Trino-User, X-Trino-Original-User, or Basic with an empty password.
std::variant<std::string, Refusal> request_user(const netkit::Request &request);

// Refusals are those of Trino 483 (invalid headers are 400 with the header's name).
std::variant<Session, Refusal> read_session(const netkit::Request &request);

// "1.5s", "10m", "2h", "100ms", "3.00d": the durations of session properties. Nothing when it is none.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);

} // namespace xtn::sandbox::trino
