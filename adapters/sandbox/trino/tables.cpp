#include "adapters/sandbox/trino/tables.hpp"

#include <utility>

namespace xtn::sandbox::trino {

namespace {

class StoredTable final : public Table {
  public:
    StoredTable(std::vector<sql::Column> columns, std::vector<sql::Row> rows)
        : columns_(std::move(columns)), rows_(std::move(rows)) {}
    const std::vector<sql::Column> &columns() const override { return columns_; }
    std::int64_t rows() const override { return static_cast<std::int64_t>(rows_.size()); }
    void read(std::int64_t number, const std::vector<bool> &needed, sql::Row &row) const override {
        const auto &from = rows_[static_cast<std::size_t>(number)];
        for (std::size_t i = 0; i < row.size(); ++i)
            if (needed[i]) row[i] = from[i];
    }

  private:
    std::vector<sql::Column> columns_;
    std::vector<sql::Row> rows_;
};

class Sequence final : public Table {
  public:
    Sequence(std::string column, std::int64_t start, std::int64_t step, std::int64_t count)
        : columns_{{std::move(column), sql::simple_type("bigint")}}, start_(start), step_(step), count_(count) {}
    const std::vector<sql::Column> &columns() const override { return columns_; }
    std::int64_t rows() const override { return count_; }
    void read(std::int64_t number, const std::vector<bool> &, sql::Row &row) const override { row[0] = start_ + number * step_; }

  private:
    std::vector<sql::Column> columns_;
    std::int64_t start_;
    std::int64_t step_;
    std::int64_t count_;
};

} // namespace

std::shared_ptr<Table> make_table(std::vector<sql::Column> columns, std::vector<sql::Row> rows) {
    return std::make_shared<StoredTable>(std::move(columns), std::move(rows));
}

std::shared_ptr<Table> make_sequence(std::string column, std::int64_t start, std::int64_t stop, std::int64_t step) {
    const bool empty = step == 0 || (step > 0 ? start > stop : start < stop);
    // Both ends are within the bounds that the caller has checked, so the difference does not overflow.
    const std::int64_t count = empty ? 0 : (stop - start) / step + 1;
    return std::make_shared<Sequence>(std::move(column), start, step, count);
}

} // namespace xtn::sandbox::trino
