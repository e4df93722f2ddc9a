// The log against bare RocksDB with the same bytes and batch sizes, on the same disk, in turn.
#include "core/event/event.hpp"
#include "core/log/log.hpp"
#include "test/bench/figures.hpp"

#include <boost/json/serialize.hpp>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <thread>

using namespace xtn;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

namespace {

constexpr int producers = 64;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

EventDraft draft(int producer, int number) {
    EventDraft d;
    d.type = "pod.observed/1";
    d.subject = Subject{"runtime/bench/r" + std::to_string(producer)};
    d.source = "kube";
    d.payload["name"] = "trino-r" + std::to_string(producer) + "-worker-6f7c9d5b8f-" + std::to_string(number);
    d.payload["uid"] = "0f5d7f0e-6f0a-4b7e-9d3c-0123456789ab";
    d.payload["component"] = "worker";
    d.payload["phase"] = "Running";
    d.payload["ready"] = true;
    d.payload["restarts"] = 0;
    return d;
}

std::unique_ptr<Log> open_log(const fs::path &folder) {
    Log::Options options;
    options.directory = folder;
    auto log = Log::open(std::move(options));
    if (!log.ok()) throw std::runtime_error(log.error().message);
    return std::move(*log);
}

struct Run {
    double events_per_second = 0;
    double seconds_per_event = 0;
};

// `batch` drafts to an append; each thread waits for one append before it makes the next.
Run ours(const fs::path &folder, int threads, int each, int batch = 1) {
    auto log = open_log(folder);
    const auto epoch = log->begin_epoch(Epoch{1});
    if (!epoch.ok()) throw std::runtime_error(epoch.error().message);
    const auto start = Clock::now();
    std::vector<std::jthread> pool;
    for (int t = 0; t < threads; ++t)
        pool.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                Log::Append append;
                append.epoch = *epoch;
                for (int b = 0; b < batch; ++b)
                    append.drafts.push_back(draft(t, i));
                if (!log->append(std::move(append)).ok()) throw std::runtime_error("append failed");
            }
        });
    pool.clear();
    const double total = seconds_since(start);
    log->close();
    const double events = static_cast<double>(threads) * each * batch;
    return {events / total, total / events};
}

// The same number of records of the same size, `batch` to a write, each write synced, by one thread and into one family.
Run bare(const fs::path &folder, int records, int batch, std::size_t record_bytes) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kZSTD;
    rocksdb::DB *raw = nullptr;
    if (!rocksdb::DB::Open(options, folder.string(), &raw).ok()) throw std::runtime_error("bare RocksDB does not open");
    const std::unique_ptr<rocksdb::DB> db(raw);
    rocksdb::WriteOptions write;
    write.sync = true;
    const auto start = Clock::now();
    for (int done = 0; done < records; done += batch) {
        rocksdb::WriteBatch group;
        for (int i = 0; i < batch; ++i) {
            std::string key(9, '\1');
            for (int b = 0; b < 8; ++b)
                key[static_cast<std::size_t>(8 - b)] = static_cast<char>((done + i) >> (8 * b));
            std::string value = boost::json::serialize(draft(i, done).payload);
            value.resize(record_bytes, 'x');
            group.Put(key, value);
        }
        if (!db->Write(write, &group).ok()) throw std::runtime_error("bare write failed");
    }
    const double total = seconds_since(start);
    return {records / total, total / records};
}

// As many threads as ours, each putting and syncing one record at a time: RocksDB groups them by itself.
Run bare_threads(const fs::path &folder, int threads, int each, std::size_t record_bytes) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kZSTD;
    rocksdb::DB *raw = nullptr;
    if (!rocksdb::DB::Open(options, folder.string(), &raw).ok()) throw std::runtime_error("bare RocksDB does not open");
    const std::unique_ptr<rocksdb::DB> db(raw);
    rocksdb::WriteOptions write;
    write.sync = true;
    const auto start = Clock::now();
    std::vector<std::jthread> pool;
    for (int t = 0; t < threads; ++t)
        pool.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                std::string key = "\1" + std::to_string(t * 1000000 + i);
                std::string value = boost::json::serialize(draft(t, i).payload);
                value.resize(record_bytes, 'x');
                if (!db->Put(write, key, value).ok()) throw std::runtime_error("bare put failed");
            }
        });
    pool.clear();
    const double total = seconds_since(start);
    return {threads * each / total, total / (threads * each)};
}

} // namespace

int main(int argc, char **argv) {
    const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
    const int rounds = quick ? 3 : 7;
    const int each = quick ? 100 : 400;
    const int singles = quick ? 300 : 1500;
    const std::size_t record_bytes = 420; // header, chain and a payload of about 300 bytes
    const fs::path scratch =
        fs::temp_directory_path() / ("xtrinode-bench-" + std::to_string(Clock::now().time_since_epoch().count()));
    std::vector<double> many_ours, many_bare, one_ours, one_bare, threads_bare, batch_ours, batch_bare;
    for (int r = 0; r < rounds; ++r) {
        const auto at = [&](const char *what) {
            auto folder = scratch / (std::string(what) + std::to_string(r));
            fs::create_directories(folder);
            return folder;
        };
        many_ours.push_back(ours(at("ours"), producers, each).events_per_second);
        many_bare.push_back(bare(at("bare"), producers * each, producers, record_bytes).events_per_second);
        threads_bare.push_back(bare_threads(at("threads"), producers, each, record_bytes).events_per_second);
        batch_ours.push_back(ours(at("batch"), 1, each, producers).events_per_second);
        batch_bare.push_back(bare(at("batch-bare"), producers * each, producers, record_bytes).events_per_second);
        one_ours.push_back(ours(at("one-ours"), 1, singles).seconds_per_event * 1e6);
        one_bare.push_back(bare(at("one-bare"), singles, 1, record_bytes).seconds_per_event * 1e6);
    }
    fs::remove_all(scratch);
    boost::json::array out;
    out.push_back(bench::figure("durable append, 64 producers of 300-byte events", "events/s", many_ours, many_bare,
                                bench::Goal::at_least, 0.8,
                                "yardstick: one thread, bare RocksDB, 64 records of the same size to a synced write; ours wakes "
                                "64 threads for each group"));
    out.push_back(bench::figure("durable append, 64 producers, against 64 threads on RocksDB", "events/s", many_ours,
                                threads_bare, bench::Goal::at_least, 1.0,
                                "yardstick: 64 threads, each put and sync of one record of the same size; RocksDB groups them"));
    out.push_back(bench::figure(
        "durable append, one producer, 64 events to a call", "events/s", batch_ours, batch_bare, bench::Goal::at_least, 0.5,
        "yardstick: bare RocksDB, 64 records to a synced write; ours adds checks, canonical JSON, chain, index, anchor"));
    out.push_back(bench::figure("latency of a durable append, one producer", "us", one_ours, one_bare, bench::Goal::at_most, 1.25,
                                "yardstick: bare RocksDB put and sync of the same bytes"));
    std::puts(boost::json::serialize(out).c_str());
    return 0;
}
