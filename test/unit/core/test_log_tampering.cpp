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

// What the chain does not cover: verify_content().
namespace {

EventDraft plan_naming(const Digest &manifest) {
    EventDraft draft;
    draft.type = "object.applied/1";
    draft.subject = Subject{"runtime/team-a/x"};
    draft.source = "kube";
    draft.payload = {{"kind", "Deployment"},     {"api_version", "apps/v1"}, {"ns", "team-a"},
                     {"name", "trino-x-worker"}, {"manifest", manifest.hex}, {"uid", "u-1"},
                     {"resource_version", "7"},  {"created", true},          {"changed", true}};
    return draft;
}

// Five events and a sixth that names a manifest.
struct WithManifest : Filled {
    WithManifest() {
        OpenLog log(scratch.path());
        auto append = one(log.epoch, plan_naming(manifest));
        append.blobs.push_back({manifest, "the manifest"});
        DOCTEST_REQUIRE(log->append(std::move(append)).ok());
        DOCTEST_REQUIRE(log->append(one(log.epoch, query_ended("team-a/x", 1), Stream::queries)).ok());
    }
    void change_blob(const std::function<std::string(std::string)> &how) const {
        change_value(scratch.path(), "blobs", *from_hex(manifest.hex), how);
    }
    Error content_error() const {
        const auto report = open_log(scratch.path())->verify_content();
        DOCTEST_REQUIRE(!report.ok());
        DOCTEST_CHECK(report.error().code == Code::data_corrupted);
        // A reader beside the writer finds the same.
        DOCTEST_CHECK(open_reader(scratch.path())->verify_content().error().message == report.error().message);
        return report.error();
    }
    Digest manifest = Digest::of("the manifest");
};

} // namespace

DOCTEST_TEST_CASE("a whole log has whole contents; a blob that no event names is told and does no harm") {
    WithManifest log;
    const auto report = open_log(log.scratch.path())->verify_content();
    DOCTEST_REQUIRE(report.ok());
    DOCTEST_CHECK(report->blobs == 1);
    DOCTEST_CHECK(report->unreferenced == 1); // "manifest", put beside an event that does not name it
    DOCTEST_CHECK(report->indexed == 7);
    DOCTEST_CHECK(report->skipped == 0);
}

DOCTEST_TEST_CASE("a missing or swapped manifest is found, with the event and the object that need it") {
    WithManifest log;
    DOCTEST_SUBCASE("missing") {
        log.change_blob([](const std::string &) { return std::string(); });
        DOCTEST_CHECK(says(log.content_error(), "is missing"));
    }
    DOCTEST_SUBCASE("swapped") {
        log.change_blob([](const std::string &) { return std::string("of somebody else"); });
        DOCTEST_CHECK(says(log.content_error(), "has another content than its digest says"));
    }
    const auto error = log.content_error();
    DOCTEST_CHECK(says(error, "control event #6: object.applied/1 runtime/team-a/x"));
    DOCTEST_CHECK(says(error, "Deployment/team-a/trino-x-worker"));
    DOCTEST_CHECK(says(error, log.manifest.hex));
}

DOCTEST_TEST_CASE("a damaged blob is found even where no event names it") {
    WithManifest log;
    change_value(log.scratch.path(), "blobs", *from_hex(Digest::of("manifest").hex),
                 [](const std::string &) { return std::string("another"); });
    DOCTEST_CHECK(says(log.content_error(), "no event names it"));
}

DOCTEST_TEST_CASE("an event that the index does not name, or names under another subject, is found") {
    WithManifest log;
    const auto entry = [](Stream stream, std::string_view subject, std::uint64_t seq) {
        return keys::subject(stream, subject, Seq{seq});
    };
    DOCTEST_SUBCASE("left out") {
        remove_value(log.scratch.path(), "by_subject", entry(Stream::control, "runtime/team-a/x", 3));
        DOCTEST_CHECK(says(log.content_error(), "index by subject: control event #3 is missing under runtime/team-a/x"));
    }
    DOCTEST_SUBCASE("of the other stream") {
        remove_value(log.scratch.path(), "by_subject", entry(Stream::queries, "runtime/team-a/x", 1));
        DOCTEST_CHECK(says(log.content_error(), "queries event #1"));
    }
    DOCTEST_SUBCASE("under another subject too") {
        put_value(log.scratch.path(), "by_subject", entry(Stream::control, "runtime/team-a/y", 3), "");
        DOCTEST_CHECK(says(log.content_error(), "names control event #3 under runtime/team-a/y"));
    }
    DOCTEST_SUBCASE("behind the head: not acknowledged to anybody, so nobody's business") {
        put_value(log.scratch.path(), "by_subject", entry(Stream::control, "runtime/team-a/x", 99), "");
        DOCTEST_CHECK(open_log(log.scratch.path())->verify_content().ok());
    }
}
