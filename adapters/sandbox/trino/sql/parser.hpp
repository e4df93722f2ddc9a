// The recursive descent behind parse(); split over parser_expression.cpp and parser_statement.cpp. The first error sticks: every
// production returns at once after it.
#pragma once

#include "adapters/sandbox/trino/sql/lexer.hpp"
#include "adapters/sandbox/trino/sql/statement.hpp"

namespace xtn::sandbox::trino::sql {

class Parser {
  public:
    Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

    Parsed statement();

  private:
    // Tokens.
    const Token &peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    bool accept(std::string_view text);
    bool expect(std::string_view text);
    bool failed() const { return error_.has_value(); }
    // SYNTAX_ERROR at the next token, or NOT_SUPPORTED when that token begins something that Trino knows and we do not.
    void mismatch(std::string_view expecting);
    void fail(SqlError error);

    // Expressions, by falling precedence.
    ExprPtr expression();
    ExprPtr conjunction();
    ExprPtr negation();
    ExprPtr predicate();
    ExprPtr sum();
    ExprPtr product();
    ExprPtr unary();
    ExprPtr primary();
    ExprPtr typed_literal(const Token &word);
    ExprPtr interval_literal(const Token &word);
    ExprPtr call_or_column();
    ExprPtr cast(bool try_it);
    SqlType type();
    SqlType row_type();
    std::vector<ExprPtr> list(std::string_view closing);
    ExprPtr make(ExprKind kind, const Token &at, std::string op = {});

    // Statements.
    Body body();
    Select select();
    Select values();
    Source source();
    std::vector<std::vector<ExprPtr>> value_rows();
    void table_alias(Source &source);
    Body show();
    Body set();
    Body reset();
    Body execute();
    Body describe();
    Body prepare();
    Body start_transaction();
    Name name(std::string_view expecting);
    std::string identifier(std::string_view expecting);
    std::string string_literal(std::string_view expecting);
    std::optional<std::string> like_pattern();

    std::string_view text_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::size_t parameters_ = 0;
    int depth_ = 0; // of nested expressions
    std::optional<SqlError> error_;
};

// literal.cpp: typed literals; an error's message without place, or nothing.
// DATE, TIME, TIMESTAMP, JSON, UUID, ... 'text' and the numeric ones. Sets value and type.
std::optional<std::string> read_typed_literal(std::string_view type, std::string_view text, Expr &into);
std::optional<std::string> read_interval(std::int64_t count, std::string_view unit, Expr &into);
std::optional<std::string> read_binary(std::string_view hex, Expr &into);
std::size_t code_points(std::string_view text);

} // namespace xtn::sandbox::trino::sql
