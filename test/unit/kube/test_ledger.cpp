// The ledger is a projection: what a snapshot of it holds and the events behind that say the same as the whole log.
#include "adapters/kube/ingest/ledger.hpp"
#include "core/event/canonical.hpp"
#include "core/event/catalogue.hpp"
#include "core/event/event_json.hpp"
#include "test/unit/projections/histories.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <array>
#include <span>

using namespace xtn;
using ingest::Ledger;
namespace json = boost::json;

namespace {

Ledger folded(std::span<const Event> events) {
    Ledger ledger;
    for (const auto &event : events)
        ledger.apply(event);
    return ledger;
}

std::string text(const Ledger &ledger) {
    return canonical_json_or_throw(ledger.serialize());
}

// As a snapshot takes it from one process to the next.
Ledger through_a_snapshot(const Ledger &ledger) {
    const auto state = parse_state_json(text(ledger));
    DOCTEST_REQUIRE(state.ok());
    Ledger restored;
    const auto done = restored.restore(*state);
    if (!done) DOCTEST_FAIL(done.error().message);
    return restored;
}

EventDraft said(std::string_view type, Subject subject, json::object payload) {
    EventDraft draft;
    draft.type = type_of(type);
    draft.subject = std::move(subject);
    draft.source = "kube";
    draft.payload = std::move(payload);
    return draft;
}

const Subject a_runtime = Subject::runtime({"team", "a"});

// One of everything that the ledger holds.
Ledger of_everything() {
    Ledger ledger;
    ledger.fold(said("pod.observed", a_runtime, {{"uid", "p1"}, {"name", "trino-a-worker-1"}, {"phase", "Running"}}));
    ledger.fold(said("object.applied", a_runtime,
                     {{"kind", "Service"}, {"ns", "elsewhere"}, {"name", "trino-a"}, {"uid", "s1"}, {"resource_version", "41"}}));
    ledger.fold(said("object.deleted", a_runtime, {{"kind", "Service"}, {"name", "trino-b"}, {"uid", "s2"}}));
    ledger.fold(said("endpoints.observed", a_runtime, {{"service", "trino-a"}, {"ready", 2}}));
    ledger.fold(
        said("object.skipped", a_runtime, {{"kind", "ServiceMonitor"}, {"ns", "team"}, {"name", "m"}, {"manifest", "x"}}));
    return ledger;
}

} // namespace

DOCTEST_TEST_CASE("the ledger of any beginning of a log, restored, and the rest of the log give the ledger of all of it") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        DOCTEST_CAPTURE(seed);
        const auto history = test::random_history(seed, 120);
        const std::span<const Event> events(history.events);
        const auto whole = text(folded(events));
        for (const std::size_t sevenths : {1, 3, 6}) {
            const auto cut = events.size() * sevenths / 7;
            auto ledger = through_a_snapshot(folded(events.first(cut)));
            DOCTEST_REQUIRE(text(ledger) == text(folded(events.first(cut))));
            for (const auto &event : events.subspan(cut))
                ledger.apply(event);
            DOCTEST_REQUIRE(text(ledger) == whole);
        }
    }
}

DOCTEST_TEST_CASE("a restored ledger answers every question as the one that was kept") {
    const auto kept = of_everything();
    const auto restored = through_a_snapshot(kept);
    DOCTEST_REQUIRE(restored.find("Pod", "p1") != nullptr);
    DOCTEST_CHECK(restored.find("Pod", "p1")->key.name == "trino-a-worker-1");
    DOCTEST_CHECK(restored.find("Pod", "p1")->key.ns == "team");
    DOCTEST_CHECK(restored.find("Pod", "p1")->subject == a_runtime);
    DOCTEST_CHECK(restored.known("Service").at("s1").ns == "elsewhere");
    DOCTEST_CHECK(restored.applied_until("Service", 41).contains("s1"));
    DOCTEST_CHECK_FALSE(restored.applied_until("Service", 40).contains("s1"));
    DOCTEST_CHECK(restored.deleted("Service", "s2"));
    DOCTEST_CHECK(restored.ready_endpoints({"team", "trino-a"}) == 2);
    DOCTEST_REQUIRE(restored.services_with_endpoints().size() == 1);
    DOCTEST_CHECK(restored.services_with_endpoints()[0].second == a_runtime);
    const auto pod = [](std::string_view phase) {
        return said("pod.observed", a_runtime, {{"uid", "p1"}, {"name", "trino-a-worker-1"}, {"phase", phase}});
    };
    DOCTEST_CHECK_FALSE(restored.news(pod("Running")));
    DOCTEST_CHECK(restored.news(pod("Failed")));
    const auto skipped = [](std::string_view manifest) {
        return said("object.skipped", a_runtime,
                    {{"kind", "ServiceMonitor"}, {"ns", "team"}, {"name", "m"}, {"manifest", manifest}});
    };
    DOCTEST_CHECK_FALSE(restored.news(skipped("x")));
    DOCTEST_CHECK(restored.news(skipped("y")));
}

DOCTEST_TEST_CASE("a value that is no ledger is refused with its place, and the ledger stays as it was") {
    const auto good = of_everything().serialize();
    const auto without = [&](std::string_view member) {
        auto value = good;
        value.as_object().erase(json::string_view(member.data(), member.size()));
        return value;
    };
    auto more = good;
    more.as_object()["more"] = 1;
    auto no_uid = good;
    no_uid.as_object()["objects"].as_array()[0].as_object()["uid"] = 7;
    for (const auto &value :
         {json::value(nullptr), without("objects"), without("deleted"), without("endpoints"), without("skipped"), more, no_uid}) {
        DOCTEST_CAPTURE(json::serialize(value));
        auto ledger = of_everything();
        const auto before = text(ledger);
        const auto done = ledger.restore(value);
        DOCTEST_REQUIRE_FALSE(done.ok());
        DOCTEST_CHECK(done.error().code == Code::data_corrupted);
        DOCTEST_CHECK(text(ledger) == before);
    }
}

DOCTEST_TEST_CASE("an event that this binary does not understand changes nothing in the ledger") {
    Event event;
    event.seq = Seq{1};
    event.type = "pod.observed/99";
    event.subject = a_runtime;
    event.payload = {{"uid", "p1"}, {"name", "x"}};
    Ledger ledger;
    ledger.apply(event);
    DOCTEST_CHECK(text(ledger) == text(Ledger()));
}
