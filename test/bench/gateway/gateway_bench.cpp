// The gateway against HAProxy in the same run, in turn: CPU time of the proxy's process for the same work. Both have one thread,
// the same coordinator behind them and the same 32 keep-alive clients in front, which ask again as soon as they are answered.
#include "test/bench/figures.hpp"
#include "test/bench/gateway/failover.hpp"
#include "test/bench/gateway/load.hpp"
#include "test/bench/gateway/processes.hpp"

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
    const char *name;
    const char *unit;
    Script script;
    std::function<double(const Load &)> work; // what the CPU time is divided by
    const char *note;
};

double cost(const Proxy &proxy, const Case &c, std::chrono::milliseconds time) {
    const auto before = proxy.process->cpu_microseconds();
    const auto load = run_clients(proxy.port, c.script, clients, time);
    return (proxy.process->cpu_microseconds() - before) / c.work(load);
}

void compare_cpu(const std::filesystem::path &self, const std::filesystem::path &scratch, bool quick, boost::json::array &out) {
    const auto rounds = quick ? 3 : 9;
    const auto time = std::chrono::milliseconds(quick ? 700 : 1500);
    const Origin a("bncha"), b("bnchb");
    const std::vector<std::uint16_t> origins{a.port(), b.port()};
    const auto ours = start_gateway(self, origins);
    const auto yardstick = start_haproxy(scratch, origins);
    const auto requests = [](const Load &l) { return l.requests; };
    const auto megabytes = [](const Load &l) { return l.bytes / 1e6; };
    const Case cases[] = {
        {"proxy: small GET, 32 clients", "us CPU", small_get(), requests,
         "yardstick: HAProxy, one thread, that chooses by the same header, keeps the same stickiness by query id, adds the same "
         "X-Forwarded-* lines and keeps connections on both sides; neither logs. 14 header lines up, 1.1 KB of JSON down"},
        {"proxy: statement query (POST and four pages), 32 clients", "us CPU", statement(),
         [](const Load &l) { return l.scripts; },
         "yardstick: the same HAProxy: a stick table learns the coordinator's suffix from the answer to the POST and sends "
         "follow-ups by it. Beyond that the gateway reads each page, counts running queries and mends links"},
        {"proxy: pages of 64 KB, 32 clients", "us CPU/MB", pages("64k"), megabytes,
         "yardstick: the same HAProxy, default buffers"},
        {"proxy: pages of 1 MB, 32 clients", "us CPU/MB", pages("1m"), megabytes, "yardstick: the same HAProxy, default buffers"},
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
        out.push_back(figure(c.name, c.unit, mine, theirs, Goal::at_most, 1.0, c.note));
    }
}

// Statements lost with a coordinator: a count, not a ratio.
void lose_one_of_two(const std::filesystem::path &self, const std::filesystem::path &scratch, bool quick,
                     boost::json::array &out) {
    struct Way {
        const char *name;
        int signal;
        const char *note;
    };
    const Way ways[] = {
        {"proxy: one of two coordinators killed under 100 statements/s", SIGKILL,
         "yardstick: HAProxy with redispatch and retry-on empty-response"},
        {"proxy: one of two coordinators hangs under 100 statements/s", SIGSTOP,
         "yardstick: the same HAProxy, whose answer timeout is 60 s: it has none that differs for statements; clients wait 15 s"},
    };
    const auto time = std::chrono::milliseconds(quick ? 4000 : 8000);
    for (const auto &way : ways) {
        Loss losses[2];
        for (const bool gateway : {true, false}) {
            const auto victim = start_origin(self, "bncha"), other = start_origin(self, "bnchb");
            const std::vector<std::uint16_t> origins{victim.port, other.port};
            const auto proxy = gateway ? start_gateway(self, origins) : start_haproxy(scratch, origins);
            run_clients(proxy.port, statement(), 4, std::chrono::milliseconds(300));
            losses[gateway ? 0 : 1] = lose_coordinator(proxy.port, *victim.process, way.signal, time);
        }
        boost::json::object f;
        f["name"] = way.name;
        f["unit"] = "failed";
        f["ours"] = static_cast<double>(losses[0].failed);
        f["yardstick"] = static_cast<double>(losses[1].failed);
        f["ratio"] = static_cast<double>(losses[0].failed) / losses[0].sent;
        f["goal"] = "0 failed";
        f["met"] = losses[0].failed == 0 && losses[0].sent > 0;
        f["note"] = std::string(way.note) + "; of " + std::to_string(losses[0].sent) + " and " + std::to_string(losses[1].sent) +
                    " new statements, the ratio is the failed part; longest answer " + std::to_string(losses[0].longest.count()) +
                    " ms and " + std::to_string(losses[1].longest.count()) + " ms";
        out.push_back(std::move(f));
    }
}

int run(const std::filesystem::path &self, bool quick) {
    std::string scratch = (std::filesystem::temp_directory_path() / "xtrinode-bench-XXXXXX").string();
    if (::mkdtemp(scratch.data()) == nullptr) throw std::runtime_error("no folder for the bench");
    boost::json::array out;
    compare_cpu(self, scratch, quick, out);
    lose_one_of_two(self, scratch, quick, out);
    std::filesystem::remove_all(scratch);
    std::puts(boost::json::serialize(out).c_str());
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
