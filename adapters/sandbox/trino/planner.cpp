#include "adapters/sandbox/trino/select_plan.hpp"

#include <algorithm>

namespace xtn::sandbox::trino {

namespace {

// Rows of VALUES: constants only, brought to a common type per column.
std::variant<std::shared_ptr<Table>, sql::SqlError> constant_rows(sql::Source &source, const sql::SessionFacts &facts) {
    const sql::Scope nothing;
    sql::Analyzer analyzer(nothing);
    sql::Evaluator evaluator(facts);
    std::vector<sql::Column> columns;
    std::vector<sql::Row> rows;
    for (auto &fields : source.rows) {
        if (columns.empty())
            for (std::size_t i = 0; i < fields.size(); ++i)
                columns.push_back({"_col" + std::to_string(i), sql::simple_type("unknown")});
        if (fields.size() != columns.size())
            return sql::error_at(sql::errors::type_mismatch, fields[0]->line, fields[0]->column,
                                 "Values rows have mismatched sizes");
        sql::Row row(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (!analyzer.analyze(fields[i], nullptr)) return *analyzer.error();
            if (!evaluator.evaluate(*fields[i], {}, {}, row[i])) return *evaluator.error();
            const auto common = sql::common_type(columns[i].type, fields[i]->type);
            if (!common)
                return sql::error_at(sql::errors::type_mismatch, fields[i]->line, fields[i]->column,
                                     "Values rows have mismatched types");
            columns[i].type = *common;
        }
        rows.push_back(std::move(row));
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            sql::Value made;
            std::string why;
            const auto &from = source.rows[r][i]->type;
            if (!sql::cast_value(rows[r][i], from, columns[i].type, made, why))
                return sql::not_computed(source.rows[r][i]->line, source.rows[r][i]->column, "VALUES of mixed types");
            rows[r][i] = std::move(made);
        }
    }
    return make_table(std::move(columns), std::move(rows));
}

std::variant<std::shared_ptr<Table>, sql::SqlError> sequence(sql::Source &source, const sql::SessionFacts &facts) {
    const sql::Scope nothing;
    sql::Analyzer analyzer(nothing);
    sql::Evaluator evaluator(facts);
    std::vector<std::int64_t> bounds;
    for (auto &bound : source.sequence) {
        sql::Value value;
        if (!analyzer.analyze(bound, nullptr)) return *analyzer.error();
        if (!evaluator.evaluate(*bound, {}, {}, value)) return *evaluator.error();
        const auto *number = value.as<std::int64_t>();
        constexpr std::int64_t widest = 1000000000000;
        if (number == nullptr || *number > widest || *number < -widest)
            return sql::not_computed(bound->line, bound->column, "a sequence with such a bound");
        bounds.push_back(*number);
    }
    const std::int64_t step = bounds.size() > 2 ? bounds[2] : (bounds[0] <= bounds[1] ? 1 : -1);
    if (step == 0)
        return sql::error_at(sql::errors::invalid_function_argument, source.sequence[0]->line, source.sequence[0]->column,
                             "sequence step cannot be zero");
    return make_sequence("_col0", bounds[0], bounds[1], step);
}

std::string output_name(const sql::SelectItem &item, std::size_t place) {
    if (item.has_alias) return item.alias;
    if (item.expr->kind == sql::ExprKind::column) return item.expr->op;
    return "_col" + std::to_string(place);
}

// ORDER BY 2, or by an output name: the expression of that output column.
sql::ExprPtr *referred(sql::OrderBy &by, std::vector<OutputColumn> &output) {
    if (by.expr->kind == sql::ExprKind::literal && sql::is_integer(by.expr->type)) {
        const auto place = *by.expr->value.as<std::int64_t>();
        if (place >= 1 && place <= static_cast<std::int64_t>(output.size()))
            return &output[static_cast<std::size_t>(place - 1)].expr;
    }
    if (by.expr->kind != sql::ExprKind::column || by.expr->names.size() != 1) return nullptr;
    for (auto &column : output)
        if (netkit::iequals(column.column.name, by.expr->names[0])) return &column.expr;
    return nullptr;
}

sql::ExprPtr copy(const sql::Expr &from) {
    auto made = std::make_unique<sql::Expr>();
    made->kind = from.kind;
    made->line = from.line;
    made->column = from.column;
    made->op = from.op;
    made->names = from.names;
    made->value = from.value;
    made->type = from.type;
    made->index = from.index;
    for (const auto &arg : from.args)
        made->args.push_back(copy(*arg));
    return made;
}

// Outside an aggregate, a column would need GROUP BY.
const sql::Expr *bare_column(const sql::Expr &expr) {
    if (expr.kind == sql::ExprKind::column) return &expr;
    for (const auto &arg : expr.args)
        if (const auto *found = bare_column(*arg)) return found;
    return nullptr;
}

} // namespace

Planned plan_select(sql::Select select, const Catalogs &catalogs, const Session &session, const sql::SessionFacts &facts,
                    std::vector<sql::SqlType> *parameter_types) {
    SelectPlan plan;
    plan.facts = facts;
    plan.parametric_datetime = session.parametric_datetime();
    sql::Scope scope;
    std::string origin;
    auto &from = select.from;
    if (from.kind == sql::Source::Kind::table) {
        auto found = catalogs.find(from.table, session);
        if (auto *error = std::get_if<sql::SqlError>(&found)) return std::move(*error);
        auto &table = std::get<Catalogs::Found>(found);
        plan.table = table.table;
        origin = table.catalog + "." + table.schema + "." + table.name;
        scope.qualifier = from.alias.empty() ? table.name : from.alias;
    } else if (from.kind != sql::Source::Kind::nothing) {
        auto made = from.kind == sql::Source::Kind::values ? constant_rows(from, facts) : sequence(from, facts);
        if (auto *error = std::get_if<sql::SqlError>(&made)) return std::move(*error);
        plan.table = std::get<0>(made);
        scope.qualifier = from.alias;
    }
    if (plan.table) scope.columns = plan.table->columns();
    if (!from.column_aliases.empty() && from.column_aliases.size() != scope.columns.size())
        return sql::error_at(sql::errors::type_mismatch, 1, 1,
                             "Column alias list has " + std::to_string(from.column_aliases.size()) + " entries but '" +
                                 from.alias + "' has " + std::to_string(scope.columns.size()) + " columns available");
    for (std::size_t i = 0; i < from.column_aliases.size(); ++i)
        scope.columns[i].name = from.column_aliases[i];

    sql::Analyzer analyzer(scope);
    if (select.where && !analyzer.analyze(select.where, nullptr)) return *analyzer.error();
    plan.where = std::move(select.where);
    for (auto &item : select.items) {
        if (item.expr->kind == sql::ExprKind::star) {
            if (!plan.table)
                return sql::error_at(sql::errors::column_not_found, item.expr->line, item.expr->column,
                                     "SELECT * not allowed in queries without FROM clause");
            for (std::size_t i = 0; i < scope.columns.size(); ++i) {
                OutputColumn output;
                output.expr = std::make_unique<sql::Expr>();
                output.expr->kind = sql::ExprKind::column;
                output.expr->names = {scope.columns[i].name};
                output.expr->index = i;
                output.expr->type = scope.columns[i].type;
                output.column = scope.columns[i];
                output.origin = origin;
                plan.output.push_back(std::move(output));
            }
            continue;
        }
        OutputColumn output;
        output.column.name = output_name(item, plan.output.size());
        if (!analyzer.analyze(item.expr, &plan.aggregates)) return *analyzer.error();
        output.column.type = item.expr->type;
        if (item.expr->kind == sql::ExprKind::column) output.origin = origin;
        output.expr = std::move(item.expr);
        plan.output.push_back(std::move(output));
    }
    for (auto &by : select.order) {
        if (auto *expr = referred(by, plan.output))
            by.expr = copy(**expr);
        else if (!analyzer.analyze(by.expr, nullptr))
            return *analyzer.error();
        if (!by.expr->type.children.empty()) return sql::not_computed(by.expr->line, by.expr->column, "this order");
        plan.order.emplace_back(std::move(by.expr), by.descending);
    }
    if (!plan.aggregates.empty()) {
        plan.order.clear(); // of one row
        for (const auto &output : plan.output)
            if (const auto *column = bare_column(*output.expr))
                return sql::not_computed(column->line, column->column, "aggregates next to plain columns");
    }
    plan.limit = select.limit;
    if (parameter_types != nullptr) *parameter_types = analyzer.parameter_types();
    return run_plan(std::move(plan));
}

} // namespace xtn::sandbox::trino
