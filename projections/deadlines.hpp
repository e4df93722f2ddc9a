// The next moment each runtime waits for, ordered by time. It was worked out when an event last touched that runtime, with the
// cluster as it was then: state of its own, not to be worked out again from the rest.
#pragma once

#include "core/base/ids.hpp"
#include "projections/state_fields.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace xtn {

class Deadlines {
  public:
    void set(const RuntimeId &id, std::optional<Timestamp> at) {
        if (const auto found = by_runtime_.find(id); found != by_runtime_.end()) {
            ordered_.erase({found->second, id});
            by_runtime_.erase(found);
        }
        if (!at) return;
        by_runtime_[id] = *at;
        ordered_.emplace(*at, id);
    }
    std::optional<Timestamp> next() const { return ordered_.empty() ? std::nullopt : std::optional(ordered_.begin()->first); }
    // Those at or before `now`.
    std::vector<RuntimeId> due(Timestamp now) const {
        std::vector<RuntimeId> all;
        for (auto at = ordered_.begin(); at != ordered_.end() && at->first <= now; ++at)
            all.push_back(at->second);
        return all;
    }

    boost::json::object to_json() const { return state::to_object_of(by_runtime_); }
    // Becomes what to_json() showed. Errors: data_corrupted; then nothing is promised about the value.
    Status restore(const boost::json::value &from) {
        ordered_.clear();
        if (auto read = state::from_value(from, by_runtime_); !read) return read;
        for (const auto &[id, at] : by_runtime_)
            ordered_.emplace(at, id);
        return ok();
    }

  private:
    std::map<RuntimeId, Timestamp> by_runtime_;
    std::set<std::pair<Timestamp, RuntimeId>> ordered_;
};

} // namespace xtn
