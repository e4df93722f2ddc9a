// What the recogniser understands of a SQL text: a small tree. Anything else is a SYNTAX_ERROR, or NOT_SUPPORTED where it is
// (as far as a stand-in can tell) proper Trino SQL.
#pragma once

#include "adapters/sandbox/trino/sql/error.hpp"
#include "adapters/sandbox/trino/sql/type.hpp"
#include "adapters/sandbox/trino/sql/value.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace xtn::sandbox::trino::sql {

enum class ExprKind {
    literal,
    column,     // names
    parameter,  // ?
    negate,     // -a
    arithmetic, // a op b, op one of + - * / %
    concat,     // a || b
    compare,    // a op b
    both,       // AND
    either,     // OR
    invert,     // NOT
    like,       // a LIKE b [ESCAPE c]
    is_null,
    in_list, // args[0] IN (args[1..])
    between, // args[0] BETWEEN args[1] AND args[2]
    call,    // op(args)
    cast,    // CAST(args[0] AS type)
    try_cast,
    array,
    row,
    star, // the * of count(*) and SELECT *
    slot, // an aggregate's value, by number: put there by the analyser
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
    ExprKind kind = ExprKind::literal;
    int line = 1;
    int column = 1;
    std::string op;                 // operator, function name in lower case
    std::vector<std::string> names; // column: qualified name, lower case
    Value value;                    // literal
    SqlType type;                   // literal and cast from the parser, all others from the analyser
    std::vector<ExprPtr> args;
    std::size_t index = 0; // column or slot number, set by the analyser
};

struct Name {
    std::vector<std::string> parts; // lower case
    int line = 1;
    int column = 1;
    std::string joined() const; // "a.b.c"
};

struct SelectItem {
    ExprPtr expr; // star: all columns
    std::string alias;
    bool has_alias = false;
};

struct Source {
    enum class Kind { nothing, table, values, sequence } kind = Kind::nothing;
    Name table;
    std::vector<std::vector<ExprPtr>> rows; // values
    std::vector<ExprPtr> sequence;          // UNNEST(sequence(start, stop[, step]))
    std::string alias;
    std::vector<std::string> column_aliases;
};

struct OrderBy {
    ExprPtr expr;
    bool descending = false;
};

struct Select {
    std::vector<SelectItem> items;
    Source from;
    ExprPtr where;
    std::vector<OrderBy> order;
    std::optional<std::int64_t> limit;
};

struct Show {
    enum class Kind { catalogs, schemas, tables, columns, session } kind = Kind::catalogs;
    Name from;
    std::optional<std::string> like;
};
struct SetSession {
    std::string name; // "query_max_run_time", "catalog.property"
    ExprPtr value;
};
struct ResetSession {
    std::string name;
};
struct Use {
    Name name; // catalog.schema or schema
};
struct Prepare {
    std::string name;
    std::string text; // of the statement
};
struct Execute {
    std::string name; // empty: EXECUTE IMMEDIATE
    std::string text;
    int line = 1; // of the text's quote
    int column = 0;
    std::vector<ExprPtr> parameters;
};
struct Deallocate {
    std::string name;
};
struct DescribePrepared {
    std::string name;
    bool output = true;
};
struct StartTransaction {};
struct EndTransaction {
    bool commit = true;
};
struct SetRole {
    std::string role;    // "ALL", "NONE", or a name
    std::string catalog; // empty: system
    int line = 1;
    int column = 1;
};
struct SetTimeZone {
    bool local = false;
    std::string zone;
};
struct SetPath {
    std::string path;
};
struct SetAuthorization {
    bool reset = false;
    std::string user;
};

using Body = std::variant<Select, Show, SetSession, ResetSession, Use, Prepare, Execute, Deallocate, DescribePrepared,
                          StartTransaction, EndTransaction, SetRole, SetTimeZone, SetPath, SetAuthorization>;

struct Statement {
    Body body;
    std::size_t parameters = 0; // number of ? in it
};

using Parsed = std::variant<Statement, SqlError>;
Parsed parse(std::string_view text);

// Puts `values` in the places of the statement's parameters, in order. False when their numbers differ.
bool bind_parameters(Statement &statement, std::vector<ExprPtr> values);

} // namespace xtn::sandbox::trino::sql
