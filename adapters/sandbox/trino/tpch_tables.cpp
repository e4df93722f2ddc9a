#include "adapters/sandbox/trino/tables.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace xtn::sandbox::trino {

namespace {

struct Nation {
    const char *name;
    int region;
};
constexpr std::array region_names = {"AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"};
constexpr std::array nations = {
    Nation{"ALGERIA", 0},      Nation{"ARGENTINA", 1}, Nation{"BRAZIL", 1}, Nation{"CANADA", 1},
    Nation{"EGYPT", 4},        Nation{"ETHIOPIA", 0},  Nation{"FRANCE", 3}, Nation{"GERMANY", 3},
    Nation{"INDIA", 2},        Nation{"INDONESIA", 2}, Nation{"IRAN", 4},   Nation{"IRAQ", 4},
    Nation{"JAPAN", 2},        Nation{"JORDAN", 4},    Nation{"KENYA", 0},  Nation{"MOROCCO", 0},
    Nation{"MOZAMBIQUE", 0},   Nation{"PERU", 1},      Nation{"CHINA", 2},  Nation{"ROMANIA", 3},
    Nation{"SAUDI ARABIA", 4}, Nation{"VIETNAM", 2},   Nation{"RUSSIA", 3}, Nation{"UNITED KINGDOM", 3},
    Nation{"UNITED STATES", 1}};

constexpr const char *row_comment = "a row of the stand-in for Trino";

std::shared_ptr<Table> region_table() {
    std::vector<sql::Row> rows;
    rows.reserve(region_names.size());
    for (std::size_t i = 0; i < region_names.size(); ++i)
        rows.push_back({static_cast<std::int64_t>(i), region_names[i], row_comment});
    return make_table(
        {{"regionkey", sql::simple_type("bigint")}, {"name", sql::varchar_type(25)}, {"comment", sql::varchar_type(152)}},
        std::move(rows));
}

std::shared_ptr<Table> nation_table() {
    std::vector<sql::Row> rows;
    rows.reserve(nations.size());
    for (std::size_t i = 0; i < nations.size(); ++i)
        rows.push_back(
            {static_cast<std::int64_t>(i), nations[i].name, static_cast<std::int64_t>(nations[i].region), row_comment});
    return make_table({{"nationkey", sql::simple_type("bigint")},
                       {"name", sql::varchar_type(25)},
                       {"regionkey", sql::simple_type("bigint")},
                       {"comment", sql::varchar_type(152)}},
                      std::move(rows));
}

// Rows by a rule: their number is the benchmark's, their contents are not.
class LineItem final : public Table {
  public:
    explicit LineItem(std::int64_t rows) : rows_(rows) {
        const auto big = sql::simple_type("bigint");
        const auto real = sql::simple_type("double");
        const auto date = sql::simple_type("date");
        columns_ = {{"orderkey", big},
                    {"partkey", big},
                    {"suppkey", big},
                    {"linenumber", sql::simple_type("integer")},
                    {"quantity", real},
                    {"extendedprice", real},
                    {"discount", real},
                    {"tax", real},
                    {"returnflag", sql::varchar_type(1)},
                    {"linestatus", sql::varchar_type(1)},
                    {"shipdate", date},
                    {"commitdate", date},
                    {"receiptdate", date},
                    {"shipinstruct", sql::varchar_type(25)},
                    {"shipmode", sql::varchar_type(10)},
                    {"comment", sql::varchar_type(44)}};
    }
    const std::vector<sql::Column> &columns() const override { return columns_; }
    std::int64_t rows() const override { return rows_; }
    void read(std::int64_t number, const std::vector<bool> &needed, sql::Row &row) const override {
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (needed[i]) row[i] = cell(number, i);
    }

  private:
    static std::string date(std::int64_t day) { // 1992 to 1998, every month of 28 days
        char text[16];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", static_cast<int>(1992 + day / 336 % 7),
                      static_cast<int>(1 + day / 28 % 12), static_cast<int>(1 + day % 28));
        return text;
    }
    static sql::Value cell(std::int64_t n, std::size_t column) {
        static constexpr std::array words = {"carefully", "pending",  "deposits", "quickly",
                                             "ironic",    "requests", "slyly",    "final"};
        static constexpr std::array instructions = {"COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"};
        static constexpr std::array modes = {"AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"};
        const auto at = [n](const auto &list, std::int64_t shift) {
            return std::string(list[static_cast<std::size_t>(n / shift) % list.size()]);
        };
        const std::int64_t order = n / 4; // four lines to an order; of 32 keys the benchmark uses eight
        switch (column) {
        case 0:
            return order / 8 * 32 + order % 8 + 1;
        case 1:
            return n * 7 % 2000 + 1;
        case 2:
            return n * 3 % 100 + 1;
        case 3:
            return n % 4 + 1;
        case 4:
            return static_cast<double>(n % 50 + 1);
        case 5:
            return static_cast<double>(n % 90000 + 1000) / 4;
        case 6:
            return static_cast<double>(n % 11) / 100;
        case 7:
            return static_cast<double>(n % 9) / 100;
        case 8:
            return n % 3 == 0 ? "R" : n % 3 == 1 ? "A" : "N";
        case 9:
            return n % 2 == 0 ? "F" : "O";
        case 10:
            return date(n % 2300);
        case 11:
            return date(n % 2300 + 14);
        case 12:
            return date(n % 2300 + 21);
        case 13:
            return at(instructions, 1);
        case 14:
            return at(modes, 1);
        default:
            return at(words, 1) + " " + at(words, 3) + " " + at(words, 7);
        }
    }

    std::int64_t rows_;
    std::vector<sql::Column> columns_;
};

struct Scale {
    std::string_view schema;
    std::int64_t line_items;
};
constexpr std::array scales = {Scale{"sf1", 6001215}, Scale{"sf100", 600037902}, Scale{"tiny", 60175}};

} // namespace

const std::vector<std::string> &tpch_schemas() {
    static const std::vector<std::string> names = {"information_schema", "sf1", "sf100", "tiny"};
    return names;
}

const std::vector<std::string> &tpch_tables() {
    static const std::vector<std::string> names = {"lineitem", "nation", "region"};
    return names;
}

std::shared_ptr<Table> make_tpch_table(std::string_view schema, std::string_view name) {
    const auto *const scale = std::find_if(scales.begin(), scales.end(), [&](const Scale &s) { return s.schema == schema; });
    if (scale == scales.end()) return nullptr;
    if (name == "region") return region_table();
    if (name == "nation") return nation_table();
    if (name == "lineitem") return std::make_shared<LineItem>(scale->line_items);
    return nullptr;
}

} // namespace xtn::sandbox::trino
