// The scalar functions that are computed, as a table.
#pragma once

#include "adapters/sandbox/trino/sql/error.hpp"
#include "adapters/sandbox/trino/sql/value.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace xtn::sandbox::trino::sql {

// What functions may ask about the session that runs them.
struct SessionFacts {
    std::string user;
    std::string catalog; // empty: none
    std::string schema;
    std::string time_zone = "UTC";
    std::string now;     // "2026-11-26 12:00:00.123", in UTC
    std::string version; // of this server
};

struct Function {
    std::string_view name;
    // Kinds of its arguments, one letter each: n number, d double, t text, i integer, * anything. "n?" in the end: optional.
    std::string_view arguments;
    // Its result; "=" for the type of the first argument.
    std::string_view result;
    Value (*compute)(std::span<const Value> arguments, const SessionFacts &session, std::string_view first_type);
};

// Nothing when there is none of that name.
const Function *find_function(std::string_view name);
// Whether these arguments are what the function takes.
bool takes(const Function &function, std::span<const SqlType> arguments);

} // namespace xtn::sandbox::trino::sql
