#include "adapters/sandbox/trino/sql/analyzer.hpp"

#include "adapters/sandbox/trino/sql/functions.hpp"

#include <algorithm>
#include <array>

namespace xtn::sandbox::trino::sql {

namespace {

int integer_rank(const SqlType &type) {
    static constexpr std::array<std::string_view, 4> order = {"tinyint", "smallint", "integer", "bigint"};
    return static_cast<int>(std::find(order.begin(), order.end(), type.base) - order.begin());
}

// The decimal that holds every value of an integer type.
SqlType as_decimal(const SqlType &type) {
    if (type.base == "decimal") return type;
    static constexpr std::array<std::int64_t, 4> digits = {3, 5, 10, 19};
    return decimal_type(digits[static_cast<std::size_t>(integer_rank(type))], 0);
}

constexpr std::array<std::string_view, 4> aggregate_functions = {"count", "sum", "min", "max"};

bool orderable(const SqlType &type) {
    return type.children.empty() && type.base != "json";
}

} // namespace

std::optional<SqlType> common_type(const SqlType &a, const SqlType &b) {
    if (a == b || b.base == "unknown") return a;
    if (a.base == "unknown") return b;
    if (is_integer(a) && is_integer(b)) return integer_rank(a) > integer_rank(b) ? a : b;
    if (is_number(a) && is_number(b)) {
        if (is_floating(a) || is_floating(b)) return simple_type(a.base == "real" && b.base == "real" ? "real" : "double");
        const auto x = as_decimal(a);
        const auto y = as_decimal(b);
        const auto scale = std::max(x.numbers[1], y.numbers[1]);
        const auto whole = std::max(x.numbers[0] - x.numbers[1], y.numbers[0] - y.numbers[1]);
        return decimal_type(std::min<std::int64_t>(38, whole + scale), scale);
    }
    if (is_text(a) && is_text(b)) {
        SqlType text = varchar_type(std::max(a.numbers[0], b.numbers[0]));
        if (a.base == "char" && b.base == "char") text.base = "char";
        return text;
    }
    if (a.base == b.base && a.children.empty() && has_precision(a)) return a.numbers[0] > b.numbers[0] ? a : b;
    if (a.base == b.base && a.children.size() == b.children.size() && !a.children.empty()) {
        SqlType made = a;
        for (std::size_t i = 0; i < a.children.size(); ++i) {
            const auto child = common_type(a.children[i], b.children[i]);
            if (!child) return std::nullopt;
            made.children[i] = *child;
        }
        return made;
    }
    return std::nullopt;
}

bool Analyzer::fail(const Expr &at, ErrorCode code, std::string_view message) {
    if (!error_) error_ = error_at(code, at.line, at.column, message);
    return false;
}

bool Analyzer::column(Expr &expr) {
    const auto &names = expr.names;
    if (names.size() == 1 || (names.size() == 2 && names[0] == scope_.qualifier)) {
        for (std::size_t i = 0; i < scope_.columns.size(); ++i) {
            std::string name = scope_.columns[i].name;
            std::transform(name.begin(), name.end(), name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
            if (name != names.back()) continue;
            expr.index = i;
            expr.type = scope_.columns[i].type;
            return true;
        }
    }
    std::string shown;
    for (const auto &n : names)
        shown.append(shown.empty() ? "" : ".").append(n);
    return fail(expr, errors::column_not_found, "Column '" + shown + "' cannot be resolved");
}

// A parameter takes the type of what it is compared or combined with.
void Analyzer::learn_parameters(Expr &expr) {
    SqlType known;
    for (const auto &arg : expr.args)
        if (arg->kind != ExprKind::parameter && arg->type.base != "unknown") known = arg->type;
    for (auto &arg : expr.args) {
        if (arg->kind != ExprKind::parameter || known.base.empty()) continue;
        arg->type = known;
        if (parameters_.size() <= arg->index) parameters_.resize(arg->index + 1, simple_type("unknown"));
        parameters_[arg->index] = known;
    }
}

bool Analyzer::arithmetic(Expr &expr) {
    const auto &a = expr.args[0]->type;
    const auto &b = expr.args[1]->type;
    const auto common = common_type(a, b);
    const bool numbers = common && is_number(*common);
    if (!numbers)
        return fail(expr, errors::type_mismatch,
                    "Cannot apply operator: " + display(a, true) + " " + expr.op + " " + display(b, true));
    expr.type = *common;
    if (common->base != "decimal") return true;
    const auto x = as_decimal(a.base == "unknown" ? b : a);
    const auto y = as_decimal(b.base == "unknown" ? a : b);
    const auto scale = std::max(x.numbers[1], y.numbers[1]);
    if (expr.op == "+" || expr.op == "-") {
        const auto whole = std::max(x.numbers[0] - x.numbers[1], y.numbers[0] - y.numbers[1]);
        expr.type = decimal_type(std::min<std::int64_t>(38, whole + scale + 1), scale);
    } else if (expr.op == "*") {
        expr.type = decimal_type(std::min<std::int64_t>(38, x.numbers[0] + y.numbers[0]), x.numbers[1] + y.numbers[1]);
    } else {
        if (!error_) error_ = not_computed(expr.line, expr.column, "division of decimals");
        return false;
    }
    return true;
}

bool Analyzer::collection(Expr &expr) {
    if (expr.kind == ExprKind::row) {
        expr.type = simple_type("row");
        for (const auto &arg : expr.args) {
            expr.type.children.push_back(arg->type);
            expr.type.names.emplace_back();
        }
        return true;
    }
    SqlType element = simple_type("unknown");
    for (const auto &arg : expr.args) {
        const auto common = common_type(element, arg->type);
        if (!common) return fail(*arg, errors::type_mismatch, "All ARRAY elements must be the same type");
        element = *common;
    }
    expr.type = simple_type("array");
    expr.type.children = {element};
    return true;
}

bool Analyzer::call(ExprPtr &expr, std::vector<Aggregate> *aggregates) {
    if (std::find(aggregate_functions.begin(), aggregate_functions.end(), expr->op) != aggregate_functions.end()) {
        if (aggregates == nullptr) {
            if (!error_) error_ = not_computed(expr->line, expr->column, "an aggregate in this place");
            return false;
        }
        const bool star = expr->args.size() == 1 && expr->args[0]->kind == ExprKind::star;
        if (expr->args.size() != 1 || (star && expr->op != "count"))
            return fail(*expr, errors::function_not_found, "Unexpected parameters for function " + expr->op);
        Aggregate made;
        made.function = expr->op;
        made.type = simple_type("bigint");
        if (!star) {
            if (!analyze(expr->args[0], nullptr)) return false;
            const auto &type = expr->args[0]->type;
            if (expr->op == "sum" && is_floating(type)) made.type = type;
            if (expr->op == "min" || expr->op == "max") made.type = type;
            if ((expr->op == "sum" && !is_integer(type) && !is_floating(type)) || !orderable(type)) {
                if (!error_) error_ = not_computed(expr->line, expr->column, expr->op + "(" + display(type, true) + ")");
                return false;
            }
            made.argument = std::move(expr->args[0]);
        }
        auto slot = std::make_unique<Expr>();
        slot->kind = ExprKind::slot;
        slot->line = expr->line;
        slot->column = expr->column;
        slot->index = aggregates->size();
        slot->type = made.type;
        aggregates->push_back(std::move(made));
        expr = std::move(slot);
        return true;
    }
    std::vector<SqlType> types;
    std::string shown;
    for (auto &arg : expr->args) {
        if (!analyze(arg, aggregates)) return false;
        types.push_back(arg->type);
        shown.append(shown.empty() ? "" : ", ").append(display(arg->type, true));
    }
    if (expr->op == "map" && (types.size() == 2 || types.empty())) {
        for (const auto &type : types)
            if (type.base != "array")
                return fail(*expr, errors::function_not_found, "Unexpected parameters (" + shown + ") for function map");
        expr->type = simple_type("map");
        if (types.empty())
            expr->type.children = {simple_type("unknown"), simple_type("unknown")};
        else
            expr->type.children = {types[0].children[0], types[1].children[0]};
        return true;
    }
    const auto *const function = find_function(expr->op);
    if (function == nullptr) {
        // Trino has hundreds; which of them exist is not known here, so this says what is true for sure.
        if (!error_) error_ = not_computed(expr->line, expr->column, "the function '" + expr->op + "'");
        return false;
    }
    if (!takes(*function, types))
        return fail(*expr, errors::function_not_found, "Unexpected parameters (" + shown + ") for function " + expr->op);
    expr->type = function->result == "=" ? types[0] : simple_type(function->result);
    if (function->result == "varchar") expr->type = varchar_type();
    if (has_precision(expr->type)) expr->type.numbers = {3};
    return true;
}

bool Analyzer::analyze(ExprPtr &expr, std::vector<Aggregate> *aggregates) {
    if (expr->kind == ExprKind::call) return call(expr, aggregates);
    for (auto &arg : expr->args)
        if (!analyze(arg, aggregates)) return false;
    const auto boolean = simple_type("boolean");
    switch (expr->kind) {
    case ExprKind::literal:
    case ExprKind::slot:
    case ExprKind::call:
        return true;
    case ExprKind::star:
        return fail(*expr, errors::syntax_error, "mismatched input '*'. Expecting: <expression>");
    case ExprKind::parameter:
        if (parameters_.size() <= expr->index) parameters_.resize(expr->index + 1, simple_type("unknown"));
        if (expr->type.base.empty()) expr->type = simple_type("unknown");
        return true;
    case ExprKind::column:
        return column(*expr);
    case ExprKind::negate:
        expr->type = expr->args[0]->type;
        if (!is_number(expr->type)) return fail(*expr, errors::type_mismatch, "Cannot negate " + display(expr->type, true));
        return true;
    case ExprKind::arithmetic:
        learn_parameters(*expr);
        return arithmetic(*expr);
    case ExprKind::concat: {
        const auto &a = expr->args[0]->type;
        const auto &b = expr->args[1]->type;
        if (!is_text(a) || !is_text(b))
            return fail(*expr, errors::function_not_found, "Unexpected parameters for function concat");
        const bool open = a.numbers[0] == unbounded || b.numbers[0] == unbounded;
        expr->type = varchar_type(open ? unbounded : a.numbers[0] + b.numbers[0]);
        return true;
    }
    case ExprKind::compare:
    case ExprKind::in_list:
    case ExprKind::between:
        learn_parameters(*expr);
        for (const auto &arg : expr->args) {
            const auto common = common_type(expr->args[0]->type, arg->type);
            if (!common)
                return fail(*expr, errors::type_mismatch,
                            "Cannot apply operator: " + display(expr->args[0]->type, true) + " " +
                                (expr->op.empty() ? "=" : expr->op) + " " + display(arg->type, true));
            if (!orderable(*common)) {
                if (!error_) error_ = not_computed(expr->line, expr->column, "comparisons of " + display(*common, true));
                return false;
            }
        }
        expr->type = boolean;
        return true;
    case ExprKind::like:
        learn_parameters(*expr);
        for (const auto &arg : expr->args)
            if (!is_text(arg->type) && arg->type.base != "unknown")
                return fail(*expr, errors::type_mismatch,
                            "Left side of LIKE expression must evaluate to a varchar (actual: " + display(arg->type, true) + ")");
        expr->type = boolean;
        return true;
    case ExprKind::both:
    case ExprKind::either:
    case ExprKind::invert:
        for (const auto &arg : expr->args)
            if (arg->type.base != "boolean" && arg->type.base != "unknown")
                return fail(*arg, errors::type_mismatch,
                            "Logical expression term must evaluate to a boolean (actual: " + display(arg->type, true) + ")");
        expr->type = boolean;
        return true;
    case ExprKind::is_null:
        expr->type = boolean;
        return true;
    case ExprKind::cast:
    case ExprKind::try_cast:
        return true; // whether it can be done is a matter of the values
    case ExprKind::array:
    case ExprKind::row:
        return collection(*expr);
    }
    return false;
}

} // namespace xtn::sandbox::trino::sql
