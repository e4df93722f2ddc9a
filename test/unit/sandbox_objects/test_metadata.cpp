#include "support.hpp"

#include <doctest/doctest.h>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
const Kind &config_map() {
    return *builtin_kind("", "v1", "configmaps");
}
std::vector<std::string> errors_of(std::string_view metadata, NameRule rule = NameRule::dns_subdomain) {
    return texts(validate_metadata({{"metadata", js(metadata)}}, rule, true));
}
} // namespace

DOCTEST_TEST_CASE("names follow the rule of their kind") {
    DOCTEST_CHECK(name_errors(NameRule::dns_subdomain, "dots.are-fine.1").empty());
    DOCTEST_CHECK(name_errors(NameRule::dns_subdomain, "a..b") == std::vector{dns_subdomain_text()});
    DOCTEST_CHECK(name_errors(NameRule::dns_subdomain, std::string(254, 'a')) ==
                  std::vector<std::string>{"must be no more than 253 characters"});
    DOCTEST_CHECK(name_errors(NameRule::dns_label, "a.b") == std::vector<std::string>{"must not contain dots"});
    DOCTEST_CHECK(name_errors(NameRule::dns_label, std::string(64, 'a')) ==
                  std::vector<std::string>{"must be no more than 63 characters"});
    DOCTEST_CHECK(name_errors(NameRule::dns_label, "Bad") == std::vector{dns_label_text()});
    DOCTEST_CHECK(name_errors(NameRule::path_segment, "system:role").empty());
    DOCTEST_CHECK(name_errors(NameRule::path_segment, "a/b") == std::vector<std::string>{"may not contain '/'"});
    DOCTEST_CHECK(name_errors(NameRule::dns_subdomain, "run-", true).empty());
    DOCTEST_CHECK(!name_errors(NameRule::dns_subdomain, "run-").empty());
}

DOCTEST_TEST_CASE("a name is wanted, by itself or generated") {
    DOCTEST_CHECK(errors_of(R"({"namespace":"n"})") ==
                  std::vector<std::string>{"metadata.name: Required value: name or generateName is required"});
    auto object = obj(R"({"metadata":{"generateName":"run-"}})");
    fill_generated_name(object, "x2x4x");
    DOCTEST_CHECK(name_of(object) == "run-x2x4x");
    fill_generated_name(object, "other");
    DOCTEST_CHECK(name_of(object) == "run-x2x4x");
    auto base = json::object{{"metadata", {{"generateName", std::string(200, 'a')}}}};
    fill_generated_name(base, "bcdfg");
    DOCTEST_CHECK(name_of(base).size() == 63);
}

DOCTEST_TEST_CASE("labels, annotations, finalizers and owners are checked") {
    DOCTEST_CHECK(errors_of(R"({"name":"a","namespace":"n","labels":{"example.com/ok":"v","":"x"}})").front() ==
                  "metadata.labels: Invalid value: \"\": name part must be non-empty");
    DOCTEST_CHECK(errors_of(R"({"name":"a","namespace":"n","annotations":{"/x":"v"}})") ==
                  std::vector<std::string>{"metadata.annotations: Invalid value: \"/x\": prefix part must be non-empty"});
    DOCTEST_CHECK(errors_of(R"({"name":"a","namespace":"n","annotations":{"Upper.Case/x":"v"}})").empty());
    DOCTEST_CHECK(errors_of(R"({"name":"a","namespace":"n","ownerReferences":[{"kind":"ConfigMap","uid":"u"}]})") ==
                  std::vector<std::string>{"metadata.ownerReferences.apiVersion: Invalid value: \"\": version must not be empty",
                                           "metadata.ownerReferences.name: Invalid value: \"\": must not be empty"});
    DOCTEST_CHECK(metadata_warnings(obj(R"({"metadata":{"finalizers":["noslash","example.com/ok","orphan"]}})")) ==
                  std::vector<std::string>{"metadata.finalizers: \"noslash\": prefer a domain-qualified finalizer name to avoid "
                                           "accidental conflicts with other finalizer writers"});
}

DOCTEST_TEST_CASE("a client cannot set what is the server's on create, nor change it later") {
    auto object =
        read(config_map(), js(R"({"metadata":{"name":"a","namespace":"n","uid":"mine","creationTimestamp":"2001-01-01T00:00:00Z",
        "deletionTimestamp":"2001-01-01T00:00:00Z","deletionGracePeriodSeconds":9,"selfLink":"/x"}})"));
    set_system_fields(object, "u1", time_at(0));
    DOCTEST_CHECK(at(object, "metadata") ==
                  R"({"creationTimestamp":"2024-05-01T10:00:00Z","name":"a","namespace":"n","uid":"u1"})");

    auto changed =
        read(config_map(),
             js(R"({"metadata":{"name":"a","namespace":"n","uid":"other","deletionTimestamp":"2020-01-01T00:00:00Z"}})"));
    keep_system_fields(changed, object);
    DOCTEST_CHECK(at(changed, "metadata.creationTimestamp") == "\"2024-05-01T10:00:00Z\"");
    DOCTEST_CHECK(
        texts(validate_metadata_update(changed, object)) ==
        std::vector<std::string>{"metadata.uid: Invalid value: \"other\": field is immutable",
                                 "metadata.deletionTimestamp: Invalid value: \"2020-01-01T00:00:00Z\": field is immutable"});
}

DOCTEST_TEST_CASE("while an object goes, finalizers only go, and the mark stays") {
    const auto old = obj(R"({"metadata":{"name":"a","deletionTimestamp":"2024-05-01T10:00:00Z","finalizers":["x/a"]}})");
    auto more = obj(R"({"metadata":{"name":"a","finalizers":["x/a","x/b"]}})");
    keep_system_fields(more, old);
    DOCTEST_CHECK(being_deleted(more));
    DOCTEST_CHECK(
        texts(validate_metadata_update(more, old)) ==
        std::vector<std::string>{"metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
                                 "deleted, found new finalizers []string{\"x/b\"}"});
    auto fewer = obj(R"({"metadata":{"name":"a"}})");
    keep_system_fields(fewer, old);
    DOCTEST_CHECK(validate_metadata_update(fewer, old).empty());
    DOCTEST_CHECK(!has_finalizers(fewer));
}

DOCTEST_TEST_CASE("the message of a refusal shows each cause once, the causes all") {
    const auto c = forbidden("spec", "no");
    const auto out = invalid("apps", "Deployment", "a", {c, c, required_value("x")});
    DOCTEST_CHECK(find_string(out.status, "message") ==
                  "Deployment.apps \"a\" is invalid: [spec: Forbidden: no, x: Required value]");
    DOCTEST_CHECK(at_path(out.status, "details.causes")->as_array().size() == 3);
    DOCTEST_CHECK(find_string(invalid("", "Pod", "p", {c}).status, "message") == "Pod \"p\" is invalid: spec: Forbidden: no");
}
