// Which catalogs, schemas and tables there are, for the session that asks.
#pragma once

#include "adapters/sandbox/trino/session.hpp"
#include "adapters/sandbox/trino/sql/statement.hpp"
#include "adapters/sandbox/trino/stand_in.hpp"
#include "adapters/sandbox/trino/tables.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace xtn::sandbox::trino {

// A line of system.runtime.queries.
struct QueryRow {
    std::string id;
    std::string state;
    std::string user;
    std::string source;
    std::string text;
};

class Catalogs {
  public:
    // catalog -> connector.name; `system` is always there.
    std::map<std::string, std::string> connectors;
    std::function<std::vector<StandInNode>()> nodes;
    std::function<std::vector<QueryRow>()> queries; // called with the server's lock held

    std::vector<std::string> names() const; // sorted, with system
    bool has(const std::string &catalog) const;
    // Sorted; of a catalog that exists.
    std::vector<std::string> schemas(const std::string &catalog) const;
    std::vector<std::string> tables(const std::string &catalog, const std::string &schema) const;

    struct Found {
        std::string catalog, schema, name;
        std::shared_ptr<Table> table;
    };
    // By a name of one to three parts. Errors are Trino's: CATALOG_NOT_FOUND, SCHEMA_NOT_FOUND, TABLE_NOT_FOUND, MISSING_...
    std::variant<Found, sql::SqlError> find(const sql::Name &name, const Session &session) const;

  private:
    std::shared_ptr<Table> system_table(const std::string &schema, const std::string &name) const;
    std::shared_ptr<Table> information_schema(const std::string &catalog, const std::string &name) const;
    std::shared_ptr<Table> lookup(const std::string &catalog, const std::string &schema, const std::string &name) const;
};

} // namespace xtn::sandbox::trino
