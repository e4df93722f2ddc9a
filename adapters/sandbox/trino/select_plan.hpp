// The one kind of plan there is: read a table, filter, add up or compute, order, limit.
#pragma once

#include "adapters/sandbox/trino/execution.hpp"
#include "adapters/sandbox/trino/sql/evaluator.hpp"

namespace xtn::sandbox::trino {

struct OutputColumn {
    sql::ExprPtr expr;
    sql::Column column;
    std::string origin; // "catalog.schema.table", or empty
};

struct SelectPlan {
    std::shared_ptr<Table> table; // null: one row without columns
    std::vector<bool> needed;     // columns of it
    sql::ExprPtr where;
    std::vector<sql::Aggregate> aggregates; // not empty: one row in the end
    std::vector<OutputColumn> output;
    std::vector<std::pair<sql::ExprPtr, bool>> order; // expression, descending
    std::optional<std::int64_t> limit;
    sql::SessionFacts facts;
    bool parametric_datetime = false;
};

std::unique_ptr<Execution> run_plan(SelectPlan plan);

} // namespace xtn::sandbox::trino
