// xtn-sim: runs seeds, side by side in processes; cuts the first failing one down and prints it.
//
//   xtn-sim --seeds 2000 --from 1 --jobs 2     exit status 0: every invariant held; 1: one did not
//   xtn-sim --seeds 1 --from 77 --verbose      one seed, with its plan, faults and log
#include "test/sim/report.hpp"
#include "test/sim/self_test.hpp"
#include "test/sim/shrink.hpp"

#include "core/base/logging.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace xtn::simulation;

namespace {

struct Settings {
    std::uint64_t seeds = 100;
    std::uint64_t from = 1;
    int jobs = 1;
    int shrink_runs = 400;
    int twice_every = 20; // every so manieth seed is run twice and must give the same bytes
    bool verbose = false;
    bool self_test = false;
    bool strict = false;
    std::string broken = "nothing";
};

// One line per fact from a worker to the parent: "seed", "reached NAME", "failed SEED PREDICATE".
void tell(int pipe, const std::string &line) {
    const auto text = line + "\n";
    if (::write(pipe, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
}

// What the workers say, line by line, and whether each came to its end.
bool side_by_side(int jobs, const std::function<void(int job, int pipe)> &work,
                  const std::function<void(std::string)> &line_read) {
    int ends[2];
    if (::pipe(ends) != 0) return false;
    std::vector<pid_t> workers;
    std::fflush(nullptr);
    for (int job = 0; job < jobs; ++job) {
        const auto pid = ::fork();
        if (pid == 0) {
            ::close(ends[0]);
            work(job, ends[1]);
            ::_exit(0);
        }
        workers.push_back(pid);
    }
    ::close(ends[1]);
    auto *in = ::fdopen(ends[0], "r");
    char *line = nullptr;
    std::size_t room = 0;
    while (::getline(&line, &room, in) > 0) {
        std::string text(line);
        text.pop_back();
        line_read(std::move(text));
    }
    ::free(line);
    ::fclose(in);
    bool whole = true;
    for (const auto pid : workers) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        whole &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return whole;
}

void work(int job, int pipe, const Settings &settings, const RunOptions &options) {
    Tally tally;
    const auto every = static_cast<std::uint64_t>(std::max(0, settings.twice_every));
    for (auto seed = settings.from + static_cast<std::uint64_t>(job); seed < settings.from + settings.seeds;
         seed += static_cast<std::uint64_t>(settings.jobs)) {
        Outcome outcome;
        const auto violation = check_seed(seed, options, every > 0 && seed % every == 0, &outcome);
        tally.add(outcome);
        if (violation) tell(pipe, fmt::format("failed {} {}", seed, violation->predicate));
    }
    for (const auto &line : tally.lines())
        tell(pipe, line);
}

struct Counted {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
};

constexpr std::uint64_t within = 120; // seeds in which a broken rule has to be noticed

// A check that cannot fail is a defect: each rule is broken on purpose and must be noticed, and each predicate has such a rule.
Counted self_test(const Settings &settings) {
    Counted counted;
    const auto check = [&](int job, int pipe) {
        for (auto i = static_cast<std::size_t>(job); i < promises().size(); i += static_cast<std::size_t>(settings.jobs)) {
            const auto &promise = promises()[i];
            const auto noticed = notice(promise, within);
            if (noticed.seed)
                tell(pipe, fmt::format("{}: {}: noticed by {} at seed {}", promise.name, promise.what, promise.predicate,
                                       *noticed.seed));
            else
                tell(pipe, fmt::format("{}: {}: NOT noticed by {} within {} seeds{}", promise.name, promise.what,
                                       promise.predicate, within, noticed.instead.empty() ? "" : ", only by " + noticed.instead));
        }
    };
    const bool whole = side_by_side(settings.jobs, check, [&](const std::string &line) {
        ++(line.find(": NOT noticed") == std::string::npos ? counted.passed : counted.failed);
        fmt::print("{}\n", line);
        std::fflush(stdout);
    });
    if (!whole) {
        fmt::print("a worker died\n");
        ++counted.failed;
    }
    for (const auto name : never_broken()) {
        fmt::print("{}: nothing breaks it on purpose\n", name);
        ++counted.failed;
    }
    return counted;
}

int explain(std::uint64_t seed, const Settings &settings, RunOptions options) {
    options.keep_events = settings.verbose ? 100000 : 40;
    const auto script = script_of(seed);
    auto outcome = run(script, options);
    if (outcome.violation && settings.shrink_runs > 0 && outcome.violation->predicate != "same_seed_same_bytes") {
        const auto shrunk = shrink(script, outcome, options, settings.shrink_runs);
        fmt::print("{}", report(shrunk, script, options.broken));
        return 1;
    }
    fmt::print("{}", report(Shrunk{script, outcome, 0}, script, options.broken));
    return outcome.violation ? 1 : 0;
}

int run_all(const Settings &settings, const RunOptions &options, Counted counted) {
    Tally tally;
    std::vector<std::pair<std::uint64_t, std::string>> failed;
    const auto read = [&](std::string text) {
        if (!text.starts_with("failed ")) return tally.take(text);
        const auto rest = text.substr(7);
        failed.emplace_back(std::stoull(rest), rest.substr(rest.find(' ') + 1));
        fmt::print("seed {}: {}\n", failed.back().first, failed.back().second);
        std::fflush(stdout);
    };
    const bool crashed = !side_by_side(settings.jobs, [&](int job, int pipe) { work(job, pipe, settings, options); }, read);
    fmt::print("{}\n", tally.summary());
    if (crashed) fmt::print("a worker died\n");
    const auto unreached = tally.never_reached();
    for (const auto &name : unreached)
        fmt::print("never reached: {}\n", name);
    counted.passed += settings.seeds - failed.size();
    counted.failed += failed.size() + (settings.strict ? unreached.size() : 0);
    if (crashed) ++counted.failed;
    const auto closing = fmt::format("{} passed, {} failed\n", counted.passed, counted.failed);
    if (failed.empty()) {
        fmt::print("{}", closing);
        return counted.failed == 0 ? 0 : 1;
    }
    std::sort(failed.begin(), failed.end());
    std::fflush(stdout);
    explain(failed.front().first, settings, options);
    fmt::print("{}", closing);
    return 1;
}

} // namespace

int main(int argc, char **argv) {
    RunOptions options;
    CLI::App app{"Runs the control plane in a simulated cluster, seed by seed, and checks its invariants"};
    Settings settings;
    std::uint64_t explained = 0;
    app.add_option("--seeds", settings.seeds, "how many seeds to run");
    app.add_option("--from", settings.from, "the first seed");
    app.add_option("--jobs", settings.jobs, "processes side by side");
    app.add_option("--explain", explained, "run this seed alone, cut it down if it fails, and print what happened");
    app.add_option("--shrink", settings.shrink_runs,
                   "how many runs to spend on cutting a failing seed down; 0: print it as it is");
    app.add_option("--twice-every", settings.twice_every,
                   "run every so manieth seed twice and compare the bytes of the logs; 0: none");
    app.add_option("--break", settings.broken, "break a rule on purpose, to see that it is noticed");
    app.add_flag("--self-test", settings.self_test, "break each rule on purpose and see that it is noticed");
    app.add_flag("--strict", settings.strict, "a marked branch that no run reached is a failure");
    app.add_flag("--verbose", settings.verbose, "with --explain: every event of the log");
    CLI11_PARSE(app, argc, argv);
    xtn::set_log_level(xtn::LogLevel::off);
    const auto broken = broken_named(settings.broken);
    if (!broken) {
        fmt::print(stderr, "no such rule: {}\n", settings.broken);
        return 2;
    }
    options.broken = *broken;
    if (explained > 0) return explain(explained, settings, options);
    Counted counted;
    if (settings.self_test) counted = self_test(settings);
    return run_all(settings, options, counted);
}
