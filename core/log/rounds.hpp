// Those who wait for a group of the writer. A group is a round with a number; the next one collects while it is written, so that
// two are under way at any time. Internal to core/log.
//
// Waking dozens of threads costs the waker more than writing their events. So the writer wakes one of them, and that one wakes
// the others, while the writer is at its next group.
#pragma once

#include "core/base/futex.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace xtn {

class Rounds {
  public:
    // Returns once that round has ended. A round is waited for before the one after the next begins to collect, or after it
    // ended.
    void wait(std::uint32_t round) {
        Place &place = place_of(round);
        while (true) {
            const std::uint32_t ended = place.ended.load(std::memory_order_acquire);
            if (static_cast<std::int32_t>(ended - round) >= 0) break;
            futex_wait(place.ended, ended);
        }
        if (place.others.load(std::memory_order_relaxed) && place.others.exchange(false)) futex_wake(place.ended);
    }

    // Ends a round that `waiting` threads wait for, or will. Rounds end one after the other, from 1 on.
    void end(std::uint32_t round, std::size_t waiting) {
        Place &place = place_of(round);
        place.ended.store(round, std::memory_order_release);
        if (waiting == 0) return;
        // Only behind the number: whoever takes this over must not wake them while they would still find the round going on.
        if (waiting > 1) place.others.store(true);
        futex_wake(place.ended, 1);
    }

  private:
    // Apart from each other in memory: one is waited upon while the other collects.
    struct alignas(64) Place {
        std::atomic<std::uint32_t> ended = 0; // number of the last round that ended here
        std::atomic<bool> others = false;     // somebody is still to be woken
    };
    Place &place_of(std::uint32_t round) { return places_[round % 2]; }

    std::array<Place, 2> places_;
};

} // namespace xtn
