// The list+watch machine, arm by arm: no network, no clock.
#include "kubeclient/list_watch.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace kube;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

Object object(const std::string &name, const std::string &uid, const std::string &version, const std::string &ns = "n") {
    json::object metadata;
    metadata["name"] = name;
    metadata["namespace"] = ns;
    metadata["uid"] = uid;
    metadata["resourceVersion"] = version;
    json::object body;
    body["metadata"] = std::move(metadata);
    return Object::from(std::move(body));
}

ApiError error(int status, std::optional<std::chrono::seconds> retry_after = {}) {
    netkit::Response response;
    response.status = status;
    auto e = ApiError::from_response(response);
    e.retry_after = retry_after;
    return e;
}

std::string text_of(const Notice &notice) {
    if (std::holds_alternative<ListStarted>(notice)) return "started";
    if (const auto *present = std::get_if<Present>(&notice)) return "present " + std::string(present->object.uid());
    if (const auto *gone = std::get_if<Gone>(&notice))
        return "gone " + gone->uid + "=" + gone->key.name + (gone->resource_version.empty() ? "" : "@" + gone->resource_version);
    if (const auto *synced = std::get_if<Synced>(&notice))
        return "synced@" + synced->resource_version + " " + std::to_string(synced->count) + "/" + std::to_string(synced->gone);
    const auto &failing = std::get<Failing>(notice);
    return "failing " + failing.error.code_text() + " try " + std::to_string(failing.attempt);
}

std::string text_of(const Command &command) {
    if (const auto *list = std::get_if<DoList>(&command)) return "list " + list->continue_token;
    if (const auto *open = std::get_if<DoOpenWatch>(&command)) return "open@" + open->resource_version;
    if (std::holds_alternative<DoRead>(command)) return "read";
    return "wait " + std::to_string(std::get<DoWait>(command).duration.count());
}

// The machine with what it said last, as words. random() is 0: half of each backoff step is waited.
struct Machine {
    ListWatchState state;
    std::vector<std::string> notices;
    std::string command;
    Backoff backoff{1000ms, 8000ms};
    Random random = [] { return 0.0; };

    explicit Machine(Known known = {}) {
        state.known = KnownObjects(std::move(known));
        give(Begin{});
    }
    Machine &give(Input input) {
        Step next = step(std::move(state), std::move(input), backoff, random);
        state = std::move(next.state);
        notices.clear();
        for (const auto &notice : next.notices)
            notices.push_back(text_of(notice));
        command = text_of(next.command);
        return *this;
    }
    Machine &page(std::vector<Object> items, const std::string &version, const std::string &more = {}) {
        Page p;
        p.items = std::move(items);
        p.resource_version = version;
        p.continue_token = more;
        return give(PageArrived{std::move(p)});
    }
    Machine &fail(ApiError e) { return give(CallFailed{std::move(e)}); }
    Machine &deliver(WatchType type, Object o) {
        WatchEvent event;
        event.type = type;
        event.object = std::move(o);
        return give(WatchDelivered{std::move(event)});
    }
    Machine &deliver_error(ApiError e) {
        WatchEvent event;
        event.type = WatchType::error;
        event.error = std::move(e);
        return give(WatchDelivered{std::move(event)});
    }
    // Listed with one object "a" and watching.
    Machine &watching() { return page({object("a", "ua", "5")}, "10").give(WatchOpened{}); }
};
using Words = std::vector<std::string>;

} // namespace

DOCTEST_TEST_CASE("a list is bracketed and the watch opens at its version") {
    Machine m;
    DOCTEST_CHECK(m.notices == Words{"started"});
    DOCTEST_CHECK(m.command == "list ");
    m.page({object("a", "ua", "5"), object("b", "ub", "6")}, "10");
    DOCTEST_CHECK(m.notices == Words{"present ua", "present ub", "synced@10 2/0"});
    DOCTEST_CHECK(m.command == "open@10");
    m.give(WatchOpened{});
    DOCTEST_CHECK(m.command == "read");
}

DOCTEST_TEST_CASE("pages are followed by their token; the bracket closes after the last") {
    Machine m;
    m.page({object("a", "ua", "5")}, "10", "next");
    DOCTEST_CHECK(m.notices == Words{"present ua"});
    DOCTEST_CHECK(m.command == "list next");
    m.page({object("b", "ub", "6")}, "10");
    DOCTEST_CHECK(m.notices == Words{"present ub", "synced@10 2/0"});
}

DOCTEST_TEST_CASE("what was known before and is not in the list is gone, before the bracket closes") {
    Machine m(Known{{"ua", {"n", "a"}}, {"ux", {"n", "x"}}});
    m.page({object("a", "ua", "5")}, "10", "next");
    m.page({}, "10");
    DOCTEST_CHECK(m.notices == Words{"gone ux=x", "synced@10 1/1"});
}

DOCTEST_TEST_CASE("what the consumer made itself and the list lacks went before any watch could show it: gone, too") {
    Machine m;
    Page p;
    p.items = {object("a", "ua", "5")};
    p.resource_version = "10";
    m.give(PageArrived{std::move(p), Known{{"ua", {"n", "a"}}, {"um", {"n", "m"}}}});
    DOCTEST_CHECK(m.notices == Words{"present ua", "gone um=m", "synced@10 1/1"});
}

DOCTEST_TEST_CASE("an object recreated under its name while nobody looked: the old uid goes first") {
    Machine m(Known{{"u1", {"n", "a"}}});
    m.page({object("a", "u2", "5")}, "10");
    DOCTEST_CHECK(m.notices == Words{"gone u1=a", "present u2", "synced@10 1/1"});
}

DOCTEST_TEST_CASE("the same name in another namespace is another object") {
    Machine m(Known{{"u1", {"other", "a"}}});
    m.page({object("a", "u2", "5"), object("a", "u1", "4", "other")}, "10");
    DOCTEST_CHECK(m.notices == Words{"present u2", "present u1", "synced@10 2/0"});
}

DOCTEST_TEST_CASE("a failed list is said once, waited for and resumed at the same page") {
    Machine m;
    m.page({object("a", "ua", "5")}, "10", "next").fail(error(503));
    DOCTEST_CHECK(m.notices == Words{"failing 503 try 1"});
    DOCTEST_CHECK(m.command == "wait 500");
    m.give(WaitOver{});
    DOCTEST_CHECK(m.notices.empty());
    DOCTEST_CHECK(m.command == "list next");
    m.fail(error(503));
    DOCTEST_CHECK(m.notices.empty());
    DOCTEST_CHECK(m.command == "wait 1000");
    m.give(WaitOver{}).page({}, "11");
    DOCTEST_CHECK(m.notices == Words{"synced@11 1/0"});
}

DOCTEST_TEST_CASE("an API server that is away for long costs one started, one failing and no more") {
    Machine m;
    int said = 0;
    for (int i = 0; i < 50; ++i) {
        m.fail(ApiError::make(netkit::Code::unavailable, "connection refused"));
        said += static_cast<int>(m.notices.size());
        m.give(WaitOver{});
        said += static_cast<int>(m.notices.size());
    }
    DOCTEST_CHECK(said == 1);
    m.fail(error(503));
    DOCTEST_CHECK(m.command == "wait 4000"); // half of the cap
}

DOCTEST_TEST_CASE("410 in the middle of a list starts it over within the same bracket") {
    Machine m(Known{{"u0", {"n", "a"}}});
    m.page({object("a", "ua", "5")}, "10", "next");
    DOCTEST_CHECK(m.notices == Words{"gone u0=a", "present ua"});
    m.fail(error(410));
    DOCTEST_CHECK(m.notices.empty()); // usual for long lists: no news
    m.give(WaitOver{});
    DOCTEST_CHECK(m.notices.empty());
    DOCTEST_CHECK(m.command == "list ");
    m.page({object("b", "ub", "6")}, "12");
    DOCTEST_CHECK(m.notices == Words{"present ub", "gone ua=a", "synced@12 1/2"});
}

DOCTEST_TEST_CASE("Retry-After is waited for when it is longer than the backoff") {
    Machine m;
    m.fail(error(429, 7s));
    DOCTEST_CHECK(m.command == "wait 7000");
}

DOCTEST_TEST_CASE("an object that cannot be identified fails the call, not the process") {
    Machine m;
    m.page({object("a", "", "5")}, "10");
    DOCTEST_CHECK(m.notices == Words{"failing data_corrupted try 1"});
    DOCTEST_CHECK(m.command == "wait 500");
}

DOCTEST_TEST_CASE("watch events: present, gone with its version, bookmarks only move the version") {
    Machine m;
    m.watching().deliver(WatchType::added, object("b", "ub", "11"));
    DOCTEST_CHECK(m.notices == Words{"present ub"});
    DOCTEST_CHECK(m.command == "read");
    m.deliver(WatchType::modified, object("b", "ub", "12"));
    DOCTEST_CHECK(m.notices == Words{"present ub"});
    m.deliver(WatchType::deleted, object("a", "ua", "13"));
    DOCTEST_CHECK(m.notices == Words{"gone ua=a@13"});
    m.deliver(WatchType::bookmark, object("", "", "20", ""));
    DOCTEST_CHECK(m.notices.empty());
    m.give(WatchEnded{});
    DOCTEST_CHECK(m.command == "open@20");
}

DOCTEST_TEST_CASE("an object recreated during a watch: the old uid goes first, even if its deletion was never delivered") {
    Machine m;
    m.watching().deliver(WatchType::added, object("a", "ua2", "11"));
    DOCTEST_CHECK(m.notices == Words{"gone ua=a", "present ua2"});
}

DOCTEST_TEST_CASE("a watch that the server ends after events is opened again at once, an empty one only after a wait") {
    Machine m;
    m.watching().deliver(WatchType::modified, object("a", "ua", "11")).give(WatchEnded{});
    DOCTEST_CHECK(m.command == "open@11");
    m.give(WatchOpened{}).give(WatchEnded{});
    DOCTEST_CHECK(m.command == "wait 500");
    m.give(WaitOver{});
    DOCTEST_CHECK(m.command == "open@11");
    m.give(WatchOpened{}).give(WatchEnded{});
    DOCTEST_CHECK(m.command == "wait 1000");
}

DOCTEST_TEST_CASE("a silent watch is taken for dead and opened again from where it was") {
    Machine m;
    m.watching().give(WatchIdle{});
    DOCTEST_CHECK(m.notices.empty());
    DOCTEST_CHECK(m.command == "open@10");
}

DOCTEST_TEST_CASE("a connection cut once is no news; the second time in a row it is") {
    Machine m;
    m.watching().fail(ApiError::make(netkit::Code::unavailable, "connection reset"));
    DOCTEST_CHECK(m.notices.empty());
    DOCTEST_CHECK(m.command == "wait 500");
    m.give(WaitOver{});
    DOCTEST_CHECK(m.command == "open@10");
    m.fail(ApiError::make(netkit::Code::unavailable, "connection refused"));
    DOCTEST_CHECK(m.notices == Words{"failing unavailable try 2"});
    m.give(WaitOver{}).give(WatchOpened{}).deliver(WatchType::bookmark, object("", "", "30", ""));
    m.fail(ApiError::make(netkit::Code::unavailable, "connection reset"));
    DOCTEST_CHECK(m.notices.empty()); // it worked in between: counted from the beginning
    DOCTEST_CHECK(m.command == "wait 500");
}

DOCTEST_TEST_CASE("a watch refused for good reason is said") {
    Machine m;
    m.page({}, "10").fail(error(403));
    DOCTEST_CHECK(m.notices == Words{"failing 403 try 1"});
}

DOCTEST_TEST_CASE("410 when the watch opens lists again at once, with what was known") {
    Machine m;
    m.page({object("a", "ua", "5")}, "10").fail(error(410));
    DOCTEST_CHECK(m.notices == Words{"started"});
    DOCTEST_CHECK(m.command == "list ");
    m.page({}, "50");
    DOCTEST_CHECK(m.notices == Words{"gone ua=a", "synced@50 0/1"});
    DOCTEST_CHECK(m.command == "open@50");
}

DOCTEST_TEST_CASE("410 as an ERROR event lists again at once") {
    Machine m;
    m.watching().deliver_error(error(410));
    DOCTEST_CHECK(m.notices == Words{"started"});
    DOCTEST_CHECK(m.command == "list ");
}

DOCTEST_TEST_CASE("another ERROR event ends the watch like a broken connection") {
    Machine m;
    m.watching().deliver_error(error(500));
    DOCTEST_CHECK(m.command == "wait 500");
    m.give(WaitOver{});
    DOCTEST_CHECK(m.command == "open@10");
}

DOCTEST_TEST_CASE("a server that answers 410 to every watch is asked ever more slowly") {
    Machine m;
    m.page({}, "10").fail(error(410));
    DOCTEST_CHECK(m.command == "list ");
    m.page({}, "11").fail(error(410));
    DOCTEST_CHECK(m.command == "wait 1000");
    m.give(WaitOver{}).page({}, "12").fail(error(410));
    DOCTEST_CHECK(m.command == "wait 2000");
    m.give(WaitOver{}).page({}, "13").give(WatchOpened{}).deliver(WatchType::bookmark, object("", "", "14", ""));
    m.fail(error(410));
    DOCTEST_CHECK(m.command == "list "); // an event came through: it works again
}

DOCTEST_TEST_CASE("an input that does not follow the last command is a broken invariant") {
    Machine m;
    DOCTEST_CHECK_THROWS_AS(m.give(WatchOpened{}), std::logic_error);
}
