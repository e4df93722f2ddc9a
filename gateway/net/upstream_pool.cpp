#include "gateway/net/upstream_pool.hpp"

namespace xtn::gateway {

std::unique_ptr<UpstreamConnection> UpstreamPool::take(const Coordinator &coordinator, bool certain) {
    const auto found = by_coordinator_.find(&coordinator);
    if (found == by_coordinator_.end()) return nullptr;
    auto &idle = found->second;
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        --idle_;
        idle_count_.fetch_sub(1, std::memory_order_relaxed);
        // What idle connections tell of is their end.
        if ((certain || connection->socket.may_have_news()) && connection->socket.peek() != Io::would_block) continue;
        connection->reused = true;
        return connection;
    }
    return nullptr;
}

void UpstreamPool::give_back(std::unique_ptr<UpstreamConnection> connection, TimePoint now) {
    auto &idle = by_coordinator_[connection->coordinator.get()];
    if (idle_ >= limits_.idle || idle.size() >= limits_.idle_per_coordinator) return; // closed by its destructor
    if (connection->socket.may_have_news() && connection->socket.peek() != Io::would_block) return;
    connection->idle_since = now;
    idle.push_back(std::move(connection));
    ++idle_;
    idle_count_.fetch_add(1, std::memory_order_relaxed);
}

void UpstreamPool::sweep(TimePoint now) {
    for (auto it = by_coordinator_.begin(); it != by_coordinator_.end();) {
        const auto dropped = std::erase_if(it->second, [&](const auto &connection) {
            return now - connection->idle_since > limits_.idle_time ||
                   (connection->socket.may_have_news() && connection->socket.peek() != Io::would_block);
        });
        idle_ -= dropped;
        idle_count_.fetch_sub(dropped, std::memory_order_relaxed);
        it = it->second.empty() ? by_coordinator_.erase(it) : std::next(it);
    }
}

void UpstreamPool::close_all() {
    idle_count_.fetch_sub(idle_, std::memory_order_relaxed);
    idle_ = 0;
    by_coordinator_.clear();
}

} // namespace xtn::gateway
