// From a SQL text to what it does: rows to give out, headers to send, or an error.
#pragma once

#include "adapters/sandbox/trino/execution.hpp"
#include "adapters/sandbox/trino/transactions.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace xtn::sandbox::trino {

struct Outcome {
    std::unique_ptr<Execution> rows;                          // null: a statement that only sets something
    std::string update_type;                                  // "SET SESSION"; empty for queries
    std::vector<std::pair<std::string, std::string>> headers; // X-Trino-*, values encoded
};
using Ran = std::variant<Outcome, sql::SqlError>;

struct StatementContext {
    const Catalogs &catalogs;
    Transactions &transactions;
    const Session &session;
    std::string version; // of this server
};

// The text parsed, or the SYNTAX_ERROR (or NOT_SUPPORTED) that Trino would give before it looks at tables.
sql::Parsed parse_statement(std::string_view text);

// Analyses and, where there are no rows to give, does it.
Ran run_statement(sql::Statement statement, const StatementContext &context);

} // namespace xtn::sandbox::trino
