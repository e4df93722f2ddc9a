// Waiting on a number in memory, as Linux offers it: what a condition variable costs without its mutex. std::atomic::wait yields
// several times before it sleeps, which turns dozens of waiting threads into a stampede.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace xtn {

// Returns at once when the word is not `seen`; else when it is woken, or for no reason: wait in a loop that looks at the word.
void futex_wait(const std::atomic<std::uint32_t> &word, std::uint32_t seen);
// Wakes up to `most` of those that wait on the word.
void futex_wake(const std::atomic<std::uint32_t> &word, int most = std::numeric_limits<int>::max());

} // namespace xtn
