#include "adapters/sandbox/trino/sql/statement.hpp"

namespace xtn::sandbox::trino::sql {

namespace {

void replace(ExprPtr &expr, std::vector<ExprPtr> &values) {
    if (!expr) return;
    if (expr->kind == ExprKind::parameter) {
        if (expr->index < values.size() && values[expr->index]) expr = std::move(values[expr->index]);
        return;
    }
    for (auto &arg : expr->args)
        replace(arg, values);
}

} // namespace

bool bind_parameters(Statement &statement, std::vector<ExprPtr> values) {
    if (values.size() != statement.parameters) return false;
    statement.parameters = 0;
    if (auto *set = std::get_if<SetSession>(&statement.body)) replace(set->value, values);
    auto *select = std::get_if<Select>(&statement.body);
    if (select == nullptr) return true;
    for (auto &item : select->items)
        replace(item.expr, values);
    for (auto &row : select->from.rows)
        for (auto &field : row)
            replace(field, values);
    for (auto &bound : select->from.sequence)
        replace(bound, values);
    replace(select->where, values);
    for (auto &by : select->order)
        replace(by.expr, values);
    return true;
}

} // namespace xtn::sandbox::trino::sql
