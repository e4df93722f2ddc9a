// SQL types as the client protocol shows them: a name, and a typeSignature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::trino::sql {

inline constexpr std::int64_t unbounded = 2147483647; // the length of a varchar without one

struct SqlType {
    std::string base;                  // lower case: "bigint", "varchar", "timestamp with time zone", "array", "row"
    std::vector<std::int64_t> numbers; // length; precision and scale
    std::vector<SqlType> children;     // element, key and value, or field types
    std::vector<std::string> names;    // of row fields, as many as children
    friend bool operator==(const SqlType &, const SqlType &) = default;
};

SqlType simple_type(std::string_view base);
SqlType varchar_type(std::int64_t length = unbounded);
SqlType decimal_type(std::int64_t precision, std::int64_t scale);

bool is_integer(const SqlType &type);  // tinyint, smallint, integer, bigint
bool is_floating(const SqlType &type); // real, double
bool is_number(const SqlType &type);   // those and decimal
bool is_text(const SqlType &type);     // varchar, char
// Times and timestamps, with or without zone: the types whose precision a client must ask for (capability PARAMETRIC_DATETIME).
bool has_precision(const SqlType &type);

// "decimal(10, 2)", "timestamp(6) with time zone", "row(id integer, name varchar)". Without `parametric_datetime` times and
// timestamps have no parameter.
std::string display(const SqlType &type, bool parametric_datetime);
// Appends {"rawType":...,"arguments":[...]}.
void append_signature(std::string &out, const SqlType &type, bool parametric_datetime);

} // namespace xtn::sandbox::trino::sql
