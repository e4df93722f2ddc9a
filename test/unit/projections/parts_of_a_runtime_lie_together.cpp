// What states are made of so that an everyday observation touches little memory: texts and maps that keep what is usual where
// they are, and a table of runtimes whose nodes stay where they are.
#include "projections/by_id.hpp"
#include "projections/flat_map.hpp"
#include "projections/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

using namespace xtn;

DOCTEST_TEST_CASE("a text is the same whether it fits into its room or not, and goes from one to the other and back") {
    Text<8> text;
    DOCTEST_CHECK(text.empty());
    for (const std::size_t size : {1U, 8U, 9U, 254U, 255U, 256U, 1000U, 8U, 0U, 300U, 300U, 3U}) {
        const std::string wanted(size, static_cast<char>('a' + size % 26));
        text = wanted;
        DOCTEST_CHECK(text == wanted);
        DOCTEST_CHECK(text.size() == size);
        DOCTEST_CHECK(text.empty() == (size == 0));
        DOCTEST_CHECK(fmt::format("<{}>", text) == "<" + wanted + ">");
        const Text<8> copy(text);
        DOCTEST_CHECK(copy == text);
        Text<8> moved(std::move(text));
        DOCTEST_CHECK(moved == wanted);
        text = std::move(moved);
        DOCTEST_CHECK(text == wanted);
        text = text.view().substr(size / 2); // a part of its own
        DOCTEST_CHECK(text == std::string_view(wanted).substr(size / 2));
    }
    DOCTEST_CHECK(Text<8>("ab") < Text<8>("abcdefghijk"));
    DOCTEST_CHECK(Text<8>("b") > Text<8>("abcdefghijk"));
}

DOCTEST_TEST_CASE("a small map keeps the order of names when it outgrows its own room, and when it shrinks again") {
    FlatMap<int, 3, Text<4>> map;
    const std::vector<std::string> names = {"m", "c", "a-long-name", "z", "b", "q", "a", "y", "x", "d", "e"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        map[names[i]] = static_cast<int>(i);
        DOCTEST_CHECK(map.size() == i + 1);
        std::string_view before;
        for (const auto &[name, value] : map) {
            DOCTEST_CHECK(before < name.view());
            before = name.view();
        }
        for (std::size_t k = 0; k <= i; ++k) {
            DOCTEST_REQUIRE(map.find(names[k]) != map.end());
            DOCTEST_CHECK(map.find(names[k])->second == static_cast<int>(k));
        }
    }
    DOCTEST_CHECK(!map.contains("none"));
    DOCTEST_CHECK(erase_if(map, [](const auto &entry) { return entry.second % 2 == 0; }) == 6);
    DOCTEST_CHECK(map.erase("c") == 1);
    DOCTEST_CHECK(map.erase("c") == 0);
    DOCTEST_CHECK(map.size() == 4);
    auto taken = std::move(map);
    DOCTEST_CHECK(taken.find("z")->second == 3);
}

DOCTEST_TEST_CASE("a table of runtimes finds each of them through growth, erasure and moves; references stay good") {
    ById<std::string> table;
    const auto id = [](int i) { return RuntimeId{fmt::format("team-{}", i % 17), fmt::format("runtime-{}", i)}; };
    constexpr int many = 3000;
    std::string *first = nullptr;
    for (int i = 0; i < many; ++i) {
        auto &made = table[id(i)];
        made = id(i).text();
        if (i == 0) first = &made;
    }
    DOCTEST_CHECK(table.find(id(0)) == first);
    for (int i = 0; i < many; i += 3)
        table.erase(id(i));
    const auto holds = [&](const ById<std::string> &of) {
        for (int i = 0; i < many; ++i) {
            const auto *found = of.find(id(i));
            of.fetch(HashedId(id(i)).hash, 0, sizeof(std::string)); // says nothing, and harms nothing
            if ((found != nullptr) != (i % 3 != 0) || (found != nullptr && *found != id(i).text())) return false;
        }
        return of.size() == many - (many + 2) / 3;
    };
    DOCTEST_CHECK(holds(table));
    ById<std::string> other;
    other[RuntimeId{"a", "b"}] = "goes with its memory";
    other = std::move(table);
    DOCTEST_CHECK(holds(other));
    const ById<std::string> last(std::move(other));
    DOCTEST_CHECK(holds(last));
}
