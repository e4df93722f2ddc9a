// Quantities ("500m", "2Gi"): https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xtn::sandbox::objects {

// The form a server writes: "2048Mi" becomes "2Gi", "0.5" becomes "500m". Nothing for what is no quantity.
std::optional<std::string> canonical_quantity(std::string_view text);

} // namespace xtn::sandbox::objects
