#include "adapters/kube/hidden_values.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace xtn {

namespace {

constexpr std::size_t digits = 64;

bool hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// As it stands between the quotes of a JSON string.
std::string escaped(const std::string &value) {
    const auto quoted = boost::json::serialize(boost::json::string_view(value));
    return quoted.substr(1, quoted.size() - 2);
}

} // namespace

void HiddenValues::set(std::string_view kind, std::string_view ns, std::string_view name, std::vector<HiddenValue> values) {
    const Owner owner{std::string(ns), std::string(kind), std::string(name)};
    if (values.empty()) {
        owners_.erase(owner);
        return;
    }
    auto &held = owners_[owner];
    held.clear();
    for (auto &hidden : values)
        held.insert_or_assign(std::move(hidden.placeholder), std::move(hidden.value));
}

const std::string *HiddenValues::find(std::string_view ns, std::string_view placeholder) const {
    for (auto owner = owners_.lower_bound(Owner{std::string(ns), {}, {}}); owner != owners_.end() && owner->first.ns == ns;
         ++owner)
        if (const auto value = owner->second.find(placeholder); value != owner->second.end()) return &value->second;
    return nullptr;
}

Result<std::string> HiddenValues::put_back(std::string manifest, std::string_view ns) const {
    std::size_t at = manifest.find(placeholder_prefix);
    if (at == std::string::npos) return manifest;
    std::string out;
    std::size_t copied = 0;
    for (; at != std::string::npos; at = manifest.find(placeholder_prefix, at + 1)) {
        const auto hex = std::string_view(manifest).substr(at + placeholder_prefix.size(), digits);
        if (hex.size() < digits || !std::all_of(hex.begin(), hex.end(), hex_digit)) continue; // somebody's own text
        const auto placeholder = std::string_view(manifest).substr(at, placeholder_prefix.size() + digits);
        const auto *value = find(ns, placeholder);
        if (!value)
            return make_error(Code::unavailable, "a credential that a custom resource in namespace " + std::string(ns) +
                                                     " carries inline is not known (" + std::string(placeholder.substr(0, 20)) +
                                                     "...): the resource was not seen yet or has changed meanwhile");
        out.append(manifest, copied, at - copied).append(escaped(*value));
        copied = at + placeholder.size();
    }
    return out.append(manifest, copied);
}

} // namespace xtn
