#include "test/bench/gateway/failover.hpp"

#include "test/bench/gateway/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace xtn::bench {

namespace {

constexpr int clients = 20;
constexpr std::chrono::milliseconds pause{200}; // of each client between two statements: 100 a second together
constexpr std::chrono::seconds patience{15};

} // namespace

Loss lose_coordinator(std::uint16_t proxy, const ChildProcess &victim, int number, std::chrono::milliseconds time) {
    const auto request = statement().requests.front();
    const auto begin = std::chrono::steady_clock::now();
    std::mutex mutex;
    Loss total;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&, i] {
            Loss mine;
            std::string answer;
            int fd = connect_client(proxy, patience);
            // The rate is offered, not answered: a slow answer does not put off the next statement's time.
            for (auto next = begin + i * pause / clients; next < begin + time; next += pause) {
                std::this_thread::sleep_until(next);
                const auto sent = std::chrono::steady_clock::now();
                ++mine.sent;
                if (!exchange(fd, request, answer)) {
                    ++mine.failed;
                    ::close(fd);
                    fd = connect_client(proxy, patience);
                }
                mine.longest = std::max(
                    mine.longest, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - sent));
            }
            ::close(fd);
            const std::lock_guard lock(mutex);
            total.sent += mine.sent;
            total.failed += mine.failed;
            total.longest = std::max(total.longest, mine.longest);
        });
    }
    std::this_thread::sleep_until(begin + time / 3);
    victim.signal(number);
    for (auto &thread : threads)
        thread.join();
    return total;
}

} // namespace xtn::bench
