// I/O memory of one thread: blocks on a free list, leased only while bytes are in flight, and a queue of received bytes on top of
// one.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn::gateway {

// Blocks of one size, most recently used first. Used by one thread.
class BlockPool {
  public:
    BlockPool(std::size_t block_bytes, std::size_t keep, std::atomic<std::size_t> &leased)
        : block_bytes_(block_bytes), keep_(keep), leased_(leased) {}

    std::unique_ptr<char[]> lease();
    void give_back(std::unique_ptr<char[]> block);
    std::size_t block_bytes() const { return block_bytes_; }

  private:
    std::size_t block_bytes_;
    std::size_t keep_; // idle blocks kept at most
    std::atomic<std::size_t> &leased_;
    std::vector<std::unique_ptr<char[]>> idle_;
};

// The bytes all header blocks that outgrew their block may take together; shared by the threads.
struct LargeHeaderBudget {
    std::size_t limit = 0;
    std::atomic<std::size_t> used{0};
    bool take(std::size_t bytes);
    void give_back(std::size_t bytes) { used.fetch_sub(bytes, std::memory_order_relaxed); }
};

// Received bytes that were not used yet, in one piece. Holds no memory while empty and released.
class ByteQueue {
  public:
    ByteQueue(BlockPool &pool, LargeHeaderBudget &budget) : pool_(pool), budget_(budget) {}
    ByteQueue(const ByteQueue &) = delete;
    ByteQueue &operator=(const ByteQueue &) = delete;
    ~ByteQueue() { clear(); }

    std::string_view view() const { return {memory_.get() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    std::size_t size() const { return end_ - begin_; }

    // Room to receive into, leasing a block at first use. Empty when the block is full: then grow() or give up. Moves nothing, so
    // views stay valid.
    std::pair<char *, std::size_t> room();
    void received(std::size_t bytes) { end_ += bytes; }
    void consume(std::size_t bytes) {
        begin_ += bytes;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    // Doubles the memory up to `max_bytes`, or only closes the gap in front. False when a bound forbids it. Views become invalid.
    bool grow(std::size_t max_bytes);
    // Gives the memory back if nothing is held.
    void release_if_empty();
    // Forgets everything and gives the memory back.
    void clear();

  private:
    void free_memory();

    BlockPool &pool_;
    LargeHeaderBudget &budget_;
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

} // namespace xtn::gateway
