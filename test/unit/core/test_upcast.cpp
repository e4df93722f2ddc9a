// Versions of event types: old ones are lifted when they are read, newer ones are refused or skipped; nothing is rewritten.
#include "core/event/catalogue.hpp"
#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"
#include "core/event/upcast.hpp"
#include "core/log/record.hpp"
#include "log_fixture.hpp"

#include <array>
#include <set>

using namespace xtn;
using namespace xtn::logtest;

namespace {

// As if pod.observed had come to version 3.
constexpr std::array<Upcaster, 2> steps{{{"pod.observed", 1, [](boost::json::object &payload) { payload["zone"] = "unknown"; }},
                                         {"pod.observed", 2, [](boost::json::object &payload) {
                                              payload["zone"] = "zone " + std::string(payload["zone"].as_string());
                                          }}}};

std::string stored(EventDraft draft) {
    auto record = encode_draft(Stream::control, draft);
    DOCTEST_REQUIRE(record.ok());
    seal_record(*record, {Seq{1}, Timestamp{5}, Epoch{1}, {}}, {});
    return *record;
}

// The record of `type`, whatever the catalogue says of it.
std::string stored_as(EventDraft draft, const std::string &type, bool must_understand) {
    auto record = stored(std::move(draft));
    RecordHeader header = *decode_header(record);
    record.replace(sizeof header, header.type_bytes, type);
    header.type_bytes = static_cast<std::uint16_t>(type.size());
    header.flags = must_understand ? RecordHeader::flag_must_understand : 0;
    record.replace(0, sizeof header, reinterpret_cast<const char *>(&header), sizeof header);
    return record;
}

} // namespace

DOCTEST_TEST_CASE("an event of an old version is lifted step by step when it is read, and tells what it was") {
    const auto event = decode_record(stored(pod("team-a/x", 1)), steps);
    DOCTEST_REQUIRE(event.ok());
    DOCTEST_CHECK(event->type == "pod.observed/3");
    DOCTEST_CHECK(event->stored_type == "pod.observed/1");
    DOCTEST_CHECK(event->payload.at("zone").as_string() == "zone unknown");
    DOCTEST_CHECK(print_full(Stream::control, *event).find("stored as") != std::string::npos);
    const auto json = event_to_json(Stream::control, *event);
    DOCTEST_CHECK(json.at("stored_type").as_string() == "pod.observed/1");
    DOCTEST_CHECK(event_from_json(json)->event.stored_type == "pod.observed/1");
}

DOCTEST_TEST_CASE("a lent event is lifted as well, and the next one knows nothing of it") {
    LentEvent lent;
    DOCTEST_REQUIRE(lent.read(stored(pod("team-a/x", 1)), steps).ok());
    DOCTEST_CHECK(lent.event().type == "pod.observed/3");
    DOCTEST_CHECK(lent.event().stored_type == "pod.observed/1");
    DOCTEST_CHECK(lent.event().payload.at("zone").as_string() == "zone unknown");
    DOCTEST_REQUIRE(lent.read(stored(pod("team-a/x", 2))).ok());
    DOCTEST_CHECK(lent.event().stored_type.empty());
    DOCTEST_CHECK(lent.read(stored_as(pod("team-a/x", 1), "pod.observed/2", true)).error().code == Code::unsupported);
}

DOCTEST_TEST_CASE("an event in its newest version is what was stored, and says nothing of lifting") {
    const auto event = decode_record(stored(pod("team-a/x", 1)));
    DOCTEST_REQUIRE(event.ok());
    DOCTEST_CHECK(event->type == "pod.observed/1");
    DOCTEST_CHECK(event->stored_type.empty());
    DOCTEST_CHECK_FALSE(event_to_json(Stream::control, *event).contains("stored_type"));
    DOCTEST_CHECK(understood(*event));
}

DOCTEST_TEST_CASE("every version that is not written any more can be lifted to the next one, and no step is there twice") {
    std::set<std::pair<std::string_view, int>> have;
    for (const auto &step : upcasters()) {
        DOCTEST_CAPTURE(step.name);
        DOCTEST_CHECK(have.insert({step.name, step.from}).second);
        const auto *info = find_event_type(step.name);
        DOCTEST_REQUIRE(info != nullptr);
        DOCTEST_CHECK(step.from < info->version);
    }
    for (const auto &info : catalogue())
        for (int version = 1; version < info.version; ++version) {
            DOCTEST_CAPTURE(info.name);
            DOCTEST_CHECK(have.contains({info.name, version}));
        }
}

DOCTEST_TEST_CASE("a newer version, or an unknown type, is refused when it must be understood and kept when it need not be") {
    for (const std::string type : {"pod.observed/2", "pod.imagined/1"}) {
        DOCTEST_CAPTURE(type);
        const auto refused = decode_record(stored_as(pod("team-a/x", 1), type, true));
        DOCTEST_REQUIRE_FALSE(refused.ok());
        DOCTEST_CHECK(refused.error().code == Code::unsupported);
        DOCTEST_CHECK(refused.error().message.find("event #1 is of type " + type) != std::string::npos);
        DOCTEST_CHECK(refused.error().message.find("use the newer binary") != std::string::npos);
        const auto kept = decode_record(stored_as(pod("team-a/x", 1), type, false));
        DOCTEST_REQUIRE(kept.ok());
        DOCTEST_CHECK(kept->type == type);
        DOCTEST_CHECK_FALSE(understood(*kept));
    }
}
