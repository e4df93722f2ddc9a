#include "core/model/overlay.hpp"

#include "core/model/look.hpp"

#include <optional>

namespace xtn {
namespace {

namespace json = boost::json;

std::optional<std::string> property(std::string_view line, std::string_view key) {
    line = look::trim(line);
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) return std::nullopt;
    if (look::trim(line.substr(0, equals)) != key) return std::nullopt;
    return std::string(look::trim(line.substr(equals + 1)));
}

} // namespace

std::vector<ConfigSetting> overlay_settings(const json::object &spec, std::string_view key) {
    std::vector<ConfigSetting> out;
    for (const auto line : look::texts(spec, "valuesOverlay.additionalConfigProperties")) {
        if (auto value = property(line, key)) out.push_back({"spec.valuesOverlay.additionalConfigProperties", std::move(*value)});
    }
    for (const std::string_view member : {"coordinatorExtraConfig", "workerExtraConfig"}) {
        const auto path = "valuesOverlay.server." + std::string(member);
        for (const auto line : look::split(look::text(spec, path), "\n")) {
            if (auto value = property(line, key)) out.push_back({"spec." + path, std::move(*value)});
        }
    }
    return out;
}

std::vector<ConfigSetting> authentication_settings(const json::object &spec) {
    std::vector<ConfigSetting> out;
    const auto type = look::text(spec, "valuesOverlay.server.config.authenticationType");
    if (!look::blank(type)) out.push_back({"spec.valuesOverlay.server.config.authenticationType", std::string(type)});
    for (auto &setting : overlay_settings(spec, "http-server.authentication.type")) {
        if (!setting.value.empty()) out.push_back(std::move(setting));
    }
    return out;
}

} // namespace xtn
