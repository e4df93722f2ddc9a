#include "gateway/routing/directory.hpp"

#include <algorithm>
#include <mutex>

namespace xtn::gateway {

void CoordinatorDirectory::forget(const Known &known) {
    for (const auto &suffix : known.suffixes) {
        const auto found = by_suffix_.find(suffix);
        if (found != by_suffix_.end() && found->second == known.identity) by_suffix_.erase(found);
    }
}

bool CoordinatorDirectory::learn(std::string_view suffix, std::string_view identity) {
    if (suffix.size() != 5) return false;
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = by_suffix_.find(suffix); found != by_suffix_.end() && *found->second == identity) return false;
    }
    const std::unique_lock lock(mutex_);
    auto &known = by_runtime_[std::string(identity)];
    if (known.identity == nullptr) known.identity = std::make_shared<const std::string>(identity);
    std::erase(known.suffixes, suffix);
    known.suffixes.emplace_back(suffix);
    by_suffix_[std::string(suffix)] = known.identity;
    if (known.suffixes.size() > suffixes_per_runtime) {
        const auto oldest = by_suffix_.find(known.suffixes.front());
        if (oldest != by_suffix_.end() && oldest->second == known.identity) by_suffix_.erase(oldest);
        known.suffixes.erase(known.suffixes.begin());
    }
    return true;
}

std::shared_ptr<const std::string> CoordinatorDirectory::find(std::string_view suffix) const {
    const std::shared_lock lock(mutex_);
    const auto found = by_suffix_.find(suffix);
    return found == by_suffix_.end() ? nullptr : found->second;
}

bool CoordinatorDirectory::knows_runtime(std::string_view identity) const {
    const std::shared_lock lock(mutex_);
    return by_runtime_.find(identity) != by_runtime_.end();
}

} // namespace xtn::gateway
