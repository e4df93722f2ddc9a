// The credentials that custom resources carry inline, in memory only. The log, the state and the planned manifests know an HMAC
// in place of each (ingest/redaction.hpp); right before a manifest goes to the API server the value is put back, so that a
// runtime gets what its owner wrote. Why: docs/decisions/0004-inline-credentials.md.
#pragma once

#include "core/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xtn {

inline constexpr std::string_view placeholder_prefix = "hmac-sha256:";

struct HiddenValue {
    std::string placeholder; // the prefix and 64 hex digits
    std::string value;
};

class HiddenValues {
  public:
    // What one resource holds now, in place of what it held before; none: forget it.
    void set(std::string_view kind, std::string_view ns, std::string_view name, std::vector<HiddenValue> values);

    // `manifest` (JSON text) with every placeholder inside a string replaced by its value, from the resources of this namespace
    // only: what one team hides is never put into another's objects. Errors: unavailable (a placeholder whose resource was not
    // seen yet, or has changed since the manifest was planned).
    Result<std::string> put_back(std::string manifest, std::string_view ns) const;

  private:
    struct Owner {
        std::string ns, kind, name;
        friend auto operator<=>(const Owner &, const Owner &) = default;
    };
    const std::string *find(std::string_view ns, std::string_view placeholder) const;
    std::map<Owner, std::map<std::string, std::string, std::less<>>> owners_;
};

} // namespace xtn
