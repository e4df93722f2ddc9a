#include "adapters/sandbox/api/follower.hpp"
#include "adapters/sandbox/api/store.hpp"
#include "test/unit/core/scratch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>
#include <doctest/doctest.h>

#include <atomic>

namespace json = boost::json;
using namespace xtn;
using namespace xtn::sandbox;

namespace {

std::unique_ptr<Store> open(const std::filesystem::path &directory = {}, std::size_t history = 100) {
    auto store = Store::open({.directory = directory, .history = history});
    DOCTEST_REQUIRE(store.ok());
    return std::move(*store);
}

ObjectKey pod(std::string ns, std::string name) {
    return {"/pods", std::move(ns), std::move(name)};
}
json::object object(std::string_view name, std::string_view uid, std::string_view owner = {}) {
    json::object metadata{{"name", name}, {"uid", uid}};
    if (!owner.empty()) metadata["ownerReferences"] = json::array{json::object{{"uid", owner}}};
    return {{"metadata", metadata}};
}
std::string version(const ObjectPtr &object) {
    return json::value_to<std::string>(object->at("metadata").at("resourceVersion"));
}
std::vector<std::string> names(const Store::Listed &listed) {
    std::vector<std::string> out;
    for (const auto &o : listed.objects)
        out.push_back(json::value_to<std::string>(o->at("metadata").at("name")));
    return out;
}

} // namespace

DOCTEST_TEST_CASE("one revision counts all writes, and a write that lost the race is refused") {
    const auto store = open();
    const auto first = store->put(pod("a", "x"), nullptr, object("x", "u1"));
    DOCTEST_REQUIRE(first.ok());
    DOCTEST_CHECK(version(*first) == "1");
    DOCTEST_CHECK(version(*store->put(pod("a", "y"), nullptr, object("y", "u2"))) == "2");
    const auto second = store->put(pod("a", "x"), *first, object("x", "u1"));
    DOCTEST_CHECK(version(*second) == "3");
    DOCTEST_CHECK(store->put(pod("a", "x"), *first, object("x", "u1")).error().code == Code::conflict);
    DOCTEST_CHECK(store->put(pod("a", "x"), nullptr, object("x", "u1")).error().code == Code::conflict);
    DOCTEST_CHECK(store->remove(pod("a", "x"), *first, object("x", "u1")).error().code == Code::conflict);
    DOCTEST_CHECK(version(*store->remove(pod("a", "x"), *second, object("x", "u1"))) == "4");
    DOCTEST_CHECK(store->get(pod("a", "x")) == nullptr);
    DOCTEST_CHECK(store->head() == 4);
}

DOCTEST_TEST_CASE("a list shows an older state for as long as it is remembered") {
    const auto store = open();
    const auto x = store->put(pod("a", "x"), nullptr, object("x", "u1"));
    DOCTEST_REQUIRE(store->put(pod("b", "y"), nullptr, object("y", "u2")).ok());
    DOCTEST_REQUIRE(store->remove(pod("a", "x"), *x, object("x", "u1")).ok());
    DOCTEST_REQUIRE(store->put(pod("a", "z"), nullptr, object("z", "u3")).ok());
    DOCTEST_CHECK(names(*store->list("/pods", "")) == std::vector<std::string>{"z", "y"});
    DOCTEST_CHECK(names(*store->list("/pods", "", 2)) == std::vector<std::string>{"x", "y"});
    DOCTEST_CHECK(names(*store->list("/pods", "a", 1)) == std::vector<std::string>{"x"});
    DOCTEST_CHECK(store->list("/pods", "", 9).error().code == Code::invalid_argument);
    store->compact();
    DOCTEST_CHECK(store->list("/pods", "", 2).error().code == Code::gone);
    DOCTEST_CHECK(store->changes_after(2, 10).error().code == Code::gone);
    DOCTEST_CHECK(store->changes_after(4, 10)->empty());
}

DOCTEST_TEST_CASE("history is bounded") {
    const auto store = open({}, 3);
    for (int i = 0; i < 10; ++i)
        DOCTEST_REQUIRE(store->put(pod("a", std::to_string(i)), nullptr, object("x", std::to_string(i))).ok());
    DOCTEST_CHECK(store->changes_after(6, 10).error().code == Code::gone);
    DOCTEST_CHECK(store->changes_after(7, 10)->size() == 3);
}

DOCTEST_TEST_CASE("a follower misses nothing, even what has been compacted meanwhile") {
    const auto store = open({}, 2);
    std::atomic<int> seen = 0;
    std::atomic<bool> hold = true;
    Follower follower(*store, [&](const std::vector<StoredChange> &changes) {
        while (hold)
            std::this_thread::yield();
        seen += static_cast<int>(changes.size());
        return Deadline::never();
    });
    follower.start();
    for (int i = 0; i < 20; ++i)
        DOCTEST_REQUIRE(store->put(pod("a", std::to_string(i)), nullptr, object("x", std::to_string(i))).ok());
    store->compact();
    hold = false;
    const auto deadline = Deadline::after(std::chrono::seconds(10));
    while (seen < 20 && !deadline.passed())
        std::this_thread::yield();
    follower.stop();
    DOCTEST_CHECK(seen == 20);
    DOCTEST_CHECK(follower.seen() == 20);
}

DOCTEST_TEST_CASE("dependents are found by their owner's uid") {
    const auto store = open();
    const auto owned = store->put(pod("a", "x"), nullptr, object("x", "u1", "owner"));
    DOCTEST_CHECK(store->dependents("owner") == std::vector<ObjectKey>{pod("a", "x")});
    DOCTEST_CHECK(store->by_uid("u1") == pod("a", "x"));
    DOCTEST_REQUIRE(store->put(pod("a", "x"), *owned, object("x", "u1")).ok());
    DOCTEST_CHECK(store->dependents("owner").empty());
}

DOCTEST_TEST_CASE("objects and the revision survive, and older revisions are gone after a restart") {
    const Scratch folder;
    {
        const auto store = open(folder.path());
        DOCTEST_REQUIRE(store->put(pod("a", "x"), nullptr, object("x", "u1", "owner")).ok());
        const auto y = store->put(pod("a", "y"), nullptr, object("y", "u2"));
        DOCTEST_REQUIRE(store->remove(pod("a", "y"), *y, object("y", "u2")).ok());
        const auto second = Store::open({.directory = folder.path()});
        DOCTEST_REQUIRE(!second.ok());
        DOCTEST_CHECK(second.error().code == Code::unavailable);
        DOCTEST_CHECK(second.error().message.find("another process is using this folder") != std::string::npos);
    }
    const auto store = open(folder.path());
    DOCTEST_CHECK(store->head() == 3);
    DOCTEST_CHECK(names(*store->list("/pods", "")) == std::vector<std::string>{"x"});
    DOCTEST_CHECK(store->dependents("owner").size() == 1);
    DOCTEST_CHECK(store->changes_after(2, 10).error().code == Code::gone);
    DOCTEST_CHECK(version(*store->put(pod("a", "z"), nullptr, object("z", "u3"))) == "4");
}
