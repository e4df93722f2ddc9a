#include "adapters/sandbox/trino/sql/parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace xtn::sandbox::trino::sql {

namespace {

constexpr int max_depth = 200; // of nested expressions; Trino's own limit is the thread's stack

// 'text' after these is a literal of that type.
constexpr std::array literal_types = {"date",    "time",   "timestamp", "json",     "uuid",    "ipaddress", "real", "double",
                                      "decimal", "bigint", "integer",   "smallint", "tinyint", "varchar",   "char", "boolean"};

// Functions that are written without parentheses.
constexpr std::array bare_functions = {"current_user", "current_catalog", "current_schema", "current_date", "current_timestamp"};

} // namespace

ExprPtr Parser::make(ExprKind kind, const Token &at, std::string op) {
    auto expr = std::make_unique<Expr>();
    expr->kind = kind;
    expr->line = at.line;
    expr->column = at.column;
    expr->op = std::move(op);
    return expr;
}

ExprPtr Parser::expression() {
    if (++depth_ > max_depth) fail(not_computed(peek().line, peek().column, "expressions nested this deep"));
    auto left = failed() ? nullptr : conjunction();
    while (!failed() && peek().is("or")) {
        auto both = make(ExprKind::either, take());
        both->args.push_back(std::move(left));
        both->args.push_back(conjunction());
        left = std::move(both);
    }
    --depth_;
    return left;
}

ExprPtr Parser::conjunction() {
    auto left = negation();
    while (!failed() && peek().is("and")) {
        auto both = make(ExprKind::both, take());
        both->args.push_back(std::move(left));
        both->args.push_back(negation());
        left = std::move(both);
    }
    return left;
}

ExprPtr Parser::negation() {
    if (!peek().is("not")) return predicate();
    auto expr = make(ExprKind::invert, take());
    if (++depth_ > max_depth) fail(not_computed(peek().line, peek().column, "expressions nested this deep"));
    if (!failed()) expr->args.push_back(negation());
    --depth_;
    return expr;
}

ExprPtr Parser::predicate() {
    auto left = sum();
    while (!failed()) {
        const Token at = peek();
        static constexpr std::array comparisons = {"=", "<>", "!=", "<", "<=", ">", ">="};
        ExprPtr made;
        bool inverted = false;
        if (std::any_of(comparisons.begin(), comparisons.end(), [&](auto c) { return at.is(c); })) {
            take();
            made = make(ExprKind::compare, at, at.text == "!=" ? "<>" : at.text);
            made->args.push_back(std::move(left));
            made->args.push_back(sum());
        } else if (accept("is")) {
            inverted = accept("not");
            if (!expect("null")) return nullptr;
            made = make(ExprKind::is_null, at);
            made->args.push_back(std::move(left));
        } else {
            if (peek().is("not") && (peek(1).is("like") || peek(1).is("in") || peek(1).is("between"))) inverted = accept("not");
            if (accept("like")) {
                made = make(ExprKind::like, at);
                made->args.push_back(std::move(left));
                made->args.push_back(sum());
                if (accept("escape")) made->args.push_back(sum());
            } else if (accept("in")) {
                made = make(ExprKind::in_list, at);
                made->args.push_back(std::move(left));
                if (!expect("(")) return nullptr;
                for (auto &item : list(")"))
                    made->args.push_back(std::move(item));
            } else if (accept("between")) {
                made = make(ExprKind::between, at);
                made->args.push_back(std::move(left));
                made->args.push_back(sum());
                if (!expect("and")) return nullptr;
                made->args.push_back(sum());
            } else {
                return left;
            }
        }
        if (inverted) {
            auto negated = make(ExprKind::invert, at);
            negated->args.push_back(std::move(made));
            made = std::move(negated);
        }
        left = std::move(made);
    }
    return left;
}

ExprPtr Parser::sum() {
    auto left = product();
    while (!failed() && (peek().is("+") || peek().is("-") || peek().is("||"))) {
        const Token op = take();
        auto made = make(op.text == "||" ? ExprKind::concat : ExprKind::arithmetic, op, op.text);
        made->args.push_back(std::move(left));
        made->args.push_back(product());
        left = std::move(made);
    }
    return left;
}

ExprPtr Parser::product() {
    auto left = unary();
    while (!failed() && (peek().is("*") || peek().is("/") || peek().is("%"))) {
        const Token op = take();
        auto made = make(ExprKind::arithmetic, op, op.text);
        made->args.push_back(std::move(left));
        made->args.push_back(unary());
        left = std::move(made);
    }
    return left;
}

ExprPtr Parser::unary() {
    if (peek().is("+")) take();
    if (!peek().is("-")) return primary();
    const Token minus = take();
    if (peek().kind == TokenKind::integer && peek().text == "9223372036854775808") { // the one integer that has no positive
        take();
        auto expr = make(ExprKind::literal, minus);
        expr->value = INT64_MIN;
        expr->type = simple_type("bigint");
        return expr;
    }
    auto expr = make(ExprKind::negate, minus);
    if (++depth_ > max_depth) fail(not_computed(minus.line, minus.column, "expressions nested this deep"));
    if (!failed()) expr->args.push_back(unary());
    --depth_;
    return expr;
}

std::vector<ExprPtr> Parser::list(std::string_view closing) {
    std::vector<ExprPtr> items;
    if (accept(closing)) return items;
    do {
        items.push_back(expression());
    } while (!failed() && accept(","));
    expect(closing);
    return items;
}

ExprPtr Parser::primary() {
    if (failed()) return nullptr;
    const Token at = peek();
    switch (at.kind) {
    case TokenKind::integer: {
        take();
        std::int64_t number = 0;
        const auto [end, ec] = std::from_chars(at.text.data(), at.text.data() + at.text.size(), number);
        if (ec != std::errc() || end != at.text.data() + at.text.size()) {
            fail(error_at(errors::syntax_error, at.line, at.column, "Invalid numeric literal: " + at.text));
            return nullptr;
        }
        auto expr = make(ExprKind::literal, at);
        expr->value = number;
        expr->type = simple_type(number > INT32_MAX ? "bigint" : "integer");
        return expr;
    }
    case TokenKind::decimal:
    case TokenKind::floating: {
        take();
        auto expr = make(ExprKind::literal, at);
        if (auto wrong = read_typed_literal(at.kind == TokenKind::decimal ? "decimal" : "double", at.text, *expr))
            fail(error_at(errors::invalid_literal, at.line, at.column, *wrong));
        return expr;
    }
    case TokenKind::string: {
        take();
        auto expr = make(ExprKind::literal, at);
        expr->value = at.text;
        expr->type = varchar_type(static_cast<std::int64_t>(code_points(at.text)));
        return expr;
    }
    case TokenKind::parameter: {
        take();
        auto expr = make(ExprKind::parameter, at);
        expr->index = parameters_++;
        return expr;
    }
    case TokenKind::symbol: {
        if (!accept("(")) break;
        auto first = expression();
        if (!peek().is(",")) {
            expect(")");
            return first;
        }
        auto row = make(ExprKind::row, at);
        row->args.push_back(std::move(first));
        take();
        for (auto &item : list(")"))
            row->args.push_back(std::move(item));
        return row;
    }
    case TokenKind::word:
    case TokenKind::quoted_word:
        return call_or_column();
    case TokenKind::end:
        break;
    }
    mismatch("<expression>");
    return nullptr;
}

ExprPtr Parser::typed_literal(const Token &word) {
    const Token text = take();
    auto expr = make(ExprKind::literal, word);
    auto wrong = word.text == "x" ? read_binary(text.text, *expr) : read_typed_literal(word.text, text.text, *expr);
    if (wrong) fail(error_at(word.text == "x" ? errors::syntax_error : errors::invalid_literal, word.line, word.column, *wrong));
    return expr;
}

ExprPtr Parser::interval_literal(const Token &word) {
    auto expr = make(ExprKind::literal, word);
    bool negative = accept("-");
    if (!negative) accept("+");
    const Token count = take();
    std::int64_t number = 0;
    const auto *const begin = count.text.data();
    const auto [end, ec] = std::from_chars(begin, begin + count.text.size(), number);
    const Token unit = peek();
    if (count.kind != TokenKind::string || ec != std::errc() || end != begin + count.text.size()) {
        fail(not_computed(count.line, count.column, "intervals of more than one unit"));
        return nullptr;
    }
    take();
    if (peek().is("to")) {
        fail(not_computed(count.line, count.column, "intervals of more than one unit"));
        return nullptr;
    }
    if (auto wrong = read_interval(negative ? -number : number, unit.text, *expr))
        fail(error_at(errors::syntax_error, unit.line, unit.column, *wrong));
    return expr;
}

ExprPtr Parser::cast(bool try_it) {
    auto expr = make(try_it ? ExprKind::try_cast : ExprKind::cast, take());
    take(); // the parenthesis
    expr->args.push_back(expression());
    if (!expect("as")) return nullptr;
    expr->type = type();
    expect(")");
    return expr;
}

ExprPtr Parser::call_or_column() {
    const Token at = peek();
    const bool word = at.kind == TokenKind::word;
    const bool opens = peek(1).is("(");
    if (word && peek(1).kind == TokenKind::string &&
        (at.text == "x" || std::find(literal_types.begin(), literal_types.end(), at.text) != literal_types.end())) {
        take();
        return typed_literal(at);
    }
    if (word && at.text == "interval" && (peek(1).kind == TokenKind::string || peek(1).is("-") || peek(1).is("+"))) {
        take();
        return interval_literal(at);
    }
    if (word && (at.text == "true" || at.text == "false" || at.text == "null")) {
        take();
        auto expr = make(ExprKind::literal, at);
        expr->type = simple_type(at.text == "null" ? "unknown" : "boolean");
        if (at.text != "null") expr->value = at.text == "true";
        return expr;
    }
    if (word && opens && (at.text == "cast" || at.text == "try_cast")) return cast(at.text == "try_cast");
    if (word && at.text == "array" && peek(1).is("[")) {
        take();
        take();
        auto expr = make(ExprKind::array, at);
        expr->args = list("]");
        return expr;
    }
    if (word && at.text == "row" && opens) {
        take();
        take();
        auto expr = make(ExprKind::row, at);
        expr->args = list(")");
        return expr;
    }
    if (word && std::find(bare_functions.begin(), bare_functions.end(), at.text) != bare_functions.end()) {
        take();
        if (accept("(")) expect(")");
        return make(ExprKind::call, at, at.text);
    }
    if (word && at.text == "u" && peek(1).is("&")) {
        fail(not_computed(at.line, at.column, "strings with Unicode escapes"));
        return nullptr;
    }
    static constexpr std::array beyond = {"case", "exists", "select", "extract", "with"};
    if (word && std::find(beyond.begin(), beyond.end(), at.text) != beyond.end()) {
        fail(not_computed(at.line, at.column, "expressions with '" + at.shown + "'"));
        return nullptr;
    }
    if (opens && word) {
        take();
        take();
        auto expr = make(ExprKind::call, at, at.text);
        if (peek().is("*")) {
            expr->args.push_back(make(ExprKind::star, take()));
            expect(")");
        } else if (peek().is("distinct")) {
            fail(not_computed(peek().line, peek().column, "aggregates over distinct values"));
        } else {
            expr->args = list(")");
        }
        if (!failed() && (peek().is("over") || peek().is("filter")))
            fail(not_computed(peek().line, peek().column, "window functions and filtered aggregates"));
        return expr;
    }
    const auto whole = name("<expression>");
    auto expr = make(ExprKind::column, at);
    expr->names = whole.parts;
    const auto &last = tokens_[at_ > 0 ? at_ - 1 : 0];
    expr->op = last.kind == TokenKind::quoted_word ? last.text : last.shown; // the result's column is named as written
    return expr;
}

SqlType Parser::row_type() {
    SqlType row = simple_type("row");
    do {
        // "name type" or just "type"
        if (peek(1).is(",") || peek(1).is(")") || peek(1).is("(")) {
            row.names.emplace_back();
        } else {
            row.names.push_back(identifier("<identifier>"));
        }
        row.children.push_back(type());
    } while (!failed() && accept(","));
    expect(")");
    return row;
}

SqlType Parser::type() {
    if (++depth_ > max_depth) fail(not_computed(peek().line, peek().column, "types nested this deep"));
    SqlType made = simple_type(identifier("<type>"));
    if (made.base == "int") made.base = "integer";
    if (made.base == "double") accept("precision");
    if (!failed() && accept("(")) {
        if (made.base == "row") {
            made = row_type();
        } else if (made.base == "array" || made.base == "map") {
            do {
                made.children.push_back(type());
            } while (!failed() && accept(","));
            expect(")");
        } else {
            do {
                const Token number = take();
                std::int64_t n = 0;
                std::from_chars(number.text.data(), number.text.data() + number.text.size(), n);
                if (number.kind != TokenKind::integer) {
                    fail(error_at(errors::syntax_error, number.line, number.column,
                                  "mismatched input '" + number.shown + "'. Expecting: <integer>"));
                    break;
                }
                made.numbers.push_back(n);
            } while (!failed() && accept(","));
            expect(")");
        }
    }
    if (made.base == "time" || made.base == "timestamp") {
        if (accept("with")) {
            expect("time");
            expect("zone");
            made.base += " with time zone";
        }
        if (made.numbers.empty()) made.numbers = {3};
    }
    if (made.base == "varchar" && made.numbers.empty()) made.numbers = {unbounded};
    if (made.base == "char" && made.numbers.empty()) made.numbers = {1};
    if (made.base == "decimal") {
        if (made.numbers.empty()) made.numbers = {38};
        if (made.numbers.size() == 1) made.numbers.push_back(0);
    }
    --depth_;
    return made;
}

} // namespace xtn::sandbox::trino::sql
