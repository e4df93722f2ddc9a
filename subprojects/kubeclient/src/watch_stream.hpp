// Cuts the body of a watch answer into events.
#pragma once

#include "kubeclient/client.hpp"
#include "netkit/http_client.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace kube {

// One line of a watch body: {"type": ..., "object": ...}.
ApiResult<WatchEvent> parse_watch_event(std::string_view line);

std::unique_ptr<WatchStream> make_watch_stream(std::unique_ptr<netkit::BodyReader> body);

} // namespace kube
