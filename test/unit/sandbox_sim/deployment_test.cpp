#include "adapters/sandbox/sim/deployment.hpp"
#include "adapters/sandbox/sim/json_path.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace xtn::sandbox::sim;
namespace json = boost::json;

namespace {

json::object deployment(int replicas, const std::string &strategy) {
    return json::parse(fmt::format(R"({{"metadata":{{"name":"a","namespace":"n","uid":"d"}},"spec":{{"replicas":{},"strategy":{},
        "selector":{{"matchLabels":{{"app":"a"}}}},"template":{{"metadata":{{"labels":{{"app":"a"}}}},"spec":{{}}}}}}}})",
                                   replicas, strategy))
        .as_object();
}
json::object set(int replicas, int available) {
    return json::parse(
               fmt::format(
                   R"({{"metadata":{{"name":"s"}},"spec":{{"replicas":{}}},"status":{{"replicas":{},"availableReplicas":{}}}}})",
                   replicas, replicas, available))
        .as_object();
}
using Changes = std::vector<std::pair<std::size_t, std::int64_t>>;

} // namespace

DOCTEST_TEST_CASE("a rolling update goes up within the surge and down only as far as pods serve") {
    const auto d = deployment(4, "{}"); // 25 %: one more, one fewer
    DOCTEST_CHECK(next_replicas(d, {set(4, 4), set(0, 0)}, 1) == Changes{{0, 3}, {1, 1}});
    DOCTEST_CHECK(next_replicas(d, {set(3, 3), set(1, 0)}, 1) == Changes{{1, 2}});
    DOCTEST_CHECK(next_replicas(d, {set(3, 3), set(2, 2)}, 1) == Changes{{0, 1}});
    DOCTEST_CHECK(next_replicas(d, {set(0, 0), set(4, 4)}, 1).empty());
}

DOCTEST_TEST_CASE("one replica is replaced by surge first, so that one always serves") {
    const auto d = deployment(1, "{}");
    DOCTEST_CHECK(next_replicas(d, {set(1, 1), set(0, 0)}, 1) == Changes{{1, 1}});
    DOCTEST_CHECK(next_replicas(d, {set(1, 1), set(1, 0)}, 1).empty());
    DOCTEST_CHECK(next_replicas(d, {set(1, 1), set(1, 1)}, 1) == Changes{{0, 0}});
}

DOCTEST_TEST_CASE("old pods that serve nobody go at once") {
    DOCTEST_CHECK(next_replicas(deployment(1, "{}"), {set(1, 0), set(1, 1)}, 1) == Changes{{0, 0}});
}

DOCTEST_TEST_CASE("Recreate lets all old pods go before the first new one") {
    const auto d = deployment(2, R"({"type":"Recreate"})");
    DOCTEST_CHECK(next_replicas(d, {set(2, 2), set(0, 0)}, 1) == Changes{{0, 0}});
    auto ending = set(0, 0);
    ending["status"].as_object()["replicas"] = 1;
    DOCTEST_CHECK(next_replicas(d, {ending, set(0, 0)}, 1).empty());
    DOCTEST_CHECK(next_replicas(d, {set(0, 0), set(0, 0)}, 1) == Changes{{1, 2}});
}

DOCTEST_TEST_CASE("numbers and percentages bound an update alike") {
    const auto d = deployment(10, R"({"rollingUpdate":{"maxSurge":0,"maxUnavailable":"30%"}})");
    DOCTEST_CHECK(next_replicas(d, {set(10, 10), set(0, 0)}, 1) == Changes{{0, 7}});
    DOCTEST_CHECK(next_replicas(d, {set(7, 7), set(0, 0)}, 1) == Changes{{1, 3}});
}

DOCTEST_TEST_CASE("scaling to zero takes all of every set") {
    DOCTEST_CHECK(next_replicas(deployment(0, "{}"), {set(1, 1), set(1, 0)}, 1) == Changes{{0, 0}, {1, 0}});
}

DOCTEST_TEST_CASE("a template's hash is the same for the same template and has the alphabet of generated names") {
    const auto a = json::parse(R"({"spec":{"x":1}})").as_object();
    const auto b = json::parse(R"({"spec":{"x":2}})").as_object();
    DOCTEST_CHECK(template_hash(a) == template_hash(a));
    DOCTEST_CHECK(template_hash(a) != template_hash(b));
    DOCTEST_CHECK(template_hash(a).find_first_not_of("bcdfghjklmnpqrstvwxz2456789") == std::string::npos);
}

DOCTEST_TEST_CASE("history beyond its limit goes, oldest first") {
    auto d = deployment(1, "{}");
    d["spec"].as_object()["revisionHistoryLimit"] = 1;
    std::vector<json::object> sets;
    for (int i = 1; i <= 4; ++i) {
        auto s = set(i == 4 ? 1 : 0, 0);
        s["metadata"].as_object()["annotations"] = json::object{{"deployment.kubernetes.io/revision", std::to_string(i)}};
        sets.push_back(s);
    }
    DOCTEST_CHECK(surplus_history(d, sets, 3) == std::vector<std::size_t>{0, 1});
}
