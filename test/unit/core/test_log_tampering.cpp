// Changes behind the log's back: the chain finds them and names the first event that is wrong.
#include "core/base/hex.hpp"
#include "core/log/keys.hpp"
#include "log_fixture.hpp"
#include "raw_database.hpp"

using namespace xtn;
using namespace xtn::logtest;

namespace {

struct Filled {
    Filled() {
        OpenLog log(scratch.path());
        log.fill(4);
        auto append = one(log.epoch, pod("team-a/x", 4));
        append.blobs.push_back({Digest::of("manifest"), "manifest"});
        DOCTEST_REQUIRE(log->append(std::move(append)).ok());
    }
    void change(Seq seq, const std::function<std::string(std::string)> &how) const {
        change_value(scratch.path(), "events", keys::event(Stream::control, seq), how);
    }
    Error verify_error() const {
        const auto report = open_log(scratch.path())->verify(Stream::control);
        DOCTEST_REQUIRE(!report.ok());
        DOCTEST_CHECK(report.error().code == Code::data_corrupted);
        return report.error();
    }
    Scratch scratch;
};

bool says(const Error &error, std::string_view text) {
    const bool found = error.message.find(text) != std::string::npos;
    if (!found) DOCTEST_MESSAGE(error.message);
    return found;
}

std::string flip(std::string record, std::size_t at) {
    record[at] = static_cast<char>(record[at] ^ 1);
    return record;
}

} // namespace

DOCTEST_TEST_CASE("a changed payload breaks the chain at that event") {
    Filled filled;
    filled.change(Seq{2}, [](std::string record) { return flip(record, record.size() - 40); });
    DOCTEST_CHECK(says(filled.verify_error(), "control event #2: the chain is broken"));
}

DOCTEST_TEST_CASE("an event with a chain value of its own making breaks the chain at the next one") {
    Filled filled;
    // Somebody who knows the format: changes the record and computes its chain value anew.
    std::string chain;
    change_value(filled.scratch.path(), "events", keys::event(Stream::control, Seq{1}), [&](std::string record) {
        chain = record.substr(record.size() - 32);
        return record;
    });
    filled.change(Seq{2}, [&](std::string record) {
        record = flip(record, record.size() - 40).substr(0, record.size() - 32);
        return record + *from_hex(Digest::of(chain + record).hex);
    });
    DOCTEST_CHECK(says(filled.verify_error(), "control event #3: the chain is broken"));
}

DOCTEST_TEST_CASE("a removed event is missed, by verification and by scans") {
    Filled filled;
    filled.change(Seq{3}, [](const std::string &) { return std::string(); });
    DOCTEST_CHECK(says(filled.verify_error(), "control event #3: missing"));
    auto log = open_log(filled.scratch.path());
    std::size_t seen = 0;
    const auto scanned = log->scan(Stream::control, Seq{1}, [&](const Event &) { return ++seen > 0; });
    DOCTEST_REQUIRE(!scanned.ok());
    DOCTEST_CHECK(says(scanned.error(), "#3: missing"));
    DOCTEST_CHECK(seen == 2);
    DOCTEST_CHECK(log->get(Stream::control, Seq{3}).error().code == Code::data_corrupted);
}

DOCTEST_TEST_CASE("the newest acknowledged event is checked whenever the log is opened") {
    Filled filled;
    // Body and chain value agree with each other, and with no history that was acknowledged.
    filled.change(Seq{5}, [](std::string record) { return flip(record, record.size() - 1); });
    Log::Options options;
    options.directory = filled.scratch.path();
    const auto refused = Log::open(std::move(options));
    DOCTEST_REQUIRE(!refused.ok());
    DOCTEST_CHECK(says(refused.error(), "another history"));
}

DOCTEST_TEST_CASE("a changed blob is not handed out") {
    Filled filled;
    const auto digest = Digest::of("manifest");
    change_value(filled.scratch.path(), "blobs", *from_hex(digest.hex),
                 [](const std::string &) { return std::string("another"); });
    DOCTEST_CHECK(open_log(filled.scratch.path())->blob(digest).error().code == Code::data_corrupted);
}

DOCTEST_TEST_CASE("a database with a family of a newer binary is refused by name") {
    Filled filled;
    add_family(filled.scratch.path(), "by_user");
    Log::Options options;
    options.directory = filled.scratch.path();
    const auto refused = Log::open(std::move(options));
    DOCTEST_REQUIRE(!refused.ok());
    DOCTEST_CHECK(refused.error().code == Code::unsupported);
    DOCTEST_CHECK(says(refused.error(), "by_user"));
    DOCTEST_CHECK(Log::open_reader(filled.scratch.path()).error().code == Code::unsupported);
}
