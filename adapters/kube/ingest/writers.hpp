// Who wrote an object, by its managed fields.
#pragma once

#include "kubeclient/object.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::ingest {

// Field managers that wrote the object (not its status), each once, the newest writer last.
std::vector<std::string> writers(const kube::Object &object);
// The newest of them, as an event's actor: empty when nobody is named or the name holds control characters. Managers in `but` do
// not count.
std::string last_writer(const kube::Object &object, std::initializer_list<std::string_view> but = {});

} // namespace xtn::ingest
