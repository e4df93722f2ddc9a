// Computes analysed expressions, a row at a time.
#pragma once

#include "adapters/sandbox/trino/sql/functions.hpp"
#include "adapters/sandbox/trino/sql/statement.hpp"

#include <optional>

namespace xtn::sandbox::trino::sql {

class Evaluator {
  public:
    explicit Evaluator(const SessionFacts &session) : session_(session) {}

    // False when it failed; error() says why. `slots`: values of aggregates.
    bool evaluate(const Expr &expr, const Row &row, const Row &slots, Value &out);
    const std::optional<SqlError> &error() const { return error_; }

  private:
    bool fail(ErrorCode code, std::string message);
    bool arithmetic(const Expr &expr, const Value &a, const Value &b, Value &out);
    bool logic(const Expr &expr, const Row &row, const Row &slots, Value &out);
    bool predicate(const Expr &expr, const std::vector<Value> &args, Value &out);
    bool call(const Expr &expr, const std::vector<Value> &args, Value &out);

    const SessionFacts &session_;
    std::optional<SqlError> error_;
};

// Below, equal, above zero: a before, same as, after b. Neither is null.
int compare(const Value &a, const SqlType &a_type, const Value &b, const SqlType &b_type);
// SQL LIKE with % and _; `escape` is a single character or nothing.
bool like(std::string_view text, std::string_view pattern, std::optional<char> escape);
// CAST. False when it cannot be done; `why` is then Trino's kind of message, or empty when the stand-in does not compute this
// cast.
bool cast_value(const Value &value, const SqlType &from, const SqlType &to, Value &out, std::string &why);
// Whether `why` tells of a number that is too large for its type: an error of its own in Trino.
bool is_range_failure(std::string_view why);

} // namespace xtn::sandbox::trino::sql
