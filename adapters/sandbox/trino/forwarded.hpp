// The address a client used, from its request's headers: what nextUri and infoUri are built on
// (http-server.process-forwarded=true).
#pragma once

#include "netkit/http_message.hpp"

#include <optional>
#include <string>

namespace xtn::sandbox::trino {

// "https://gateway.example:8443/prefix", without a slash at the end; default ports left out. Nothing when X-Forwarded-Port is no
// port number: Trino answers 400 then.
std::optional<std::string> base_uri(const netkit::Request &request);

} // namespace xtn::sandbox::trino
