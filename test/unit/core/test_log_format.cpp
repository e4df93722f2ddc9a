// The bytes on the disk, pinned: today's code writes exactly what test/fixtures/log-format-1 holds, and reads it. A change here
// is a change of the format: raise log_format and keep the old fixture. Refresh (new fixture only): XTN_REFRESH_FIXTURES=1.
#include "core/base/hex.hpp"
#include "core/base/sha256.hpp"
#include "core/event/canonical.hpp"
#include "core/event/event_json.hpp"
#include "core/log/anchor.hpp"
#include "core/log/keys.hpp"
#include "core/log/record.hpp"
#include "log_fixture.hpp"

#include <boost/json/array.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace xtn;
using namespace xtn::logtest;
namespace fs = std::filesystem;

namespace {

fs::path fixtures() {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    return fs::path(root != nullptr ? root : ".") / "test" / "fixtures" / "log-format-1";
}

std::string read_file(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

void check_against(const std::string &name, const std::string &now) {
    const auto file = fixtures() / name;
    if (std::getenv("XTN_REFRESH_FIXTURES") != nullptr) std::ofstream(file, std::ios::binary | std::ios::trunc) << now;
    const std::string pinned = read_file(file);
    DOCTEST_INFO(file.string());
    DOCTEST_CHECK(!pinned.empty());
    DOCTEST_CHECK(now == pinned);
}

struct Sample {
    Stream stream;
    EventDraft draft;
    RecordNumbers numbers;
};

std::vector<Sample> samples() {
    const Timestamp start{1'795'694'400'000'000'001};
    auto seen = pod("team-a/x", 3);
    seen.actor = "Jürgen Groß";
    seen.payload["phase"] = "Running \"now\"\n\x01";
    seen.correlation = "request-7";
    EventDraft ready;
    ready.type = "runtime.ready/1";
    ready.subject = Subject{"runtime/team-a/x"};
    ready.source = "policy/lifecycle/1";
    for (const char *member : {"reason", "policy", "message", "from"})
        ready.payload[member] = std::string("some ") + member;
    return {{Stream::control, genesis_draft("00112233445566778899aabbccddeeff", "engine"), {Seq{1}, start, Epoch{1}, {}}},
            {Stream::control, std::move(seen), {Seq{2}, start.plus(std::chrono::milliseconds(5)), Epoch{1}, {}}},
            {Stream::control, std::move(ready), {Seq{3}, start.plus(std::chrono::milliseconds(5)), Epoch{2}, Seq{2}}},
            {Stream::queries, query_ended("team-a/x", 1), {Seq{1}, start, Epoch{2}, {}}}};
}

} // namespace

DOCTEST_TEST_CASE("keys and records are the pinned bytes, and read back as the pinned events") {
    Sha256 chains[2] = {};
    std::string records;
    std::string events;
    for (auto &[stream, draft, numbers] : samples()) {
        auto record = encode_draft(stream, draft);
        DOCTEST_REQUIRE(record.ok());
        Sha256 &chain = chains[stream == Stream::control ? 0 : 1];
        chain = seal_record(*record, numbers, chain);
        records += to_hex(keys::event(stream, numbers.seq)) + " " + to_hex(*record) + "\n";
        records += to_hex(keys::subject(stream, draft.subject.text, numbers.seq)) + " -\n";
        const auto event = decode_record(*record);
        DOCTEST_REQUIRE(event.ok());
        auto json = event_to_json(stream, *event);
        json["chain"] = to_hex(view(chain));
        events += canonical_json_or_throw(json) + "\n";
    }
    check_against("records.hex", records);
    check_against("events.jsonl", events);
}

DOCTEST_TEST_CASE("an event that is lent says what one of its own says, whatever lay in the memory before") {
    auto all = samples();
    auto large = all.at(1);
    large.draft.payload["node"] = std::string(40'000, 'n');
    all.insert(all.begin() + 1, large);
    LentEvent lent;
    for (int round = 0; round < 3; ++round)
        for (const auto &[stream, draft, numbers] : all) {
            auto record = encode_draft(stream, draft);
            DOCTEST_REQUIRE(record.ok());
            seal_record(*record, numbers, {});
            DOCTEST_REQUIRE(lent.read(*record).ok());
            const auto event = decode_record(*record);
            DOCTEST_REQUIRE(event.ok());
            DOCTEST_CHECK(canonical_json_or_throw(event_to_json(stream, lent.event())) ==
                          canonical_json_or_throw(event_to_json(stream, *event)));
            const auto cut = std::string_view(*record).substr(0, record->size() - 1);
            DOCTEST_CHECK(lent.read(cut).error().message == decode_record(cut).error().message);
        }
}

DOCTEST_TEST_CASE("an anchor slot is the pinned bytes") {
    Scratch scratch;
    const std::string zeros(64, '0');
    AnchorState state{"00112233445566778899aabbccddeeff",
                      Epoch{2},
                      {Seq{3}, Timestamp{1'795'694'400'005'000'001}, Epoch{2}, Digest::of("chain").hex},
                      {Seq{0}, Timestamp{0}, Epoch{0}, zeros}};
    const auto file = scratch.path() / "anchor";
    {
        auto anchor = AnchorFile::open(file);
        DOCTEST_REQUIRE(anchor.ok());
        DOCTEST_REQUIRE((*anchor)->write_through(state).ok());
    }
    const std::string bytes = read_file(file);
    DOCTEST_REQUIRE(bytes.size() == 8192);
    DOCTEST_CHECK(bytes.substr(0, 192) == std::string(192, '\0')); // the first write goes to the second slot
    check_against("anchor.hex", to_hex(bytes.substr(4096, 192)) + "\n");
    DOCTEST_CHECK(**read_anchor(file) == state);
}

DOCTEST_TEST_CASE("a record that is cut, of another version or of an unknown type that must be understood is not read") {
    auto [stream, draft, numbers] = samples().front();
    auto record = *encode_draft(stream, draft);
    seal_record(record, numbers, {});
    for (std::size_t length = 0; length < record.size(); ++length)
        DOCTEST_CHECK(decode_record(std::string_view(record).substr(0, length)).error().code == Code::data_corrupted);
    auto other_version = record;
    other_version[0] = 2;
    DOCTEST_CHECK(decode_record(other_version).error().code == Code::data_corrupted);
    auto unknown = record;
    unknown[sizeof(RecordHeader)] = 'b'; // log.genesis -> bog.genesis
    DOCTEST_CHECK(decode_record(unknown).error().code == Code::unsupported);
    unknown[1] = 0; // ... and it need not be understood
    DOCTEST_CHECK(decode_record(unknown).ok());
}
