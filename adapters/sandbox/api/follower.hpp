// A thread that reads the store's changes in order and hands them on, outside every lock of the store.
#pragma once

#include "adapters/sandbox/api/store.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace xtn::sandbox {

class Follower {
  public:
    // `take` gets the changes that came in (possibly none, after wake() or when the deadline it returned last has passed) and
    // returns when it wants to be called again at the latest.
    using Take = std::function<Deadline(const std::vector<StoredChange> &)>;

    Follower(Store &store, Take take);
    ~Follower(); // stop()
    Follower(const Follower &) = delete;
    Follower &operator=(const Follower &) = delete;

    void start();
    void wake();
    void stop(); // idempotent; not to be called from `take`
    // Everything up to this revision has been handed on.
    std::uint64_t seen() const;

  private:
    void run();

    Store &store_;
    Take take_;
    std::shared_ptr<Store::Position> position_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::uint64_t> seen_;
    std::thread thread_;
};

} // namespace xtn::sandbox
