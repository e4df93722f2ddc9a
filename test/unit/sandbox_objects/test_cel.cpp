#include "adapters/sandbox/objects/cel.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace xtn::sandbox::objects;
namespace json = boost::json;

namespace {
const auto self = obj(
    R"({"a":1,"b":2.5,"s":"hello","l":[1,2,3],"items":[{"n":"x","v":1},{"n":"y","v":2}],"m":{"k":"v"},"t":true,"nul":null,"x-y":7})");

std::string run(std::string_view expression) {
    const auto program = CelProgram::parse(expression);
    if (!program.ok()) return "parse: " + program.error().message;
    const auto out = (*program)->evaluate({{"self", self}, {"oldSelf", self}});
    return out.ok() ? compact_json(*out) : "error: " + out.error().message;
}
} // namespace

DOCTEST_TEST_CASE("operators bind and compute as in CEL") {
    DOCTEST_CHECK(run("1 + 2 * 3 - 4 / 2 % 2") == "7");
    DOCTEST_CHECK(run("-(2) + 7 % 4") == "1");
    DOCTEST_CHECK(run("true || false && false") == "true");
    DOCTEST_CHECK(run("1 < 2 && 2.0 >= 1.5 && 'b' > 'a'") == "true");
    DOCTEST_CHECK(run("self.a == 1 ? 'one' : 'other'") == "\"one\"");
    DOCTEST_CHECK(run("'a' + \"b\" + r'\\n'") == R"("ab\\n")");
    DOCTEST_CHECK(run("2 in self.l && !('z' in self.m) && 'k' in self.m") == "true");
    DOCTEST_CHECK(run("self.l[1] + self['a']") == "3");
    DOCTEST_CHECK(run("[1, 2] + [3] == self.l") == "true");
    DOCTEST_CHECK(run("self == oldSelf && self.nul == null") == "true");
    DOCTEST_CHECK(run("self.x__dash__y") == "7");
}

DOCTEST_TEST_CASE("functions and macros") {
    DOCTEST_CHECK(run("has(self.a) && !has(self.nope)") == "true");
    DOCTEST_CHECK(run("size(self.l) + self.s.size() + size(self.m)") == "9");
    DOCTEST_CHECK(run("size('äöü')") == "3");
    DOCTEST_CHECK(run("self.items.all(i, i.v > 0) && self.items.exists(i, i.n == 'y') && self.items.exists_one(i, i.v == 2)") ==
                  "true");
    DOCTEST_CHECK(run("self.items.filter(i, i.v > 1).map(i, i.n)") == R"(["y"])");
    DOCTEST_CHECK(run("self.items.all(i, self.items.exists(j, j.v == i.v))") == "true");
    DOCTEST_CHECK(run("self.m.all(k, size(k) == 1)") == "true");
    DOCTEST_CHECK(run("self.s.matches('^h.*o$') && self.s.startsWith('he') && self.s.endsWith('lo') && self.s.contains('ell')") ==
                  "true");
    DOCTEST_CHECK(run("string(5) + string(true) + int('7').size()").starts_with("error: no such overload"));
    DOCTEST_CHECK(run("int('7') + 1") == "8");
}

DOCTEST_TEST_CASE("one side of a disjunction decides, even when the other fails") {
    DOCTEST_CHECK(run("self.nope == 1 || true") == "true");
    DOCTEST_CHECK(run("false && self.nope == 1") == "false");
    DOCTEST_CHECK(run("self.nope == 1") == "error: no such key: nope");
    DOCTEST_CHECK(run("self.items.exists(i, i.w == 1 || i.v == 2)") == "true");
}

DOCTEST_TEST_CASE("what cannot be computed is an error, not a guess") {
    DOCTEST_CHECK(run("1 / 0") == "error: division by zero");
    DOCTEST_CHECK(run("9223372036854775807 + 1") == "error: integer overflow");
    DOCTEST_CHECK(run("1 + 'a'") == "error: no such overload");
    DOCTEST_CHECK(run("self.l[7]") == "error: index out of bounds: 7");
    DOCTEST_CHECK(run("other.a") == "error: undeclared reference to 'other'");
    DOCTEST_CHECK(run("1 ? 2 : 3") == "error: no such overload");
}

DOCTEST_TEST_CASE("what cannot be read is refused, with the place or the name of what is missing") {
    DOCTEST_CHECK(run("self.a ==").starts_with("parse: unexpected end at position 9"));
    DOCTEST_CHECK(run("(1").starts_with("parse: expected ')'"));
    DOCTEST_CHECK(run("'abc").starts_with("parse: text without end"));
    DOCTEST_CHECK(run("1 2").starts_with("parse: unexpected '2'"));
    DOCTEST_CHECK(run("has(1)").starts_with("parse: has() takes a field"));
    DOCTEST_CHECK(run("duration('1s')").starts_with("parse: function duration with 1 arguments is not supported"));
    DOCTEST_CHECK(CelProgram::parse("quantity(self.a)").error().code == xtn::Code::unsupported);
    DOCTEST_CHECK(run(std::string(5000, '(')).starts_with("parse: too deep"));
    DOCTEST_CHECK(run(std::string(5000, '!') + "true").starts_with("parse: too deep"));
}

DOCTEST_TEST_CASE("a rule that would run for ever is stopped") {
    json::array many;
    for (int i = 0; i < 2000; ++i)
        many.emplace_back(i);
    const auto program = CelProgram::parse("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))").value();
    const auto out = program->evaluate({{"self", many}});
    DOCTEST_REQUIRE(!out.ok());
    DOCTEST_CHECK(out.error().message == "operation cancelled: actual cost limit exceeded");
}

DOCTEST_TEST_CASE("transition rules run only where there was a value before") {
    const auto &kind = recorded_kind();
    const auto none = read(kind, xtrinode(R"({"size":"s"})")), p = read(kind, xtrinode(R"({"size":"s","pool":"p"})")),
               q = read(kind, xtrinode(R"({"size":"s","pool":"q"})"));
    DOCTEST_CHECK(validate_create(kind, p).empty());
    DOCTEST_CHECK(validate_update(kind, p, none, "").empty());
    DOCTEST_CHECK(validate_update(kind, none, p, "").empty());
    DOCTEST_CHECK(texts(validate_update(kind, q, p, "")) ==
                  std::vector<std::string>{"spec.pool: Invalid value: \"q\": pool is immutable"});
}
