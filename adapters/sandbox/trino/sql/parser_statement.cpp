#include "adapters/sandbox/trino/sql/parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace xtn::sandbox::trino::sql {

namespace {

// What a statement may begin with, in the words of Trino's own message.
constexpr std::string_view statement_starts = "'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', "
                                              "'DELETE', 'DENY', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', "
                                              "'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', "
                                              "'ROLLBACK', 'SET', 'SHOW', 'START', 'TRUNCATE', "
                                              "'UPDATE', 'USE', 'WITH', <query>";

// Statements of Trino's that are not recognised here: said to be beyond the stand-in, not wrong.
constexpr std::array other_statements = {"alter",   "analyze", "call",    "comment",  "create", "delete",
                                         "deny",    "drop",    "explain", "grant",    "insert", "merge",
                                         "refresh", "revoke",  "table",   "truncate", "update", "with"};

// Words that continue a statement in ways the stand-in does not follow.
constexpr std::array other_clauses = {
    "join",   "inner",  "left",      "right",  "full",   "cross",       "natural",   "group",           "having",    "window",
    "union",  "except", "intersect", "fetch",  "offset", "tablesample", "for",       "match_recognize", "over",      "within",
    "filter", "at",     "case",      "exists", "select", "with",        "isolation", "lateral",         "json_table"};

template <std::size_t N> bool contains(const std::array<const char *, N> &list, std::string_view word) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view w) { return w == word; });
}

} // namespace

std::string Name::joined() const {
    std::string out;
    for (const auto &part : parts)
        out.append(out.empty() ? "" : ".").append(part);
    return out;
}

void Parser::fail(SqlError error) {
    if (!error_) error_ = std::move(error);
}

bool Parser::accept(std::string_view text) {
    if (failed() || !peek().is(text)) return false;
    take();
    return true;
}

bool Parser::expect(std::string_view text) {
    if (accept(text)) return true;
    std::string shown(text);
    std::transform(shown.begin(), shown.end(), shown.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    mismatch("'" + shown + "'");
    return false;
}

void Parser::mismatch(std::string_view expecting) {
    const auto &at = peek();
    if (at.kind == TokenKind::word && contains(other_clauses, at.text)) {
        fail(not_computed(at.line, at.column, "statements with '" + at.shown + "'"));
        return;
    }
    fail(error_at(errors::syntax_error, at.line, at.column,
                  "mismatched input '" + at.shown + "'. Expecting: " + std::string(expecting)));
}

std::string Parser::identifier(std::string_view expecting) {
    const auto &at = peek();
    if (failed()) return {};
    if (at.kind != TokenKind::word && at.kind != TokenKind::quoted_word) {
        mismatch(expecting);
        return {};
    }
    std::string text = take().text;
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

Name Parser::name(std::string_view expecting) {
    Name made;
    made.line = peek().line;
    made.column = peek().column;
    made.parts.push_back(identifier(expecting));
    while (accept("."))
        made.parts.push_back(identifier("<identifier>"));
    return made;
}

std::string Parser::string_literal(std::string_view expecting) {
    if (failed() || peek().kind != TokenKind::string) {
        mismatch(expecting);
        return {};
    }
    return take().text;
}

std::optional<std::string> Parser::like_pattern() {
    if (!accept("like")) return std::nullopt;
    return string_literal("<string>");
}

Parsed Parser::statement() {
    Statement made;
    made.body = body();
    if (!failed() && peek().kind != TokenKind::end) mismatch("<EOF>");
    if (error_) return std::move(*error_);
    made.parameters = parameters_;
    return made;
}

Body Parser::body() {
    const Token at = peek();
    if (at.is("select")) return select();
    if (at.is("values")) return values();
    if (at.is("show")) return show();
    if (at.is("set")) return set();
    if (at.is("reset")) return reset();
    if (at.is("prepare")) return prepare();
    if (at.is("execute")) return execute();
    if (at.is("describe") || at.is("desc")) return describe();
    if (at.is("start")) return start_transaction();
    if (accept("use")) {
        Use use;
        use.name = name("<identifier>");
        return use;
    }
    if (accept("deallocate")) {
        expect("prepare");
        return Deallocate{identifier("<identifier>")};
    }
    if (accept("commit") || accept("rollback")) {
        accept("work");
        return EndTransaction{at.is("commit")};
    }
    if (at.kind == TokenKind::word && contains(other_statements, at.text)) {
        fail(not_computed(at.line, at.column, "'" + at.shown + "' statements"));
    } else if (at.is("(")) {
        fail(not_computed(at.line, at.column, "queries in parentheses"));
    } else {
        fail(error_at(errors::syntax_error, at.line, at.column,
                      "mismatched input '" + at.shown + "'. Expecting: " + std::string(statement_starts)));
    }
    return StartTransaction{};
}

Select Parser::select() {
    take();
    Select made;
    if (peek().is("distinct")) fail(not_computed(peek().line, peek().column, "SELECT DISTINCT"));
    accept("all");
    if (peek().kind == TokenKind::end) mismatch("'*', 'ALL', 'DISTINCT', <expression>");
    do {
        SelectItem item;
        if (peek().is("*")) {
            item.expr = make(ExprKind::star, take());
        } else {
            item.expr = expression();
            const bool as = accept("as");
            const bool named = peek().kind == TokenKind::quoted_word ||
                               (peek().kind == TokenKind::word && !peek().is("from") && !peek().is("where") &&
                                !peek().is("order") && !peek().is("limit") && !contains(other_clauses, peek().text));
            if (!failed() && (as || named)) {
                item.has_alias = true;
                // An alias keeps its case in the result, unlike the names that are looked up.
                item.alias = peek().kind == TokenKind::word ? peek().shown : peek().text;
                if (identifier("<identifier>").empty()) break;
            }
        }
        made.items.push_back(std::move(item));
    } while (!failed() && accept(","));
    if (accept("from")) made.from = source();
    if (accept("where")) made.where = expression();
    if (accept("order")) {
        expect("by");
        do {
            OrderBy by;
            by.expr = expression();
            by.descending = accept("desc");
            if (!by.descending) accept("asc");
            if (peek().is("nulls")) fail(not_computed(peek().line, peek().column, "the place of nulls in an order"));
            made.order.push_back(std::move(by));
        } while (!failed() && accept(","));
    }
    if (accept("limit")) {
        const Token number = take();
        std::int64_t n = 0;
        std::from_chars(number.text.data(), number.text.data() + number.text.size(), n);
        if (number.kind == TokenKind::integer) {
            made.limit = n;
        } else if (!number.is("all")) {
            fail(error_at(errors::syntax_error, number.line, number.column,
                          "mismatched input '" + number.shown + "'. Expecting: 'ALL', <integer>"));
        }
    }
    return made;
}

Select Parser::values() {
    take();
    Select made;
    made.from.kind = Source::Kind::values;
    made.from.rows = value_rows();
    SelectItem all;
    all.expr = make(ExprKind::star, peek());
    made.items.push_back(std::move(all));
    return made;
}

std::vector<std::vector<ExprPtr>> Parser::value_rows() {
    std::vector<std::vector<ExprPtr>> rows;
    do {
        auto row = expression();
        if (failed()) break;
        std::vector<ExprPtr> fields;
        if (row->kind == ExprKind::row)
            fields = std::move(row->args);
        else
            fields.push_back(std::move(row));
        rows.push_back(std::move(fields));
    } while (!failed() && accept(","));
    return rows;
}

void Parser::table_alias(Source &source) {
    const bool as = accept("as");
    const bool named =
        peek().kind == TokenKind::quoted_word || (peek().kind == TokenKind::word && !peek().is("where") && !peek().is("order") &&
                                                  !peek().is("limit") && !contains(other_clauses, peek().text));
    if (failed() || (!as && !named)) return;
    source.alias = identifier("<identifier>");
    if (!accept("(")) return;
    do {
        source.column_aliases.push_back(identifier("<identifier>"));
    } while (!failed() && accept(","));
    expect(")");
}

Source Parser::source() {
    Source made;
    if (accept("(")) {
        if (!peek().is("values")) {
            fail(not_computed(peek().line, peek().column, "subqueries"));
            return made;
        }
        take();
        made.kind = Source::Kind::values;
        made.rows = value_rows();
        expect(")");
    } else if (peek().is("unnest") && peek(1).is("(")) {
        take();
        take();
        made.kind = Source::Kind::sequence;
        const Token what = peek();
        if (!what.is("sequence")) fail(not_computed(what.line, what.column, "UNNEST of anything but sequence(start, stop)"));
        if (!failed()) take();
        if (expect("(")) made.sequence = list(")");
        expect(")");
        if (!failed() && (made.sequence.size() < 2 || made.sequence.size() > 3))
            fail(not_computed(what.line, what.column, "a sequence of other than two or three numbers"));
    } else {
        made.kind = Source::Kind::table;
        made.table = name("'(', 'JSON_TABLE', 'LATERAL', 'NEAREST', 'TABLE', 'UNNEST', <identifier>");
    }
    table_alias(made);
    if (!failed() && peek().is(",")) fail(not_computed(peek().line, peek().column, "joins"));
    return made;
}

Body Parser::show() {
    take();
    Show made;
    const Token what = peek();
    auto from = [&] {
        if (accept("from") || accept("in")) made.from = name("<identifier>");
    };
    if (accept("catalogs")) {
        made.kind = Show::Kind::catalogs;
    } else if (accept("schemas")) {
        made.kind = Show::Kind::schemas;
        from();
    } else if (accept("tables")) {
        made.kind = Show::Kind::tables;
        from();
    } else if (accept("columns")) {
        made.kind = Show::Kind::columns;
        from();
        if (!failed() && made.from.parts.empty()) mismatch("'FROM', 'IN'");
    } else if (accept("session")) {
        made.kind = Show::Kind::session;
    } else if (what.is("functions") || what.is("create") || what.is("grants") || what.is("roles") || what.is("role") ||
               what.is("current") || what.is("stats") || what.is("branches")) {
        fail(not_computed(what.line, what.column, "SHOW " + what.shown));
    } else {
        mismatch("'BRANCHES', 'CATALOGS', 'COLUMNS', 'CREATE', 'CURRENT', 'FUNCTIONS', 'GRANTS', 'ROLE', 'ROLES', 'SCHEMAS', "
                 "'SESSION', "
                 "'STATS', 'TABLES'");
    }
    made.like = like_pattern();
    return made;
}

Body Parser::set() {
    take();
    const Token what = peek();
    if (accept("session")) {
        if (accept("authorization")) {
            SetAuthorization made;
            made.user = peek().kind == TokenKind::string ? take().text : identifier("<identifier>");
            return made;
        }
        SetSession made;
        made.name = name("<identifier>").joined();
        expect("=");
        made.value = expression();
        return made;
    }
    if (accept("time")) {
        expect("zone");
        SetTimeZone made;
        made.local = accept("local");
        if (!made.local) made.zone = string_literal("<string>, 'LOCAL'");
        return made;
    }
    if (accept("role")) {
        SetRole made;
        made.line = tokens_.front().line;
        made.column = tokens_.front().column;
        made.role = identifier("<identifier>");
        if (made.role == "all" || made.role == "none") made.role = made.role == "all" ? "ALL" : "NONE";
        if (accept("in")) made.catalog = identifier("<identifier>");
        return made;
    }
    if (accept("path")) {
        SetPath made;
        do {
            made.path.append(made.path.empty() ? "" : ", ").append(name("<identifier>").joined());
        } while (!failed() && accept(","));
        return made;
    }
    mismatch("'PATH', 'ROLE', 'SESSION', 'TIME'");
    return StartTransaction{};
}

Body Parser::reset() {
    take();
    if (!expect("session")) return StartTransaction{};
    if (accept("authorization")) return SetAuthorization{true, {}};
    return ResetSession{name("<identifier>").joined()};
}

Body Parser::prepare() {
    take();
    Prepare made;
    made.name = identifier("<identifier>");
    if (!expect("from")) return made;
    const auto begin = peek().begin;
    made.text = std::string(text_.substr(begin));
    // The inner statement must be one, too; its parameters are its own.
    Body inner = body();
    if (!failed() && (std::holds_alternative<Prepare>(inner) || std::holds_alternative<Execute>(inner) ||
                      std::holds_alternative<Deallocate>(inner)))
        fail(error_at(errors::not_supported, 1, 1, "Invalid statement type for prepared statement"));
    parameters_ = 0;
    return made;
}

Body Parser::execute() {
    take();
    Execute made;
    if (accept("immediate")) {
        made.line = peek().line;
        made.column = peek().column;
        made.text = string_literal("<string>");
    } else {
        made.name = identifier("<identifier>");
    }
    if (accept("using")) {
        do {
            made.parameters.push_back(expression());
        } while (!failed() && accept(","));
    }
    return made;
}

Body Parser::describe() {
    take();
    if (peek().is("output") || peek().is("input")) {
        DescribePrepared made;
        made.output = take().is("output");
        made.name = identifier("<identifier>");
        return made;
    }
    Show made;
    made.kind = Show::Kind::columns;
    made.from = name("'INPUT', 'OUTPUT', <identifier>");
    return made;
}

Body Parser::start_transaction() {
    take();
    expect("transaction");
    // ISOLATION LEVEL ..., READ ONLY | WRITE: taken and of no effect, for nothing here is written.
    static constexpr std::array modes = {"isolation", "level",       "serializable", "repeatable", "read",
                                         "committed", "uncommitted", "only",         "write",      ","};
    while (!failed() && peek().kind != TokenKind::end && contains(modes, peek().text))
        take();
    return StartTransaction{};
}

Parsed parse(std::string_view text) {
    auto tokens = tokenize(text);
    if (tokens.error) return std::move(*tokens.error);
    return Parser(text, std::move(tokens.list)).statement();
}

} // namespace xtn::sandbox::trino::sql
