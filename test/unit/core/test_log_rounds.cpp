// Waiting for a group: nobody is left asleep, nobody returns early, however the waiters and the writer meet.
#include "core/log/rounds.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace xtn;

DOCTEST_TEST_CASE("whoever comes behind the end of a round does not wait, also two rounds late") {
    Rounds rounds;
    rounds.end(1, 1);
    rounds.wait(1);
    rounds.end(2, 1);
    rounds.end(3, 1);
    rounds.wait(1);
    rounds.wait(2);
}

DOCTEST_TEST_CASE("round after round, every waiter is woken, and none before its round has ended") {
    constexpr std::uint32_t last = 400;
    constexpr std::size_t waiters = 8;
    Rounds rounds;
    // As the writer has it: a round ends once all who wait for it are known; the next collects meanwhile.
    std::array<std::atomic<std::size_t>, last + 1> known{};
    std::atomic<std::uint32_t> ended = 0;
    std::atomic<int> early = 0;
    {
        std::vector<std::jthread> pool;
        for (std::size_t w = 0; w < waiters; ++w)
            pool.emplace_back([&, w] {
                for (std::uint32_t round = 1; round <= last; ++round) {
                    if ((round + w) % 3 == 0) continue; // not everybody waits for every round
                    ++known[round];
                    rounds.wait(round);
                    if (ended.load() < round) ++early;
                }
            });
        for (std::uint32_t round = 1; round <= last; ++round) {
            std::size_t expected = 0;
            for (std::size_t w = 0; w < waiters; ++w)
                expected += (round + w) % 3 == 0 ? 0 : 1;
            while (known[round].load() < expected)
                std::this_thread::yield();
            ended = round;
            rounds.end(round, expected);
        }
    }
    DOCTEST_CHECK(early == 0);
}
