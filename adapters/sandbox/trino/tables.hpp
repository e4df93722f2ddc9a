// The tables that can be read: rows by number, made when they are asked for.
#pragma once

#include "adapters/sandbox/trino/sql/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::trino {

class Table {
  public:
    virtual ~Table() = default;
    virtual const std::vector<sql::Column> &columns() const = 0;
    virtual std::int64_t rows() const = 0;
    // Fills those columns of row `number` (from 0) whose place in `needed` is true; `row` has the right size.
    virtual void read(std::int64_t number, const std::vector<bool> &needed, sql::Row &row) const = 0;
};

// Rows that are there already.
std::shared_ptr<Table> make_table(std::vector<sql::Column> columns, std::vector<sql::Row> rows);
// start, start + step, ... up to stop; one bigint column.
std::shared_ptr<Table> make_sequence(std::string column, std::int64_t start, std::int64_t stop, std::int64_t step);

// The TPC-H benchmark's names. `region` and `nation` hold their real rows, though with comments of our own; `lineitem` has the
// real number of rows and made-up ones. Nothing for what is not offered.
std::shared_ptr<Table> make_tpch_table(std::string_view schema, std::string_view name);
const std::vector<std::string> &tpch_schemas();
const std::vector<std::string> &tpch_tables();

} // namespace xtn::sandbox::trino
