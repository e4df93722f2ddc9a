#include "adapters/sandbox/trino/sql/lexer.hpp"

namespace xtn::sandbox::trino::sql {

SqlError error_at(ErrorCode code, int line, int column, std::string_view message) {
    SqlError error;
    error.code = code;
    error.message = "line " + std::to_string(line) + ":" + std::to_string(column) + ": " + std::string(message);
    error.line = line;
    error.column = column;
    if (code.code == errors::syntax_error.code) error.exception = "io.trino.sql.parser.ParsingException";
    return error;
}

SqlError not_computed(int line, int column, std::string_view what) {
    return error_at(errors::not_supported, line, column,
                    "This is a stand-in for Trino and does not compute " + std::string(what) +
                        " (docs/stand-in.md says what it does)");
}

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Tokens run() {
        while (!tokens_.error) {
            skip_blanks();
            Token token;
            token.line = line_;
            token.column = column_;
            token.begin = at_;
            if (at_ >= text_.size()) {
                token.shown = "<EOF>";
                token.finish = at_;
                tokens_.list.push_back(std::move(token));
                break;
            }
            read(token);
            token.finish = at_;
            if (token.shown.empty()) token.shown = std::string(text_.substr(token.begin, at_ - token.begin));
            tokens_.list.push_back(std::move(token));
        }
        return std::move(tokens_);
    }

  private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void advance() {
        const char c = text_[at_++];
        if (c == '\n') {
            ++line_;
            column_ = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) { // a code point counts once
            ++column_;
        }
    }
    void skip_blanks() {
        for (;;) {
            const char c = peek();
            if (at_ < text_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
                advance();
            } else if (c == '-' && peek(1) == '-') {
                while (at_ < text_.size() && peek() != '\n')
                    advance();
            } else if (c == '/' && peek(1) == '*') {
                advance();
                advance();
                while (at_ < text_.size() && !(peek() == '*' && peek(1) == '/'))
                    advance();
                for (int i = 0; i < 2 && at_ < text_.size(); ++i)
                    advance();
            } else {
                return;
            }
        }
    }
    void read(Token &token) {
        const char c = peek();
        if (c == '\'' || c == '"') {
            read_quoted(token, c);
        } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            read_number(token);
        } else if (is_letter(c)) {
            token.kind = TokenKind::word;
            while (is_letter(peek()) || is_digit(peek()) || peek() == '$') {
                const char w = peek();
                token.text += w >= 'A' && w <= 'Z' ? static_cast<char>(w - 'A' + 'a') : w;
                advance();
            }
        } else if (c == '?') {
            token.kind = TokenKind::parameter;
            token.text = "?";
            advance();
        } else {
            read_symbol(token);
        }
    }
    void read_quoted(Token &token, char quote) {
        token.kind = quote == '\'' ? TokenKind::string : TokenKind::quoted_word;
        advance();
        for (;;) {
            if (at_ >= text_.size()) {
                tokens_.error = error_at(errors::syntax_error, token.line, token.column,
                                         "mismatched input '" + std::string(1, quote) + "'. Expecting: a closing quote");
                return;
            }
            const char c = peek();
            advance();
            if (c == quote) {
                if (peek() != quote) return;
                advance();
            }
            token.text += c;
        }
    }
    void read_number(Token &token) {
        token.kind = TokenKind::integer;
        auto digits = [&] {
            while (is_digit(peek()) || peek() == '_') {
                if (peek() != '_') token.text += peek();
                advance();
            }
        };
        digits();
        if (peek() == '.') {
            token.kind = TokenKind::decimal;
            token.text += '.';
            advance();
            digits();
        }
        const bool sign = peek(1) == '+' || peek(1) == '-';
        if ((peek() == 'e' || peek() == 'E') && (is_digit(peek(1)) || (sign && is_digit(peek(2))))) {
            token.kind = TokenKind::floating;
            token.text += 'e';
            advance();
            if (sign) {
                token.text += peek();
                advance();
            }
            digits();
        }
    }
    void read_symbol(Token &token) {
        static constexpr std::string_view doubles[] = {"<>", "<=", ">=", "!=", "||", "=>", "->"};
        token.kind = TokenKind::symbol;
        for (const auto two : doubles)
            if (text_.substr(at_, 2) == two) token.text = two;
        if (token.text.empty()) token.text = peek();
        for (std::size_t i = 0; i < token.text.size(); ++i)
            advance();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    int column_ = 1;
    Tokens tokens_;
};

} // namespace

Tokens tokenize(std::string_view text) {
    return Lexer(text).run();
}

} // namespace xtn::sandbox::trino::sql
