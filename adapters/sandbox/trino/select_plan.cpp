#include "adapters/sandbox/trino/select_plan.hpp"

#include <algorithm>

namespace xtn::sandbox::trino {

namespace {

constexpr std::size_t max_ordered_rows = 100000; // held in memory for ORDER BY

void mark(const sql::Expr &expr, std::vector<bool> &needed) {
    if (expr.kind == sql::ExprKind::column) needed[expr.index] = true;
    for (const auto &arg : expr.args)
        mark(*arg, needed);
}

// A value of one aggregate, row by row.
class Accumulator {
  public:
    explicit Accumulator(const sql::Aggregate &aggregate) : aggregate_(aggregate) {
        if (aggregate.function == "count") value_ = std::int64_t{0};
    }
    bool add(const sql::Value &value) { // false: overflow
        if (value.null()) return true;
        if (aggregate_.function == "count") {
            value_ = *value_.as<std::int64_t>() + 1;
        } else if (value_.null()) {
            value_ = value;
        } else if (aggregate_.function == "sum") {
            if (const auto *n = value.as<std::int64_t>()) {
                std::int64_t sum = 0;
                if (__builtin_add_overflow(*value_.as<std::int64_t>(), *n, &sum)) return false;
                value_ = sum;
            } else {
                value_ = *value_.as<double>() + *value.as<double>();
            }
        } else {
            const int order = sql::compare(value, aggregate_.type, value_, aggregate_.type);
            if (aggregate_.function == "min" ? order < 0 : order > 0) value_ = value;
        }
        return true;
    }
    void add_rows(std::int64_t rows) { value_ = *value_.as<std::int64_t>() + rows; }
    const sql::Value &value() const { return value_; }

  private:
    const sql::Aggregate &aggregate_;
    sql::Value value_;
};

class SelectExecution final : public Execution {
  public:
    explicit SelectExecution(SelectPlan plan) : plan_(std::move(plan)), evaluator_(plan_.facts) {
        for (const auto &output : plan_.output) {
            columns_.push_back(output.column);
            origins_.push_back(output.origin);
        }
        for (const auto &aggregate : plan_.aggregates)
            accumulators_.emplace_back(aggregate);
        row_.resize(plan_.table ? plan_.table->columns().size() : 0);
        plan_.needed.assign(row_.size(), false);
        if (plan_.where) mark(*plan_.where, plan_.needed);
        for (const auto &output : plan_.output)
            mark(*output.expr, plan_.needed);
        for (const auto &by : plan_.order)
            mark(*by.first, plan_.needed);
        for (const auto &aggregate : plan_.aggregates)
            if (aggregate.argument) mark(*aggregate.argument, plan_.needed);
    }

    const std::vector<sql::Column> &columns() const override { return columns_; }
    const std::optional<sql::SqlError> &error() const override { return error_; }
    std::int64_t scanned() const override { return at_; }
    std::int64_t given() const override { return given_; }
    bool two_stages() const override { return plan_.table && (!plan_.aggregates.empty() || !plan_.order.empty()); }
    const std::vector<std::string> &origins() const override { return origins_; }

    Progress step(std::string &data, std::size_t bytes, std::int64_t scan) override {
        if (error_) return Progress::failed;
        const std::size_t end = data.size() + bytes;
        if (count_at_once()) at_ = total();
        while (at_ < total()) {
            if (limited() || data.size() >= end || scan-- <= 0) break;
            if (plan_.table) plan_.table->read(at_, plan_.needed, row_);
            ++at_;
            if (!take_row(data)) return Progress::failed;
        }
        if (limited()) return Progress::finished;
        if (at_ < total()) return Progress::more;
        if (!plan_.aggregates.empty()) {
            if (!give_aggregates(data)) return Progress::failed;
            return Progress::finished;
        }
        return give_ordered(data, end);
    }

  private:
    std::int64_t total() const { return plan_.table ? plan_.table->rows() : 1; }
    bool limited() const { return plan_.limit && given_ >= *plan_.limit; }
    bool fail() {
        error_ = evaluator_.error();
        return false;
    }
    // count(*) of a whole table needs no look at its rows.
    bool count_at_once() {
        if (plan_.aggregates.empty() || plan_.where || !plan_.table || at_ > 0) return false;
        for (const auto &aggregate : plan_.aggregates)
            if (aggregate.argument || aggregate.function != "count") return false;
        for (auto &accumulator : accumulators_)
            accumulator.add_rows(total());
        return true;
    }
    bool take_row(std::string &data) {
        sql::Value value;
        if (plan_.where) {
            if (!evaluator_.evaluate(*plan_.where, row_, {}, value)) return fail();
            if (value.null() || !*value.as<bool>()) return true;
        }
        if (!plan_.aggregates.empty()) {
            for (std::size_t i = 0; i < accumulators_.size(); ++i) {
                value = true; // count(*) counts every row
                const auto &argument = plan_.aggregates[i].argument;
                if (argument && !evaluator_.evaluate(*argument, row_, {}, value)) return fail();
                if (!accumulators_[i].add(value)) {
                    error_.emplace();
                    error_->code = sql::errors::numeric_value_out_of_range;
                    error_->message = "bigint addition overflow";
                    return false;
                }
            }
            return true;
        }
        if (plan_.order.empty()) return give(data, row_, {});
        if (ordered_.size() >= max_ordered_rows) {
            error_ = sql::not_computed(1, 1, "the order of more than " + std::to_string(max_ordered_rows) + " rows");
            return false;
        }
        Ordered kept;
        for (const auto &by : plan_.order) {
            if (!evaluator_.evaluate(*by.first, row_, {}, value)) return fail();
            kept.keys.push_back(value);
        }
        kept.row = row_;
        ordered_.push_back(std::move(kept));
        return true;
    }
    bool give(std::string &data, const sql::Row &row, const sql::Row &slots) {
        const std::size_t before = data.size();
        data += data.empty() ? "[" : ",[";
        for (std::size_t i = 0; i < plan_.output.size(); ++i) {
            sql::Value value;
            if (!evaluator_.evaluate(*plan_.output[i].expr, row, slots, value)) {
                data.resize(before);
                return fail();
            }
            if (i > 0) data += ",";
            sql::append_value(data, value, columns_[i].type, plan_.parametric_datetime);
        }
        data += "]";
        ++given_;
        return true;
    }
    bool give_aggregates(std::string &data) {
        if (given_ > 0 || limited()) return true;
        sql::Row slots;
        for (const auto &accumulator : accumulators_)
            slots.push_back(accumulator.value());
        return give(data, row_, slots);
    }
    Progress give_ordered(std::string &data, std::size_t end) {
        if (!sorted_) {
            sorted_ = true;
            std::sort(ordered_.begin(), ordered_.end(), [this](const Ordered &a, const Ordered &b) { return before(a, b); });
        }
        while (next_ < ordered_.size()) {
            if (limited()) return Progress::finished;
            if (data.size() >= end) return Progress::more;
            if (!give(data, ordered_[next_++].row, {})) return Progress::failed;
        }
        return Progress::finished;
    }
    struct Ordered {
        std::vector<sql::Value> keys;
        sql::Row row;
    };
    bool before(const Ordered &a, const Ordered &b) const {
        for (std::size_t i = 0; i < a.keys.size(); ++i) {
            const auto &type = plan_.order[i].first->type;
            if (a.keys[i].null() || b.keys[i].null()) { // nulls last, whatever the direction
                if (a.keys[i].null() != b.keys[i].null()) return b.keys[i].null();
                continue;
            }
            const int order = sql::compare(a.keys[i], type, b.keys[i], type);
            if (order != 0) return plan_.order[i].second ? order > 0 : order < 0;
        }
        return false;
    }

    SelectPlan plan_;
    sql::Evaluator evaluator_;
    std::vector<sql::Column> columns_;
    std::vector<std::string> origins_;
    std::vector<Accumulator> accumulators_;
    std::vector<Ordered> ordered_;
    sql::Row row_;
    std::int64_t at_ = 0;
    std::int64_t given_ = 0;
    std::size_t next_ = 0;
    bool sorted_ = false;
    std::optional<sql::SqlError> error_;
};

} // namespace

std::unique_ptr<Execution> run_plan(SelectPlan plan) {
    return std::make_unique<SelectExecution>(std::move(plan));
}

std::unique_ptr<Execution> make_listing(std::vector<sql::Column> columns, std::vector<sql::Row> rows, bool parametric_datetime) {
    SelectPlan plan;
    plan.parametric_datetime = parametric_datetime;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        OutputColumn output;
        output.column = columns[i];
        output.expr = std::make_unique<sql::Expr>();
        output.expr->kind = sql::ExprKind::column;
        output.expr->index = i;
        output.expr->type = columns[i].type;
        plan.output.push_back(std::move(output));
    }
    plan.table = make_table(std::move(columns), std::move(rows));
    return run_plan(std::move(plan));
}

} // namespace xtn::sandbox::trino
