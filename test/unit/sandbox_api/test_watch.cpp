#include "test/unit/sandbox_api/api_fixture.hpp"

using namespace xtn::sandbox;

namespace {

const std::string config_maps = "/api/v1/namespaces/default/configmaps";

// "ADDED a", "BOOKMARK", ...
std::vector<std::string> shown(const std::vector<json::object> &events) {
    std::vector<std::string> out;
    for (const auto &event : events) {
        const auto name = text_at(event, "/object/metadata/name");
        out.push_back(text_at(event, "/type") + (name.empty() ? "" : " " + name));
    }
    return out;
}

} // namespace

DOCTEST_TEST_CASE("a watch brings every change after its revision, in order, and ends when its time is over") {
    const Api api;
    const auto from = api.config_map("a");
    api.config_map("b");
    DOCTEST_CHECK(api.send("PATCH", config_maps + "/a", R"({"data":{"k":"v"}})", "application/merge-patch+json").status == 200);
    DOCTEST_CHECK(api.send("DELETE", config_maps + "/b").status == 200);
    const auto stream = api.get(config_maps + "?watch=1&timeoutSeconds=1&resourceVersion=" + from);
    DOCTEST_CHECK(stream.status == 200);
    const auto events = lines_of(stream);
    DOCTEST_CHECK(shown(events) == std::vector<std::string>{"ADDED b", "MODIFIED a", "DELETED b"});
    DOCTEST_CHECK(text_at(events.back(), "/object/metadata/resourceVersion") >
                  text_at(events[1], "/object/metadata/resourceVersion"));
}

DOCTEST_TEST_CASE("without a revision a watch starts with what is there; on request a bookmark says where that ends") {
    const Api api;
    api.config_map("a");
    DOCTEST_CHECK(shown(lines_of(api.get(config_maps + "?watch=1&timeoutSeconds=1"))) == std::vector<std::string>{"ADDED a"});
    const auto events = lines_of(api.get(config_maps + "?watch=1&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true"
                                                       "&resourceVersionMatch=NotOlderThan"));
    DOCTEST_CHECK(shown(events) == std::vector<std::string>{"ADDED a", "BOOKMARK"});
    DOCTEST_CHECK(text_at(events.back(), "/object/metadata/annotations/k8s.io~1initial-events-end") == "true");
    DOCTEST_CHECK(api.get(config_maps + "?watch=1&sendInitialEvents=true").status == 422);
}

DOCTEST_TEST_CASE("what enters a selector is added, what leaves it is deleted") {
    const Api api;
    const auto from = api.config_map("a", R"({"team":"x"})");
    const auto label = [&](const std::string &value) {
        DOCTEST_CHECK(api.send("PATCH", config_maps + "/a", R"({"metadata":{"labels":{"team":")" + value + R"("}}})",
                               "application/merge-patch+json")
                          .status == 200);
    };
    label("y");
    label("z");
    label("x");
    const auto events =
        lines_of(api.get(config_maps + "?watch=1&timeoutSeconds=1&labelSelector=team%3Dx&resourceVersion=" + from));
    DOCTEST_CHECK(shown(events) == std::vector<std::string>{"DELETED a", "ADDED a"});
    DOCTEST_CHECK(text_at(events.front(), "/object/metadata/labels/team") == "x");
}

DOCTEST_TEST_CASE("a watch from a forgotten revision is told so, as an event") {
    const Api api;
    const auto from = api.config_map("a");
    api.config_map("b");
    api.kube->compact();
    const auto events = lines_of(api.get(config_maps + "?watch=1&timeoutSeconds=5&resourceVersion=" + from));
    DOCTEST_REQUIRE(events.size() == 1);
    DOCTEST_CHECK(text_at(events[0], "/type") == "ERROR");
    DOCTEST_CHECK(text_at(events[0], "/object/reason") == "Expired");
    DOCTEST_CHECK(events[0].at("object").at("code").to_number<int>() == 410);
}

DOCTEST_TEST_CASE("a list comes in pages of one state, until that state is forgotten") {
    const Api api;
    for (const auto *name : {"a", "b", "c", "d", "e"})
        api.config_map(name);
    const auto first = body_of(api.get(config_maps + "?limit=2"));
    DOCTEST_CHECK(first.at("items").as_array().size() == 2);
    DOCTEST_CHECK(first.at("metadata").at("remainingItemCount").to_number<int>() == 3);
    const auto token = text_at(first, "/metadata/continue");
    DOCTEST_CHECK(api.send("DELETE", config_maps + "/c").status == 200);
    api.config_map("cc");
    const auto second = body_of(api.get(config_maps + "?limit=2&continue=" + token));
    DOCTEST_CHECK(text_at(second, "/items/0/metadata/name") == "c");
    DOCTEST_CHECK(text_at(second, "/items/1/metadata/name") == "d");
    DOCTEST_CHECK(text_at(second, "/metadata/resourceVersion") == text_at(first, "/metadata/resourceVersion"));
    const auto third = body_of(api.get(config_maps + "?limit=2&continue=" + text_at(second, "/metadata/continue")));
    DOCTEST_CHECK(third.at("items").as_array().size() == 1);
    DOCTEST_CHECK(text_at(third, "/metadata/continue").empty());
    api.kube->compact();
    const auto expired = api.get(config_maps + "?limit=2&continue=" + token);
    DOCTEST_CHECK(expired.status == 410);
    DOCTEST_CHECK(text_at(body_of(expired), "/reason") == "Expired");
    DOCTEST_CHECK(api.get(config_maps + "?continue=nonsense").status == 400);
}

DOCTEST_TEST_CASE("lists and watches come as tables when asked") {
    const Api api;
    api.config_map("a");
    netkit::Request request;
    request.target = config_maps;
    request.headers.add("Authorization", "Bearer secret");
    request.headers.add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    const auto answer = netkit::send_blocking(*netkit::Origin::parse(api.kube->url()), request,
                                              netkit::Deadline::after(std::chrono::seconds(10)));
    DOCTEST_REQUIRE(answer.ok());
    const auto table = body_of(*answer);
    DOCTEST_CHECK(text_at(table, "/kind") == "Table");
    DOCTEST_CHECK(text_at(table, "/columnDefinitions/0/name") == "Name");
    DOCTEST_CHECK(text_at(table, "/rows/0/cells/0") == "a");
    DOCTEST_CHECK(text_at(table, "/rows/0/object/kind") == "PartialObjectMetadata");
}
