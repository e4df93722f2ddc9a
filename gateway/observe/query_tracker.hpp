// In-flight queries as this process sees them (spec 50 §9.3 with the repairs of §26.5): feeds the inflight gauge, balancing and
// idleness. A query ends with a terminal state, with a page that has no nextUri, or with a successful DELETE; one unseen for ten
// minutes is dropped.
#pragma once

#include "gateway/routing/coordinator.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace xtn::gateway {

enum class QueryState : std::uint8_t {
    queued,
    waiting_for_resources,
    dispatching,
    planning,
    starting,
    running,
    blocked,
    finishing,
    unknown,
    finished,
    failed,
    canceled,
};
std::string_view query_state_name(QueryState state); // upper case, as Trino writes it
QueryState parse_query_state(std::string_view text); // trimmed, any case; else unknown
constexpr bool terminal(QueryState state) {
    return state >= QueryState::finished;
}

class QueryTracker {
  public:
    static constexpr std::chrono::minutes forget_after{10};

    explicit QueryTracker(std::size_t max_queries) : max_queries_(max_queries) {}

    struct Ended {
        std::shared_ptr<const QueryHome> home;
        std::chrono::milliseconds elapsed{0}; // since this process first saw it
    };
    // Notes a sighting. Returns what is known of the query when this sighting ended it.
    std::optional<Ended> observe(std::string_view query_id, const std::shared_ptr<const QueryHome> &home, QueryState state,
                                 TimePoint now);
    // Drops entries not seen for forget_after.
    void expire(TimePoint now);

    // (namespace, name, routing group, state) -> number of queries.
    using Counts = std::map<std::tuple<std::string, std::string, std::string, QueryState>, std::int64_t>;
    Counts counts() const;
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  private:
    struct Entry {
        std::shared_ptr<const QueryHome> home;
        QueryState state = QueryState::unknown;
        TimePoint first, last;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;
    };
    static void count(const Entry &entry, std::int64_t by);
    Shard &shard(std::string_view id) { return shards_[Hash()(id) % shards_.size()]; }

    std::size_t max_queries_;
    std::atomic<std::size_t> size_{0};
    std::array<Shard, 16> shards_;
};

} // namespace xtn::gateway
