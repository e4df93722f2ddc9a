// One answer of the statement protocol (Trino's QueryResults), and the numbers it carries.
#pragma once

#include "adapters/sandbox/trino/sql/error.hpp"
#include "adapters/sandbox/trino/sql/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::sandbox::trino {

// What `stats` shows. Nothing is measured but times and rows: splits are told as one per stage.
struct QueryStats {
    std::string_view state = "QUEUED";
    bool queued = true;
    bool scheduled = false;
    bool with_stages = false;
    bool with_progress = false; // splits are known
    bool two_stages = false;
    bool done = false; // of the stages
    bool failed = false;
    std::int64_t planning_ms = 0;
    std::int64_t queued_ms = 0;
    std::int64_t elapsed_ms = 0;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
};

struct Page {
    std::string next_path;           // "/v1/statement/executing/..."; empty: the last page
    std::string partial_cancel_path; // empty: none
    const std::vector<sql::Column> *columns = nullptr;
    std::string data; // rows, "[1],[2]"; empty: no `data`
    QueryStats stats;
    std::optional<sql::SqlError> error;
    std::string update_type;
};

// The page as JSON, with links on top of `base`.
std::string render(const Page &page, const std::string &query_id, const std::string &base, bool parametric_datetime);
void append_stats(std::string &out, const QueryStats &stats);
// The FailureInfo object of an error.
void append_failure(std::string &out, const sql::SqlError &error);

} // namespace xtn::sandbox::trino
