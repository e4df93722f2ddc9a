// Reading beside the process that writes.
#include "log_fixture.hpp"

#include <atomic>
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

DOCTEST_TEST_CASE("a reader that is opened while the writer moves events into tables misses none of them") {
    Scratch scratch;
    Log::Options options;
    options.directory = scratch.path();
    options.write_buffer_bytes = std::size_t{64} << 10;
    auto opened = Log::open(std::move(options));
    DOCTEST_REQUIRE(opened.ok());
    Log &log = **opened;
    const Epoch epoch = *log.begin_epoch(Epoch{0});
    std::atomic<bool> done = false;
    std::jthread writer([&] {
        for (int i = 0; !done; ++i) {
            auto draft = pod("team-a/x", i);
            draft.payload["message"] = std::string(1'000, 'a') + std::to_string(i);
            if (!log.append(one(epoch, std::move(draft))).ok()) return;
        }
    });
    for (int i = 0; i < 20; ++i) {
        const auto reader = Log::open_reader(scratch.path());
        if (!reader.ok()) {
            DOCTEST_CHECK(reader.error().code != Code::data_corrupted);
            DOCTEST_MESSAGE(reader.error().message);
            continue;
        }
        const auto verified = (*reader)->verify(Stream::control);
        DOCTEST_CHECK(verified.ok());
        if (!verified.ok()) DOCTEST_MESSAGE(verified.error().message);
    }
    done = true;
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
