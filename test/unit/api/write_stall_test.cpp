// A store whose flushes do not end holds writes back: the metrics tell of it while it lasts, and count it.
#include "adapters/api/metrics.hpp"
#include "projections/world_impl.hpp"
#include "test/unit/core/log_fixture.hpp"

#include <doctest/doctest.h>
#include <rocksdb/env.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;

namespace {

// The real disk, on which a table file is not begun while the gate is shut.
class GatedDisk : public rocksdb::EnvWrapper {
  public:
    GatedDisk() : rocksdb::EnvWrapper(rocksdb::Env::Default()) {}
    rocksdb::Status NewWritableFile(const std::string &name, std::unique_ptr<rocksdb::WritableFile> *file,
                                    const rocksdb::EnvOptions &options) override {
        if (name.ends_with(".sst")) {
            std::unique_lock lock(mutex_);
            opened_.wait(lock, [this] { return open_; });
        }
        return rocksdb::EnvWrapper::NewWritableFile(name, file, options);
    }
    void set_open(bool open) {
        const std::lock_guard lock(mutex_);
        open_ = open;
        opened_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = true;
};

bool eventually(const std::function<bool()> &condition) {
    const auto deadline = Deadline::after(std::chrono::seconds(60));
    while (!condition()) {
        if (deadline.passed()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

// The value behind the name of a series without labels; empty: there is none.
std::string series(const Log &log, const World &world, const std::string &name) {
    const auto text = ControlPlaneMetrics(log, world).text();
    const auto at = text.find("\n" + name + " ");
    if (at == std::string::npos) return {};
    const auto value = at + name.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
}

} // namespace

DOCTEST_TEST_CASE("writes that RocksDB holds back show in the metrics until the flushes have caught up") {
    constexpr std::size_t small_buffer = std::size_t{64} << 10;
    Scratch scratch;
    GatedDisk disk;
    Log::Options options;
    options.directory = scratch.path() / "log";
    options.rocksdb_env = static_cast<rocksdb::Env *>(&disk);
    options.write_buffer_bytes = small_buffer;
    auto opened = Log::open(std::move(options));
    DOCTEST_REQUIRE(opened.ok());
    const std::unique_ptr<Log> log = std::move(*opened);
    const auto epoch = log->begin_epoch(Epoch{1});
    DOCTEST_REQUIRE(epoch.ok());
    const auto world = create_world({});
    DOCTEST_CHECK(series(*log, *world, "xtrinode_log_write_stalled") == "0");
    DOCTEST_CHECK(series(*log, *world, "xtrinode_log_write_stalls_total") == "0");

    disk.set_open(false);
    auto appended = std::async(std::launch::async, [&] {
        // More than the memory that may wait for a flush.
        bool all = true;
        for (int i = 0; i < 64; ++i) {
            Log::Append append;
            append.epoch = *epoch;
            append.drafts.push_back(pod("team-a/x", i));
            append.drafts.back().payload["message"] = std::string(16'000, 'm') + std::to_string(i);
            all = log->append(std::move(append)).ok() && all;
        }
        return all;
    });
    const bool held = eventually([&] { return log->health().stalled; });
    const auto during = series(*log, *world, "xtrinode_log_write_stalled");
    const auto head = log->head(Stream::control).seq;
    disk.set_open(true); // before any check that ends the test: the log could not be closed
    DOCTEST_CHECK(held);
    DOCTEST_CHECK(during == "1");
    DOCTEST_CHECK(head < Seq{64});
    DOCTEST_CHECK(appended.get()); // waited for, and not lost
    DOCTEST_CHECK(eventually([&] { return series(*log, *world, "xtrinode_log_write_stalled") == "0"; }));
    DOCTEST_CHECK(eventually([&] { return series(*log, *world, "xtrinode_log_write_stalls_total") != "0"; }));
    DOCTEST_CHECK(log->head(Stream::control).seq == Seq{64});
}
