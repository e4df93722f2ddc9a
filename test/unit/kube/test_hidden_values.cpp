#include "adapters/kube/hidden_values.hpp"

#include <doctest/doctest.h>

using namespace xtn;

namespace {

const std::string placeholder = "hmac-sha256:" + std::string(64, 'a');
const std::string other = "hmac-sha256:" + std::string(64, 'b');

HiddenValues of_team_a() {
    HiddenValues hidden;
    hidden.set("XTrinode", "team-a", "x", {{placeholder, "pass\"word\\1"}});
    return hidden;
}

} // namespace

DOCTEST_TEST_CASE("a value goes back to every place of its placeholder, as JSON text has it") {
    const auto text = of_team_a().put_back("{\"a\":\"k=" + placeholder + "\\n\",\"b\":\"" + placeholder + "\"}", "team-a");
    DOCTEST_REQUIRE(text.ok());
    DOCTEST_CHECK(*text == R"({"a":"k=pass\"word\\1\n","b":"pass\"word\\1"})");
}

DOCTEST_TEST_CASE("a manifest without placeholders stays as it is, and so does what only looks like one") {
    DOCTEST_CHECK(*HiddenValues().put_back("{\"a\":1}", "team-a") == "{\"a\":1}");
    DOCTEST_CHECK(*HiddenValues().put_back("{\"a\":\"hmac-sha256:short\"}", "team-a") == "{\"a\":\"hmac-sha256:short\"}");
}

DOCTEST_TEST_CASE("another namespace's values are never put in") {
    DOCTEST_CHECK(of_team_a().put_back(placeholder, "team-b").error().code == Code::unavailable);
    DOCTEST_CHECK(of_team_a().put_back(placeholder, "team").error().code == Code::unavailable);
}

DOCTEST_TEST_CASE("what a resource no longer holds is not put in any more, nor shown in the error") {
    auto hidden = of_team_a();
    hidden.set("XTrinode", "team-a", "x", {{other, "next"}});
    const auto text = hidden.put_back(placeholder, "team-a");
    DOCTEST_REQUIRE(!text.ok());
    DOCTEST_CHECK(text.error().message.find("password") == std::string::npos);
    hidden.set("XTrinode", "team-a", "x", {});
    DOCTEST_CHECK(!hidden.put_back(other, "team-a").ok());
}
