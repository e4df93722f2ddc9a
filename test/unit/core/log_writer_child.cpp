// Appends to the log in argv[1] until killed, two threads side by side, and prints the number of each event once it is
// acknowledged. The other half of test_log_kill.cpp.
#include "log_fixture.hpp"

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <thread>
#include <unistd.h>

int main(int argc, char **argv) {
    using namespace xtn;
    using namespace xtn::logtest;
    if (argc != 2) return 2;
    Log::Options options;
    options.directory = argv[1];
    auto log = Log::open(std::move(options));
    if (!log.ok()) return 3;
    const auto epoch = (*log)->begin_epoch(Epoch{0});
    if (!epoch.ok()) return 4;
    const auto append = [&](const std::string &runtime) {
        for (std::int64_t i = 0;; ++i) {
            const auto events = (*log)->append(one(*epoch, pod(runtime, i)));
            if (!events.ok()) return;
            const std::string line = std::to_string(events->front().seq.value) + "\n";
            if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
        }
    };
    std::jthread other([&] { append("team-a/y"); });
    append("team-a/x");
    return 0;
}
