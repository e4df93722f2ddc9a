#include "gateway/net/buffers.hpp"

#include <algorithm>
#include <cstring>

namespace xtn::gateway {

std::unique_ptr<char[]> BlockPool::lease() {
    leased_.fetch_add(1, std::memory_order_relaxed);
    if (idle_.empty()) return std::unique_ptr<char[]>(new char[block_bytes_]); // not zeroed: pages stay untouched until needed
    auto block = std::move(idle_.back());
    idle_.pop_back();
    return block;
}

void BlockPool::give_back(std::unique_ptr<char[]> block) {
    leased_.fetch_sub(1, std::memory_order_relaxed);
    if (idle_.size() < keep_) idle_.push_back(std::move(block));
}

bool LargeHeaderBudget::take(std::size_t bytes) {
    if (used.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit) return true;
    used.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
}

std::pair<char *, std::size_t> ByteQueue::room() {
    if (memory_ == nullptr) {
        memory_ = pool_.lease();
        capacity_ = pool_.block_bytes();
        begin_ = end_ = 0;
    }
    return {memory_.get() + end_, capacity_ - end_};
}

void ByteQueue::free_memory() {
    if (memory_ == nullptr) return;
    if (capacity_ == pool_.block_bytes()) {
        pool_.give_back(std::move(memory_));
    } else {
        budget_.give_back(capacity_);
        memory_.reset();
    }
    capacity_ = begin_ = end_ = 0;
}

bool ByteQueue::grow(std::size_t max_bytes) {
    if (memory_ == nullptr) return true;
    if (begin_ > 0) {
        std::memmove(memory_.get(), memory_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
        return true;
    }
    if (capacity_ >= max_bytes) return false;
    const std::size_t larger = std::min(capacity_ * 2, max_bytes);
    if (!budget_.take(larger)) return false;
    std::unique_ptr<char[]> moved(new char[larger]);
    const std::size_t held = size();
    std::memcpy(moved.get(), memory_.get(), held);
    free_memory();
    memory_ = std::move(moved);
    capacity_ = larger;
    end_ = held;
    return true;
}

void ByteQueue::release_if_empty() {
    if (empty()) free_memory();
}

void ByteQueue::clear() {
    free_memory();
}

} // namespace xtn::gateway
