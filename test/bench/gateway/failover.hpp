// One of two coordinators is lost while clients send new statements at a steady rate.
#pragma once

#include "test/bench/gateway/processes.hpp"

#include <chrono>

namespace xtn::bench {

struct Loss {
    int sent = 0;
    int failed = 0;                       // cut off, late, or answered anything but 200
    std::chrono::milliseconds longest{0}; // that one statement waited for its answer
};

// 100 statements a second for `time` from 20 clients, `number` sent to `victim` after a third of it.
Loss lose_coordinator(std::uint16_t proxy, const ChildProcess &victim, int number, std::chrono::milliseconds time);

} // namespace xtn::bench
