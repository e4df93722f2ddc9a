// A query that yields rows, run in small steps so that it can be paged, slowed down and cancelled.
#pragma once

#include "adapters/sandbox/trino/catalogs.hpp"
#include "adapters/sandbox/trino/sql/analyzer.hpp"
#include "adapters/sandbox/trino/sql/functions.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace xtn::sandbox::trino {

class Execution {
  public:
    enum class Progress { more, finished, failed };

    virtual ~Execution() = default;
    virtual const std::vector<sql::Column> &columns() const = 0;
    // Appends rows as JSON ("[1,2],[3,4]") to `data` up to about `bytes`; looks at no more than `scan` rows.
    virtual Progress step(std::string &data, std::size_t bytes, std::int64_t scan) = 0;
    virtual const std::optional<sql::SqlError> &error() const = 0;
    // Rows looked at so far, and rows given out.
    virtual std::int64_t scanned() const = 0;
    virtual std::int64_t given() const = 0;
    // Where a table is read and its rows are added up or put in order: two stages, as a real plan would have.
    virtual bool two_stages() const = 0;
    // Tables the columns came from, for DESCRIBE OUTPUT: one entry per column, empty where it is computed.
    virtual const std::vector<std::string> &origins() const = 0;
};

// Rows that are known already (SHOW and the like).
std::unique_ptr<Execution> make_listing(std::vector<sql::Column> columns, std::vector<sql::Row> rows, bool parametric_datetime);

using Planned = std::variant<std::unique_ptr<Execution>, sql::SqlError>;
// Analyses a query. `parameter_types` (may be null) gets what is known about its unbound parameters.
Planned plan_select(sql::Select select, const Catalogs &catalogs, const Session &session, const sql::SessionFacts &facts,
                    std::vector<sql::SqlType> *parameter_types);

} // namespace xtn::sandbox::trino
