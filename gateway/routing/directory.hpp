// Which coordinator made a query id: suffix -> runtime. Learned from /v1/info, from answers to POST /v1/statement, or by asking;
// any gateway replica learns the same, so follow-ups need no shared store.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace xtn::gateway {

class CoordinatorDirectory {
  public:
    // Restarted coordinators take a new suffix; the few before it stay known, so that their queries end with the coordinator's
    // own "not found" and not with a guess.
    static constexpr std::size_t suffixes_per_runtime = 4;

    // Notes that `suffix` (five characters) is `identity` ("<ns>/<name>"). True when that is news.
    bool learn(std::string_view suffix, std::string_view identity);
    // The identity, or nullptr. The string stays valid.
    std::shared_ptr<const std::string> find(std::string_view suffix) const;
    bool knows_runtime(std::string_view identity) const;
    // Forgets runtimes for which keep(identity) is false.
    template <class Keep> void prune(Keep keep);

  private:
    struct Known {
        std::shared_ptr<const std::string> identity;
        std::vector<std::string> suffixes; // oldest first
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    void forget(const Known &known);

    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<const std::string>, Hash, std::equal_to<>> by_suffix_;
    std::map<std::string, Known, std::less<>> by_runtime_;
};

template <class Keep> void CoordinatorDirectory::prune(Keep keep) {
    const std::unique_lock lock(mutex_);
    for (auto it = by_runtime_.begin(); it != by_runtime_.end();) {
        if (keep(std::string_view(it->first))) {
            ++it;
        } else {
            forget(it->second);
            it = by_runtime_.erase(it);
        }
    }
}

} // namespace xtn::gateway
