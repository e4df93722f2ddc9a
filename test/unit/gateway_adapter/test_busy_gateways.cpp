#include "adapters/gateway/busy_gateways.hpp"

#include "core/event/catalogue.hpp"

#include <doctest/doctest.h>

using namespace xtn;
using std::chrono::seconds;

namespace {

constexpr BusyGateways::Clock::time_point start{std::chrono::hours(1)};

Event activity(const char *gateway, const char *runtime, int running, int queued = 0) {
    Event event;
    event.type = "activity.observed/1";
    event.subject = Subject{runtime};
    event.payload = {{"gateway", gateway}, {"running", running}, {"queued", queued}};
    return event;
}

std::string names(const std::vector<BusyGateways::Vanished> &found) {
    std::string out;
    for (const auto &each : found)
        out += each.gateway + " ";
    return out;
}

} // namespace

DOCTEST_TEST_CASE("a busy gateway that nothing is heard of vanishes; an idle one has nothing to withdraw") {
    BusyGateways busy(seconds(60));
    busy.observe(activity("a", "runtime/n/x", 1), start);
    busy.observe(activity("b", "runtime/n/x", 0, 2), start);
    busy.observe(activity("c", "runtime/n/x", 1), start);
    busy.observe(activity("c", "runtime/n/x", 0), start);
    DOCTEST_CHECK(names(busy.vanished(start + seconds(59))).empty());
    busy.heard("b", start + seconds(50));
    DOCTEST_CHECK(names(busy.vanished(start + seconds(61))) == "a ");
    DOCTEST_CHECK(names(busy.vanished(start + seconds(111))) == "a b ");
    busy.forget("a");
    DOCTEST_CHECK(names(busy.vanished(start + seconds(111))) == "b ");
    busy.observe(activity("late", "runtime/n/x", 1), start + seconds(111)); // busy only now: not unheard since the beginning
    DOCTEST_CHECK(names(busy.vanished(start + seconds(120))) == "b ");
}

DOCTEST_TEST_CASE("a gateway in this process is never taken for gone") {
    BusyGateways busy(seconds(60));
    busy.in_process("here");
    busy.observe(activity("here", "runtime/n/x", 3), start);
    busy.observe(activity("here", "runtime/n/x", 0), start);
    busy.observe(activity("here", "runtime/n/x", 3), start);
    DOCTEST_CHECK(busy.vanished(start + std::chrono::hours(5)).empty());
}

DOCTEST_TEST_CASE("what is recorded of one that vanished is a gap and each report withdrawn, not answered by zero") {
    BusyGateways busy(seconds(60));
    busy.observe(activity("a", "runtime/n/x", 1), start);
    busy.observe(activity("a", "runtime/n/y", 0, 1), start);
    const auto gone = busy.vanished(start + seconds(75));
    DOCTEST_REQUIRE(gone.size() == 1);
    const auto drafts = BusyGateways::drafts(gone.front(), 17);
    DOCTEST_REQUIRE(drafts.size() == 3);
    DOCTEST_CHECK(drafts[0].type == "observation.gap/1");
    DOCTEST_CHECK(drafts[0].payload.at("from_sequence") == 17);
    DOCTEST_CHECK(drafts[0].payload.at("reason").as_string().find("75 s") != std::string::npos);
    for (const auto &draft : drafts)
        DOCTEST_CHECK(check_draft(draft).ok());
    DOCTEST_CHECK(drafts[1].subject.text == "runtime/n/x");
    DOCTEST_CHECK(drafts[2].subject.text == "runtime/n/y");
    DOCTEST_CHECK(drafts[2].payload.at("vanished") == true);
    // The log brings it back here, and takes it off.
    Event withdrawn;
    withdrawn.type = drafts[1].type;
    withdrawn.subject = drafts[1].subject;
    withdrawn.payload = drafts[1].payload;
    busy.observe(withdrawn, start);
    withdrawn.subject = drafts[2].subject;
    busy.observe(withdrawn, start);
    DOCTEST_CHECK(busy.vanished(start + seconds(200)).empty());
}
