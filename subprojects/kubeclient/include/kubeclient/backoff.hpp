// How long to wait before the next try.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>

namespace kube {

// Numbers in [0, 1); injected, so that tests know what comes.
using Random = std::function<double()>;
// From a generator that the system seeds.
Random system_random();

// Doubles from `first` to `cap`; the upper half of each step is random, so that many waiters spread out.
struct Backoff {
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds cap{30000};

    // attempt 1, 2, 3, ... -> first, 2*first, 4*first, ... (at most cap), of which between one half and all is waited.
    std::chrono::milliseconds delay(int attempt, double random) const {
        auto whole = first;
        for (int i = 1; i < attempt && whole < cap; ++i)
            whole *= 2;
        whole = std::min(whole, cap);
        const auto half = whole / 2;
        return half + std::chrono::milliseconds(static_cast<std::int64_t>(random * static_cast<double>((whole - half).count())));
    }
};

} // namespace kube
