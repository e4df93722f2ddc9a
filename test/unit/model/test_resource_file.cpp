#include "core/model/resource_file.hpp"

#include <doctest/doctest.h>

using namespace xtn;

DOCTEST_TEST_CASE("a field is found at its line, one that is missing at its nearest parent") {
    const auto documents = read_resources(R"(# a comment
apiVersion: analytics.xtrinode.io/v1
kind: XTrinode
metadata: {name: a, namespace: b}
spec:
  size: s
  resources:
    worker:
      limits:
        memory: 1Gi
        example.org/gpu: 1
  customConfigMaps:
  - one
  - two
---
kind: List
items:
- kind: XTrinode
  metadata: {name: c}
- kind: Secret
)");
    DOCTEST_REQUIRE(documents.ok());
    DOCTEST_REQUIRE(documents->size() == 3);
    const auto &first = documents->front();
    DOCTEST_CHECK(first.identity() == "XTrinode b/a");
    DOCTEST_CHECK(first.line_of("spec.size") == 6);
    DOCTEST_CHECK(first.line_of("spec.resources.worker.limits[memory]") == 10);
    DOCTEST_CHECK(first.line_of("spec.resources.worker.limits[example.org/gpu]") == 11);
    DOCTEST_CHECK(first.line_of("spec.resources.worker.requests[cpu]") == 8);
    DOCTEST_CHECK(first.line_of("spec.customConfigMaps[1]") == 14);
    DOCTEST_CHECK(first.line_of("spec.customConfigMaps[9]") == 12);
    DOCTEST_CHECK(first.line_of("status") == 2);
    DOCTEST_CHECK(first.line_of("") == 2);
    DOCTEST_CHECK((*documents)[1].identity() == "XTrinode c");
    DOCTEST_CHECK((*documents)[2].identity() == "Secret (no name)");
    DOCTEST_CHECK((*documents)[1].line_of("metadata.name") == 19);
}

DOCTEST_TEST_CASE("what is no resource is refused with its place") {
    DOCTEST_CHECK(read_resources("- a\n").error().message ==
                  "line 1, column 1: a resource must be a map with apiVersion, kind and metadata");
    DOCTEST_CHECK(read_resources("a: [\n").error().message.find("line ") == 0);
    DOCTEST_CHECK(read_resources("")->empty());
    DOCTEST_CHECK(read_resources("kind: L]st[\n")->size() == 1);
}
