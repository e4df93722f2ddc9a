#include "core/engine/input_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace xtn;

namespace {

constexpr auto observation = Engine::Priority::observation;
constexpr auto decision = Engine::Priority::decision;

// An input that can be told again by its source.
EngineInput named(std::string name) {
    EventDraft draft;
    draft.source = std::move(name);
    EngineInput input;
    input.drafts.push_back(std::move(draft));
    return input;
}

bool push(InputQueue &queue, std::string_view lane, std::string name, Engine::Priority priority = observation) {
    auto input = named(std::move(name));
    return queue.push(lane, input, priority);
}

std::vector<std::string> take(InputQueue &queue, std::size_t most) {
    std::vector<std::string> names;
    for (const auto &input : queue.take(most))
        names.push_back(input.drafts.front().source);
    return names;
}

std::size_t place(const std::vector<std::string> &all, const std::string &name) {
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
}

} // namespace

DOCTEST_TEST_CASE("a flood of one namespace delays another's input by one input each round") {
    InputQueue queue(16384);
    for (int i = 0; i < 2000; ++i)
        DOCTEST_REQUIRE(push(queue, "kube/Pod/flood", "flood"));
    DOCTEST_REQUIRE(push(queue, "kube/Pod/quiet", "quiet 1"));
    DOCTEST_REQUIRE(push(queue, "kube/Pod/quiet", "quiet 2"));
    const auto order = take(queue, 3000);
    DOCTEST_REQUIRE(order.size() == 2002);
    DOCTEST_CHECK(place(order, "quiet 1") <= 1);
    DOCTEST_CHECK(place(order, "quiet 2") <= 3);
}

DOCTEST_TEST_CASE("one lane holds at most a quarter of the room for observations, so that another always finds room") {
    InputQueue queue(1600);
    std::size_t taken = 0;
    while (push(queue, "kube/Pod/flood", "flood"))
        ++taken;
    DOCTEST_CHECK(taken == 300);
    DOCTEST_CHECK(push(queue, "kube/Pod/quiet", "quiet"));
    DOCTEST_CHECK(push(queue, "kube/XTrinode/flood", "another kind"));
    DOCTEST_CHECK(queue.size() == 302);
}

DOCTEST_TEST_CASE("whatever floods it, the queue stays bounded and keeps a quarter for decisions") {
    InputQueue queue(1600);
    std::size_t taken = 0;
    for (int i = 0; i < 100'000; ++i)
        if (push(queue, "kube/Pod/ns-" + std::to_string(i % 500), "flood")) ++taken;
    DOCTEST_CHECK(taken == 1200);
    DOCTEST_CHECK(queue.size() == 1200);
    std::size_t decisions = 0;
    while (push(queue, "act/team-a", "outcome", decision))
        ++decisions;
    DOCTEST_CHECK(decisions == 400);
    DOCTEST_CHECK(queue.size() == 1600);
    DOCTEST_CHECK(take(queue, 10'000).size() == 1600);
    DOCTEST_CHECK(queue.empty());
}

DOCTEST_TEST_CASE("the end of a list waits for everything that was pushed before it into the lanes below") {
    InputQueue queue(16384);
    for (int i = 0; i < 50; ++i)
        for (const auto *ns : {"a", "b", "c"})
            DOCTEST_REQUIRE(push(queue, std::string("kube/Pod/") + ns, "before"));
    DOCTEST_REQUIRE(push(queue, "kube/Pod", "synced"));
    for (int i = 0; i < 80; ++i)
        DOCTEST_REQUIRE(push(queue, "kube/Pod/d", "after"));
    std::vector<std::string> order;
    while (!queue.empty())
        for (auto &name : take(queue, 7))
            order.push_back(std::move(name));
    DOCTEST_REQUIRE(order.size() == 231);
    const auto synced = place(order, "synced");
    for (std::size_t i = 0; i < order.size(); ++i)
        if (order[i] == "before") DOCTEST_CHECK(i < synced);
    // What came after it needs not wait, and does not hold it up.
    DOCTEST_CHECK(synced < order.size() - 1);
}

DOCTEST_TEST_CASE("a lane is not below another whose name it only begins with") {
    InputQueue queue(16384);
    DOCTEST_REQUIRE(push(queue, "kube/PodTemplate", "template"));
    DOCTEST_REQUIRE(push(queue, "kube/Pod", "synced"));
    DOCTEST_REQUIRE(push(queue, "kube/Pod-x/a", "x"));
    DOCTEST_CHECK(take(queue, 1) == std::vector<std::string>{"synced"});
}
