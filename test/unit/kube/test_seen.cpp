// What acting re-checks: watches and answers to our own writes overtake each other.
#include "adapters/kube/own_writes.hpp"
#include "adapters/kube/seen.hpp"

#include <doctest/doctest.h>

using namespace xtn;

namespace {

kube::Object object(const std::string &name, const std::string &uid, const std::string &version, int replicas = 1) {
    auto body = kube::parse_json_object(R"({"metadata":{"namespace":"team","name":")" + name + R"(","uid":")" + uid +
                                        R"(","resourceVersion":")" + version + R"("},"spec":{"replicas":)" +
                                        std::to_string(replicas) + "}}");
    if (!body.ok()) DOCTEST_FAIL(body.error().message);
    return kube::Object::from(std::move(*body));
}

const RuntimeId a{"team", "a"};

} // namespace

DOCTEST_TEST_CASE("of one XTrinode the newer version counts, whether a watch or an answer brought it") {
    Seen seen;
    seen.resource(object("a", "u1", "5"));
    seen.resource_answered(object("a", "u1", "7"));
    seen.resource(object("a", "u1", "6"));
    DOCTEST_CHECK(seen.find_resource(a)->resource_version == "7");
}

DOCTEST_TEST_CASE("a late answer about an XTrinode that went says nothing of the one that bears its name now") {
    Seen seen;
    seen.resource(object("a", "u1", "5"));
    seen.resource_gone({"team", "a"}, "u1");
    seen.resource_answered(object("a", "u1", "6"));
    DOCTEST_CHECK(seen.find_resource(a) == nullptr);
    seen.resource(object("a", "u2", "9"));
    seen.resource_answered(object("a", "u1", "6"));
    DOCTEST_REQUIRE(seen.find_resource(a));
    DOCTEST_CHECK(seen.find_resource(a)->uid == "u2");
}

DOCTEST_TEST_CASE("an answer shows a Deployment that it made, but none that was replaced since") {
    const kube::ObjectKey key{"team", "d"};
    Seen seen;
    seen.deployment_answered(object("d", "u1", "5", 2));
    DOCTEST_REQUIRE(seen.find_deployment(key));
    DOCTEST_CHECK(seen.find_deployment(key)->replicas == 2);
    seen.deployment(object("d", "u2", "8", 3));
    seen.deployment_answered(object("d", "u1", "6", 1));
    DOCTEST_CHECK(seen.find_deployment(key)->uid == "u2");
    seen.deployment_answered(object("d", "u3", "9", 4));
    DOCTEST_CHECK(seen.find_deployment(key)->uid == "u3");
}

DOCTEST_TEST_CASE("an object whose end was shown before the answer to its write came has gone; one that was only shown has not") {
    const kube::ObjectKey key{"team", "d"};
    const auto answered = object("d", "u1", "5");
    OwnWrites own;
    DOCTEST_CHECK_FALSE(own.shown("Service", key, "u1")); // nobody writes it
    own.begin("Service", key);
    DOCTEST_CHECK(own.shown("Service", key, "u1"));
    DOCTEST_CHECK_FALSE(own.went_meanwhile("Service", key, answered, false));
    own.went("Service", key, "u0"); // the one of before
    DOCTEST_CHECK_FALSE(own.went_meanwhile("Service", key, answered, false));
    own.went("Service", key, "u1");
    DOCTEST_CHECK(own.went_meanwhile("Service", key, answered, false));
    own.end("Service", key);
    DOCTEST_CHECK_FALSE(own.went_meanwhile("Service", key, answered, false));
}

DOCTEST_TEST_CASE(
    "a list newer than the write and without its object says that it went, unless the list will be held against the ledger") {
    const kube::ObjectKey key{"team", "d"};
    const auto answered = object("d", "u1", "5");
    OwnWrites own;
    own.begin("Service", key);
    own.listed("Service", "", 4); // before the write was done
    own.listed("ConfigMap", "", 9);
    own.listed("Service", "another", 9);
    DOCTEST_CHECK_FALSE(own.went_meanwhile("Service", key, answered, false));
    own.listed("Service", "team", 5);
    DOCTEST_CHECK(own.went_meanwhile("Service", key, answered, false));
    DOCTEST_CHECK_FALSE(own.went_meanwhile("Service", key, answered, true));
    own.shown("Service", key, "u1");
    DOCTEST_CHECK_FALSE(own.went_meanwhile("Service", key, answered, false));
}
