// Links into Trino's own UI, turned into links through the gateway (spec 50 §12.1, §12.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xtn::gateway {

// "/ui/<ns>/<name>", path-escaped, without a slash at the end.
std::string ui_prefix(std::string_view ns, std::string_view name);

// First segments under /ui that belong to Trino's UI itself and not to a runtime: "assets", "login.html", ...
bool is_ui_asset(std::string_view first);

// The Location value with "/ui" replaced by the prefix and its origin dropped; nothing when it passes unchanged.
std::optional<std::string> rewrite_location(std::string_view location, std::string_view prefix);

// The JSON string content (between the quotes) for an infoUri whose raw content is `raw`; nothing when it passes unchanged.
std::optional<std::string> rewrite_info_uri(std::string_view raw, std::string_view prefix);

} // namespace xtn::gateway
