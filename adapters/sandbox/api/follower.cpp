#include "adapters/sandbox/api/follower.hpp"

namespace xtn::sandbox {

namespace {
constexpr std::size_t batch = 256;
}

Follower::Follower(Store &store, Take take)
    : store_(store), take_(std::move(take)), position_(store.follow()), seen_(store.seen(*position_)) {}

Follower::~Follower() {
    stop();
}

void Follower::start() {
    thread_ = std::thread([this] { run(); });
}

void Follower::wake() {
    store_.wake();
}

void Follower::stop() {
    stopping_ = true;
    store_.wake();
    if (thread_.joinable()) thread_.join();
}

std::uint64_t Follower::seen() const {
    return seen_;
}

void Follower::run() {
    Deadline again = Deadline::after(std::chrono::seconds(0));
    while (!stopping_) {
        const auto changes = store_.next(*position_, batch, again);
        if (stopping_) return;
        again = take_(changes);
        if (!changes.empty()) seen_ = changes.back().revision;
    }
}

} // namespace xtn::sandbox
