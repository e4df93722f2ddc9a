#include "gateway/http/fields.hpp"
#include "gateway/routing/directory.hpp"
#include "gateway/routing/query_id.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace xtn::gateway;

DOCTEST_TEST_CASE("fields are known in any case, and nothing else is taken for one") {
    DOCTEST_CHECK(classify_field("Content-Length") == Field::content_length);
    DOCTEST_CHECK(classify_field("CONTENT-LENGTH") == Field::content_length);
    DOCTEST_CHECK(classify_field("te") == Field::te);
    DOCTEST_CHECK(classify_field("x-trino-xtrinode-namespace") == Field::trino_xtrinode_namespace);
    DOCTEST_CHECK(classify_field("X-Trino-XTrinode") == Field::trino_selector);
    DOCTEST_CHECK(classify_field("X-Trino-XTrinodes") == Field::other);
    DOCTEST_CHECK(classify_field("Content_Length") == Field::other);
    DOCTEST_CHECK(classify_field("x") == Field::other);
    DOCTEST_CHECK(classify_field(std::string(300, 'x')) == Field::other);
    for (const auto *name : {"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE",
                             "Trailer", "Transfer-Encoding", "Upgrade"}) {
        DOCTEST_CAPTURE(name);
        DOCTEST_CHECK(hop_by_hop(classify_field(name)));
    }
    DOCTEST_CHECK_FALSE(hop_by_hop(Field::content_length));
}

DOCTEST_TEST_CASE("elements of a list are trimmed and never empty") {
    std::vector<std::string> seen;
    for_each_token(" a ,,\tb c, ", [&](std::string_view token) { seen.emplace_back(token); });
    DOCTEST_CHECK(seen == std::vector<std::string>{"a", "b c"});
}

DOCTEST_TEST_CASE("a query id is found where it is a whole path segment") {
    const std::string id = "20251124_140205_00042_k3x9p";
    for (const auto *path :
         {"/v1/statement/queued/20251124_140205_00042_k3x9p/yabc/1", "/v1/query/20251124_140205_00042_k3x9p",
          "/20251124_140205_00042_k3x9p/", "/ui/api/query/20251124_140205_00042_k3x9p?x=/20250101_000000_00001_aaaaa"}) {
        DOCTEST_CAPTURE(path);
        DOCTEST_CHECK(query_id_in_path(path) == id);
    }
    DOCTEST_CHECK(query_id_in_path("/a/20250101_000000_00001_aaaaa/20251124_140205_00042_k3x9p") ==
                  "20250101_000000_00001_aaaaa");
    for (const auto *path :
         {"/v1/statement", "/v1/statement/20250115_123456", "/v1/query/x20251124_140205_00042_k3x9p",
          "/v1/query/20251124_140205_00042_k3x9p.json", "/v1/query/20251124_140205_00042_", "/?id=/20251124_140205_00042_k3x9p",
          "20251124_140205_00042_k3x9p", "/20251124_14020a_00042_k3x9p"}) {
        DOCTEST_CAPTURE(path);
        DOCTEST_CHECK_FALSE(query_id_in_path(path).has_value());
    }
    DOCTEST_CHECK(coordinator_suffix(id) == "k3x9p");
    DOCTEST_CHECK(coordinator_suffix("20251124_140205_00042_k3x9").empty());
    DOCTEST_CHECK(coordinator_suffix("20251124_140205_00042_k3x9pq").empty());
    DOCTEST_CHECK(is_query_id(id));
    DOCTEST_CHECK_FALSE(is_query_id(id + "-"));
    DOCTEST_CHECK_FALSE(is_query_id("20251124_140205_00042_" + std::string(100, 'a')));
}

DOCTEST_TEST_CASE(
    "a restarted coordinator keeps its former suffixes for a while, and a suffix belongs to whoever showed it last") {
    CoordinatorDirectory directory;
    DOCTEST_CHECK(directory.learn("aaaaa", "team-a/x"));
    DOCTEST_CHECK_FALSE(directory.learn("aaaaa", "team-a/x"));
    DOCTEST_CHECK_FALSE(directory.learn("abc", "team-a/x")); // no suffix
    for (const auto *suffix : {"bbbbb", "ccccc", "ddddd"})
        DOCTEST_CHECK(directory.learn(suffix, "team-a/x"));
    DOCTEST_REQUIRE(directory.find("aaaaa") != nullptr);
    DOCTEST_CHECK(*directory.find("aaaaa") == "team-a/x");
    directory.learn("eeeee", "team-a/x");
    DOCTEST_CHECK(directory.find("aaaaa") == nullptr); // the fifth last
    DOCTEST_CHECK(directory.learn("bbbbb", "team-b/y"));
    DOCTEST_CHECK(*directory.find("bbbbb") == "team-b/y");
    directory.prune([](std::string_view identity) { return identity == "team-b/y"; });
    DOCTEST_CHECK(directory.find("ddddd") == nullptr);
    DOCTEST_CHECK(*directory.find("bbbbb") == "team-b/y");
    DOCTEST_CHECK_FALSE(directory.knows_runtime("team-a/x"));
}
