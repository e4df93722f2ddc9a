// Runtimes that wait for their pass: namespaces take turns, so that a namespace with ten thousand of them delays the only one of
// another by one pass. Within a namespace first come, first served.
#pragma once

#include "core/base/ids.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace xtn::act {

class FairQueue {
  public:
    void push(const RuntimeId &id) { waiting_[id.ns].push_back(id); }
    // The next one; nothing: nobody waits.
    std::optional<RuntimeId> pop() {
        if (waiting_.empty()) return std::nullopt;
        auto turn = waiting_.upper_bound(served_last_);
        if (turn == waiting_.end()) turn = waiting_.begin();
        auto id = std::move(turn->second.front());
        turn->second.pop_front();
        served_last_ = turn->first;
        if (turn->second.empty()) waiting_.erase(turn);
        return id;
    }
    void erase(const RuntimeId &id) {
        const auto found = waiting_.find(id.ns);
        if (found == waiting_.end()) return;
        std::erase(found->second, id);
        if (found->second.empty()) waiting_.erase(found);
    }
    bool empty() const { return waiting_.empty(); }

  private:
    std::map<std::string, std::deque<RuntimeId>> waiting_; // only namespaces in which somebody waits
    std::string served_last_;
};

} // namespace xtn::act
