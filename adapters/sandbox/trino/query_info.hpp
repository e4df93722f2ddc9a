// What /v1/query shows of a query: Trino's BasicQueryInfo, and QueryInfo as far as clients read it.
#pragma once

#include "adapters/sandbox/trino/query.hpp"

#include <string>

namespace xtn::sandbox::trino {

// One entry of the list.
std::string basic_query_info(const Query &query, const std::string &self_uri, Query::Clock::time_point now);
// GET /v1/query/{id}: the same with what a failed query adds.
std::string query_info(const Query &query, const std::string &self_uri, Query::Clock::time_point now);

} // namespace xtn::sandbox::trino
