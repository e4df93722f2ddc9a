// A replay of a long log: records are read in a thread of their own, and whoever folds them must not be able to tell.
#include "core/log/read_ahead.hpp"
#include "core/log/record.hpp"
#include "log_fixture.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace xtn;
using namespace xtn::logtest;

namespace {

std::vector<std::string> records(int count) {
    std::vector<std::string> all;
    auto chain = Sha256{};
    for (int i = 1; i <= count; ++i) {
        EventDraft draft;
        draft.type = "watch.synced/1";
        draft.subject = Subject::cluster();
        draft.source = "test";
        draft.payload = {
            {"count", std::int64_t{1}}, {"gone", std::int64_t{0}}, {"kind", fmt::format("Kind{}", i)}, {"resource_version", "9"}};
        auto record = encode_draft(Stream::control, draft);
        DOCTEST_REQUIRE(record.ok());
        chain = seal_record(*record, {Seq{static_cast<std::uint64_t>(i)}, Timestamp{i}, Epoch{1}, std::nullopt}, chain);
        all.push_back(std::move(*record));
    }
    return all;
}

// Hands over all of them, or as many as are wanted, which it counts.
std::function<Status(const EachRecord &)> walk(const std::vector<std::string> &all, std::atomic<std::size_t> &handed) {
    return [&](const EachRecord &each) -> Status {
        for (const auto &record : all) {
            auto go_on = each(record);
            if (!go_on) return std::move(go_on).error();
            if (!*go_on) return ok();
            ++handed;
        }
        return ok();
    };
}

} // namespace

DOCTEST_TEST_CASE("every record arrives once and in order, whatever their number has to do with the steps of the handing over") {
    for (const int count : {0, 1, 63, 64, 65, 256, 257, 1000, 4096}) {
        const auto all = records(count);
        std::atomic<std::size_t> handed = 0;
        std::uint64_t seen = 0;
        const auto here = std::this_thread::get_id();
        const auto done = read_ahead(walk(all, handed), [&](const Event &event) {
            DOCTEST_CHECK(std::this_thread::get_id() == here);
            DOCTEST_CHECK(event.seq.value == ++seen);
            DOCTEST_CHECK(event.payload.at("kind").as_string() == fmt::format("Kind{}", seen).c_str());
            return true;
        });
        DOCTEST_CHECK(done.ok());
        DOCTEST_CHECK(seen == static_cast<std::uint64_t>(count));
        DOCTEST_CHECK(handed == static_cast<std::size_t>(count));
    }
}

DOCTEST_TEST_CASE("what stands before a damaged record is told before the error") {
    auto all = records(500);
    all[300][all[300].size() - sha256_bytes - 1] = '!'; // the payload's last brace
    std::atomic<std::size_t> handed = 0;
    std::uint64_t seen = 0;
    const auto done = read_ahead(walk(all, handed), [&](const Event &event) {
        seen = event.seq.value;
        return true;
    });
    DOCTEST_REQUIRE(!done.ok());
    DOCTEST_CHECK(done.error().code == Code::data_corrupted);
    DOCTEST_CHECK(seen == 300);
}

DOCTEST_TEST_CASE("whoever wants no more ends the reading, soon and without an error") {
    const auto all = records(20'000);
    for (const std::uint64_t wanted : {1U, 64U, 700U}) {
        std::atomic<std::size_t> handed = 0;
        std::uint64_t seen = 0;
        const auto done = read_ahead(walk(all, handed), [&](const Event &event) { return (seen = event.seq.value) < wanted; });
        DOCTEST_CHECK(done.ok());
        DOCTEST_CHECK(seen == wanted);
        DOCTEST_CHECK(handed < all.size());
    }
}

DOCTEST_TEST_CASE("an error of the walk and what is thrown on either side come back to the caller") {
    const auto all = records(300);
    std::atomic<std::size_t> handed = 0;
    DOCTEST_CHECK_THROWS_AS((void)read_ahead(walk(all, handed), [](const Event &) -> bool { throw std::runtime_error("fold"); }),
                            std::runtime_error);
    DOCTEST_CHECK_THROWS_AS((void)read_ahead(
                                [&](const EachRecord &each) -> Status {
                                    (void)each(all.front());
                                    throw std::runtime_error("walk");
                                },
                                [](const Event &) { return true; }),
                            std::runtime_error);
    const auto failed = read_ahead([](const EachRecord &) -> Status { return make_error(Code::unavailable, "no disk"); },
                                   [](const Event &) { return true; });
    DOCTEST_REQUIRE(!failed.ok());
    DOCTEST_CHECK(failed.error().message == "no disk");
}

DOCTEST_TEST_CASE(
    "a log that is long enough for it is replayed in that way: damage is told with its number, after what is sound") {
    Scratch scratch;
    OpenLog log(scratch.path());
    log.fill(3000);
    for (const auto how : {&LogReader::scan_lent, &LogReader::replay}) {
        std::uint64_t seen = 0;
        const auto done = ((*log.log).*how)(Stream::control, Seq{7}, [&](const Event &event) {
            DOCTEST_CHECK(event.seq.value == (seen == 0 ? 7 : seen + 1));
            seen = event.seq.value;
            return true;
        });
        DOCTEST_CHECK(done.ok());
        DOCTEST_CHECK(seen >= 3000);
    }
}
