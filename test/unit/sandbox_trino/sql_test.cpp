// What statements give. The expected values are those of a real Trino 483.
#include "protocol_client.hpp"

#include <algorithm>

using namespace xtn::sandbox;
using namespace xtn::sandbox::test;

namespace {

struct Case {
    const char *sql;
    const char *result;
};

} // namespace

DOCTEST_TEST_CASE("constants and expressions have Trino's values") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const Case cases[] = {
        {"SELECT 1 + 2 * 3, (1 + 2) * 3, -7 / 2, 5 % 3", "[[7,9,-3,2]]"},
        {"SELECT 1.5 + 2, 1.5 * 2.25, -0.5", R"([["3.5","3.375","-0.5"]])"},
        {"SELECT 'a' || 'b', upper('abc'), length('żółć')", R"([["ab","ABC",4]])"},
        {"SELECT TRUE AND NULL, FALSE AND NULL, TRUE OR NULL, NOT FALSE", "[[null,false,true,true]]"},
        {"SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'a%' LIKE 'a#%' ESCAPE '#', 'żó' LIKE '__'", "[[true,true,true,true]]"},
        {"SELECT 1 IN (1, 2), 3 NOT IN (1, NULL), 3 BETWEEN 1 AND 4, NULL IS NULL", "[[true,null,true,true]]"},
        {"SELECT nan() = nan(), nan() <> 1, infinity() > 1", "[[false,true,true]]"},
        {"SELECT ARRAY[1, 2.5], ARRAY[]", R"([[["1.0","2.5"],[]]])"},
        {"SELECT CAST('12' AS integer), CAST(1.55 AS decimal(2,1)), CAST('abcdef' AS varchar(3)), CAST('ab' AS char(3))",
         R"([[12,"1.6","abc","ab "]])"},
        {"SELECT TRY_CAST('x' AS integer), TRY_CAST(300 AS tinyint)", "[[null,null]]"},
        {"SELECT CAST(TIMESTAMP '2024-01-01 10:00:00.567' AS timestamp(1))", R"([["2024-01-01 10:00:00.6"]])"},
        {"SELECT JSON '{\"b\":1, \"a\": [ 1.50 ]}'", R"([["{\"a\":[1.50],\"b\":1}"]])"},
        {"SELECT INTERVAL '3' HOUR, INTERVAL -'2' YEAR", R"([["0 03:00:00.000","-2-0"]])"},
        {"SELECT BIGINT '-9223372036854775808', -9223372036854775808", "[[-9223372036854775808,-9223372036854775808]]"},
        {"SELECT -- a comment\n 1 /* another */ + 1", "[[2]]"},
        {"SELECT 'it''s', \"x\" FROM (VALUES 1) AS t(x)", R"([["it's",1]])"},
        {"VALUES (1, 'a'), (2, NULL)", R"([[1,"a"],[2,null]])"},
        {"SELECT * FROM (VALUES (1, 'a'), (2.5, 'b')) AS t(x, y) ORDER BY x DESC LIMIT 1", R"([["2.5","b"]])"},
        {"SELECT n FROM UNNEST(sequence(3, 1, -1)) AS t(n)", "[[3],[2],[1]]"},
        {"SELECT count(*), sum(n), min(n), max(n) FROM UNNEST(sequence(1, 10)) AS t(n) WHERE n > 8", "[[2,19,9,10]]"},
        {"SELECT count(*), sum(n), 7 FROM UNNEST(sequence(1, 10)) AS t(n) WHERE n > 10", "[[0,null,7]]"},
        {"SELECT name FROM tpch.tiny.nation ORDER BY regionkey DESC, 1 LIMIT 3", R"([["EGYPT"],["IRAN"],["IRAQ"]])"},
        {"SELECT count(*) FROM tpch.tiny.lineitem", "[[60175]]"},
        {"SELECT count(*) FROM tpch.tiny.nation LIMIT 0", "[]"},
        {"EXECUTE IMMEDIATE 'SELECT ? + ?' USING 1, 2", "[[3]]"},
    };
    for (const auto &c : cases) {
        DOCTEST_INFO(c.sql);
        // Numbers as text: a parsed 1.5 would be compared as a double.
        DOCTEST_CHECK(client.result(c.sql) == c.result);
    }
}

DOCTEST_TEST_CASE("columns are named and typed as Trino does it") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const Case cases[] = {
        {"SELECT 1, 2147483648, 1.10, 1e0, 'abc', true, NULL",
         "_col0 integer, _col1 bigint, _col2 decimal(3, 2), _col3 double, _col4 varchar(3), _col5 boolean, _col6 unknown"},
        {"SELECT NationKey AS \"Key\", n.NAME, regionkey + 1 FROM tpch.tiny.nation n",
         "Key bigint, NAME varchar(25), _col2 bigint"},
        {"SELECT ROW(1, 'a'), ARRAY['x'], MAP(ARRAY[1], ARRAY[true])",
         "_col0 row(integer, varchar(1)), _col1 array(varchar(1)), _col2 map(integer, boolean)"},
        {"SELECT 'a' || 'bc', 1.5 + 2, 1 = 2", "_col0 varchar(3), _col1 decimal(12, 1), _col2 boolean"},
        {"SHOW CATALOGS", "Catalog varchar(6)"},
        {"SHOW SCHEMAS FROM system", "Schema varchar"},
    };
    for (const auto &c : cases) {
        DOCTEST_INFO(c.sql);
        DOCTEST_CHECK(client.columns(c.sql) == c.result);
    }
}

DOCTEST_TEST_CASE("errors carry Trino's name and words, and the place") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    const Case cases[] = {
        {"SELECT 1;", "SYNTAX_ERROR: line 1:9: mismatched input ';'. Expecting: <EOF>"},
        {"SELECT 1\nFROM", "SYNTAX_ERROR: line 2:5: mismatched input '<EOF>'. Expecting: '(', 'JSON_TABLE', 'LATERAL', "
                           "'NEAREST', 'TABLE', 'UNNEST', <identifier>"},
        {"SELECT x", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"},
        {"SELECT * FROM nation", "MISSING_SCHEMA_NAME: line 1:15: Schema must be specified when session schema is not set"},
        {"SELECT * FROM nope.a.b", "CATALOG_NOT_FOUND: line 1:15: Catalog 'nope' not found"},
        {"SELECT * FROM tpch.nope.b", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"},
        {"SELECT 1 + 'a'", "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer + varchar(1)"},
        {"SELECT 2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1"},
        {"SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"},
        {"SELECT DATE '2024-02-30'", "INVALID_LITERAL: line 1:8: '2024-02-30' is not a valid DATE literal"},
        {"EXECUTE IMMEDIATE 'SELEC'", "SYNTAX_ERROR: line 1:20: mismatched input 'SELEC'. Expecting: 'ALTER', 'ANALYZE', 'CALL', "
                                      "'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', "
                                      "'DENY', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', "
                                      "'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', "
                                      "'SHOW', 'START', 'TRUNCATE', 'UPDATE', 'USE', 'WITH', <query>"},
        {"SELECT ?", "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0"},
        {"SET SESSION nope = 1", "INVALID_SESSION_PROPERTY: line 1:20: Session property 'nope' does not exist"},
        {"SET SESSION query_max_run_time = 5", "INVALID_SESSION_PROPERTY: Unable to set session property 'query_max_run_time' to "
                                               "'5': Cannot cast type integer to varchar"},
        {"USE tpch.nope", "NOT_FOUND: Schema does not exist: tpch.nope"},
        {"COMMIT", "NOT_IN_TRANSACTION: No transaction in progress"},
    };
    for (const auto &c : cases) {
        DOCTEST_INFO(c.sql);
        DOCTEST_CHECK(client.result(c.sql) == c.result);
    }
}

DOCTEST_TEST_CASE("what is not computed is refused by a stand-in that says what it is") {
    const auto server = start_stand_in();
    const ProtocolClient client(*server);
    for (const auto *sql : {"SELECT a.x FROM t a JOIN t b ON a.x = b.x", "CREATE TABLE memory.default.t (a bigint)",
                            "SELECT regionkey, count(*) FROM tpch.tiny.nation GROUP BY 1", "SELECT sha256(X'00')",
                            "WITH x AS (SELECT 1) SELECT * FROM x", "SELECT count(DISTINCT name) FROM tpch.tiny.nation",
                            "SELECT CASE WHEN true THEN 1 END"}) {
        DOCTEST_INFO(sql);
        const auto result = client.result(sql);
        DOCTEST_CHECK(result.starts_with("NOT_SUPPORTED: "));
        DOCTEST_CHECK(result.find("This is a stand-in for Trino") != std::string::npos);
    }
    // Deep nesting is refused, too, not followed to the end of the stack.
    std::string deep = "SELECT ";
    deep.append(5000, '(').append("1").append(5000, ')');
    DOCTEST_CHECK(client.result(deep).starts_with("NOT_SUPPORTED: "));
    std::string minus = "SELECT ";
    for (int i = 0; i < 5000; ++i)
        minus += "- ";
    DOCTEST_CHECK(client.result(minus + "1").starts_with("NOT_SUPPORTED: "));
    DOCTEST_CHECK(client.result("SELECT * FROM system.stand_in.about").find("stand-in for Trino") != std::string::npos);
}
