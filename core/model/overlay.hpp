// Reading spec.valuesOverlay: configuration properties hidden in its lists and texts (spec 10 §9.5).
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn {

struct ConfigSetting {
    std::string path;  // of the member that holds it, "spec.valuesOverlay.server.coordinatorExtraConfig"
    std::string value; // trimmed
};

// Every place of the overlay that sets configuration property `key`, in the order Trino reads them.
std::vector<ConfigSetting> overlay_settings(const boost::json::object &spec, std::string_view key);
// server.config.authenticationType, then the settings of http-server.authentication.type; empty ones left out.
std::vector<ConfigSetting> authentication_settings(const boost::json::object &spec);

} // namespace xtn
