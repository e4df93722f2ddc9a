// The log against bare RocksDB with the same bytes and batch sizes, on the same disk, in turn.
#include "core/event/event.hpp"
#include "core/log/log.hpp"
#include "test/bench/figures.hpp"
#include "test/bench/log/bare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <thread>

using namespace xtn;
using namespace xtn::bench;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

namespace {

constexpr int producers = 64;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double sum(const std::vector<double> &values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

double percentile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

// An event whose payload has about 300 bytes.
EventDraft draft(int producer, int number) {
    EventDraft d;
    d.type = "pod.observed/1";
    d.subject = Subject{"runtime/bench/r" + std::to_string(producer)};
    d.source = "kube";
    d.payload["name"] = "trino-r" + std::to_string(producer) + "-worker-6f7c9d5b8f-" + std::to_string(number);
    d.payload["uid"] = "0f5d7f0e-6f0a-4b7e-9d3c-0123456789ab";
    d.payload["component"] = "worker";
    d.payload["phase"] = "Pending";
    d.payload["ready"] = false;
    d.payload["restarts"] = 0;
    d.payload["reason"] = "Unschedulable";
    d.payload["message"] = "0/12 nodes are available: 4 Insufficient cpu, 8 node(s) had untolerated taint {team: batch}.";
    d.payload["node"] = "";
    return d;
}

std::unique_ptr<Log> open_log(const fs::path &folder) {
    Log::Options options;
    options.directory = folder;
    auto log = Log::open(std::move(options));
    if (!log.ok()) throw std::runtime_error(log.error().message);
    return std::move(*log);
}

// Appends of `batch` drafts by each thread, all made before the clock starts: what a producer's events cost to make is not the
// log's affair.
std::vector<std::vector<Log::Append>> prepared(Epoch epoch, int threads, int each, int batch) {
    std::vector<std::vector<Log::Append>> out(static_cast<std::size_t>(threads));
    for (int t = 0; t < threads; ++t)
        for (int i = 0; i < each; ++i) {
            Log::Append append;
            append.epoch = epoch;
            for (int b = 0; b < batch; ++b)
                append.drafts.push_back(draft(t, i * batch + b));
            out[static_cast<std::size_t>(t)].push_back(std::move(append));
        }
    return out;
}

struct Run {
    double seconds = 0;
    std::vector<double> latencies; // of the first thread's appends
};

// Each thread waits for one append before it makes the next.
Run ours(const fs::path &folder, int threads, int each, int batch = 1) {
    auto log = open_log(folder);
    const auto epoch = log->begin_epoch(Epoch{1});
    if (!epoch.ok()) throw std::runtime_error(epoch.error().message);
    auto appends = prepared(*epoch, threads, each, batch);
    Run run;
    run.latencies.reserve(static_cast<std::size_t>(each));
    settle(folder);
    const auto start = Clock::now();
    {
        std::vector<std::jthread> pool;
        for (auto &own : appends)
            pool.emplace_back([&, first = &own == &appends.front()] {
                for (auto &append : own) {
                    const auto began = Clock::now();
                    if (!log->append(std::move(append)).ok()) std::abort();
                    if (first) run.latencies.push_back(seconds_since(began));
                }
            });
    }
    run.seconds = seconds_since(start);
    log->close();
    return run;
}

// The same groups, dealt out to threads as single records.
std::vector<std::vector<StoredGroup>> dealt(const std::vector<StoredGroup> &groups, std::size_t threads) {
    std::vector<std::vector<StoredGroup>> out(threads, std::vector<StoredGroup>(1));
    std::size_t next = 0;
    for (const auto &group : groups)
        for (std::size_t i = 0; i < group.events.size(); ++i, ++next) {
            auto &to = out[next % threads].front();
            to.events.push_back(group.events[i]);
            to.index.push_back(group.index[i]);
        }
    return out;
}

class Scratch {
  public:
    Scratch() {
        std::string pattern = (fs::temp_directory_path() / "xtrinode-log-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the bench");
        root_ = pattern;
    }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    fs::path fresh(std::string_view name) {
        auto folder = root_ / fmt::format("{}-{}", name, ++folders_);
        fs::create_directories(folder);
        return folder;
    }
    // Between figures, not between rounds: discarding what was deleted keeps the disk busy for a while.
    void clear() {
        for (const auto &entry : fs::directory_iterator(root_))
            fs::remove_all(entry.path());
        settle(root_);
    }

  private:
    fs::path root_;
    int folders_ = 0;
};

void many_producers(boost::json::array &out, Scratch &scratch, bool quick) {
    const int rounds = quick ? 3 : 9;
    const int each = quick ? 50 : 500;
    const double events = static_cast<double>(producers) * each;
    std::vector<double> mine, bare, threads, one_call, one_call_bare, sizes;
    for (int r = 0; r < rounds; ++r) {
        const auto log = scratch.fresh("many");
        mine.push_back(events / ours(log, producers, each).seconds);
        const auto groups = stored_groups(log);
        sizes.push_back(events / static_cast<double>(groups.size()));
        bare.push_back(events / sum(write_bare(scratch.fresh("bare"), groups, Index::with)));
        if (r % 3 == 0) threads.push_back(events / write_bare_threads(scratch.fresh("threads"), dealt(groups, producers)));
        const auto batched = scratch.fresh("one-call");
        one_call.push_back(events / ours(batched, 1, each, producers).seconds);
        one_call_bare.push_back(events / sum(write_bare(scratch.fresh("bare"), stored_groups(batched), Index::with)));
    }
    out.push_back(ratio(
        {"append.many", "durable append, 64 producers of 300-byte events", "events/s", Goal::at_least, 0.8,
         "64 threads, each waiting for one append before the next. Yardstick: one thread that writes the same "
         "keys and bytes to the same two families of a bare RocksDB in the very batches that the log's writer "
         "formed, one sync to a batch.",
         "64 threads are put to sleep and woken for each round of appends, which the yardstick's one thread is spared; on two "
         "cores their work and its own compete with the writer for a processor."},
        mine, bare));
    out.push_back(amount({"", "events to a group with 64 producers", "events", Goal::none, 0,
                          "How many appends the writer put into one synced batch in those runs, on average.", ""},
                         sizes));
    std::vector<double> mine_beside;
    for (std::size_t i = 0; i < threads.size(); ++i)
        mine_beside.push_back(mine[3 * i]);
    out.push_back(ratio({"", "durable append, 64 producers, against 64 threads on RocksDB", "events/s", Goal::at_least, 1.0,
                         "Yardstick: 64 threads on a bare RocksDB, each putting and syncing the same records one by one; RocksDB "
                         "groups them by itself.",
                         ""},
                        mine_beside, threads));
    out.push_back(ratio({"", "durable append, one producer, 64 events to a call", "events/s", Goal::none, 0,
                         "Yardstick: the same bytes in the same batches of 64 on a bare RocksDB, one sync to a batch. Checks, "
                         "canonical JSON, chain and anchor run one after the other with the sync here.",
                         ""},
                        one_call, one_call_bare));
}

void one_producer(boost::json::array &out, Scratch &scratch, bool quick) {
    const int rounds = quick ? 3 : 15;
    const int each = quick ? 100 : 400;
    std::vector<double> mine, bare, mine_99, bare_99;
    for (int r = 0; r < rounds; ++r) {
        const auto log = scratch.fresh("one");
        const auto run = ours(log, 1, each);
        const auto yardstick = write_bare(scratch.fresh("bare"), stored_groups(log), Index::without);
        mine.push_back(median(run.latencies) * 1e6);
        bare.push_back(median(yardstick) * 1e6);
        mine_99.push_back(percentile(run.latencies, 0.99) * 1e6);
        bare_99.push_back(percentile(yardstick, 0.99) * 1e6);
    }
    out.push_back(
        ratio({"append.one", "latency of a durable append, one producer", "us", Goal::at_most, 1.25,
               "Median of a round. Yardstick: one put of the same record and one sync on a bare RocksDB, without index.", ""},
              mine, bare));
    out.push_back(ratio({"", "latency of a durable append, one producer, 99th percentile", "us", Goal::none, 0, "As above.", ""},
                        mine_99, bare_99));
}

void verify(boost::json::array &out, Scratch &scratch, bool quick) {
    const int rounds = quick ? 3 : 9;
    const int events = quick ? 10000 : 200000;
    const auto folder = scratch.fresh("verify");
    ours(folder, 1, events / 500, 500);
    open_log(folder)->close(); // what the WAL still holds goes to tables
    std::vector<double> mine, bare;
    for (int r = 0; r < rounds; ++r) {
        {
            const auto log = open_log(folder);
            const auto start = Clock::now();
            const auto report = log->verify(Stream::control);
            const double took = seconds_since(start);
            if (!report.ok()) throw std::runtime_error(report.error().message);
            mine.push_back(static_cast<double>(report->events) / took);
        }
        std::size_t records = 0;
        const double took = read_and_hash(folder, records);
        if (records < static_cast<std::size_t>(events)) throw std::runtime_error("records are missing");
        bare.push_back(static_cast<double>(records) / took);
    }
    out.push_back(
        ratio({"verify", "verify", "events/s", Goal::at_least, 0.7,
               "Yardstick: iterating over the same records with a bare RocksDB iterator and hashing the same bytes.", ""},
              mine, bare));
}

} // namespace

// log_bench [--quick] [append|latency|verify]...
int main(int argc, char **argv) {
    try {
        const std::vector<std::string_view> words(argv + 1, argv + argc);
        const auto has = [&](std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); };
        const bool quick = has("--quick");
        const bool all = words.size() == (quick ? 1U : 0U);
        Scratch scratch;
        boost::json::array out;
        if (all || has("append")) many_producers(out, scratch, quick);
        scratch.clear();
        if (all || has("latency")) one_producer(out, scratch, quick);
        scratch.clear();
        if (all || has("verify")) verify(out, scratch, quick);
        print(out);
        return 0;
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "log bench: %s\n", failure.what());
        return 1;
    }
}
