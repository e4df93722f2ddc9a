// What a spec asks for that this release does not render. Nothing is dropped in silence.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace xtn::topology {

// Field paths ("spec.keda", "spec.valuesOverlay.image"), in the order of the spec's documentation.
std::vector<std::string> not_rendered(const boost::json::object &spec);

} // namespace xtn::topology
