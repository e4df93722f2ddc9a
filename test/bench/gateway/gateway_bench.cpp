// The gateway against HAProxy in the same run, in turn: CPU time of the proxy's process for the same work. Both have one thread,
// the same coordinator behind them and the same 32 keep-alive clients in front, which ask again as soon as they are answered.
#include "test/bench/figures.hpp"
#include "test/bench/gateway/failover.hpp"
#include "test/bench/gateway/load.hpp"
#include "test/bench/gateway/processes.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <vector>

using namespace xtn::bench;

namespace {

constexpr int clients = 32;

struct Case {
    Figure figure;
    Script script;
    std::function<double(const Load &)> work; // what the CPU time is divided by
};

Figure cpu(std::string id, std::string name, std::string unit, std::string yardstick) {
    Figure figure;
    figure.id = std::move(id);
    figure.name = std::move(name);
    figure.unit = std::move(unit);
    figure.direction = Goal::at_most;
    figure.goal = 1.0;
    figure.yardstick = std::move(yardstick);
    return figure;
}

double cost(const Proxy &proxy, const Case &c, std::chrono::milliseconds time) {
    const auto before = proxy.process->cpu_microseconds();
    const auto load = run_clients(proxy.port, c.script, clients, time);
    return (proxy.process->cpu_microseconds() - before) / c.work(load);
}

void compare_cpu(const std::filesystem::path &self, const std::filesystem::path &scratch, bool quick, boost::json::array &out) {
    const auto rounds = quick ? 3 : 7;
    const auto time = std::chrono::milliseconds(quick ? 700 : 1500);
    const Origin a("bncha"), b("bnchb");
    const std::vector<std::uint16_t> origins{a.port(), b.port()};
    const auto ours = start_gateway(self, origins);
    const auto yardstick = start_haproxy(scratch, origins);
    const auto requests = [](const Load &l) { return l.requests; };
    const auto megabytes = [](const Load &l) { return l.bytes / 1e6; };
    const Case cases[] = {
        {cpu("gateway.request", "proxy: small GET, 32 clients", "us CPU",
             "HAProxy with one thread that chooses by the same header, keeps the same stickiness by query id, adds the same "
             "X-Forwarded-* lines and keeps connections on both sides; neither logs; 14 header lines up, 1.1 KB of JSON down"),
         small_get(), requests},
        {cpu("gateway.statement", "proxy: statement query (POST and four pages), 32 clients", "us CPU",
             "the same HAProxy: a stick table learns the coordinator's suffix from the answer to the POST and sends follow-ups "
             "by it; "
             "the gateway reads each page, counts running queries and mends links besides"),
         statement(), [](const Load &l) { return l.scripts; }},
        {cpu("gateway.page.64k", "proxy: pages of 64 KB, 32 clients", "us CPU/MB", "the same HAProxy, default buffers"),
         pages("64k"), megabytes},
        {cpu("gateway.page.1m", "proxy: pages of 1 MB, 32 clients", "us CPU/MB", "the same HAProxy, default buffers"),
         pages("1m"), megabytes},
    };
    for (const auto *proxy : {&ours, &yardstick}) // connections, caches, and whose the query ids are
        run_clients(proxy->port, statement(), clients, time / 2);
    for (const auto &c : cases) {
        std::vector<double> mine, theirs;
        for (int r = -1; r < rounds; ++r) { // the first round warms up
            const bool first = r % 2 == 0;  // who goes first changes, so that drift favours nobody
            const double one = cost(first ? ours : yardstick, c, r < 0 ? time / 4 : time);
            const double other = cost(first ? yardstick : ours, c, r < 0 ? time / 4 : time);
            if (r < 0) continue;
            mine.push_back(first ? one : other);
            theirs.push_back(first ? other : one);
        }
        out.push_back(ratio(c.figure, mine, theirs));
    }
}

// Statements lost with a coordinator: a count, beside HAProxy's.
void lose_one_of_two(const std::filesystem::path &self, const std::filesystem::path &scratch, bool quick,
                     boost::json::array &out) {
    struct Way {
        const char *id;
        const char *name;
        int signal;
        const char *yardstick;
    };
    const Way ways[] = {
        {"gateway.kill", "proxy: one of two coordinators killed under 100 statements/s", SIGKILL,
         "new statements that were answered anything but 200, or not within 15 s; beside it HAProxy with redispatch and retry-on "
         "empty-response"},
        {"", "proxy: one of two coordinators hangs under 100 statements/s", SIGSTOP,
         "the same with a coordinator that is stopped and keeps its connections; HAProxy has one answer timeout, 60 s, for "
         "everything"},
    };
    const auto time = std::chrono::milliseconds(quick ? 4000 : 6000);
    for (const auto &way : ways) {
        std::vector<double> mine, theirs;
        int sent = 0;
        std::chrono::milliseconds longest{0};
        const int rounds = quick || way.signal == SIGSTOP ? 1 : 3; // who hangs is waited for
        for (int r = 0; r < rounds; ++r) {
            for (const bool gateway : {true, false}) {
                const auto victim = start_origin(self, "bncha"), other = start_origin(self, "bnchb");
                const std::vector<std::uint16_t> origins{victim.port, other.port};
                const auto proxy = gateway ? start_gateway(self, origins) : start_haproxy(scratch, origins);
                run_clients(proxy.port, statement(), 4, std::chrono::milliseconds(300));
                const auto loss = lose_coordinator(proxy.port, *victim.process, way.signal, time);
                (gateway ? mine : theirs).push_back(loss.failed);
                if (!gateway) continue;
                sent += loss.sent;
                longest = std::max(longest, loss.longest);
            }
        }
        auto figure = cpu(way.id, way.name, "failed", way.yardstick);
        figure.goal = 0;
        figure.yardstick += fmt::format("; of {} statements the longest was answered after {} ms", sent, longest.count());
        out.push_back(amount(figure, mine, median(theirs)));
    }
}

int run(const std::filesystem::path &self, bool quick) {
    std::string scratch = (std::filesystem::temp_directory_path() / "xtrinode-bench-XXXXXX").string();
    if (::mkdtemp(scratch.data()) == nullptr) throw std::runtime_error("no folder for the bench");
    boost::json::array out;
    compare_cpu(self, scratch, quick, out);
    lose_one_of_two(self, scratch, quick, out);
    std::filesystem::remove_all(scratch);
    print(out);
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        const std::string first = words.empty() ? "" : words.front();
        if (first == "--serve") {
            std::vector<std::uint16_t> origins;
            for (std::size_t i = 1; i < words.size(); ++i)
                origins.push_back(static_cast<std::uint16_t>(std::stoi(words[i])));
            return serve_gateway(origins);
        }
        if (first == "--origin" && words.size() == 2) return serve_origin(words[1]);
        return run(std::filesystem::read_symlink("/proc/self/exe"), first == "--quick");
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "gateway bench: %s\n", failure.what());
        return 1;
    }
}
