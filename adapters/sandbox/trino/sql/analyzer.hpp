// Gives every expression its type and finds its columns, before anything runs: errors of this step come without rows, as Trino's
// do.
#pragma once

#include "adapters/sandbox/trino/sql/statement.hpp"

#include <optional>
#include <string>
#include <vector>

namespace xtn::sandbox::trino::sql {

// What names in an expression may mean.
struct Scope {
    std::vector<Column> columns;
    std::string qualifier; // alias or table name before the dot; lower case
};

struct Aggregate {
    std::string function; // count, sum, min, max
    ExprPtr argument;     // none: count(*)
    SqlType type;
};

class Analyzer {
  public:
    explicit Analyzer(const Scope &scope) : scope_(scope) {}

    // True when the expression and all below it have types now. `aggregates`: where calls of aggregates go, which become slots;
    // nullptr where they are not allowed.
    bool analyze(ExprPtr &expr, std::vector<Aggregate> *aggregates);
    // Types of parameters that were not bound, by number, as far as their surroundings tell ("unknown" otherwise).
    const std::vector<SqlType> &parameter_types() const { return parameters_; }
    const std::optional<SqlError> &error() const { return error_; }

  private:
    bool fail(const Expr &at, ErrorCode code, std::string_view message);
    bool column(Expr &expr);
    bool arithmetic(Expr &expr);
    bool call(ExprPtr &expr, std::vector<Aggregate> *aggregates);
    bool collection(Expr &expr);
    void learn_parameters(Expr &expr);

    const Scope &scope_;
    std::vector<SqlType> parameters_;
    std::optional<SqlError> error_;
};

// The type that values of both can be turned into, or nothing.
std::optional<SqlType> common_type(const SqlType &a, const SqlType &b);

} // namespace xtn::sandbox::trino::sql
