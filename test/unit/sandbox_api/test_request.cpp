#include "adapters/sandbox/api/media_type.hpp"
#include "adapters/sandbox/api/request.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace xtn::sandbox;

DOCTEST_TEST_CASE("resource paths come apart") {
    const auto status = ResourcePath::parse("/apis/analytics.xtrinode.io/v1/namespaces/a/xtrinodes/b/status");
    DOCTEST_CHECK(status.resource);
    DOCTEST_CHECK(status.group == "analytics.xtrinode.io");
    DOCTEST_CHECK(status.ns == "a");
    DOCTEST_CHECK(status.plural == "xtrinodes");
    DOCTEST_CHECK(status.name == "b");
    DOCTEST_CHECK(status.subresource == "status");

    const auto ns = ResourcePath::parse("/api/v1/namespaces/a/finalize");
    DOCTEST_CHECK(ns.plural == "namespaces");
    DOCTEST_CHECK(ns.name == "a");
    DOCTEST_CHECK(ns.subresource == "finalize");
    DOCTEST_CHECK(ns.ns.empty());

    const auto pods = ResourcePath::parse("/api/v1/namespaces/a/pods");
    DOCTEST_CHECK(pods.ns == "a");
    DOCTEST_CHECK(pods.plural == "pods");
    DOCTEST_CHECK(pods.name.empty());

    DOCTEST_CHECK(ResourcePath::parse("/api/v1/namespaces/a%20b/pods").ns == "a b");
    DOCTEST_CHECK(!ResourcePath::parse("/apis/apps/v1").resource);
    DOCTEST_CHECK(!ResourcePath::parse("/version").resource);
}

DOCTEST_TEST_CASE("the verb follows from method, name and query") {
    const auto verb = [](std::string_view method, std::string_view path, QueryParameters query = {}) {
        return verb_of(method, ResourcePath::parse(path), query);
    };
    DOCTEST_CHECK(verb("GET", "/api/v1/pods") == "list");
    DOCTEST_CHECK(verb("GET", "/api/v1/pods", QueryParameters{{{"watch", "1"}}}) == "watch");
    DOCTEST_CHECK(verb("GET", "/api/v1/pods", QueryParameters{{{"watch", "false"}}}) == "list");
    DOCTEST_CHECK(verb("HEAD", "/api/v1/namespaces/a") == "get");
    DOCTEST_CHECK(verb("DELETE", "/api/v1/namespaces/a/pods") == "deletecollection");
    DOCTEST_CHECK(verb("OPTIONS", "/api/v1/pods").empty());
}

DOCTEST_TEST_CASE("clients get the first form that can be given, by quality and then by order") {
    const std::array<Shape, 2> shapes{Shape::object, Shape::table};
    const auto table = negotiate(
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
        shapes);
    DOCTEST_REQUIRE(table);
    DOCTEST_CHECK(table->shape == Shape::table);
    const auto unknown_version = negotiate("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", shapes);
    DOCTEST_REQUIRE(unknown_version);
    DOCTEST_CHECK(unknown_version->shape == Shape::object);
    DOCTEST_CHECK(negotiate("application/vnd.kubernetes.protobuf,application/json", shapes)->type == "application/json");
    DOCTEST_CHECK(negotiate("application/json;q=0.1, application/yaml", shapes)->type == "application/yaml");
    DOCTEST_CHECK(negotiate("text/csv, */*;q=0.1", shapes)->type == "application/json");
    DOCTEST_CHECK(negotiate("", shapes)->type == "application/json");
    DOCTEST_CHECK(!negotiate("application/vnd.kubernetes.protobuf", shapes));
    DOCTEST_CHECK(content_type("Application/JSON; charset=utf-8") == "application/json");
}
