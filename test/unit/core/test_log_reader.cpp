// Reading beside the process that writes.
#include "core/log/records.hpp"
#include "core/log/side.hpp"
#include "log_fixture.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <functional>
#include <thread>

using namespace xtn;
using namespace xtn::logtest;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

DOCTEST_TEST_CASE("a reader beside the writer sees what was acknowledged when it was opened") {
    Scratch scratch;
    OpenLog log(scratch.path());
    auto append = one(log.epoch, pod("team-a/x", 0));
    append.blobs.push_back({Digest::of("manifest"), "manifest"});
    DOCTEST_REQUIRE(log->append(std::move(append)).ok());
    log.fill(4);
    auto reader = open_reader(scratch.path());
    log.fill(2);
    DOCTEST_CHECK(reader->log_id() == log->log_id());
    DOCTEST_CHECK(reader->head(Stream::control).seq == Seq{5});
    DOCTEST_CHECK(reader->get(Stream::control, Seq{6}).error().code == Code::not_found);
    DOCTEST_CHECK(reader->by_subject(Stream::control, Subject{"runtime/team-a/x"})->size() == 5);
    DOCTEST_CHECK(*reader->blob(Digest::of("manifest")) == "manifest");
    DOCTEST_CHECK(reader->verify(Stream::control)->events == 5);
    DOCTEST_CHECK(open_reader(scratch.path())->head(Stream::control).seq == Seq{7});
}

DOCTEST_TEST_CASE("a reader reads large manifests, which lie in blob files") {
    Scratch scratch;
    const std::string large(600'000, 'm');
    {
        OpenLog log(scratch.path());
        auto append = one(log.epoch, pod("team-a/x", 0));
        append.blobs.push_back({Digest::of(large), large});
        DOCTEST_REQUIRE(log->append(std::move(append)).ok());
    }
    OpenLog log(scratch.path()); // moves what the WAL holds into files
    DOCTEST_REQUIRE(!newest_file(scratch.path(), "blob").empty());
    const auto reader = open_reader(scratch.path());
    DOCTEST_CHECK(*reader->blob(Digest::of(large)) == large);
    DOCTEST_CHECK(reader->verify_content()->unreferenced == 1);
}

namespace {

// The disk as a reader sees it, which lets something happen once, after the reader knows the manifest and before it looks which
// write-ahead logs there are.
class BetweenManifestAndWal final : public rocksdb::FileSystemWrapper {
  public:
    explicit BetweenManifestAndWal(std::function<void()> happens)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), happens_(std::move(happens)) {}
    const char *Name() const override { return "BetweenManifestAndWal"; }

    rocksdb::IOStatus NewSequentialFile(const std::string &name, const rocksdb::FileOptions &options,
                                        std::unique_ptr<rocksdb::FSSequentialFile> *result,
                                        rocksdb::IODebugContext *debug) override {
        if (name.find("MANIFEST-") != std::string::npos) ++manifests_;
        return FileSystemWrapper::NewSequentialFile(name, options, result, debug);
    }
    rocksdb::IOStatus GetChildren(const std::string &folder, const rocksdb::IOOptions &options, std::vector<std::string> *names,
                                  rocksdb::IODebugContext *debug) override {
        // Read once for the names of the families, and once to open.
        if (manifests_ == 2 && happens_) std::exchange(happens_, nullptr)();
        return FileSystemWrapper::GetChildren(folder, options, names, debug);
    }

  private:
    std::function<void()> happens_;
    int manifests_ = 0;
};

} // namespace

DOCTEST_TEST_CASE("a reader that is opened while the writer moves events into tables misses none of them") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(1); // what is written only once is in a table then
    Log::Options options;
    options.directory = scratch.path();
    options.write_buffer_bytes = std::size_t{64} << 10;
    auto opened = Log::open(std::move(options));
    DOCTEST_REQUIRE(opened.ok());
    Log &log = **opened;
    const Epoch epoch = *log.begin_epoch(Epoch{0});
    const auto append = [&] {
        auto draft = pod("team-a/x", 1);
        draft.payload["message"] = std::string(1'000, 'a');
        DOCTEST_REQUIRE(log.append(one(epoch, std::move(draft))).ok());
    };
    append();
    const auto acknowledged = log.head(Stream::control).seq;
    bool moved = false;
    const auto disk = std::make_shared<BetweenManifestAndWal>([&] {
        const auto wal = newest_file(scratch.path(), "log");
        const auto deadline = Deadline::after(60s);
        while (fs::exists(wal)) { // a buffer of each family is full now and then, and a table takes its place
            DOCTEST_REQUIRE_FALSE(deadline.passed());
            append();
        }
        moved = true;
    });
    const auto env = rocksdb::NewCompositeEnv(disk);
    const auto side = open_side(scratch.path(), env.get());
    DOCTEST_CHECK(moved);
    if (!side.ok()) DOCTEST_FAIL(side.error().message);
    DOCTEST_CHECK(side->state.of(Stream::control).seq == acknowledged);
    const auto &at = side->state.of(Stream::control);
    const auto verified = Records(*side->store).verify(Stream::control, {at.seq, at.epoch, at.time, at.chain}, {});
    if (!verified.ok()) DOCTEST_FAIL(verified.error().message);
    DOCTEST_CHECK(verified->events == acknowledged.value);
}

DOCTEST_TEST_CASE("a reader works when nobody writes, and leaves no trace in the folder") {
    Scratch scratch;
    OpenLog(scratch.path()).fill(3);
    const auto listing = [&] {
        std::vector<std::string> files;
        for (const auto &entry : fs::recursive_directory_iterator(scratch.path()))
            files.push_back(entry.path().string());
        std::sort(files.begin(), files.end());
        return files;
    };
    const auto before = listing();
    DOCTEST_CHECK(open_reader(scratch.path())->head(Stream::control).seq == Seq{3});
    DOCTEST_CHECK(listing() == before);
}

DOCTEST_TEST_CASE("a waiting reader notices events that it does not show yet") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(1);
    auto reader = open_reader(scratch.path());
    std::jthread writer([&] { log.fill(1); });
    DOCTEST_CHECK(reader->wait_after(Stream::control, Seq{1}, Deadline::after(20s)) == Seq{2});
    DOCTEST_CHECK(reader->head(Stream::control).seq == Seq{1});
    DOCTEST_CHECK(reader->wait_after(Stream::queries, Seq{0}, Deadline::after(30ms)) == Seq{0});
}

DOCTEST_TEST_CASE("where there is no log, a reader says so") {
    Scratch scratch;
    const auto none = Log::open_reader(scratch.path() / "nothing");
    DOCTEST_REQUIRE(!none.ok());
    DOCTEST_CHECK(none.error().code == Code::not_found);
    DOCTEST_CHECK(none.error().message.find("nothing") != std::string::npos);
    DOCTEST_CHECK(!fs::exists(scratch.path() / "nothing"));
}
