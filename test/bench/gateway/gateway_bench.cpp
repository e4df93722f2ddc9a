// The gateway against HAProxy in the same run, in turn: CPU time of the proxy's process for the same work. Both have one thread,
// the same coordinator behind them and the same 32 keep-alive clients in front, which ask again as soon as they are answered.
#include "test/bench/figures.hpp"
#include "test/bench/gateway/load.hpp"
#include "test/bench/gateway/processes.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string_view>

using namespace xtn::bench;

namespace {

constexpr int clients = 32;

struct Case {
    const char *id;
    const char *name;
    const char *unit;
    Script script;
    std::function<double(const Load &)> work; // what the CPU time is divided by
    const char *yardstick;
    const char *reason;
};

double cost(const Proxy &proxy, const Case &c, std::chrono::milliseconds time) {
    const auto before = proxy.process->cpu_microseconds();
    const auto load = run_clients(proxy.port, c.script, clients, time);
    return (proxy.process->cpu_microseconds() - before) / c.work(load);
}

int run(const std::filesystem::path &self, bool quick) {
    const auto rounds = quick ? 3 : 7;
    const auto time = std::chrono::milliseconds(quick ? 700 : 2000);
    std::string scratch = (std::filesystem::temp_directory_path() / "xtrinode-bench-XXXXXX").string();
    if (::mkdtemp(scratch.data()) == nullptr) throw std::runtime_error("no folder for the bench");
    boost::json::array out;
    {
        const Origin origin;
        const auto ours = start_gateway(self, origin.port());
        const auto yardstick = start_haproxy(scratch, origin.port());
        const Case cases[] = {
            {"gateway.request", "proxy: small GET, 32 clients", "us CPU", small_get(), [](const Load &l) { return l.requests; },
             "HAProxy, one thread, same added X-Forwarded-* lines; 14 header lines up, 1.1 KB of JSON down", ""},
            {"gateway.statement", "proxy: statement query (POST and four pages), 32 clients", "us CPU", statement(),
             [](const Load &l) { return l.scripts; },
             "HAProxy without stickiness; the gateway reads each page for id, state and links, and routes by query "
             "id",
             ""},
            {"gateway.page.1m", "proxy: pages of 1 MB, 32 clients", "us CPU/MB", large_page(),
             [](const Load &l) { return l.bytes / 1e6; }, "HAProxy with its default buffers", ""},
        };
        for (const auto &c : cases) {
            std::vector<double> mine, theirs;
            cost(ours, c, time / 4); // connections and caches warm on both sides
            cost(yardstick, c, time / 4);
            for (int r = 0; r < rounds; ++r) {
                mine.push_back(cost(ours, c, time));
                theirs.push_back(cost(yardstick, c, time));
            }
            out.push_back(ratio({c.id, c.name, c.unit, Goal::at_most, 1.0, c.yardstick, c.reason}, mine, theirs));
        }
    }
    std::filesystem::remove_all(scratch);
    print(out);
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    try {
        const std::string_view first = argc > 1 ? argv[1] : "";
        if (first == "--serve" && argc > 2) return serve_gateway(static_cast<std::uint16_t>(std::atoi(argv[2])));
        return run(std::filesystem::read_symlink("/proc/self/exe"), first == "--quick");
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "gateway bench: %s\n", failure.what());
        return 1;
    }
}
