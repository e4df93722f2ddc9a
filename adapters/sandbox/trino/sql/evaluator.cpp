#include "adapters/sandbox/trino/sql/evaluator.hpp"

#include "adapters/sandbox/trino/sql/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace xtn::sandbox::trino::sql {

namespace {

double as_double(const Value &value) {
    if (const auto *n = value.as<std::int64_t>()) return static_cast<double>(*n);
    if (const auto *d = value.as<double>()) return *d;
    return std::strtod(value.as<std::string>()->c_str(), nullptr); // a decimal
}

Decimal as_decimal(const Value &value) {
    if (const auto *n = value.as<std::int64_t>()) return {*n, 0};
    return read_decimal(*value.as<std::string>()).value_or(Decimal{});
}

bool integer_operation(std::string_view op, std::int64_t a, std::int64_t b, std::int64_t &out) {
    if (op == "+") return !__builtin_add_overflow(a, b, &out);
    if (op == "-") return !__builtin_sub_overflow(a, b, &out);
    if (op == "*") return !__builtin_mul_overflow(a, b, &out);
    if (a == INT64_MIN && b == -1) return op == "%" ? (out = 0, true) : false;
    out = op == "/" ? a / b : a % b;
    return true;
}

} // namespace

int compare(const Value &a, const SqlType &a_type, const Value &b, const SqlType &b_type) {
    const auto order = [](const auto &x, const auto &y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (is_number(a_type) && is_number(b_type)) {
        if (is_floating(a_type) || is_floating(b_type)) return order(as_double(a), as_double(b));
        if (a_type.base == "decimal" || b_type.base == "decimal") {
            const auto x = as_decimal(a);
            const auto y = as_decimal(b);
            const auto scale = std::max(x.scale, y.scale);
            const auto p = rescale(x, 38, scale);
            const auto q = rescale(y, 38, scale);
            if (p && q) return order(p->unscaled, q->unscaled);
            return order(as_double(a), as_double(b));
        }
        return order(*a.as<std::int64_t>(), *b.as<std::int64_t>());
    }
    if (const auto *x = a.as<bool>()) return order(*x, *b.as<bool>());
    return order(*a.as<std::string>(), *b.as<std::string>());
}

bool like(std::string_view text, std::string_view pattern, std::optional<char> escape) {
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    const auto next = [&](std::size_t at) { // a code point further
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U)
            ++at;
        return at;
    };
    while (t < text.size()) {
        const bool escaped = escape && p + 1 < pattern.size() && pattern[p] == *escape;
        const char wanted = escaped ? pattern[p + 1] : p < pattern.size() ? pattern[p] : '\0';
        if (p < pattern.size() && !escaped && wanted == '%') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && !escaped && wanted == '_') {
            t = next(t);
            ++p;
        } else if (p < pattern.size() && wanted == text[t]) {
            ++t;
            p += escaped ? 2 : 1;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            resume = next(resume);
            t = resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '%')
        ++p;
    return p == pattern.size();
}

bool Evaluator::fail(ErrorCode code, std::string message) {
    if (!error_) {
        error_.emplace();
        error_->code = code;
        error_->message = std::move(message);
    }
    return false;
}

bool Evaluator::arithmetic(const Expr &expr, const Value &a, const Value &b, Value &out) {
    if (a.null() || b.null()) return true;
    if (is_integer(expr.type)) {
        const auto x = *a.as<std::int64_t>();
        const auto y = *b.as<std::int64_t>();
        if (y == 0 && (expr.op == "/" || expr.op == "%")) return fail(errors::division_by_zero, "Division by zero");
        std::int64_t result = 0;
        if (!integer_operation(expr.op, x, y, result) || !fits({result, 0}, expr.type.base)) {
            const std::string_view name = expr.op == "+"   ? "addition"
                                          : expr.op == "-" ? "subtraction"
                                          : expr.op == "*" ? "multiplication"
                                                           : "division";
            return fail(errors::numeric_value_out_of_range, expr.type.base + " " + std::string(name) + " overflow: " +
                                                                std::to_string(x) + " " + expr.op + " " + std::to_string(y));
        }
        out = result;
        return true;
    }
    if (expr.type.base == "decimal") {
        auto x = as_decimal(a);
        auto y = as_decimal(b);
        Decimal made;
        const auto scale = static_cast<int>(expr.type.numbers[1]);
        if (expr.op == "*") {
            if (__builtin_mul_overflow(x.unscaled, y.unscaled, &made.unscaled))
                return fail(errors::numeric_value_out_of_range, "Decimal overflow");
            made.scale = x.scale + y.scale;
        } else {
            const auto p = rescale(x, 38, scale);
            const auto q = rescale(y, 38, scale);
            if (!p || !q) return fail(errors::numeric_value_out_of_range, "Decimal overflow");
            made.unscaled = expr.op == "+" ? p->unscaled + q->unscaled : p->unscaled - q->unscaled;
            made.scale = scale;
        }
        const auto fitted = rescale(made, 38, scale);
        if (!fitted) return fail(errors::numeric_value_out_of_range, "Decimal overflow");
        out = fitted->text();
        return true;
    }
    const double x = as_double(a);
    const double y = as_double(b);
    double result = expr.op == "+" ? x + y : expr.op == "-" ? x - y : expr.op == "*" ? x * y : 0;
    if (expr.op == "/")
        result = y == 0 ? (x == 0 || std::isnan(x) ? NAN : std::copysign(INFINITY, x) * std::copysign(1.0, y)) : x / y;
    if (expr.op == "%") result = std::fmod(x, y);
    out = expr.type.base == "real" ? static_cast<double>(static_cast<float>(result)) : result;
    return true;
}

bool Evaluator::logic(const Expr &expr, const Row &row, const Row &slots, Value &out) {
    Value first;
    if (!evaluate(*expr.args[0], row, slots, first)) return false;
    if (expr.kind == ExprKind::invert) {
        if (!first.null()) out = !*first.as<bool>();
        return true;
    }
    const bool deciding = expr.kind == ExprKind::either; // true decides OR, false decides AND
    if (!first.null() && *first.as<bool>() == deciding) {
        out = deciding;
        return true;
    }
    Value second;
    if (!evaluate(*expr.args[1], row, slots, second)) return false;
    if (!second.null() && *second.as<bool>() == deciding)
        out = deciding;
    else if (!first.null() && !second.null())
        out = !deciding;
    return true;
}

bool Evaluator::predicate(const Expr &expr, const std::vector<Value> &args, Value &out) {
    const auto order = [&](std::size_t a, std::size_t b) {
        return compare(args[a], expr.args[a]->type, args[b], expr.args[b]->type);
    };
    if (expr.kind == ExprKind::is_null) {
        out = args[0].null();
        return true;
    }
    if (expr.kind == ExprKind::in_list) {
        if (args[0].null()) return true;
        bool unknown = false;
        for (std::size_t i = 1; i < args.size(); ++i) {
            unknown = unknown || args[i].null();
            if (!args[i].null() && order(0, i) == 0) {
                out = true;
                return true;
            }
        }
        if (!unknown) out = false;
        return true;
    }
    if (std::any_of(args.begin(), args.end(), [](const Value &v) { return v.null(); })) return true;
    if (expr.kind == ExprKind::between) {
        out = order(0, 1) >= 0 && order(0, 2) <= 0;
    } else if (expr.kind == ExprKind::like) {
        std::optional<char> escape;
        if (args.size() > 2) {
            const auto &text = *args[2].as<std::string>();
            if (text.size() != 1) return fail(errors::invalid_function_argument, "Escape string must be a single character");
            escape = text[0];
        }
        out = like(*args[0].as<std::string>(), *args[1].as<std::string>(), escape);
    } else {
        const auto not_a_number = [](const Value &v) { return v.as<double>() != nullptr && std::isnan(*v.as<double>()); };
        if (not_a_number(args[0]) || not_a_number(args[1])) { // unlike everything, itself included
            out = expr.op == "<>";
            return true;
        }
        const int o = order(0, 1);
        out = expr.op == "="    ? o == 0
              : expr.op == "<>" ? o != 0
              : expr.op == "<"  ? o < 0
              : expr.op == "<=" ? o <= 0
              : expr.op == ">"  ? o > 0
                                : o >= 0;
    }
    return true;
}

bool Evaluator::call(const Expr &expr, const std::vector<Value> &args, Value &out) {
    if (expr.op == "map") {
        std::vector<Value> pairs;
        if (!args.empty()) {
            if (args[0].null() || args[1].null()) return true;
            const auto &keys = *args[0].as<std::vector<Value>>();
            const auto &values = *args[1].as<std::vector<Value>>();
            if (keys.size() != values.size())
                return fail(errors::invalid_function_argument, "Key and value arrays must be the same length");
            for (std::size_t i = 0; i < keys.size(); ++i) {
                pairs.push_back(keys[i]);
                pairs.push_back(values[i]);
            }
        }
        out = std::move(pairs);
        return true;
    }
    const bool about_type = expr.op == "typeof";
    if (!about_type && std::any_of(args.begin(), args.end(), [](const Value &v) { return v.null(); })) return true;
    const std::string first = expr.args.empty() ? std::string() : display(expr.args[0]->type, true);
    out = find_function(expr.op)->compute(args, session_, first);
    return true;
}

bool Evaluator::evaluate(const Expr &expr, const Row &row, const Row &slots, Value &out) {
    out = Value();
    switch (expr.kind) {
    case ExprKind::literal:
        out = expr.value;
        return true;
    case ExprKind::column:
        out = row[expr.index];
        return true;
    case ExprKind::slot:
        out = slots[expr.index];
        return true;
    case ExprKind::both:
    case ExprKind::either:
    case ExprKind::invert:
        return logic(expr, row, slots, out);
    case ExprKind::parameter:
    case ExprKind::star:
        return fail(errors::invalid_function_argument, "Incorrect number of parameters");
    default:
        break;
    }
    std::vector<Value> args(expr.args.size());
    for (std::size_t i = 0; i < args.size(); ++i)
        if (!evaluate(*expr.args[i], row, slots, args[i])) return false;
    switch (expr.kind) {
    case ExprKind::arithmetic:
        return arithmetic(expr, args[0], args[1], out);
    case ExprKind::negate:
        if (const auto *n = args[0].as<std::int64_t>()) {
            if (*n == INT64_MIN)
                return fail(errors::numeric_value_out_of_range, "bigint negation overflow: " + std::to_string(*n));
            out = -*n;
        } else if (const auto *d = args[0].as<double>()) {
            out = -*d;
        } else if (const auto *s = args[0].as<std::string>()) {
            auto decimal = read_decimal(*s).value_or(Decimal{});
            decimal.unscaled = -decimal.unscaled;
            out = decimal.text();
        }
        return true;
    case ExprKind::concat:
        if (!args[0].null() && !args[1].null()) out = *args[0].as<std::string>() + *args[1].as<std::string>();
        return true;
    case ExprKind::cast:
    case ExprKind::try_cast: {
        std::string why;
        if (cast_value(args[0], expr.args[0]->type, expr.type, out, why)) return true;
        if (why.empty()) {
            if (!error_)
                error_ = not_computed(expr.line, expr.column,
                                      "the cast of " + display(expr.args[0]->type, true) + " to " + display(expr.type, true));
            return false;
        }
        out = Value();
        return expr.kind == ExprKind::try_cast ||
               fail(is_range_failure(why) ? errors::numeric_value_out_of_range : errors::invalid_cast_argument, why);
    }
    case ExprKind::array:
        for (std::size_t i = 0; i < args.size(); ++i) { // all of the elements' common type
            Value made;
            std::string why;
            if (!cast_value(args[i], expr.args[i]->type, expr.type.children[0], made, why))
                return fail(errors::invalid_cast_argument, why);
            args[i] = std::move(made);
        }
        out = std::move(args);
        return true;
    case ExprKind::row:
        out = std::move(args);
        return true;
    case ExprKind::call:
        return call(expr, args, out);
    default:
        return predicate(expr, args, out);
    }
}

} // namespace xtn::sandbox::trino::sql
