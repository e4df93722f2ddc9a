#include "core/event/catalogue.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

using namespace xtn;
namespace json = boost::json;

namespace {

EventDraft draft() {
    EventDraft d;
    d.type = "pod.gone/1";
    d.subject = Subject{"runtime/team-a/small"};
    d.source = "kube";
    d.payload = {{"name", "trino-small-worker-1"}, {"uid", "u1"}};
    return d;
}

std::string refusal(const EventDraft &d) {
    const auto checked = check_draft(d);
    return checked.ok() ? "" : checked.error().message;
}

} // namespace

DOCTEST_TEST_CASE("every row of the catalogue is complete and says something") {
    std::set<std::string_view> names;
    for (const auto &info : catalogue()) {
        DOCTEST_CAPTURE(info.name);
        DOCTEST_CHECK(names.insert(info.name).second);
        DOCTEST_CHECK(info.version >= 1);
        for (const auto text : {info.producer, info.meaning, info.redaction, info.budget, info.summary})
            DOCTEST_CHECK_FALSE(text.empty());
        DOCTEST_CHECK_FALSE(info.payload.empty());
        for (const auto &field : info.payload) {
            DOCTEST_CHECK_FALSE(field.meaning.empty());
            // Every member type is one that check_payload() knows: asking for a member of another type would throw.
            json::object probe;
            probe[json::string_view(field.name.data(), field.name.size())] = nullptr;
            DOCTEST_CHECK_NOTHROW((void)check_payload(info, probe));
        }
        // A summary names only members that exist.
        for (auto at = info.summary.find('{'); at != std::string_view::npos; at = info.summary.find('{', at + 1)) {
            const auto name = info.summary.substr(at + 1, info.summary.find('}', at) - at - 1);
            bool known = false;
            for (const auto &field : info.payload)
                known = known || field.name == name;
            DOCTEST_CAPTURE(name);
            DOCTEST_CHECK(known);
        }
    }
    DOCTEST_CHECK(find_event_type("runtime.spec.applied") != nullptr);
    DOCTEST_CHECK(find_event_type("runtime.spec.applied/1") == nullptr);
    DOCTEST_CHECK(type_of("pod.gone") == "pod.gone/1");
}

DOCTEST_TEST_CASE("docs/events.md is what the catalogue generates") {
    const char *root = std::getenv("XTN_SOURCE_ROOT");
    DOCTEST_REQUIRE(root != nullptr);
    std::ifstream page(std::string(root) + "/docs/events.md");
    const std::string text{std::istreambuf_iterator<char>(page), {}};
    DOCTEST_INFO("run: xtn-audit catalogue > docs/events.md");
    DOCTEST_CHECK((text == catalogue_markdown()));
}

DOCTEST_TEST_CASE("a draft that fits the catalogue is accepted") {
    DOCTEST_CHECK(refusal(draft()) == "");
}

DOCTEST_TEST_CASE("a draft that the log must never hold is refused by name of the part") {
    const auto changed = [](auto &&change) {
        EventDraft d = draft();
        change(d);
        return refusal(d);
    };
    const auto holds = [](const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; };
    DOCTEST_CHECK(holds(changed([](auto &d) { d.type = "pod.gone"; }), "is not <noun>.<verb>/<version>"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.type = "pod.lost/1"; }), "not in the catalogue"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.type = "pod.gone/2"; }), "writes version 1"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.subject.text = "a b"; }), "subject 'a b'"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.source = ""; }), "source is empty"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.correlation = "x\ny"; }), "correlation"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.correlation = std::string(65, 'a'); }), "correlation"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.actor = "a\x1b[31m"; }), "actor"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.payload.erase("uid"); }), "'uid' is missing"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.payload["uid"] = 7; }), "'uid' must be a string, it is an integer"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.payload["extra"] = 7; }), "'extra' is not in the catalogue"));
    DOCTEST_CHECK(holds(changed([](auto &d) { d.payload["name"] = std::string(max_payload_bytes, 'x'); }), "at most 262144"));
    EventDraft floating = draft();
    floating.type = "leader.elected/1";
    floating.payload = {{"holder", "h"}, {"process_id", 1.5}, {"epoch", 1}};
    DOCTEST_CHECK(holds(refusal(floating), "it is a floating-point number"));
}
