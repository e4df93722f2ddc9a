#include "gateway/observe/query_tracker.hpp"

#include "gateway/http/fields.hpp"

namespace xtn::gateway {

namespace {

constexpr std::array<std::string_view, 12> names{"QUEUED",      "WAITING_FOR_RESOURCES",
                                                 "DISPATCHING", "PLANNING",
                                                 "STARTING",    "RUNNING",
                                                 "BLOCKED",     "FINISHING",
                                                 "UNKNOWN",     "FINISHED",
                                                 "FAILED",      "CANCELED"};

} // namespace

std::string_view query_state_name(QueryState state) {
    return names[static_cast<std::size_t>(state)];
}

QueryState parse_query_state(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (equals_ignoring_case(names[i], text)) return static_cast<QueryState>(i);
    }
    return equals_ignoring_case(text, "CANCELLED") ? QueryState::canceled : QueryState::unknown;
}

void QueryTracker::count(const Entry &entry, std::int64_t by) {
    auto &coordinator = *entry.home->coordinator;
    (entry.state == QueryState::queued ? coordinator.queued : coordinator.running).fetch_add(by, std::memory_order_relaxed);
}

std::optional<QueryTracker::Ended> QueryTracker::observe(std::string_view query_id, const std::shared_ptr<const QueryHome> &home,
                                                         QueryState state, TimePoint now) {
    auto &mine = shard(query_id);
    const std::lock_guard lock(mine.mutex);
    const auto found = mine.entries.find(query_id);
    if (terminal(state)) {
        if (found == mine.entries.end()) return std::nullopt;
        Ended ended{found->second.home, std::chrono::duration_cast<std::chrono::milliseconds>(now - found->second.first)};
        count(found->second, -1);
        mine.entries.erase(found);
        size_.fetch_sub(1, std::memory_order_relaxed);
        return ended;
    }
    if (found == mine.entries.end()) {
        if (size_.fetch_add(1, std::memory_order_relaxed) >= max_queries_) {
            size_.fetch_sub(1, std::memory_order_relaxed);
            return std::nullopt; // the bound holds; such a query counts nowhere
        }
        const auto &entry = mine.entries.emplace(std::string(query_id), Entry{home, state, now, now}).first->second;
        count(entry, 1);
        return std::nullopt;
    }
    auto &entry = found->second;
    entry.last = now;
    if (entry.state != state || entry.home != home) {
        count(entry, -1);
        entry.state = state;
        entry.home = home;
        count(entry, 1);
    }
    return std::nullopt;
}

void QueryTracker::expire(TimePoint now) {
    for (auto &each : shards_) {
        const std::lock_guard lock(each.mutex);
        const auto dropped = std::erase_if(each.entries, [now](const auto &item) {
            if (now - item.second.last < forget_after) return false;
            count(item.second, -1);
            return true;
        });
        size_.fetch_sub(dropped, std::memory_order_relaxed);
    }
}

QueryTracker::Counts QueryTracker::counts() const {
    Counts out;
    for (const auto &each : shards_) {
        const std::lock_guard lock(each.mutex);
        for (const auto &[id, entry] : each.entries) {
            ++out[{entry.home->ns, entry.home->name, entry.home->routing_group, entry.state}];
        }
    }
    return out;
}

} // namespace xtn::gateway
