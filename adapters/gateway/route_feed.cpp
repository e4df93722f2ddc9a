#include "adapters/gateway/route_feed.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <tuple>

namespace xtn {

namespace {

bool newer(const RouteTable &a, const RouteTable &b) {
    return std::tie(a.epoch, a.version) > std::tie(b.epoch, b.version);
}

} // namespace

RouteFeed::RouteFeed(std::chrono::milliseconds heartbeat) : heartbeat_(heartbeat), thread_([this] { run(); }) {}

RouteFeed::~RouteFeed() {
    stop();
}

bool RouteFeed::is_news(const RouteTable &table) const {
    const MutexLock lock(mutex_);
    return !stopping_ && (table_ == nullptr || newer(table, *table_));
}

void RouteFeed::offer(const RouteTable &table) {
    if (!is_news(table)) return;
    auto copy = std::make_shared<const RouteTable>(table);
    {
        const MutexLock lock(mutex_);
        if (table_ != nullptr && !newer(*copy, *table_)) return;
        table_ = std::move(copy);
        text_.reset();
    }
    changed_.notify_all();
}

void RouteFeed::listen(Listener listener) {
    auto follower = std::make_shared<Follower>();
    follower->listener = std::move(listener);
    {
        const MutexLock lock(mutex_);
        followers_.push_back(std::move(follower));
    }
    changed_.notify_all();
}

void RouteFeed::stream_to(std::shared_ptr<netkit::Exchange> exchange) {
    netkit::Response head;
    head.headers.add("Content-Type", "application/x-ndjson");
    head.headers.add("Cache-Control", "no-store");
    head.body = "\n"; // says at once that somebody is there, also before the first table
    exchange->begin(std::move(head));
    auto follower = std::make_shared<Follower>();
    follower->exchange = exchange;
    follower->gateway = std::string(exchange->request().headers.get("X-Gateway-Id").value_or(""));
    {
        const MutexLock lock(mutex_);
        if (stopping_) {
            exchange->finish();
            return;
        }
        followers_.push_back(follower);
    }
    changed_.notify_all();
    // Only a mark, for the connection may outlive the feed; the thread forgets it at its next round.
    exchange->on_close([weak = std::weak_ptr<Follower>(follower)] {
        if (const auto left = weak.lock()) left->gone.store(true);
    });
}

std::shared_ptr<const std::string> RouteFeed::current_text() const {
    std::shared_ptr<const RouteTable> table;
    {
        const MutexLock lock(mutex_);
        table = table_;
    }
    if (table == nullptr) return nullptr;
    return std::make_shared<const std::string>(boost::json::serialize(table->to_json()) + "\n");
}

std::vector<std::string> RouteFeed::gateways() const {
    std::vector<std::string> out;
    const MutexLock lock(mutex_);
    for (const auto &follower : followers_)
        if (!follower->gateway.empty() && !follower->gone.load()) out.push_back(follower->gateway);
    return out;
}

std::size_t RouteFeed::followers() const {
    const MutexLock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(followers_.begin(), followers_.end(),
                                                  [](const auto &f) { return f->exchange != nullptr && !f->gone.load(); }));
}

void RouteFeed::run() {
    auto beat = Deadline::after(heartbeat_);
    for (;;) {
        std::shared_ptr<const RouteTable> table;
        std::shared_ptr<const std::string> text;
        std::vector<std::shared_ptr<Follower>> behind, all;
        {
            MutexLock lock(mutex_);
            for (;;) {
                if (stopping_) return;
                std::erase_if(followers_, [](const auto &f) { return f->gone.load(); });
                for (const auto &follower : followers_) {
                    if (table_ != nullptr && follower->seen != table_) behind.push_back(follower);
                }
                if (!behind.empty() || beat.passed()) break;
                changed_.wait_until(mutex_, beat);
            }
            table = table_;
            text = text_;
            all = followers_;
        }
        if (!behind.empty() && text == nullptr) {
            text = std::make_shared<const std::string>(boost::json::serialize(table->to_json()) + "\n");
            const MutexLock lock(mutex_);
            if (table_ == table) text_ = text;
        }
        // Outside the lock: a listener may take its time, or call back.
        for (const auto &follower : behind) {
            follower->seen = table; // only this thread reads or writes it
            if (follower->exchange == nullptr) {
                follower->listener(*table);
            } else if (!follower->exchange->write(*text)) {
                follower->gone.store(true); // left, or read too slowly
            }
        }
        if (beat.passed()) {
            beat = Deadline::after(heartbeat_);
            for (const auto &follower : all) {
                if (follower->exchange != nullptr && !follower->exchange->write("\n")) follower->gone.store(true);
            }
        }
        MutexLock lock(mutex_);
        const auto rest = Deadline::after(between_tables);
        while (!stopping_ && !rest.passed())
            changed_.wait_until(mutex_, rest);
    }
}

void RouteFeed::stop() {
    std::vector<std::shared_ptr<Follower>> followers;
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
        followers.swap(followers_);
    }
    changed_.notify_all();
    {
        const MutexLock lock(joining_);
        if (thread_.joinable()) thread_.join();
    }
    for (const auto &follower : followers) {
        if (follower->exchange != nullptr) follower->exchange->finish();
    }
}

} // namespace xtn
