// An export and the way back: the same bytes, and nothing that is not whole is taken.
#include "core/base/hex.hpp"
#include "core/log/export.hpp"
#include "core/log/keys.hpp"
#include "log_fixture.hpp"
#include "raw_database.hpp"

#include <sstream>

using namespace xtn;
using namespace xtn::logtest;
namespace fs = std::filesystem;

namespace {

EventDraft applied(const std::string &manifest) {
    EventDraft draft;
    draft.type = "object.applied/1";
    draft.subject = Subject{"runtime/team-a/x"};
    draft.source = "kube";
    draft.payload = {{"kind", "Deployment"},
                     {"api_version", "apps/v1"},
                     {"ns", "team-a"},
                     {"name", "trino-x-worker"},
                     {"manifest", Digest::of(manifest).hex},
                     {"uid", "u-1"},
                     {"resource_version", "7"},
                     {"created", true},
                     {"changed", true}};
    return draft;
}

struct Exporting {
    Exporting() {
        OpenLog log(source());
        log.fill(4);
        auto append = one(log.epoch, applied("the manifest"));
        append.blobs.push_back({Digest::of("the manifest"), "the manifest"});
        DOCTEST_REQUIRE(log->append(std::move(append)).ok());
        for (int i = 0; i < 3; ++i)
            DOCTEST_REQUIRE(log->append(one(log.epoch, query_ended("team-a/x", i), Stream::queries)).ok());
    }
    fs::path source() const { return scratch.path() / "log"; }
    fs::path copy() const { return scratch.path() / "copy"; }
    std::string text(std::vector<ExportRange> ranges = {}) const {
        std::ostringstream out;
        const auto done = export_log(source(), std::move(ranges), "0.1.0", out);
        if (!done.ok()) DOCTEST_FAIL(done.error().message);
        return std::move(out).str();
    }
    Result<Exported> import(const std::string &text) const {
        std::istringstream in(text);
        return import_log(in, copy());
    }
    Scratch scratch;
};

} // namespace

DOCTEST_TEST_CASE("an export makes the same log again: identity, heads, blobs, and the same export") {
    Exporting e;
    const auto text = e.text();
    const auto done = e.import(text);
    DOCTEST_REQUIRE(done.ok());
    DOCTEST_CHECK(done->records == 8);
    DOCTEST_CHECK(done->blobs == 1);
    {
        const auto from = open_reader(e.source());
        const auto to = open_reader(e.copy());
        DOCTEST_CHECK(from->log_id() == to->log_id());
        for (const Stream stream : {Stream::control, Stream::queries})
            DOCTEST_CHECK(from->head(stream).chain == to->head(stream).chain);
        DOCTEST_CHECK(*to->blob(Digest::of("the manifest")) == "the manifest");
        DOCTEST_CHECK(to->verify_content().ok());
    }
    std::ostringstream again;
    DOCTEST_REQUIRE(export_log(e.copy(), {}, "0.1.0", again).ok());
    DOCTEST_CHECK(again.str() == text);
    OpenLog log(e.copy());
    log.fill(1);
    DOCTEST_CHECK(log->verify(Stream::control)->events == 6);
}

DOCTEST_TEST_CASE("an export that was changed or cut off anywhere is not imported, and nothing is left behind") {
    Exporting e;
    const auto text = e.text();
    for (std::size_t at = 0; at < text.size(); at += 47) {
        auto changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        const auto done = e.import(changed);
        DOCTEST_CAPTURE(at);
        DOCTEST_REQUIRE_FALSE(done.ok());
        DOCTEST_REQUIRE_FALSE(fs::exists(e.copy()));
    }
    for (const std::size_t length : {std::size_t{0}, std::size_t{5}, std::size_t{100}, text.size() / 2, text.size() - 1})
        DOCTEST_CHECK(e.import(text.substr(0, length)).error().code == Code::data_corrupted);
    DOCTEST_CHECK(e.import(text + "x").error().code == Code::data_corrupted);
    DOCTEST_CHECK(e.import(text).ok());
    DOCTEST_CHECK(e.import(text).error().code == Code::already_exists);
}

DOCTEST_TEST_CASE("a part begins with the chain value before it, and no log is made of it") {
    Exporting e;
    const auto part = e.text({{Stream::control, Seq{3}, Seq{4}}});
    const auto second = open_reader(e.source());
    DOCTEST_CHECK(part.find("\"from\":3") != std::string::npos);
    DOCTEST_CHECK(part.find("\"records\":2") != std::string::npos);
    DOCTEST_CHECK(e.import(part).error().code == Code::unsupported);
    std::ostringstream out;
    DOCTEST_CHECK(export_log(e.source(), {{Stream::control, Seq{3}, Seq{9}}}, "0.1.0", out).error().code == Code::not_found);
    DOCTEST_CHECK(export_log(e.source(), {{Stream::control, Seq{4}, Seq{2}}}, "0.1.0", out).error().code ==
                  Code::invalid_argument);
}

DOCTEST_TEST_CASE("a log that is not sound is not exported: the event is named") {
    Exporting e;
    std::ostringstream out;
    DOCTEST_SUBCASE("a changed record") {
        change_value(e.source(), "events", keys::event(Stream::control, Seq{2}), [](std::string record) {
            record[70] = static_cast<char>(record[70] ^ 1);
            return record;
        });
        DOCTEST_CHECK(export_log(e.source(), {}, "0.1.0", out).error().message.find("control event #2") != std::string::npos);
    }
    DOCTEST_SUBCASE("a swapped manifest") {
        change_value(e.source(), "blobs", *from_hex(Digest::of("the manifest").hex),
                     [](const std::string &) { return std::string("x"); });
        const auto error = export_log(e.source(), {}, "0.1.0", out).error();
        DOCTEST_CHECK(error.code == Code::data_corrupted);
        DOCTEST_CHECK(error.message.find("control event #5: the manifest of Deployment/team-a/trino-x-worker") !=
                      std::string::npos);
    }
}
