#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/openapi_document.hpp"
#include "adapters/sandbox/api/protobuf_body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace xtn::sandbox;

namespace {

// One length-delimited field (short ones only).
std::string field(int number, const std::string &bytes) {
    return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) + bytes;
}
std::string integer(int number, int value) {
    return std::string(1, static_cast<char>(number << 3)) + static_cast<char>(value);
}
std::string entry(const std::string &key, const std::string &value) {
    return field(1, key) + field(2, value);
}
std::string envelope(const std::string &version, const std::string &kind, const std::string &raw) {
    return std::string("k8s\0", 4) + field(1, field(1, version) + field(2, kind)) + field(2, raw) + field(3, "") + field(4, "");
}
std::string shown(const std::string &bytes) {
    const auto read = read_protobuf(bytes);
    return read.ok() ? write_json(*read) : std::string(xtn::code_name(read.error().code)) + ": " + read.error().message;
}

} // namespace

DOCTEST_TEST_CASE("protobuf bodies say what their JSON would say") {
    const auto meta = field(1, field(1, "a") + field(8, "") + field(11, entry("x", "y")));
    DOCTEST_CHECK(
        shown(envelope("v1", "ConfigMap", meta + field(2, entry("k", "v")) + field(3, entry("b", "\x01\x02")))) ==
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"y"}},"data":{"k":"v"},"binaryData":{"b":"AQI="}})");
    const auto port = integer(3, 80) + field(4, integer(1, 1) + field(3, "http"));
    DOCTEST_CHECK(
        shown(envelope("v1", "Service", field(1, field(1, "s")) + field(2, field(1, port)))) ==
        R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80,"targetPort":"http"}]}})");
}

DOCTEST_TEST_CASE("what the tables do not hold is refused by name, broken bytes as such") {
    DOCTEST_CHECK(shown(envelope("batch/v1", "Job", "")) == "unsupported: Job in protobuf: send JSON or YAML");
    DOCTEST_CHECK(shown(envelope("v1", "ConfigMap", field(15, "x"))) ==
                  "unsupported: field 15 of ConfigMap in protobuf: send JSON or YAML");
    DOCTEST_CHECK(shown("{}").starts_with("invalid_argument"));
    const auto whole = envelope("v1", "ConfigMap", field(1, field(1, "a")) + field(2, entry("k", "v")));
    for (std::size_t size = 0; size < whole.size(); ++size)
        (void)read_protobuf(std::string_view(whole).substr(0, size)); // no crash, no overrun
}

DOCTEST_TEST_CASE("the OpenAPI document is written as gnostic's message") {
    const boost::json::object document{
        {"swagger", "2.0"},
        {"info", boost::json::object{{"title", "T"}, {"version", "v"}}},
        {"paths", boost::json::object{}},
        {"definitions",
         boost::json::object{
             {"a.B", boost::json::object{{"type", "object"}, {"x-kubernetes-group-version-kind", boost::json::array{}}}}}}};
    const auto head = field(1, "2.0") + field(2, field(1, "T") + field(2, "v")) + field(8, "");
    const auto written = openapi_v2_protobuf(document);
    DOCTEST_CHECK(written.starts_with(head));
    const auto extension = field(1, "x-kubernetes-group-version-kind") + field(2, field(2, "[]"));
    DOCTEST_CHECK(written.find("\xfa\x01" + std::string(1, static_cast<char>(extension.size())) + extension) !=
                  std::string::npos);                                                                      // field 31
    DOCTEST_CHECK(written.find(std::string("\xb2\x01\x08", 3) + field(1, "object")) != std::string::npos); // field 22: type
}
