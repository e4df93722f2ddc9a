// Who wrote an object, by its managed fields.
#pragma once

#include "kubeclient/object.hpp"

#include <string>
#include <vector>

namespace xtn::ingest {

// Field managers that wrote the object itself (not its status or scale), each once, the newest writer last.
std::vector<std::string> writers(const kube::Object &object);
// The newest of them, as an event's actor: empty when nobody is named or the name holds control characters.
std::string last_writer(const kube::Object &object);

} // namespace xtn::ingest
