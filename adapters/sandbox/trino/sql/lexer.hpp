// Splits a SQL text into tokens with their place (line from 1, column from 1, as Trino counts them in messages).
#pragma once

#include "adapters/sandbox/trino/sql/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::trino::sql {

enum class TokenKind { word, quoted_word, string, integer, decimal, floating, symbol, parameter, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;  // words in lower case; strings and quoted words without their quotes
    std::string shown; // as written, for messages
    int line = 1;
    int column = 1;
    std::size_t begin = 0; // offset of the first byte
    std::size_t finish = 0;

    bool is(std::string_view word_or_symbol) const {
        return (kind == TokenKind::word || kind == TokenKind::symbol) && text == word_or_symbol;
    }
};

struct Tokens {
    std::vector<Token> list; // the last one is always `end`
    std::optional<SqlError> error;
};

Tokens tokenize(std::string_view text);

} // namespace xtn::sandbox::trino::sql
